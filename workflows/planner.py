"""From a study to its plan: which tasks there are, and what starts from what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from analysis.energies.reactions import (
    Reaction,
    adsorption_equation,
    parse_reaction,
    passivation_equations,
)
from workflows.findings.flag_store import FLAGS_FILE, FlagStore
from workflows.planning.cost import ONE_CYCLE
from workflows.planning.plan import Plan
from workflows.planning.relaxations import SpeciesPlanner, elements
from workflows.species.builder import SpeciesBuilder
from workflows.species.store import STRUCTURES_FILE, load_species
from workflows.store import record_folder
from workflows.study.file import StudyError, load_study
from workflows.study.model import Study


def make_plan(file: Path, results: Path | None = None) -> Plan:
    """Read a study file and plan it; nothing is written.

    Parameters
    ----------
    file
        Study file.
    results
        Results folder; structures that were built for a run of this very study are taken
        from there, and what earlier commands found out about the relaxed ones.

    Raises
    ------
    StudyError
        If the file is not a study, a structure cannot be built, or a reaction is not
        balanced.
    """
    study, text = load_study(file)
    if results is None:
        return plan_study(study, text, file)
    record = record_folder(file, text, results)
    built = load_species(record / STRUCTURES_FILE, study, text, file.parent)
    plan = plan_study(study, text, file, SpeciesBuilder(study, file, built))
    return replace(plan, flags=FlagStore(record / FLAGS_FILE))


def plan_study(study: Study, text: str, file: Path, builder: SpeciesBuilder | None = None) -> Plan:
    """Plan a validated study; see `make_plan`.

    A builder of a study that differs only in its level has built the same structures.
    """
    return Planner(study, text, file, builder or SpeciesBuilder(study, file)).plan()


class Planner:
    """Plans one study; see `plan_study`."""

    def __init__(self, study: Study, text: str, file: Path, builder: SpeciesBuilder) -> None:
        self.study, self.text, self.file, self.builder = study, text, file, builder
        self.planned = SpeciesPlanner(study, file, builder)
        self.spin_orbit_keys: dict[str, str] = {}

    def plan(self) -> Plan:
        """Plan everything that the study asks for."""
        reactions = tuple(self._reaction(n) for n in range(len(self.study.reactions)))
        for name in self.study.crystals:
            self.planned.relax(name, f"crystals.{name}")
        for entry, wanted in enumerate(self.study.candidates):
            self.planned.relax(wanted.species, f"candidates.{entry}.species")
            self.planned.check_candidates(wanted.species)
        passivation = tuple(
            row for number in range(len(self.study.passivation)) for row in self._matrix(number)
        )
        for number in range(len(self.study.basin_checks)):
            self._basin(number)
        self._chemical_potentials()
        for check in self.study.spin_orbit_checks:
            self._spin_orbit(check.reaction)
        dos = tuple(self._dos(n) for n in range(len(self.study.dos)))
        differences = tuple(self._difference(n) for n in range(len(self.study.density_differences)))
        splits = tuple(self._split(n) for n in range(len(self.study.splits)))
        potentials = [self._potential(n) for n in range(len(self.study.electrostatics))]
        if not self.planned.tasks:
            raise StudyError(
                f"{self.file}: the study asks for no calculation; give [[reactions]],"
                " or name the structures to be built: passivant build STUDY slab"
            )
        return Plan(
            self.file,
            self.text,
            self.study,
            self.planned.species,
            reactions,
            passivation,
            self.planned.tasks,
            self.planned.screen_keys,
            self.planned.relax_keys,
            self.planned.species_keys,
            self.spin_orbit_keys,
            {
                "dos": dos,
                "density-difference": differences,
                "split": splits,
                "electrostatics": tuple(key for key, _ in potentials),
                "electrostatics of bare slabs": tuple(bare for _, bare in potentials),
            },
            self.builder.built,
        )

    def _reaction(self, number: int) -> Reaction:
        spec = self.study.reactions[number]
        place = f"reactions.{number} ({spec.name})"
        self._comparable(parse_reaction(spec.equation).species, place)
        return self.planned.balanced(spec.equation, place)

    def _comparable(self, names: Iterable[str], place: str) -> None:
        for name in names:
            crystal = self.study.crystals.get(name)
            if crystal is not None and crystal.kpoint_length_A is not None:
                raise StudyError(
                    f"{self.file}: {place}: crystal {name!r} has a kpoint_length_A of its own"
                    " and cannot be compared with the others"
                )

    def _matrix(self, number: int) -> list[tuple[str, Reaction]]:
        """The rows of one passivation matrix."""
        spec = self.study.passivation[number]
        place = f"passivation.{number}"
        for key, names, known in (
            ("surface", [spec.surface], self.study.surfaces),
            ("ligands", [n for each in spec.ligands for n in each.split(".")], self.study.ligands),
            ("vacancies", spec.vacancies, self.study.vacancies),
        ):
            for name in names:
                if name not in known:
                    raise StudyError(
                        f"{self.file}: {place}.{key}: {name!r} is not defined; defined:"
                        f" {', '.join(known) or 'none'}"
                    )
        equations = passivation_equations(spec.surface, spec.ligands, spec.vacancies)
        return [(name, self.planned.balanced(equation, place)) for name, equation in equations]

    def _basin(self, number: int) -> None:
        """Add the bare slab relaxed from a covered one to the candidates of the bare slab."""
        name = self.study.basin_checks[number].species
        place = f"basin_checks.{number}.species"
        parents = self.planned.relax(name, place)
        stripped = self.builder.stripped(name, place)
        surface = stripped.name
        species = replace(stripped, candidate=len(self.planned.species[surface]))
        self.planned.candidate(species, parents, f"{surface} from {name}", place)

    def _chemical_potentials(self) -> None:
        """Plan the phases, vacancies and surfaces whose energies depend on the reservoirs."""
        spec = self.study.chemical_potentials
        if spec is None:
            return
        place = "chemical_potentials"
        names = (spec.host, *spec.phases)
        self._comparable(names, place)
        for name in (*names, *spec.surfaces):
            self.planned.relax(name, place)
        composition = elements(self.planned.species[spec.host][0].structure.atoms)
        if spec.element not in composition:
            raise StudyError(
                f"{self.file}: {place}.element: {spec.element!r} is not in {spec.host}; allowed:"
                f" {', '.join(composition)}"
            )
        for name in spec.formation:
            if name.split(".")[0] not in self.study.surfaces or not self.builder.split(name)[2]:
                raise StudyError(
                    f"{self.file}: {place}.formation: {name!r} must be a slab with vacancies"
                )
            self.planned.relax(name, f"{place}.formation")
        given = {
            name: elements(self.planned.species[name][0].structure.atoms) for name in spec.phases
        }
        for name, found in given.items():
            if not set(found) <= set(composition):
                raise StudyError(
                    f"{self.file}: {place}.phases: {name!r} has elements that {spec.host} lacks"
                )
        for element in composition:
            if [element] not in [list(found) for found in given.values()]:
                raise StudyError(
                    f"{self.file}: {place}.phases: no elemental phase of {element} among"
                    f" {', '.join(spec.phases)}"
                )

    def _dos(self, number: int) -> str:
        wanted = self.study.dos[number]
        place = f"dos.{number}"
        parents = self.planned.calculated(wanted.species, f"{place}.species", crystals=True)
        made = self.planned.possible(wanted.species)
        spec = self.planned.specs.dos(wanted, made, place)
        return self.planned.add(f"DOS {wanted.species}", "dos", made[0], spec, parents)

    def _difference(self, number: int) -> str:
        wanted = self.study.density_differences[number]
        place = f"density_differences.{number}.species"
        parents = self.planned.calculated(wanted.species, place)
        species = self.planned.species[wanted.species][0]
        label = f"density difference {wanted.species}"
        if wanted.vacancy is None:
            parts = self.planned.specs.fragments(species, place)
        else:
            parts = self._filling(wanted.species, wanted.vacancy, f"density_differences.{number}")
            label += f" filling {wanted.vacancy}"
        made = self.planned.possible(wanted.species)
        spec = self.planned.specs.difference(parts, made, wanted.grid_refinement)
        iterations = ONE_CYCLE * (1 + (len(spec.get("fragments", [])) or 2))
        return self.planned.add(
            label, "density-difference", species, spec, parents, iterations=iterations
        )

    def _filling(self, name: str, vacancy: str, place: str) -> dict[str, Any]:
        """Plan the parts of a slab whose vacancy is filled."""
        if vacancy not in self.study.vacancies:
            raise StudyError(
                f"{self.file}: {place}.vacancy: {vacancy!r} is not defined; defined:"
                f" {', '.join(self.study.vacancies) or 'none'}"
            )
        if self.planned.species[name][0].kind != "slab":
            raise StudyError(f"{self.file}: {place}.species: {name!r} must be a slab")
        vacant = self.builder.build(f"{name}.{vacancy}", place)
        return self.planned.specs.filling(self.planned.possible(name), vacant, f"{place}.vacancy")

    def _potential(self, number: int) -> tuple[str, str]:
        """Plan the potential of a species and of its bare slab."""
        name = self.study.electrostatics[number].species
        place = f"electrostatics.{number}.species"
        keys = []
        for each in (name, name.split(".", maxsplit=1)[0]):
            self.planned.relax(each, place)
            species = self.planned.species[each][0]
            spec = self.planned.specs.electrostatics(species, place)
            parents = self.planned.calculated(each, place)
            label = f"electrostatics {each}"
            keys.append(
                self.planned.add(label, "electrostatics", species, spec, parents, iterations=0)
            )
        return keys[0], keys[1]

    def _spin_orbit(self, reaction: str) -> None:
        """Plan the spin-orbit coupling of all species of a reaction."""
        (spec,) = (spec for spec in self.study.reactions if spec.name == reaction)
        for name in parse_reaction(spec.equation).species:
            species, parents = self.planned.species[name][0], self.planned.species_keys[name]
            # The operator is part of what decides the result; see spin_orbit_states.
            own = {**self.planned.specs.single_point(species), "operator": "Koelling-Harmon"}
            key = self.planned.add(f"spin-orbit {name}", "spin-orbit", species, own, parents)
            self.spin_orbit_keys[name] = key

    def _split(self, number: int) -> str:
        """Plan the fragments of a species and everything its adsorption energy needs."""
        name = self.study.splits[number].species
        place = f"splits.{number}.species"
        parents = self.planned.calculated(name, place)
        species = self.planned.species[name][0]
        spec = self.planned.specs.fragments(species, place)
        surface = name.split(".", maxsplit=1)[0]
        faces = 2 if self.study.surfaces[surface].sides == "two" else 1
        self.planned.balanced(adsorption_equation(name, faces), place)
        if self.builder.split(name)[2]:
            raise StudyError(f"{self.file}: {place}: {name!r} must have no vacancies")
        iterations = ONE_CYCLE * (1 + len(spec["fragments"]))
        return self.planned.add(
            f"split {name}", "split", species, spec, parents, iterations=iterations
        )
