"""From a study to its plan: which tasks there are, and what starts from what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ase import Atoms

from analysis.reactions import (
    LedgerError,
    Reaction,
    adsorption_equation,
    check_balance,
    parse_reaction,
    passivation_equations,
)
from analysis.results import SCHEMA
from slabs.structure import formula
from workflows import cost
from workflows.flag_store import FLAGS_FILE, FlagStore
from workflows.level import Level, digest
from workflows.plan import Plan, Task, chosen_later
from workflows.species import Species, SpeciesBuilder
from workflows.species_store import STRUCTURES_FILE, load_species
from workflows.specs import Specs
from workflows.store import record_folder
from workflows.study import StudyError, load_study
from workflows.study_model import Study


def elements(atoms: Atoms) -> dict[str, int]:
    """Number of atoms of each element."""
    return dict(Counter(atoms.get_chemical_symbols()))


def _numbered(name: str, place: int, candidates: int) -> str:
    """Name of a species, with the number of the candidate if it has several."""
    return name + (f" #{place + 1}" if candidates > 1 else "")


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
        self.specs = Specs(study, file)
        self.species: dict[str, tuple[Species, ...]] = {}
        self.tasks: dict[str, Task] = {}
        self.screen_keys: dict[str, tuple[str, ...]] = {}
        self.relax_keys: dict[str, tuple[str, ...]] = {}
        self.species_keys: dict[str, tuple[str, ...]] = {}
        self.spin_orbit_keys: dict[str, str] = {}
        self.promote = {c.species: c.promote for c in study.candidates if c.promote is not None}

    def plan(self) -> Plan:
        """Plan everything that the study asks for."""
        reactions = tuple(self._reaction(n) for n in range(len(self.study.reactions)))
        for name in self.study.crystals:
            self._species(name, f"crystals.{name}")
        for entry, wanted in enumerate(self.study.candidates):
            self._species(wanted.species, f"candidates.{entry}.species")
            self._check_candidates(wanted.species)
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
        if not self.tasks:
            raise StudyError(
                f"{self.file}: the study asks for no calculation; give [[reactions]],"
                " or name the structures to be built: passivant build STUDY slab"
            )
        return Plan(
            self.file,
            self.text,
            self.study,
            self.species,
            reactions,
            passivation,
            self.tasks,
            self.screen_keys,
            self.relax_keys,
            self.species_keys,
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
        return self._balanced(spec.equation, place)

    def _comparable(self, names: Iterable[str], place: str) -> None:
        for name in names:
            crystal = self.study.crystals.get(name)
            if crystal is not None and crystal.kpoint_length_A is not None:
                raise StudyError(
                    f"{self.file}: {place}: crystal {name!r} has a kpoint_length_A of its own"
                    " and cannot be compared with the others"
                )

    def _species(self, name: str, asked_by: str) -> tuple[str, ...]:
        """Plan the calculations of a species; returns the keys of its relaxations."""
        if name not in self.species:
            made = self.builder.build(name, asked_by)
            parent = made[0].parent
            origin = self._species(parent[0], asked_by) if parent is not None else ()
            if name in self.promote:
                self._screened(made, asked_by)
            elif origin and chosen_later(self.tasks[origin[0]]):
                self._from_one_of(made, asked_by)
            else:
                for species in made:
                    parents = self._parents(species, asked_by)
                    label = _numbered(name, species.candidate, len(made))
                    self._candidate(species, parents, label, asked_by)
        return self.relax_keys[name]

    def _parents(self, species: Species, asked_by: str) -> tuple[str, ...]:
        """Plan what a species starts from; returns the key of its relaxation, if any."""
        if species.parent is None:
            return ()
        name, number = species.parent
        return (self._species(name, asked_by)[number],)

    def _possible(self, name: str) -> tuple[Species, ...]:
        """What the relaxations of a planned species may hold; see `Plan.possible`."""
        is_open = chosen_later(self.tasks[self.relax_keys[name][0]])
        return self.builder.built[name] if is_open else self.species[name]

    def _screened(self, made: Sequence[Species], asked_by: str) -> None:
        """Plan the screening of all candidates, and relaxations of the best ones."""
        name, level = made[0].name, self.study.screening
        self._check_candidates(name)
        assert level is not None
        numbers: dict[str, int] = {}
        for species in made:
            parents = self._parents(species, asked_by)
            label = f"screen {_numbered(name, species.candidate, len(made))}"
            spec = self.specs.relax(species, bool(parents), asked_by, screening=True)
            key = self._add(label, "relax", species, spec, parents, level=level)
            numbers.setdefault(key, species.candidate + 1)
        self.screen_keys[name] = tuple(numbers)
        for rank in range(1, min(self.promote[name], len(numbers)) + 1):
            words = f"rank {rank} of {len(numbers)} at {level.name}"
            structure = replace(made[0].structure, placement=words, score_eV=None)
            species = replace(made[0], candidate=rank - 1, structure=structure)
            spec = self.specs.promoted(species, rank, list(numbers.values()))
            label = f"{name} rank {rank}"
            key = self._add(f"relax {label}", "relax", species, spec, tuple(numbers))
            self._relaxed(species, key, label)

    def _from_one_of(self, made: Sequence[Species], asked_by: str) -> None:
        """Plan what starts from the lowest of the candidates that a screening leaves."""
        name = made[0].name
        children: dict[int, list[Species]] = {}
        for species in made:
            assert species.parent is not None
            origin, number = species.parent
            children.setdefault(number + 1, []).append(species)
        keys = self.relax_keys[origin]
        held = {key: self.tasks[key].spec.get("starts") for key in keys}
        groups: list[tuple[tuple[str, ...], list[int]]] = [
            ((key,), [each["candidate"] for each in held[key] or ()]) for key in keys
        ]
        if held[keys[0]] is None:  # these are the promoted ones, of which the lowest counts
            groups = [(keys, list(children))]
        slots = [
            (parents, [children[n][min(place, len(children[n]) - 1)] for n in numbers])
            for parents, numbers in groups
            for place in range(max(len(children[n]) for n in numbers))
        ]
        for place, (parents, starts) in enumerate(slots):
            spec = self.specs.relax_from_one_of(starts, asked_by)
            label = _numbered(name, place, len(slots))
            key = self._add(f"relax {label}", "relax", starts[0], spec, parents)
            self._relaxed(replace(starts[0], candidate=place), key, label)

    def _candidate(
        self, species: Species, parents: tuple[str, ...], label: str, asked_by: str
    ) -> None:
        """Plan the relaxation of a candidate, and its single point if there is one."""
        if species.kind == "crystal":
            spec = self.specs.crystal(species)
            key = self._add(f"crystal {label}", "crystal", species, spec, parents)
        else:
            spec = self.specs.relax(species, bool(parents), asked_by)
            key = self._add(f"relax {label}", "relax", species, spec, parents)
        self._relaxed(species, key, label)

    def _relaxed(self, species: Species, key: str, label: str) -> None:
        """Count a planned relaxation among those of its species, and plan its single point."""
        name = species.name
        if key in self.relax_keys.get(name, ()):
            return
        self.species[name] = (*self.species.get(name, ()), species)
        self.relax_keys[name] = (*self.relax_keys.get(name, ()), key)
        crystal = self.study.crystals.get(name)
        if self.study.single_point is not None and not (crystal and crystal.kpoint_length_A):
            spec = self.specs.single_point(species)
            key = self._add(f"energy {label}", "single-point", species, spec, (key,))
        self.species_keys[name] = (*self.species_keys.get(name, ()), key)

    def _balanced(self, equation: str, place: str) -> Reaction:
        """Plan all species of an equation and make sure that it is balanced."""
        reaction = parse_reaction(equation)
        for name in reaction.species:
            self._species(name, place)
        structures = {name: self.species[name][0].structure for name in reaction.species}
        try:
            check_balance(
                reaction,
                {name: elements(s.atoms) for name, s in structures.items()},
                {name: s.charge for name, s in structures.items()},
            )
        except LedgerError as error:
            raise StudyError(f"{self.file}: {place}: {error}") from error
        return reaction

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
        return [(name, self._balanced(equation, place)) for name, equation in equations]

    def _basin(self, number: int) -> None:
        """Add the bare slab relaxed from a covered one to the candidates of the bare slab."""
        name = self.study.basin_checks[number].species
        place = f"basin_checks.{number}.species"
        parents = self._species(name, place)
        stripped = self.builder.stripped(name, place)
        surface = stripped.name
        species = replace(stripped, candidate=len(self.species[surface]))
        self._candidate(species, parents, f"{surface} from {name}", place)

    def _chemical_potentials(self) -> None:
        """Plan the phases, vacancies and surfaces whose energies depend on the reservoirs."""
        spec = self.study.chemical_potentials
        if spec is None:
            return
        place = "chemical_potentials"
        names = (spec.host, *spec.phases)
        self._comparable(names, place)
        for name in (*names, *spec.surfaces):
            self._species(name, place)
        composition = elements(self.species[spec.host][0].structure.atoms)
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
            self._species(name, f"{place}.formation")
        given = {name: elements(self.species[name][0].structure.atoms) for name in spec.phases}
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

    def _check_candidates(self, name: str) -> None:
        """Refuse candidates of what has none."""
        if name in self.study.ligands:
            return
        entry = [each.species for each in self.study.candidates].index(name)
        place = f"candidates.{entry}.species"
        structure = self.builder.build(name, place)[0].structure
        if not structure.ligands or self.builder.split(name)[2]:
            raise StudyError(
                f"{self.file}: {place}: {name!r} must be a slab with ligands and without"
                " vacancies, or a ligand alone"
            )

    def _add(
        self,
        label: str,
        kind: str,
        species: Species,
        spec: Mapping[str, Any],
        parents: tuple[str, ...],
        *,
        level: Level | None = None,
    ) -> str:
        """Add a task, unless the same one is there already; returns its key."""
        atoms = species.structure.atoms
        spec = {"schema": SCHEMA, "kind": kind, **spec, "parents": list(parents)}
        key = digest(spec)
        folder = f"{kind}-{formula(atoms)}-{key[:12]}"
        if level is None:
            relaxing = kind in ("relax", "crystal")
            level = self.study.level if relaxing else self.study.energy_level
        estimate = cost.estimate(kind, atoms, spec)
        task = Task(label, kind, spec, key, folder, parents, level.limits(), estimate)
        self.tasks.setdefault(key, task)
        return key

    def _dos(self, number: int) -> str:
        wanted = self.study.dos[number]
        place = f"dos.{number}"
        parents = self._calculated(wanted.species, f"{place}.species", crystals=True)
        made = self._possible(wanted.species)
        spec = self.specs.dos(wanted, made, place)
        return self._add(f"DOS {wanted.species}", "dos", made[0], spec, parents)

    def _difference(self, number: int) -> str:
        wanted = self.study.density_differences[number]
        place = f"density_differences.{number}.species"
        parents = self._calculated(wanted.species, place)
        species = self.species[wanted.species][0]
        label = f"density difference {wanted.species}"
        if wanted.vacancy is None:
            parts = self.specs.fragments(species, place)
        else:
            parts = self._filling(wanted.species, wanted.vacancy, f"density_differences.{number}")
            label += f" filling {wanted.vacancy}"
        made = self._possible(wanted.species)
        spec = self.specs.difference(parts, made, wanted.grid_refinement)
        return self._add(label, "density-difference", species, spec, parents)

    def _filling(self, name: str, vacancy: str, place: str) -> dict[str, Any]:
        """Plan the parts of a slab whose vacancy is filled."""
        if vacancy not in self.study.vacancies:
            raise StudyError(
                f"{self.file}: {place}.vacancy: {vacancy!r} is not defined; defined:"
                f" {', '.join(self.study.vacancies) or 'none'}"
            )
        if self.species[name][0].kind != "slab":
            raise StudyError(f"{self.file}: {place}.species: {name!r} must be a slab")
        vacant = self.builder.build(f"{name}.{vacancy}", place)
        return self.specs.filling(self._possible(name), vacant, f"{place}.vacancy")

    def _potential(self, number: int) -> tuple[str, str]:
        """Plan the potential of a species and of its bare slab."""
        name = self.study.electrostatics[number].species
        place = f"electrostatics.{number}.species"
        keys = []
        for each in (name, name.split(".", maxsplit=1)[0]):
            self._species(each, place)
            species = self.species[each][0]
            spec = self.specs.electrostatics(species, place)
            parents = self._calculated(each, place)
            label = f"electrostatics {each}"
            keys.append(self._add(label, "electrostatics", species, spec, parents))
        return keys[0], keys[1]

    def _spin_orbit(self, reaction: str) -> None:
        """Plan the spin-orbit coupling of all species of a reaction."""
        (spec,) = (spec for spec in self.study.reactions if spec.name == reaction)
        for name in parse_reaction(spec.equation).species:
            species, parents = self.species[name][0], self.species_keys[name]
            # The operator is part of what decides the result; see spin_orbit_states.
            own = {**self.specs.single_point(species), "operator": "Koelling-Harmon"}
            key = self._add(f"spin-orbit {name}", "spin-orbit", species, own, parents)
            self.spin_orbit_keys[name] = key

    def _split(self, number: int) -> str:
        """Plan the fragments of a species and everything its adsorption energy needs."""
        name = self.study.splits[number].species
        place = f"splits.{number}.species"
        parents = self._calculated(name, place)
        species = self.species[name][0]
        spec = self.specs.fragments(species, place)
        surface = name.split(".", maxsplit=1)[0]
        faces = 2 if self.study.surfaces[surface].sides == "two" else 1
        self._balanced(adsorption_equation(name, faces), place)
        if self.builder.split(name)[2]:
            raise StudyError(f"{self.file}: {place}: {name!r} must have no vacancies")
        return self._add(f"split {name}", "split", species, spec, parents)

    def _calculated(self, name: str, place: str, *, crystals: bool = False) -> tuple[str, ...]:
        """Keys of all candidates of a slab or molecule, which hold the same atoms in order."""
        self._species(name, place)
        keys = self.species_keys[name]
        made = self._possible(name)
        if made[0].kind == "crystal" and not crystals:
            raise StudyError(
                f"{self.file}: {place}: {name!r} is a crystal; give a slab or molecule"
            )
        if any(other.structure.groups != made[0].structure.groups for other in made):
            raise RuntimeError(f"the candidates of {name} are not alike")
        return keys
