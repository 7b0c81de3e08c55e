"""Structures of a study, kept so that they need not be built a second time."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

import slabs
import workflows.species
import workflows.study
from slabs.read import file_content
from slabs.structure import Structure
from slabs.surfaces.slab import LAYER_ARRAY
from workflows.species.species import Species
from workflows.study.level import digest, installed_version
from workflows.study.model import Study

STRUCTURES_FILE = "structures.npz"
#: Libraries that have a say in what is built.
_BUILDERS = ("ase", "numpy", "pymatgen", "rdkit", "scipy", "spglib")
#: What is stored per atom: name, type and shape behind the number of atoms.
_PER_ATOM: Mapping[str, tuple[type, tuple[int, ...]]] = {
    "numbers": (np.int16, ()),
    "positions": (np.float64, (3,)),
    "moments": (np.float64, ()),
    "tags": (np.int32, ()),
    "layer": (np.int32, ()),
    "fixed": (np.bool_, ()),
    "group": (np.int32, ()),
    "parent_atoms": (np.int32, ()),
    "offsets_A": (np.float64, (3,)),
}


class Stored(NamedTuple):
    """What a builder has built, and why it could not build the rest.

    Parameters
    ----------
    built
        All candidates of each name.
    refused
        By name and the table that asks for it; without the study file.
    """

    built: Mapping[str, tuple[Species, ...]]
    refused: Mapping[tuple[str, str], str]


@cache
def code_hash(*packages: ModuleType) -> str:
    """Hash of the code of packages with all their folders, 64 hexadecimal digits."""
    found = hashlib.sha256()
    for package in packages:
        for file in sorted(Path(package.__path__[0]).rglob("*.py")):
            found.update(file.read_bytes())
    return found.hexdigest()


def files_of(study: Study) -> list[str]:
    """Structure files that a study names, as it names them."""
    tables = (study.surfaces, study.crystals, study.ligands)
    named = [
        getattr(part, key, None)
        for table in tables
        for part in table.values()
        for key in ("file", "slab_file")
    ]
    return [name for name in named if name is not None]


def _origin(study: Study, text: str, folder: Path) -> str:
    """Hash of everything that structures are built from."""
    files = [folder / name for name in files_of(study)]
    contents = [hashlib.sha256(file_content(file)).hexdigest() for file in files]
    return digest(
        [
            text,
            [each.model_dump_json() for each in study.ligands.values()],  # also of a list
            contents,
            [installed_version(n) for n in _BUILDERS],
            code_hash(slabs, workflows.species, workflows.study),
        ]
    )


def save_species(path: Path, study: Study, text: str, folder: Path, made: Stored) -> None:
    """Store structures; a file that holds them already is left as it is.

    Parameters
    ----------
    path
        File, replaced in one step.
    study, text
        Validated study, and its text.
    folder
        Folder of the study file, for the files that it names.
    made
        What is stored.
    """
    stored = load_species(path, study, text, folder)
    built, refused = made
    if stored and set(built) <= set(stored.built) and set(refused) <= set(stored.refused):
        return
    token = _origin(study, text, folder)
    every = [species for made in built.values() for species in made]
    groups = sorted({group for species in every for group in species.structure.groups})
    about = {
        "token": token,
        "groups": groups,
        "species": [_about(species) for species in every],
        "refused": [[*key, words] for key, words in refused.items()],
    }
    number = {group: index for index, group in enumerate(groups)}
    rows = [_rows(species, number) for species in every]
    arrays: dict[str, Any] = {
        name: np.concatenate([row[name] for row in rows]).astype(kind)
        for name, (kind, _) in _PER_ATOM.items()
    }
    cells = np.array([species.structure.atoms.cell.array for species in every])
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            words = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
            np.savez(file, about=words, cells=cells, **arrays)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def load_species(path: Path, study: Study, text: str, folder: Path) -> Stored | None:
    """What `save_species` has stored, or None if there is nothing, or something else."""
    if not path.is_file():
        return None
    try:
        token = _origin(study, text, folder)
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            about = json.loads(stored["about"].tobytes())
            if about["token"] != token:
                return None
            arrays = {name: stored[name] for name in (*_PER_ATOM, "cells")}
            refused = {(name, by): words for name, by, words in about["refused"]}
    except Exception:  # a damaged file: the readers of zip and of numpy raise many types for it
        return None
    built: dict[str, tuple[Species, ...]] = {}
    start = 0
    for number, each in enumerate(about["species"]):
        here = slice(start, start + each["size"])
        start = here.stop
        rows = {name: arrays[name][here] for name in _PER_ATOM}
        species = _species(each, rows, arrays["cells"][number], about["groups"])
        built[species.name] = (*built.get(species.name, ()), species)
    return Stored(built, refused)


def _about(species: Species) -> dict[str, Any]:
    """What is stored of a structure besides its atoms."""
    structure = species.structure
    names = (
        "charge", "notes", "ligands", "placement", "score_eV", "vacancies", "added", "site",
    )  # fmt: skip
    rest = {name: getattr(structure, name) for name in names}
    return {
        "size": len(structure.atoms),
        "pbc": structure.atoms.pbc.tolist(),
        "has_origin": len(species.parent_atoms) > 0,
        "has_offsets": len(species.offsets_A) > 0,
        "structure": rest,
        "name": species.name,
        "kind": species.kind,
        "candidate": species.candidate,
        "parent": species.parent,
        "cut": dict(species.cut),
        "level_with_plan": species.level_with_plan,
    }


def _rows(species: Species, groups: Mapping[str, int]) -> dict[str, NDArray[Any]]:
    """What is stored of each atom."""
    from ase.constraints import FixAtoms

    atoms = species.structure.atoms
    others = set(atoms.arrays) - {"numbers", "positions", "initial_magmoms", "tags", LAYER_ARRAY}
    if others or atoms.info or not all(isinstance(c, FixAtoms) for c in atoms.constraints):
        raise ValueError(f"{species.name}: {sorted(others)}, {atoms.info}, {atoms.constraints}")
    count = len(atoms)
    fixed = np.zeros(count, dtype=bool)
    for constraint in atoms.constraints:
        fixed[constraint.get_indices()] = True
    return {
        "numbers": atoms.numbers,
        "positions": atoms.positions,
        "moments": atoms.get_initial_magnetic_moments(),
        "tags": atoms.get_tags(),
        "layer": atoms.arrays.get(LAYER_ARRAY, np.zeros(count)),
        "fixed": fixed,
        "group": np.array([groups[group] for group in species.structure.groups]),
        "parent_atoms": species.parent_atoms if len(species.parent_atoms) else np.zeros(count),
        "offsets_A": species.offsets_A if len(species.offsets_A) else np.zeros((count, 3)),
    }


def _species(
    about: Mapping[str, Any],
    rows: Mapping[str, NDArray[Any]],
    cell: NDArray[np.float64],
    groups: Sequence[str],
) -> Species:
    from ase.constraints import FixAtoms

    atoms = Atoms(rows["numbers"], rows["positions"], cell=cell, pbc=about["pbc"])
    if rows["moments"].any():
        atoms.set_initial_magnetic_moments(rows["moments"])
    if rows["tags"].any():
        atoms.set_tags(rows["tags"])
    if rows["layer"].any():
        atoms.set_array(LAYER_ARRAY, rows["layer"].astype(int))
    if rows["fixed"].any():
        atoms.set_constraint(FixAtoms(indices=np.flatnonzero(rows["fixed"])))
    rest = dict(about["structure"])
    rest["notes"] = tuple(rest["notes"])
    for key in ("vacancies", "added"):
        rest[key] = tuple((symbol, tuple(place)) for symbol, place in rest[key])
    return Species(
        about["name"],
        about["kind"],
        Structure(atoms, tuple(groups[n] for n in rows["group"]), **rest),
        about["candidate"],
        None if about["parent"] is None else (about["parent"][0], about["parent"][1]),
        rows["parent_atoms"].astype(np.intp) if about["has_origin"] else np.zeros(0, dtype=int),
        rows["offsets_A"] if about["has_offsets"] else np.zeros((0, 3)),
        about["cut"],
        about["level_with_plan"],
    )
