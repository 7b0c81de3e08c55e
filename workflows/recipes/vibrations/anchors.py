"""Shifts of the stretches at the anchors of ligands, against the free ligand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.errors import DamagedResultError
from analysis.tables import Table, number
from analysis.vibrations.modes import Vibrations
from slabs.ligands.ligand import Ligand
from workflows.findings.findings import Findings
from workflows.findings.geometry import ligands_of
from workflows.recipes.vibrations.planning import VibrationKeys, vibration_level_words
from workflows.recipes.vibrations.rows import Known, known_vibrations
from workflows.species.parts import build_ligand

Bonds = dict[str, list[tuple[int, int]]]

#: Signs of bonds by their order; others are delocalised.
SIGNS = {1.0: "-", 2.0: "=", 3.0: "#"}
CARRIERS = ("N", "O", "S")
_FOOT = (
    "Local stretches: wave number of a bond while all other atoms are at rest, root mean square of"
    " equal bonds; the mean of the modes weighted by their share in the stretch. Shift: on the"
    " slab minus free ligand, negative if the bond is softer on the slab.",
)


@dataclass(frozen=True)
class AnchorShift:
    """Shift of one kind of bond at the anchors of one ligand.

    Parameters
    ----------
    species, ligand
        The slab, and the ligand on it.
    bond
        Such as ``"N-H"`` or ``"C=O"``.
    bonds
        Number of them.
    free_per_cm, bound_per_cm, shift_per_cm
        Local stretches of the free ligand and of that on the slab, and their difference.
    """

    species: str
    ligand: str
    bond: str
    bonds: int
    free_per_cm: float
    bound_per_cm: float
    shift_per_cm: float


def anchor_bonds(ligand: Ligand) -> Bonds:
    """Bonds of the anchors of a ligand by their kind: pairs of indices of its atoms.

    Those of hydrogen to N, O or S beside an anchor are among them: N-H of guanidinium, whose
    anchor is carbon.
    """
    pairs = []
    for index in ligand.anchors:
        anchor = ligand.graph.GetAtomWithIdx(index)
        pairs += [(index, each.GetIdx()) for each in anchor.GetNeighbors()]
        for beside in anchor.GetNeighbors():
            if beside.GetSymbol() in CARRIERS:
                near = (each for each in beside.GetNeighbors() if each.GetSymbol() == "H")
                pairs += [(beside.GetIdx(), each.GetIdx()) for each in near]
    found: Bonds = {}
    for first, second in sorted({(min(pair), max(pair)) for pair in pairs}):
        bond = ligand.graph.GetBondBetweenAtoms(first, second)
        symbols = (bond.GetBeginAtom().GetSymbol(), bond.GetEndAtom().GetSymbol())
        start, end = sorted(symbols, key=lambda s: (s == "H", s))  # as chemists write: N-H, C=O
        label = f"{start}{SIGNS.get(bond.GetBondTypeAsDouble(), '~')}{end}"
        found.setdefault(label, []).append((first, second))
    return found


def anchor_shifts(
    found: Findings, species: str, own: VibrationKeys | None, free: Mapping[str, VibrationKeys]
) -> list[AnchorShift]:
    """The shifts of all ligands of a slab that are known.

    Parameters
    ----------
    found
        What is known.
    species
        The slab.
    own, free
        Tasks of its vibrations, and of those of its free ligands.
    """
    bound = _readable(found, species, own) if free else None
    if bound is None:
        return []
    shifts = []
    for each in ligands_of(found.plan, found.plan.possible(species)[0].structure):
        alone = _readable(found, each.name, free.get(each.name))
        ligand = build_ligand(found.study.ligands[each.name], found.plan.file.parent)
        if alone is None or not _same_order(ligand, alone.vibrations):
            continue
        for label, pairs in anchor_bonds(ligand).items():
            on_slab = [(each.atoms[a], each.atoms[b]) for a, b in pairs]
            values = (
                _stretch_per_cm(alone.vibrations, pairs), _stretch_per_cm(bound.vibrations, on_slab)
            )  # fmt: skip
            shifts.append(
                AnchorShift(species, each.name, label, len(pairs), *values, values[1] - values[0])
            )
    return shifts


def _stretch_per_cm(vibrations: Vibrations, pairs: Sequence[tuple[int, int]]) -> float:
    """Root mean square of the local stretches of some bonds."""
    waves = np.array([vibrations.local_frequency_per_cm(*pair) for pair in pairs])
    return float(np.sqrt((waves**2).mean()))


def _same_order(ligand: Ligand, free: Vibrations) -> bool:
    """Whether a free ligand, with or without a counter-ion, begins with the atoms of the ligand."""
    numbers = free.atoms.numbers[: len(ligand.atoms)]
    return bool(np.array_equal(numbers, ligand.atoms.numbers))


def _readable(found: Findings, species: str, keys: VibrationKeys | None) -> Known | None:
    """Vibrations that are calculated and can be read."""
    try:
        return None if keys is None else known_vibrations(found, species, keys.last.modes)
    except DamagedResultError:
        return None


def shifts_table(found: Findings, shifts: Sequence[AnchorShift]) -> Table:
    """One kind of bond per row."""
    lines = [
        (
            each.species,
            each.ligand,
            each.bond,
            number(each.bonds, 0),
            number(each.free_per_cm, 0),
            number(each.bound_per_cm, 0),
            number(each.shift_per_cm, 0, sign=True),
            vibration_level_words(
                found.study, [e for e in found.study.vibrations if e.species == each.species]
            ),
        )
        for each in shifts
    ]
    columns = (
        "Species", "Ligand", "Bond", "Number", "Free / cm^-1", "On the slab / cm^-1",
        "Shift / cm^-1", "Level",
    )  # fmt: skip
    return Table("Shifts of anchor stretches", columns, tuple(lines), _FOOT, below=("Level",))
