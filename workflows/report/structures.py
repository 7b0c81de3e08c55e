"""Structures of a study as a page shows them: atoms, bonds, cell and what to say about them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from ase import Atoms
from ase.data import atomic_names, atomic_numbers, chemical_symbols, covalent_radii

from analysis.energies.rows import Calculated
from analysis.geometry.drawn_bonds import bond_ends
from analysis.geometry.vacancy_relaxation import relaxed_vacancies_A
from analysis.notation import readable
from slabs.elements import colour_of
from slabs.structure import SURFACE_GROUP, Structure, formula
from workflows.findings.findings import Findings
from workflows.findings.words import status_words
from workflows.recipes.registry import recipe

if TYPE_CHECKING:
    from workflows.recipes.geometry.rows import GeometryRow

#: Cells along each axis when the cell is repeated.
REPEATS = {"slab": (2, 2, 1), "crystal": (2, 2, 2), "molecule": (1, 1, 1), "supercell": (1, 1, 1)}
#: Radius of a drawn atom: a constant in angstrom plus this share of its covalent radius.
RADIUS_A, RADIUS_SHARE = 0.22, 0.25
#: Depth of the surroundings of ligands and vacancies: two layers.
AROUND_A = 4.5


@dataclass(frozen=True)
class PageStructure:
    """The structure of one species, lengths in angstrom.

    Parameters
    ----------
    name
        Of the species.
    kind
        ``"slab"``, ``"molecule"``, ``"crystal"`` or ``"supercell"``.
    symbols
        One per atom.
    positions_A, cell_A
        One triple per atom, and per cell vector.
    fixed
        Indices of the atoms that are kept fixed.
    bonds
        For both ends of every bond: index of the atom there, and the vector from it to the
        other end.
    vacancies_A
        Where atoms were removed; in a relaxed slab moved with the ions around.
    repeat
        Cells along each axis when the cell is repeated.
    interface_A
        Height from which on ligands, vacancies and the atoms around them lie; None without any.
    facts
        Names and texts.
    distances
        The same of ligands and vacancies.
    words
        All of it in a sentence.
    """

    name: str
    kind: str
    symbols: list[str]
    positions_A: list[list[float]]
    cell_A: list[list[float]]
    fixed: list[int]
    bonds: list[list[float]]
    vacancies_A: list[list[float]]
    repeat: tuple[int, int, int]
    interface_A: float | None
    facts: list[tuple[str, str]]
    distances: list[tuple[str, str]]
    words: str


def page_structures(found: Findings) -> list[PageStructure]:
    """The lowest candidate of every species, relaxed if it is finished, else as planned."""
    planned = found.plan.species
    measured = {row.species: row for row in recipe("geometry").rows(found)}
    return [
        _structure(
            name,
            planned[name][0].kind,
            item,
            key_distances(measured[name]) if name in measured else [],
            len([each for each in found.candidates[name] if not each.taken]),
        )
        for name, item in found.species.items()
    ]


def _structure(
    name: str, kind: str, item: Calculated, distances: list[tuple[str, str]], candidates: int
) -> PageStructure:
    atoms = item.structure.atoms if item.result is None else item.result.atoms
    fixed = sorted({int(n) for c in atoms.constraints for n in c.get_indices()})
    facts = _facts(atoms, kind, item, candidates, len(fixed))
    vacancies_A = relaxed_vacancies_A(item.structure, atoms)
    return PageStructure(
        name,
        kind,
        list(atoms.get_chemical_symbols()),
        _rounded(atoms.positions),
        _rounded(atoms.cell.array),
        fixed,
        bond_ends(atoms),
        _rounded(vacancies_A),
        REPEATS[kind],
        _interface_A(item.structure, atoms, vacancies_A) if kind == "slab" else None,
        [*facts[:-1], *distances, facts[-1]],
        distances,
        f"{name}: " + "; ".join(f"{key.lower()}: {text}" for key, text in facts) + ".",
    )


def _interface_A(planned: Structure, atoms: Atoms, vacancies_A: Any) -> float | None:
    """Height at which the surroundings of ligands and vacancies of the upper face begin."""
    heights = atoms.positions[:, 2]
    middle = float(heights[planned.indices(SURFACE_GROUP)].mean())
    ligands = [n for n, group in enumerate(planned.groups) if group != SURFACE_GROUP]
    above = [*heights[ligands], *np.reshape(vacancies_A, (-1, 3))[:, 2]]
    upper = [float(height) for height in above if height > middle]
    return round(min(upper) - AROUND_A, 3) if upper else None


def key_distances(row: GeometryRow) -> list[tuple[str, str]]:
    """Anchor to metal, shortest hydrogen bond, and distance across vacancies, in angstrom."""
    found = []
    for each in row.ligands:
        now = each.relaxed
        if now.metal_distance_A is not None:
            words = f"{now.metal}\N{EN DASH}{now.anchor} {now.metal_distance_A:.2f} Å"
            found.append((f"{each.ligand}, anchor", words))
        if now.hydrogen_bonds:
            bond = min(now.hydrogen_bonds, key=lambda bond: bond.length_A)
            words = f"{bond.donor}\N{EN DASH}H···{bond.acceptor} {bond.length_A:.2f} Å"
            found.append((f"{each.ligand}, shortest hydrogen bond", words))
    for hole in row.vacancies:
        if hole.across_after_A is not None:
            before = f", before {hole.across_before_A:.2f} Å" if hole.across_before_A else ""
            ends = "\N{EN DASH}".join(hole.across)
            words = f"{ends} {hole.across_after_A:.2f} Å{before}"
            found.append((f"Across the {hole.element} vacancy", words))
    return found


def _facts(
    atoms: Atoms, kind: str, item: Calculated, candidates: int, fixed: int
) -> list[tuple[str, str]]:
    planned = item.structure
    lowest = "" if candidates == 1 else f", the lowest of {candidates} candidates"
    waiting = f"as planned, not relaxed ({status_words(item.state, item.why)})"
    groups = dict.fromkeys(g for g in planned.groups if g != SURFACE_GROUP)
    facts = [
        ("Shown", waiting if item.result is None else f"relaxed{lowest}"),
        ("Formula", f"{formula(atoms)}, {len(atoms)} atoms"),
        ("Cell", " \N{MULTIPLICATION SIGN} ".join(f"{x:.2f}" for x in atoms.cell.lengths()) + " Å"),
    ]
    if kind == "slab":
        facts.append(("Ligands", ", ".join(groups) or "none"))
        facts.append(("Coverage", f"{planned.coverage_per_nm2:.2f} per nm²"))
    facts.append(("Kept fixed", f"{fixed} atoms" if fixed else "no atom"))
    if planned.placement:
        facts.append(("Placement", readable(planned.placement)))
    facts.append(("Folder", f"tasks/{item.folder.name}"))
    return facts


def _rounded(values: Any) -> list[list[float]]:
    return (np.round(values, 3) + 0.0).tolist()  # type: ignore[no-any-return]


def structure_document(structures: list[PageStructure]) -> dict[str, Any]:
    """The structures and how their elements are drawn, for the program of the page."""
    present = {symbol for each in structures for symbol in each.symbols}
    elements = {
        symbol: {
            "name": atomic_names[number].lower(),
            "colour": colour_of(symbol),
            "radius_A": round(RADIUS_A + RADIUS_SHARE * float(covalent_radii[number]), 3),
        }
        for symbol in sorted(present, key=chemical_symbols.index)
        for number in [atomic_numbers[symbol]]
    }
    return {"elements": elements, "species": [asdict(each) for each in structures]}
