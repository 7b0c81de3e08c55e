"""What the structures of a study look like, in files, pictures and numbers, without any DFT."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ase import Atoms

from slabs.adsorption.contacts import closest_contact
from slabs.composition import formula_words, parse_perovskite
from slabs.crystals.metrics import structure_metrics
from slabs.crystals.tolerance import RADII_SETS, cation_radius_for, tolerance_factor
from slabs.errors import InputError
from slabs.structure import SURFACE_GROUP, Structure, formula
from slabs.surfaces.slab import layer_compositions
from slabs.write import write_picture, write_structure
from workflows.species.species import Species
from workflows.store import write_atomic
from workflows.study.model import Study
from workflows.study.structure_tables import Surface


def stem(species: Species, candidates: int) -> str:
    """File name, without ending, of a structure; candidates are numbered from 1."""
    return species.name + (f"_{species.candidate + 1}" if candidates > 1 else "")


def describe(species: Species, candidates: int) -> dict[str, Any]:
    """Composition, faces, coverage, closest contact, placement and shape of a structure."""
    structure = species.structure
    atoms = structure.atoms
    row: dict[str, Any] = {
        "structure": stem(species, candidates),
        "kind": species.kind,
        "formula": formula(atoms),
        "atoms": len(atoms),
        "electrons": structure.electrons,
        "charge": structure.charge,
        "cell_A": [round(float(x), 3) for x in atoms.cell.lengths()],
        "notes": list(structure.notes),
    }
    if species.kind == "slab":
        row |= _surface_words(structure)
    if species.kind in ("slab", "crystal", "supercell"):
        surface = atoms[structure.indices(SURFACE_GROUP)] if species.kind == "slab" else atoms
        row["metrics"] = _metrics(surface)
    return row


def _surface_words(structure: Structure) -> dict[str, Any]:
    surface = structure.atoms[structure.indices(SURFACE_GROUP)]
    layers = layer_compositions(surface)
    contact = closest_contact(structure)
    row: dict[str, Any] = {
        "lowest_layer": formula_words(layers[0]),
        "highest_layer": formula_words(layers[-1]),
        "coverage_per_nm2": round(structure.coverage_per_nm2, 3),
        "score_eV": structure.score_eV,
        "placement": structure.placement,
        "closest_contact": None,
    }
    if contact is not None:
        names = [
            f"{structure.atoms.symbols[n]} of {structure.groups[n]}"
            for n in (contact.first, contact.second)
        ]
        row["closest_contact"] = {
            "atoms": names,
            "distance_A": round(contact.distance_A, 3),
            "share_of_vdw": round(contact.ratio, 3),
        }
    return row


def _metrics(atoms: Atoms) -> dict[str, float | None]:
    try:
        numbers = structure_metrics(atoms).numbers()
    except InputError:
        return {}
    return {k: None if v is None else round(v, 4) for k, v in numbers.items()}


def tolerance_rows(materials: Sequence[str], claimed: float | None = None) -> list[dict[str, Any]]:
    """Goldschmidt and octahedral factors of ABX3 with every set of radii that has them.

    Parameters
    ----------
    materials
        Formulas.
    claimed
        A tolerance factor that was claimed: also the radius of A that it would need.

    Raises
    ------
    InputError
        If a formula is not a perovskite.
    """
    rows: list[dict[str, Any]] = []
    for material in materials:
        shares = parse_perovskite(material).shares
        for radii in RADII_SETS:
            try:
                found = tolerance_factor(shares["A"], shares["B"], shares["X"], radii)
            except InputError as error:
                rows.append({"material": material, "radii": radii, "missing": error.message})
                continue
            rows.append(
                {
                    "material": material,
                    "radii": radii,
                    "tolerance_factor": round(found.t, 4),
                    "octahedral_factor": round(found.mu, 4),
                    "r_A_A": round(found.r_A_A, 4),
                    "r_B_A": round(found.r_B_A, 4),
                    "r_X_A": round(found.r_X_A, 4),
                    "sources": list(found.sources),
                }
            )
            if claimed is not None:
                needed = cation_radius_for(claimed, shares["B"], shares["X"], radii)
                rows[-1]["claimed_tolerance_factor"] = claimed
                rows[-1]["claimed_needs_r_A_A"] = round(needed, 4)
    return rows


def materials(study: Study) -> list[str]:
    """Formulas of the surfaces of a study that are cut from perovskites."""
    found = []
    for surface in study.surfaces.values():
        source = study.crystals.get(surface.crystal) if surface.crystal else surface
        if source is None or source.material is None:
            continue
        if isinstance(source, Surface) or source.prototype == "perovskite":
            found.append(source.material)
    return list(dict.fromkeys(found))


def write_structures(
    made: Sequence[tuple[Species, ...]], study: Study, folder: Path, *, titles: bool = True
) -> list[dict[str, Any]]:
    """Write every structure as CIF, POSCAR, extended XYZ and PNG, and all numbers.

    The numbers go into ``structures.json`` and, one line per structure,
    ``structures.csv``. `titles`: whether pictures have titles.

    Returns
    -------
    list
        What `describe` says of each.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for candidates in made:
        for species in candidates:
            name = stem(species, len(candidates))
            write_structure(species.structure, folder / name)
            title = name.replace(species.name, study.label_of(species.name), 1) if titles else ""
            write_picture(species.structure, folder / f"{name}.png", title)
            rows.append(describe(species, len(candidates)))
    data = {"structures": rows, "tolerance_factors": tolerance_rows(materials(study))}
    write_atomic(folder / "structures.json", json.dumps(data, indent=1, allow_nan=False) + "\n")
    write_atomic(folder / "structures.csv", _csv(rows))
    return rows


def _csv(rows: Sequence[dict[str, Any]]) -> str:
    flat = []
    for row in rows:
        line = {k: v for k, v in row.items() if not isinstance(v, (dict, list))}
        line["cell_A"] = " x ".join(f"{x:.3f}" for x in row["cell_A"])
        contact = row.get("closest_contact")
        if contact:
            line["closest_contact"] = " ... ".join(contact["atoms"])
            line["closest_contact_A"] = contact["distance_A"]
        flat.append(line | row.get("metrics", {}))
    columns = list(dict.fromkeys(key for line in flat for key in line))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    return text.getvalue()
