"""From the names in a study to structures: ``slab.OAm.OA.V_I`` and what it starts from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms

from analysis.species_name import SpeciesName, head_of
from slabs.adsorption.adsorb import adsorb
from slabs.adsorption.arrangements import arranged
from slabs.adsorption.placement import Adsorbate, DoesNotFitError
from slabs.adsorption.poses import Search
from slabs.adsorption.sites import find_sites
from slabs.crystals.tilts import can_tilt, untilted
from slabs.errors import InputError
from slabs.ligands.ligand import make_molecule
from slabs.ligands.spins import drawn_words
from slabs.stoichiometry import stoichiometry_words
from slabs.structure import SURFACE_GROUP, Structure, electron_parity
from slabs.surfaces.slab import polarity_words, set_height
from slabs.text import one_line
from workflows.species.children import child, spread_on
from workflows.species.molecules import boxed_molecule
from workflows.species.parts import (
    arrangement_words,
    build_bulk,
    build_ligand,
    build_surface,
    bulk_notes,
    cut_arguments,
    default_site,
    isolated_atoms,
    ligand_notes,
    own_slab_words,
    unpaired_of,
    what_would_fit,
)
from workflows.species.point_defects import with_defect
from workflows.species.species import Species, same_atoms, same_start
from workflows.species.starts import (
    numbered,
    outermost_metals,
    rattle,
    seed_moment,
)
from workflows.study.errors import StudyError, located
from workflows.study.model import Study
from workflows.study.structure_tables import Surface

#: Ligands and vacancies of one slab; each is built from the slab without it.
MOST_PARTS = 100


class SpeciesBuilder:
    """Builds every species of one study, each once.

    Parameters
    ----------
    study
        Validated study.
    file
        The study file, for messages and for the files it names.
    built, refused
        What was built before from the same study, and what could not be built.
    tell
        Called with the name of each species before it is built.
    """

    def __init__(
        self,
        study: Study,
        file: Path,
        built: Mapping[str, tuple[Species, ...]] | None = None,
        tell: Callable[[str], None] = lambda name: None,
        refused: Mapping[tuple[str, str], str] | None = None,
    ) -> None:
        self.study = study
        self.file = str(file)
        self.folder = file.parent
        self.built = dict(built or {})
        #: Why a name, asked for by a table of the study, cannot be built; without the file.
        self.refused = dict(refused or {})
        self.tell = tell

    def build(self, name: str, asked_by: str = "reactions") -> tuple[Species, ...]:
        """All candidates for the species of that name, at least one.

        Raises
        ------
        StudyError
            If a part of the name is not defined in the study or cannot be built.
        """
        if (name, asked_by) in self.refused:
            raise StudyError(f"{self.file}: {self.refused[name, asked_by]}")
        if name not in self.built:
            self.tell(one_line(name, 60))
            try:
                self.built[name] = self._build(name, asked_by)
            except StudyError as error:
                words, place = str(error), f"{self.file}: "
                if words.startswith(place):
                    self.refused[name, asked_by] = words.removeprefix(place)
                raise
        return self.built[name]

    def split(self, name: str, asked_by: str = "reactions") -> tuple[str, list[str], list[str]]:
        """Surface, ligands and point defects in the name of a slab."""
        parsed = SpeciesName.parse(name)
        rest = list(parsed.parts)
        if len(rest) > MOST_PARTS:
            raise StudyError(
                f"{self.file}: {asked_by}: {one_line(name, 60)!r} has {len(rest)} ligands and"
                f" vacancies; at most {MOST_PARTS} are allowed"
            )
        ligands = list(parsed.only(self.study.ligands))
        defined = [*self.study.vacancies, *self.study.defects]
        vacancies = list(parsed.only(defined))
        for part in rest:
            if part not in self.study.ligands and part not in defined:
                known = ", ".join([*self.study.ligands, *defined]) or "none"
                raise StudyError(
                    f"{self.file}: {asked_by}: {part!r} in {name!r} is neither a ligand nor a"
                    f" vacancy or other defect; defined: {known}"
                )
        if rest != ligands + vacancies:
            right = SpeciesName(parsed.head).plus(*ligands, *vacancies)
            raise StudyError(
                f"{self.file}: {asked_by}: {name!r} must name its ligands first and its"
                f" vacancies last, as other defects: {str(right)!r}"
            )
        return parsed.head, ligands, vacancies

    def _build(self, name: str, asked_by: str) -> tuple[Species, ...]:
        study = self.study
        parsed = SpeciesName.parse(name)
        head, rest = parsed.head, parsed.parts
        if head in study.supercells and rest:
            _, ligands, _ = self.split(name, asked_by)
            if ligands:
                raise StudyError(
                    f"{self.file}: {asked_by}: {name!r} has the ligand {ligands[0]!r}; a supercell"
                    " can hold vacancies only"
                )
        if head in study.surfaces:
            surface, ligands, vacancies = self.split(name, asked_by)
            if vacancies:
                return self._defective(name)
            return self._covered(name, surface, ligands) if ligands else (self._bare(surface),)
        if head in study.supercells:
            return self._defective(name) if rest else (self._supercell(head),)
        if not rest and head in study.ligands:
            with located(self.file, f"ligands.{head}"):
                return self._isolated(head)
        if not rest and head in study.molecules:
            with located(self.file, f"molecules.{head}"):
                molecule = study.molecules[head]
                atoms, given = make_molecule(molecule.smiles), molecule.multiplicity
                notes = drawn_words(molecule.smiles, atoms, head) if given is None else ()
                return (boxed_molecule(head, atoms, study.molecule_vacuum_A, notes, given),)
        if not rest and head in study.crystals:
            with located(self.file, f"crystals.{head}"):
                entry = study.crystals[head]
                atoms = build_bulk(entry, self.folder)
                notes = tuple(f"{head}: {words}" for words in bulk_notes(entry, atoms))
            return (Species(name, "crystal", Structure(atoms, ("bulk",) * len(atoms), 0, notes)),)
        tables = (
            study.surfaces, study.ligands, study.molecules, study.crystals, study.supercells,
        )  # fmt: skip
        known = ", ".join(key for table in tables for key in table)
        raise StudyError(
            f"{self.file}: {asked_by}: {one_line(name, 80)!r} starts with"
            f" {one_line(head, 80)!r}, which is not defined;"
            f" defined: {known}"
        )

    def _isolated(self, name: str) -> tuple[Species, ...]:
        """The ligand alone: its first conformer, or the best ones if candidates are asked for."""
        entry = self.study.ligands[name]
        ligand = build_ligand(entry, self.folder)
        notes = ligand_notes(name, entry, ligand)
        count, vacuum_A = self._count(name), self.study.molecule_vacuum_A
        if count == 1:
            atoms = isolated_atoms(entry, ligand)
            return (boxed_molecule(name, atoms, vacuum_A, notes, entry.multiplicity),)
        if len(ligand.conformers) < count:
            words = f"{len(ligand.conformers)} of {count} conformers; no more were found"
            notes = (*notes, f"{name}: {words}")
        found: list[Species] = []
        for number in np.argsort(ligand.conformer_energies_eV, kind="stable")[:count]:
            shape = ligand.atoms.copy()
            shape.positions = ligand.conformers[number]
            atoms = isolated_atoms(entry, replace(ligand, atoms=shape))
            words = (
                f"conformer {number + 1}, force field"
                f" {ligand.conformer_energies_eV[number]:+.2f} eV"
            )
            species = boxed_molecule(name, atoms, vacuum_A, notes, entry.multiplicity)
            structure = replace(species.structure, placement=words)
            found.append(replace(species, structure=structure, candidate=len(found)))
        return tuple(found)

    def _count(self, name: str) -> int:
        """How many candidates the study asks for."""
        return next((c.count for c in self.study.every_candidate if c.species == name), 1)

    def _bare(self, name: str) -> Species:
        entry = self.study.surfaces[name]
        with located(self.file, f"surfaces.{name}"):
            crystal = self._crystal_of(entry)
            atoms = build_surface(self.study, entry, crystal, self.folder)
        offsets = rattle(atoms, entry.rattle_A, entry.rattle_seed, entry.sides)
        atoms.positions += offsets
        notes = [f"{name}: {stoichiometry_words(atoms, crystal)}"]
        if crystal is None:
            notes.append(f"{name}: {own_slab_words(atoms)}")
        else:
            source = entry if entry.crystal is None else self.study.crystals[entry.crystal]
            notes += [f"{name}: {words}" for words in bulk_notes(source, crystal)]
            polar = polarity_words(atoms, crystal)
            notes += [f"{name}: {polar}"] if polar is not None else []
        if entry.sides == "two":
            notes.append(f"{name}: ligands and vacancies on both faces")
        structure = Structure(atoms, (SURFACE_GROUP,) * len(atoms), notes=tuple(notes))
        parity = electron_parity(atoms, 0)
        seed_moment(atoms, parity, outermost_metals(structure, "one"))
        if entry.crystal is None:
            return Species(name, "slab", structure)
        new = np.full(len(atoms), -1)
        cut = cut_arguments(self.study, entry)
        return Species(name, "slab", structure, 0, (entry.crystal, 0), new, offsets, cut)

    def _supercell(self, name: str) -> Species:
        entry = self.study.supercells[name]
        crystal = self.build(entry.crystal)[0].structure.atoms
        atoms = crystal.repeat(entry.size)
        size = "x".join(map(str, entry.size))
        notes = [f"{name}: {size} cells of {entry.crystal}"]
        if untilted(crystal) and can_tilt(atoms):
            notes.append(
                f"{name}: the octahedra of {entry.crystal} are not tilted; a defect breaks the"
                " symmetry that keeps them so, and gains tilt energy that is not its own; a crystal"
                " of a tilted phase, such as phase = 'gamma' with relax = 'cell', avoids that"
            )
        structure = Structure(atoms, (SURFACE_GROUP,) * len(atoms), notes=tuple(notes))
        new, offsets = np.full(len(atoms), -1), np.zeros((len(atoms), 3))
        cut = {"repeat": list(entry.size)}
        return Species(name, "supercell", structure, 0, (entry.crystal, 0), new, offsets, cut)

    def _crystal_of(self, entry: Surface) -> Atoms | None:
        """The crystal that a surface is cut from; None for a slab from a file."""
        if entry.slab_file is not None:
            return None
        if entry.crystal is None:
            return build_bulk(entry, self.folder)
        if entry.crystal not in self.study.crystals:
            known = ", ".join(self.study.crystals) or "none"
            raise InputError(f"{entry.crystal!r} is no crystal; defined: {known}", "crystal")
        return self.build(entry.crystal)[0].structure.atoms

    def _covered(self, name: str, surface: str, ligands: list[str]) -> tuple[Species, ...]:
        bare = self.build(surface)[0]
        entry = self.study.surfaces[surface]
        adsorbates: list[Adsorbate] = []
        notes = list(bare.structure.notes)
        for each in ligands:
            wanted = self.study.ligands[each]
            with located(self.file, f"ligands.{each}"):
                ligand = build_ligand(wanted, self.folder)
                site = default_site(wanted, ligand, bare.structure.atoms)
                notes += ligand_notes(each, wanted, ligand, site)
            adsorbates.append(
                Adsorbate(each, ligand, site, wanted.counter_ion, wanted.orientation, wanted.near)
            )
        settings: dict[str, Any] = {
            "vacuum_A": entry.vacuum_A,
            "sides": entry.sides,
            "search": Search(**self.study.placement.model_dump()),
        }
        atoms = numbered(bare.structure.atoms)
        most = self._arrangements(surface, adsorbates)
        with located(self.file, name):
            try:
                if most:
                    made = arranged(atoms, adsorbates, **settings)
                    built = list(made.structures[:most])
                    notes.append(f"{name}: {arrangement_words(made, len(built))}")
                else:
                    built = adsorb(atoms, adsorbates, count=self._count(name), **settings)
            except DoesNotFitError as error:
                advice = what_would_fit(self.study, surface, ligands, adsorbates, self.folder)
                raise InputError(f"{error.message}; {advice}") from error
        if not most and len(built) < self._count(name):
            notes.append(
                f"{name}: {len(built)} of {self._count(name)} candidates; no more placements differ"
                f" by {self.study.placement.diversity_A:g} A"
            )
        return tuple(
            self._child(name, number, bare, replace(found, notes=tuple(dict.fromkeys(notes))))
            for number, found in enumerate(built)
        )

    def sites(self, surface: str, ligand: str) -> int:
        """Number of sites of the kind that a ligand takes on the bare slab of a surface."""
        bare = self.build(surface)[0].structure.atoms
        entry = self.study.ligands[ligand]
        with located(self.file, f"ligands.{ligand}"):
            site = default_site(entry, build_ligand(entry, self.folder), bare)
            return len(find_sites(bare, site))

    def _arrangements(self, surface: str, adsorbates: Sequence[Adsorbate]) -> int:
        """How many arrangements of a covered slab [[coverage]] asks for, 0 if it does not."""
        names = [item.name for item in adsorbates]
        asked = [
            entry.arrangements
            for entry in self.study.coverage
            if entry.holds(surface, names, self.sites(surface, next(iter(entry.ligands))))
        ]
        return max(asked, default=0)

    def _defective(self, name: str) -> tuple[Species, ...]:
        """All candidates for a species with point defects, each from that without the last."""
        parsed = SpeciesName.parse(name)
        found: list[Species] = []
        for origin in self.build(str(parsed.parent)):
            structure = replace(origin.structure, atoms=numbered(origin.structure.atoms))
            for made in self._with_defect(structure, parsed.last, parsed.head):
                child = self._child(name, len(found), origin, made)
                # Seeds may name the same atoms, and without an odd electron no spin at all.
                if not any(same_start(child, other) for other in found):
                    found.append(child)
        return tuple(self._said_if_known(each) for each in found)

    def _with_defect(self, structure: Structure, name: str, surface: str) -> list[Structure]:
        """A structure with one more defect; the parts of a pair are made one after the other."""
        entry = self.study.point_defects[name]
        if entry.kind == "pair":
            made = [structure]
            for part in entry.parts:
                made = [new for each in made for new in self._with_defect(each, part, surface)]
            return made
        table = "vacancies" if name in self.study.vacancies else "defects"
        with located(self.file, f"{table}.{name}"):
            if surface in self.study.supercells and entry.kind != "vacancy":
                raise InputError(
                    f"{entry.kind!r} goes with slabs; the supercell {surface!r} can hold vacancies",
                    "kind",
                )
            cut = self.study.surfaces.get(surface)
            bare = self.build(surface)[0].structure.atoms
            if cut is not None and cut.rattle_A:  # hides what is alike
                bare = build_surface(self.study, cut, self._crystal_of(cut), self.folder)
            return with_defect(structure, name, entry, cut, bare)

    def _child(self, name: str, candidate: int, parent: Species, structure: Structure) -> Species:
        """A slab with ligands or defects that starts from another one."""
        head = head_of(name)
        bare = self.build(head)[0].structure
        structure = replace(structure, atoms=structure.atoms.copy())
        entry = self.study.surfaces.get(head)
        if entry is not None and entry.cell_height_A is not None:
            with located(self.file, f"surfaces.{head}", name):
                set_height(structure.atoms, entry.vacuum_A, entry.cell_height_A)
        # Defects in a supercell have no faces; each is alone.
        sides = "one" if entry is None else entry.sides
        faces = 2 if sides == "two" else 1
        moments = np.zeros(len(structure.atoms))
        for ligand in set(structure.groups) & set(self.study.ligands):
            with located(self.file, f"ligands.{ligand}"):
                unpaired = unpaired_of(self.study.ligands[ligand], self.folder, ligand)
            copies = SpeciesName.parse(name).parts.count(ligand) * faces
            moments += spread_on(structure, ligand, unpaired, copies)
        return child(
            name, candidate, parent, structure, bare=bare, moments_muB=moments, sides=sides
        )

    def _said_if_known(self, species: Species) -> Species:
        """A species with a note if another name means the same atoms."""
        others = (
            other.name
            for made in self.built.values()
            for other in made
            if head_of(other.name) == head_of(species.name) and same_atoms(other, species)
        )
        known = next(others, None)
        if known is None:
            return species
        note = f"{species.name}: the same atoms as {known}"
        structure = replace(species.structure, notes=(*species.structure.notes, note))
        return replace(species, structure=structure)
