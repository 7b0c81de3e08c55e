"""The plan: from a study to tasks, each named by a hash of what it computes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms

from analysis.reactions import LedgerError, Reaction, check_balance, parse_reaction
from analysis.results import SCHEMA, atoms_to_dict
from slabs.structure import SURFACE_GROUP, electron_parity, formula
from workflows import cost
from workflows.level import digest, kpoints
from workflows.species import Species, SpeciesBuilder
from workflows.study import Study, StudyError, load_study


@dataclass(frozen=True, eq=False)
class Task:
    """One calculation.

    Parameters
    ----------
    label
        What it computes, in the words of the study: ``"relax slab.OAm"``.
    kind
        ``"relax"``, ``"crystal"``, ``"dos"`` or ``"density-difference"``.
    spec
        Everything that decides the result, as a JSON document.
    key
        Hash of `spec`, 64 hexadecimal digits.
    folder
        Name of its folder inside ``tasks/``.
    parents
        Keys of the tasks it needs.
    limits
        Settings that decide how the result is reached.
    estimate
        Expected cost.
    """

    label: str
    kind: str
    spec: Mapping[str, Any]
    key: str
    folder: str
    parents: tuple[str, ...]
    limits: Mapping[str, Any]
    estimate: cost.Estimate


@dataclass(frozen=True, eq=False)
class Plan:
    """A study with all that follows from it before any calculation.

    Parameters
    ----------
    file
        Study file.
    text
        Its exact text, the record.
    study
        The validated study.
    species
        Every structure by name, parents first.
    reactions
        Parsed and balanced, in the order of the study.
    tasks
        Every calculation by key, parents first.
    species_key
        Key of the task that gives the energy of each species.
    output_keys
        Keys of the tasks of ``dos`` and of ``density_differences``, in their order.
    """

    file: Path
    text: str
    study: Study
    species: Mapping[str, Species]
    reactions: tuple[Reaction, ...]
    tasks: Mapping[str, Task]
    species_key: Mapping[str, str]
    output_keys: Mapping[str, tuple[str, ...]]


def elements(atoms: Atoms) -> dict[str, int]:
    """Number of atoms of each element."""
    return dict(atoms.symbols.formula.count())


def make_plan(file: Path) -> Plan:
    """Read a study file and plan it; nothing is written.

    Raises
    ------
    StudyError
        If the file is not a study, a structure cannot be built, or a reaction is not
        balanced.
    """
    study, text = load_study(file)
    return plan_study(study, text, file)


def plan_study(study: Study, text: str, file: Path) -> Plan:
    """Plan a validated study; see `make_plan`."""
    return _Planner(study, text, file).plan()


class _Planner:
    def __init__(self, study: Study, text: str, file: Path) -> None:
        self.study, self.text, self.file = study, text, file
        self.builder = SpeciesBuilder(study, str(file))
        self.species: dict[str, Species] = {}
        self.tasks: dict[str, Task] = {}
        self.species_key: dict[str, str] = {}

    def plan(self) -> Plan:
        reactions = tuple(self._reaction(n) for n in range(len(self.study.reactions)))
        for name in self.study.crystals:
            self._species(name, f"crystals.{name}")
        dos = tuple(self._dos(n) for n in range(len(self.study.dos)))
        differences = tuple(self._difference(n) for n in range(len(self.study.density_differences)))
        if not self.tasks:
            raise StudyError(f"{self.file}: the study asks for nothing; give [[reactions]]")
        return Plan(
            self.file,
            self.text,
            self.study,
            self.species,
            reactions,
            self.tasks,
            self.species_key,
            {"dos": dos, "density-difference": differences},
        )

    def _reaction(self, number: int) -> Reaction:
        spec = self.study.reactions[number]
        place = f"reactions.{number} ({spec.name})"
        reaction = parse_reaction(spec.equation)
        for name in reaction.species:
            self._species(name, place)
            crystal = self.study.crystals.get(name)
            if crystal is not None and crystal.kpoint_length_A is not None:
                raise StudyError(
                    f"{self.file}: {place}: crystal {name!r} has a kpoint_length_A of its own"
                    " and cannot be compared with the rest of the reaction"
                )
        structures = {name: self.species[name].structure for name in reaction.species}
        try:
            check_balance(
                reaction,
                {name: elements(s.atoms) for name, s in structures.items()},
                {name: s.charge for name, s in structures.items()},
            )
        except LedgerError as error:
            raise StudyError(f"{self.file}: {place}: {error}") from error
        return reaction

    def _species(self, name: str, asked_by: str) -> str:
        """Plan the task that gives the energy of a species; returns its key."""
        if name in self.species_key:
            return self.species_key[name]
        species = self.builder.build(name, asked_by)
        parents = (self._species(species.parent, asked_by),) if species.parent else ()
        task = (
            self._crystal(species) if species.kind == "crystal" else self._relax(species, parents)
        )
        self.species[name] = species
        self.species_key[name] = self._add(task)
        return task.key

    def _add(self, task: Task) -> str:
        self.tasks.setdefault(task.key, task)
        return task.key

    def _task(
        self, label: str, kind: str, atoms: Atoms, spec: dict[str, Any], parents: tuple[str, ...]
    ) -> Task:
        spec = {"schema": SCHEMA, "kind": kind, **spec, "parents": list(parents)}
        key = digest(spec)
        folder = f"{kind}-{formula(atoms)}-{key[:12]}"
        estimate = cost.estimate(kind, atoms, spec)
        return Task(label, kind, spec, key, folder, parents, self.study.level.limits(), estimate)

    def _electrons(self, species: Species, kpoint_length_A: float | None = None) -> dict[str, Any]:
        """Settings of one SCF calculation of this species."""
        level = self.study.level
        atoms = species.structure.atoms
        physics = level.physics()
        if kpoint_length_A is not None:
            physics["kpoint_length_A"] = kpoint_length_A
        length = 0.0 if species.kind == "molecule" else physics["kpoint_length_A"]
        odd = electron_parity(atoms, species.structure.charge) == 1
        return {
            "level": physics,
            "fingerprint": digest(physics),
            "charge": species.structure.charge,
            "kpoints": kpoints(atoms, length),
            "spin_polarised": odd or level.spin == "all",
            "dipole_layer": species.kind == "slab" and level.dipole_correction,
        }

    def _relax(self, species: Species, parents: tuple[str, ...]) -> Task:
        atoms = species.structure.atoms
        spec = {
            "structure": atoms_to_dict(atoms),
            "parent_atoms": species.parent_atoms.tolist() if parents else [],
            "fmax_eV_per_A": self.study.level.fmax_eV_per_A,
            "fix_centre_of_mass": species.kind == "molecule",
            **self._electrons(species),
        }
        return self._task(f"relax {species.name}", "relax", atoms, spec, parents)

    def _crystal(self, species: Species) -> Task:
        crystal = self.study.crystals[species.name]
        atoms = species.structure.atoms
        spec = {
            "structure": atoms_to_dict(atoms),
            "strains": crystal.strains,
            "cells_per_cube": round(
                float(crystal_edge_A(atoms, crystal.prototype)) ** 3 / atoms.get_volume()
            ),
            **self._electrons(species, crystal.kpoint_length_A),
        }
        return self._task(f"crystal {species.name}", "crystal", atoms, spec, ())

    def _dos(self, number: int) -> str:
        spec = self.study.dos[number]
        place = f"dos.{number}.species"
        parent = self._relaxed(spec.species, place)
        species = self.species[spec.species]
        atoms = species.structure.atoms
        length = 0.0 if species.kind == "molecule" else spec.kpoint_length_A
        grid = kpoints(atoms, length) if length is not None else self._electrons(species)["kpoints"]
        data = {
            "groups": list(species.structure.groups),
            "spin_orbit": spec.spin_orbit,
            "width_eV": spec.width_eV,
            "window_eV": [spec.from_eV, spec.to_eV],
            "empty_bands": spec.empty_bands,
            "kpoints": grid,
        }
        label = f"{'SOC ' if spec.spin_orbit else ''}DOS {spec.species}"
        return self._add(self._task(label, "dos", atoms, data, (parent,)))

    def _difference(self, number: int) -> str:
        spec = self.study.density_differences[number]
        place = f"density_differences.{number}.species"
        parent = self._relaxed(spec.species, place)
        species = self.species[spec.species]
        groups = species.structure.groups
        if species.kind != "slab" or set(groups) == {SURFACE_GROUP}:
            raise StudyError(
                f"{self.file}: {place}: {spec.species!r} must be a slab with at least one ligand"
            )
        parts = {
            name: np.flatnonzero([g == name for g in groups]).tolist()
            for name in dict.fromkeys(groups)
        }
        data = {
            "fragments": parts,
            "grid_refinement": spec.grid_refinement,
            **self._electrons(species),
            "spin_all": self.study.level.spin == "all",
        }
        label = f"density difference {spec.species}"
        task = self._task(label, "density-difference", species.structure.atoms, data, (parent,))
        return self._add(task)

    def _relaxed(self, name: str, place: str) -> str:
        key = self._species(name, place)
        if self.species[name].kind == "crystal":
            raise StudyError(
                f"{self.file}: {place}: {name!r} is a crystal; give a slab or molecule"
            )
        return key


def crystal_edge_A(atoms: Atoms, prototype: str) -> float:
    """Edge of the conventional cubic cell in angstrom."""
    length = float(atoms.cell.lengths()[0])
    return length * 2**0.5 if prototype == "rocksalt" else length
