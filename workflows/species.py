"""From the names in a study to structures: ``slab.OAm.OA.V_I`` and what it starts from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from slabs.adsorption import Adsorbate, adsorb
from slabs.crystal import perovskite, prototype_crystal
from slabs.errors import InputError
from slabs.ligands import Ligand, in_box, ion_pair, make_ligand
from slabs.structure import SURFACE_GROUP, Structure, electron_parity
from slabs.surface import build_slab, layer_numbers
from slabs.vacancy import remove_atom
from workflows.study import Study, StudyError


@dataclass(frozen=True, eq=False)
class Species:
    """A structure that a study asks for.

    Parameters
    ----------
    name
        Name as written in reactions.
    kind
        ``"slab"``, ``"molecule"`` or ``"crystal"``.
    structure
        The unrelaxed structure.
    parent
        Species whose relaxed positions this one starts from, or None.
    parent_atoms
        For each atom its index in the parent, or -1 if it is new, shape=(n,).
    """

    name: str
    kind: str
    structure: Structure
    parent: str | None
    parent_atoms: NDArray[np.intp]


@contextmanager
def _located(file: str, key: str) -> Iterator[None]:
    """Say which key of which file an error of the builder is about."""
    try:
        yield
    except StudyError:
        raise
    except InputError as error:
        place = f"{key}.{error.key}" if error.key else key
        raise StudyError(f"{file}: {place}: {error.message}") from error


@lru_cache(maxsize=256)
def _ligand(spec_json: str) -> Ligand:
    from workflows.study import Ligand as Spec

    spec = Spec.model_validate_json(spec_json)
    ligand = make_ligand(
        spec.molecule,
        smiles=spec.smiles,
        anchor_smarts=spec.anchor_smarts,
        orientation=spec.orientation,
        truncate_to_carbons=spec.truncate_to_carbons,
    )
    if spec.state == "molecule" and ligand.charge != 0:
        raise InputError(
            f"{ligand.smiles!r} has the charge {ligand.charge:+d};"
            " state may be 'neutral-cell' or 'ion-pair'",
            "state",
        )
    if spec.state != "molecule" and ligand.charge == 0:
        raise InputError(f"{ligand.smiles!r} is neutral; state must be 'molecule'", "state")
    if spec.state == "ion-pair" and ligand.charge != 1:
        raise InputError(
            f"an ion pair needs a cation of charge +1, not {ligand.charge:+d}", "state"
        )
    if spec.counter_ion is not None and spec.counter_ion not in ("F", "Cl", "Br", "I"):
        raise InputError(f"{spec.counter_ion!r} is not one of F, Cl, Br, I", "counter_ion")
    return ligand


class SpeciesBuilder:
    """Builds every species of one study, each once.

    Parameters
    ----------
    study
        Validated study.
    file
        Name of the study file, for messages.
    """

    def __init__(self, study: Study, file: str) -> None:
        self.study = study
        self.file = file
        self._built: dict[str, Species] = {}

    def build(self, name: str, asked_by: str = "reactions") -> Species:
        """The species of that name.

        Raises
        ------
        StudyError
            If a part of the name is not defined in the study or cannot be built.
        """
        if name not in self._built:
            self._built[name] = self._build(name, asked_by)
        return self._built[name]

    def split(self, name: str, asked_by: str = "reactions") -> tuple[str, list[str], list[str]]:
        """Surface, ligands and vacancies in the name of a slab."""
        head, *rest = name.split(".")
        ligands = [part for part in rest if part in self.study.ligands]
        vacancies = [part for part in rest if part in self.study.vacancies]
        for part in rest:
            if part not in self.study.ligands and part not in self.study.vacancies:
                known = ", ".join([*self.study.ligands, *self.study.vacancies]) or "none"
                raise StudyError(
                    f"{self.file}: {asked_by}: {part!r} in {name!r} is neither a ligand nor a"
                    f" vacancy; defined: {known}"
                )
        if rest != ligands + vacancies:
            raise StudyError(
                f"{self.file}: {asked_by}: {name!r} must name its ligands first and its"
                f" vacancies last: {'.'.join([head, *ligands, *vacancies])!r}"
            )
        return head, ligands, vacancies

    def _build(self, name: str, asked_by: str) -> Species:
        study = self.study
        head, *rest = name.split(".")
        if head in study.surfaces:
            return self._slab(name, asked_by)
        if not rest and head in study.ligands:
            with _located(self.file, f"ligands.{head}"):
                return self._isolated(head)
        if not rest and head in study.molecules:
            with _located(self.file, f"molecules.{head}"):
                ligand = make_ligand(smiles=study.molecules[head].smiles, anchor_smarts="[*]")
                if ligand.charge != 0:
                    raise InputError(f"{ligand.smiles!r} has a charge; give a molecule", "smiles")
                return self._molecule(head, ligand.atoms, ())
        if not rest and head in study.crystals:
            spec = study.crystals[head]
            with _located(self.file, f"crystals.{head}"):
                atoms = prototype_crystal(spec.material, spec.prototype, spec.lattice_constant_A)
            structure = Structure(atoms, ("bulk",) * len(atoms))
            return Species(name, "crystal", structure, None, np.full(len(atoms), -1))
        tables = (study.surfaces, study.ligands, study.molecules, study.crystals)
        known = ", ".join(key for table in tables for key in table)
        raise StudyError(
            f"{self.file}: {asked_by}: {name!r} starts with {head!r}, which is not defined;"
            f" defined: {known}"
        )

    def _isolated(self, name: str) -> Species:
        spec = self.study.ligands[name]
        ligand = _ligand(spec.model_dump_json())
        atoms = ligand.atoms
        if spec.counter_ion is not None:
            atoms = ion_pair(ligand, spec.counter_ion)
        return self._molecule(name, atoms, self._notes(name, ligand, isolated=True))

    def _molecule(self, name: str, atoms: Atoms, notes: tuple[str, ...]) -> Species:
        boxed = in_box(atoms, self.study.molecule_vacuum_A)
        _seed_moment(boxed, boxed.numbers > 1)
        structure = Structure(boxed, (name,) * len(boxed), notes=notes)
        return Species(name, "molecule", structure, None, np.full(len(boxed), -1))

    def _notes(self, name: str, ligand: Ligand, *, isolated: bool) -> tuple[str, ...]:
        spec = self.study.ligands[name]
        notes = [f"{name}: {ligand.note}"] if ligand.note else []
        if spec.state == "neutral-cell" and (isolated or spec.site not in ("A-site", "X-site")):
            notes.append(
                f"{name}: ion of charge {ligand.charge:+d} with the balancing electron in a"
                " neutral cell"
            )
        elif spec.state == "neutral-cell":
            notes.append(f"{name}: replaces an ion ({spec.site}), neutral by construction")
        elif spec.state == "ion-pair":
            notes.append(f"{name}: together with {spec.counter_ion}-, neutral by construction")
        return tuple(notes)

    def _slab(self, name: str, asked_by: str) -> Species:
        surface, ligands, vacancies = self.split(name, asked_by)
        if vacancies:
            return self._vacant(name, surface, ligands, vacancies)
        if ligands:
            return self._covered(name, surface, ligands)
        spec = self.study.surfaces[surface]
        with _located(self.file, f"surfaces.{surface}"):
            atoms = build_slab(
                perovskite(spec.material, spec.lattice_constant_A),
                termination=spec.termination,
                layers=spec.layers,
                size=(spec.size[0], spec.size[1]),
                frozen_layers=spec.frozen_layers,
                vacuum_A=spec.vacuum_A,
            )
        if spec.rattle_A:
            atoms.rattle(stdev=spec.rattle_A, rng=np.random.default_rng(spec.rattle_seed))
        _seed_surface(atoms, np.full(len(atoms), True))
        structure = Structure(atoms, (SURFACE_GROUP,) * len(atoms))
        return Species(name, "slab", structure, None, np.full(len(atoms), -1))

    def _covered(self, name: str, surface: str, ligands: list[str]) -> Species:
        bare = self.build(surface).structure.atoms
        adsorbates: list[Adsorbate] = []
        notes: list[str] = []
        for each in ligands:
            spec = self.study.ligands[each]
            with _located(self.file, f"ligands.{each}"):
                ligand = _ligand(spec.model_dump_json())
            adsorbates.append(Adsorbate(each, ligand, spec.site, spec.counter_ion))
            notes += self._notes(each, ligand, isolated=False)
        with _located(self.file, name):
            built = adsorb(_numbered(bare), adsorbates, self.study.surfaces[surface].vacuum_A)
        return self._child(name, surface, replace(built, notes=tuple(dict.fromkeys(notes))))

    def _vacant(self, name: str, surface: str, ligands: list[str], vacancies: list[str]) -> Species:
        parent = ".".join([surface, *ligands])
        whole = self.build(parent).structure
        structure = replace(whole, atoms=_numbered(whole.atoms))
        for each in vacancies:
            spec = self.study.vacancies[each]
            with _located(self.file, f"vacancies.{each}"):
                structure, _ = remove_atom(
                    structure, spec.element, spec.depth, spec.near, spec.bridge_axis
                )
        return self._child(name, parent, structure)

    def _child(self, name: str, parent: str, structure: Structure) -> Species:
        atoms = structure.atoms.copy()
        origin = atoms.arrays.pop("origin") - 1
        structure = replace(structure, atoms=atoms)
        _seed_surface(atoms, np.array(structure.groups) == SURFACE_GROUP)
        return Species(name, "slab", structure, parent, origin)


def _numbered(atoms: Atoms) -> Atoms:
    """A copy whose atoms remember their index, plus one; atoms added later read zero."""
    copy: Atoms = atoms.copy()
    copy.set_array("origin", np.arange(1, len(atoms) + 1))
    return copy


def _seed_moment(atoms: Atoms, where: NDArray[np.bool_]) -> None:
    """Give an odd number of electrons a starting moment; an even number none, in place."""
    moments = np.zeros(len(atoms))
    if electron_parity(atoms, 0):
        old = atoms.get_initial_magnetic_moments()
        moments = old if old.any() else where / max(1, where.sum())
    atoms.set_initial_magnetic_moments(moments)


def _seed_surface(atoms: Atoms, surface: NDArray[np.bool_]) -> None:
    """Seed the moment of a slab on the metal atoms of its outermost metal layer, in place."""
    heaviest = atoms.numbers[surface].max()
    metals = surface & (atoms.numbers == heaviest)
    layers = layer_numbers(atoms)
    _seed_moment(atoms, metals & (layers == layers[metals].max()))
