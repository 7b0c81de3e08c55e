"""A vacancy in several supercells in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.energies.finite_size import Trend, trend
from analysis.energies.uncertainty import NOTHING_KNOWN, Uncertainty
from analysis.species_name import SpeciesName
from slabs.surfaces.vacancies import image_distance_A
from workflows.findings.uncertainty import uncertainty_of
from workflows.study.supercells import FiniteSizeEntry

if TYPE_CHECKING:
    from workflows.findings.findings import Findings


@dataclass(frozen=True)
class SupercellRow:
    """A vacancy in one supercell.

    Parameters
    ----------
    supercell, size
        Its name, and repetitions of the crystal.
    atoms
        Number of atoms without the vacancy.
    volume_A3
        Volume in cubic angstrom.
    image_distance_A
        Distance of the vacancy from its nearest periodic image.
    change_eV
        Formation energy of the vacancy minus that in the largest supercell; chemical potentials
        cancel. None while it is not known.
    uncertainty
        Of this difference.
    status
        ``"done"``, or what is missing and why.
    """

    supercell: str
    size: tuple[int, ...]
    atoms: int
    volume_A3: float
    image_distance_A: float
    change_eV: float | None
    uncertainty: Uncertainty
    status: str


@dataclass(frozen=True)
class FiniteSizeRow:
    """A vacancy in supercells of one crystal.

    Parameters
    ----------
    vacancy, crystal
        Their names.
    cells
        The supercells, the largest last.
    trend
        Line over the inverse volume; None with fewer than three energies. Its zero is that
        of `SupercellRow.change_eV`.
    """

    vacancy: str
    crystal: str
    cells: tuple[SupercellRow, ...]
    trend: Trend | None


def finite_size_row(found: Findings, entry: FiniteSizeEntry) -> FiniteSizeRow:
    """The formation energies of a vacancy against that in the largest supercell."""
    largest = entry.supercells[-1]
    cells = tuple(_cell(found, entry.vacancy, name, largest) for name in entry.supercells)
    known = [(each.volume_A3, each.change_eV) for each in cells if each.change_eV is not None]
    line = trend([volume for volume, _ in known], [energy for _, energy in known])
    return FiniteSizeRow(entry.vacancy, found.study.supercells[largest].crystal, cells, line)


def _cell(found: Findings, vacancy: str, name: str, largest: str) -> SupercellRow:
    weights: dict[str, float] = {}
    for head, factor in ((name, 1.0), (largest, -1.0)):
        for species, sign in ((str(SpeciesName(head).plus(vacancy)), 1.0), (head, -1.0)):
            weights[species] = weights.get(species, 0.0) + factor * sign
    missing = [
        f"{each} {found.species[each].state}"
        for each in weights
        if found.species[each].result is None
    ]
    energy = None if missing else _sum_eV(found, weights)
    item = found.species[name]
    atoms = item.structure.atoms if item.result is None else item.result.atoms
    return SupercellRow(
        name,
        tuple(found.study.supercells[name].size),
        len(atoms),
        float(atoms.get_volume()),
        image_distance_A(atoms),
        energy,
        NOTHING_KNOWN if energy is None else uncertainty_of(found, weights),
        ", ".join(missing) or "done",
    )


def _sum_eV(found: Findings, weights: Mapping[str, float]) -> float:
    total = 0.0
    for name, weight in weights.items():
        result = found.species[name].result
        assert result is not None
        total += weight * result.energy_eV
    return total
