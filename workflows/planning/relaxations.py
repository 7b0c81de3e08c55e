"""Which relaxations a species needs, with its candidates, screening and parents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ase import Atoms

from analysis.energies.reactions import LedgerError, Reaction, check_balance, parse_reaction
from analysis.results import SCHEMA
from analysis.species_name import head_of
from slabs.structure import formula
from slabs.surfaces.cells import same_surface_lattice
from workflows.planning import cost
from workflows.planning.basins import Basins
from workflows.planning.plan import Task, chosen_later
from workflows.planning.specs import Specs
from workflows.species.builder import SpeciesBuilder
from workflows.species.species import Species
from workflows.study.errors import StudyError
from workflows.study.level import Level, digest
from workflows.study.model import Study
from workflows.study.potential import PotentialLevel


def elements(atoms: Atoms) -> dict[str, int]:
    """Number of atoms of each element."""
    return dict(Counter(atoms.get_chemical_symbols()))


def _numbered(name: str, place: int, candidates: int) -> str:
    """Name of a species, with the number of the candidate if it has several."""
    return name + (f" #{place + 1}" if candidates > 1 else "")


class SpeciesPlanner:
    """Collects the tasks of one study and the relaxations of its species.

    Parameters
    ----------
    study
        Validated study.
    file
        The study file, for messages and for the files it names.
    builder
        Builds the structures.

    Attributes
    ----------
    tasks
        Planned tasks by their key; each comes after those that it starts from.
    species
        What was planned, by the names of the study.
    screen_keys, relax_keys, species_keys
        Keys of the screening tasks, the relaxations and the energies of each species.
    first_keys
        Keys of the relaxations without those from the tilt basins of other species.
    """

    def __init__(self, study: Study, file: Path, builder: SpeciesBuilder) -> None:
        self.study, self.file, self.builder = study, file, builder
        self.specs = Specs(study, file)
        self.species: dict[str, tuple[Species, ...]] = {}
        self.tasks: dict[str, Task] = {}
        self.screen_keys: dict[str, tuple[str, ...]] = {}
        self.relax_keys: dict[str, tuple[str, ...]] = {}
        self.species_keys: dict[str, tuple[str, ...]] = {}
        self.first_keys: dict[str, tuple[str, ...]] = {}
        self.basins = Basins(self)
        self.promote = {
            c.species: c.promote for c in study.every_candidate if c.promote is not None
        }

    def relax(self, name: str, asked_by: str) -> tuple[str, ...]:
        """Plan the calculations of a species; returns the keys of its relaxations."""
        self.first(name, asked_by)
        self.basins.add(name, asked_by)
        return self.relax_keys[name]

    def first(self, name: str, asked_by: str) -> tuple[str, ...]:
        """Plan a species from its own starts alone; returns the keys of its relaxations."""
        if name not in self.first_keys:
            made = self.builder.build(name, asked_by)
            parent = made[0].parent
            origin = self.first(parent[0], asked_by) if parent is not None else ()
            if name in self.promote:
                self._screened(made, asked_by)
            elif origin and chosen_later(self.tasks[origin[0]]):
                self._from_one_of(made, asked_by)
            else:
                for species in made:
                    parents = self._parents(species, asked_by)
                    label = _numbered(name, species.candidate, len(made))
                    self.candidate(species, parents, label, asked_by)
            self.first_keys[name] = self.relax_keys[name]
        return self.first_keys[name]

    def balanced(self, equation: str, place: str) -> Reaction:
        """Plan all species of an equation and make sure that it is balanced."""
        reaction = parse_reaction(equation)
        for name in reaction.species:
            self.relax(name, place)
        structures = {name: self.species[name][0].structure for name in reaction.species}
        try:
            check_balance(
                reaction,
                {name: elements(s.atoms) for name, s in structures.items()},
                {name: s.charge for name, s in structures.items()},
            )
        except LedgerError as error:
            raise StudyError(f"{self.file}: {place}: {error}") from error
        self.one_lattice([n for n in reaction.species if self.species[n][0].kind == "slab"], place)
        self._one_crystal(reaction.species, place)
        return reaction

    def _one_crystal(self, names: Sequence[str], place: str) -> None:
        """Refuse supercells beside slabs or supercells of another lattice; strain has energy."""
        study, crystals = self.study, dict[str, str | None]()
        for name in names:
            head = head_of(name)
            if head in study.supercells or head in study.surfaces:
                entry = study.supercells.get(head) or study.surfaces[head]
                crystals[head] = entry.crystal
        cells = [head for head in crystals if head in study.supercells]
        for head, crystal in crystals.items():
            if cells and crystal != crystals[cells[0]]:
                raise StudyError(
                    f"{self.file}: {place}: {cells[0]!r} is a supercell of {crystals[cells[0]]!r}"
                    f" and {head!r} is not made from it, so that strain would count as energy; give"
                    f" both the same crystal"
                )

    def one_lattice(self, slabs: Sequence[str], place: str) -> None:
        """Refuse slabs whose energies differ by the strain of one against the other."""
        cells = {name: self.species[name][0].structure.atoms for name in slabs}
        for name in slabs[1:]:
            if not same_surface_lattice(cells[slabs[0]], cells[name]):
                words = [
                    f"{n!r} ({a:.2f} x {b:.2f} A)"
                    for n in (slabs[0], name)
                    for a, b in [cells[n].cell.lengths()[:2]]
                ]
                raise StudyError(
                    f"{self.file}: {place}: {' and '.join(words)} have different lattices along the"
                    " surface, so that strain would count as energy; give both the same"
                )

    def comparable(self, names: Iterable[str], place: str) -> None:
        """Refuse crystals whose energies cannot be compared with those of others."""
        for name in names:
            crystal = self.study.crystals.get(name)
            if crystal is not None and crystal.kpoint_length_A is not None:
                raise StudyError(
                    f"{self.file}: {place}: crystal {name!r} has a kpoint_length_A of its own"
                    " and cannot be compared with the others"
                )

    def calculated(self, name: str, place: str, *, crystals: bool = False) -> tuple[str, ...]:
        """Keys of all candidates of a slab or molecule, which hold the same atoms in order."""
        self.relax(name, place)
        keys = self.species_keys[name]
        made = self.possible(name)
        if made[0].kind == "supercell":
            raise StudyError(
                f"{self.file}: {place}: {name!r} is a supercell, which has energies only; give a"
                " slab, molecule or crystal"
            )
        if made[0].kind == "crystal" and not crystals:
            raise StudyError(
                f"{self.file}: {place}: {name!r} is a crystal; give a slab or molecule"
            )
        if any(other.structure.groups != made[0].structure.groups for other in made):
            raise RuntimeError(f"the candidates of {name} are not alike")
        return keys

    def possible(self, name: str) -> tuple[Species, ...]:
        """What the relaxations of a planned species may hold; see `Plan.possible`."""
        is_open = chosen_later(self.tasks[self.relax_keys[name][0]])
        return self.builder.built[name] if is_open else self.species[name]

    def check_candidates(self, name: str) -> None:
        """Refuse candidates of what has none."""
        if name in self.study.ligands:
            return
        entry = [each.species for each in self.study.every_candidate].index(name)
        place = f"candidates.{entry}.species"
        structure = self.builder.build(name, place)[0].structure
        if not structure.ligands or self.builder.split(name)[2]:
            raise StudyError(
                f"{self.file}: {place}: {name!r} must be a slab with ligands and without"
                " vacancies, or a ligand alone"
            )

    def candidate(
        self, species: Species, parents: tuple[str, ...], label: str, asked_by: str
    ) -> None:
        """Plan the relaxation of a candidate, and its single point if there is one."""
        if species.kind == "crystal":
            crystal = self.specs.crystal(species)
            iterations = cost.relaxation_iterations(species.structure.atoms, crystal)
            key = self.add(
                f"crystal {label}", "crystal", species, crystal, parents, iterations=iterations
            )
        else:
            spec = self.specs.relax(species, bool(parents), asked_by)
            key = self.add_relaxation(f"relax {label}", species, spec, parents)
        self.relaxed(species, key, label)

    def add_relaxation(
        self,
        label: str,
        species: Species,
        spec: Mapping[str, Any],
        parents: tuple[str, ...],
        level: Level | PotentialLevel | None = None,
    ) -> str:
        """Add the relaxation of a slab or molecule; returns its key."""
        kind = "potential" if isinstance(level, PotentialLevel) else "relax"
        iterations = cost.relaxation_iterations(species.structure.atoms, spec)
        return self.add(label, kind, species, spec, parents, level=level, iterations=iterations)

    def add(
        self,
        label: str,
        kind: str,
        species: Species,
        spec: Mapping[str, Any],
        parents: tuple[str, ...],
        *,
        level: Level | PotentialLevel | None = None,
        iterations: int = cost.ONE_CYCLE,
    ) -> str:
        """Add a task, unless the same one is there already; returns its key.

        Parameters
        ----------
        label
            What it computes, for people.
        kind
            A module of `workflows.dft.kinds`, with dashes for underscores.
        species
            What it is computed for.
        spec
            Everything that decides the result.
        parents
            Keys of the tasks that it starts from.
        level
            Level whose limits it has; default: that of relaxations or that of energies.
        iterations
            Expected SCF iterations, for its cost.
        """
        atoms = species.structure.atoms
        spec = {"schema": SCHEMA, "kind": kind, **spec, "parents": list(parents)}
        key = digest(spec)
        folder = f"{kind}-{formula(atoms)}-{key[:12]}"
        if level is None:
            relaxing = kind in ("relax", "crystal")
            level = self.study.level if relaxing else self.study.energy_level
        estimate = cost.estimate(atoms, spec, iterations)
        task = Task(label, kind, spec, key, folder, parents, level.limits(), estimate)
        self.tasks.setdefault(key, task)
        return key

    def _parents(self, species: Species, asked_by: str) -> tuple[str, ...]:
        """Plan what a species starts from; returns the key of its relaxation, if any."""
        if species.parent is None:
            return ()
        name, number = species.parent
        return (self.first(name, asked_by)[number],)

    def _screened(self, made: Sequence[Species], asked_by: str) -> None:
        """Plan the screening of all candidates, and relaxations of the best ones."""
        name, level = made[0].name, self.study.screening
        self.check_candidates(name)
        assert level is not None
        numbers: dict[str, int] = {}
        for species in made:
            parents = self._parents(species, asked_by)
            label = f"screen {_numbered(name, species.candidate, len(made))}"
            spec = self.specs.screened(species, bool(parents), asked_by)
            key = self.add_relaxation(label, species, spec, parents, level)
            numbers.setdefault(key, species.candidate + 1)
        self.screen_keys[name] = tuple(numbers)
        for rank in range(1, min(self.promote[name], len(numbers)) + 1):
            words = f"rank {rank} of {len(numbers)} at {level.name}"
            structure = replace(made[0].structure, placement=words, score_eV=None)
            species = replace(made[0], candidate=rank - 1, structure=structure)
            ranked = self.specs.promoted(species, rank, list(numbers.values()))
            label = f"{name} rank {rank}"
            key = self.add_relaxation(f"relax {label}", species, ranked, tuple(numbers))
            self.relaxed(species, key, label)

    def _from_one_of(self, made: Sequence[Species], asked_by: str) -> None:
        """Plan what starts from the lowest of the candidates that a screening leaves."""
        name = made[0].name
        children: dict[int, list[Species]] = {}
        for species in made:
            assert species.parent is not None
            origin, number = species.parent
            children.setdefault(number + 1, []).append(species)
        keys = self.first_keys[origin]
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
            key = self.add_relaxation(f"relax {label}", starts[0], spec, parents)
            self.relaxed(replace(starts[0], candidate=place), key, label)

    def relaxed(self, species: Species, key: str, label: str) -> None:
        """Count a planned relaxation among those of its species, and plan its single point."""
        name = species.name
        if key in self.relax_keys.get(name, ()):
            return
        self.species[name] = (*self.species.get(name, ()), species)
        self.relax_keys[name] = (*self.relax_keys.get(name, ()), key)
        crystal = self.study.crystals.get(name)
        if self.study.single_point is not None and not (crystal and crystal.kpoint_length_A):
            same_as: dict[str, str] = {}
            if "basin" in self.tasks[key].spec:
                same_as = dict(zip(self.first_keys[name], self.species_keys[name], strict=True))
            spec = self.specs.single_point(species, same_as=same_as)
            parents = (key, *same_as.values())
            key = self.add(f"energy {label}", "single-point", species, spec, parents)
        self.species_keys[name] = (*self.species_keys.get(name, ()), key)
