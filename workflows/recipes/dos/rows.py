"""Everything about each density of states of a study but its curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.dos.band_edges import BandEdges
from analysis.dos.defect_levels import DefectLevel, Gap
from analysis.dos.host_edges import HostEdges
from analysis.dos.spectrum import Spectrum, SumRule, sum_rule
from workflows.recipes.dos.outputs import DosOutput


@dataclass(frozen=True)
class SpectrumRow:
    """One spectrum, energies in eV on the scale of the calculation.

    Parameters
    ----------
    spin_orbit
        With spin-orbit coupling.
    electrons
        Valence electrons of the cell.
    fermi_level_eV
        Fermi level.
    complete_to_eV
        Energy up to which all bands are there.
    own_edges
        Band edges at its own k-points, None for a metal.
    gap_change_eV
        With spin-orbit coupling: its own gap minus that with half of the empty bands.
    gap_eV, host
        The gap that counts, and the edges it lies between, of the whole slab for a vacancy.
    levels
        Levels inside of this gap.
    sum_rule
        How many electrons the projections hold.
    """

    spin_orbit: bool
    electrons: float
    fermi_level_eV: float
    complete_to_eV: float
    own_edges: BandEdges | None
    gap_change_eV: float | None
    gap_eV: float | None
    host: HostEdges | None
    levels: tuple[DefectLevel, ...]
    sum_rule: SumRule | None


@dataclass(frozen=True)
class DosRow:
    """One density of states; subtract a vacuum level or a Fermi level from its energies.

    Parameters
    ----------
    species
        Whose it is.
    status
        State of its task with the reason, or why its files cannot be read.
    folder
        Folder of its task.
    vacuum_eV
        Vacuum levels by where they are; None while there is no density of states, as the
        others.
    kpoints
        Size of the grid.
    groups
        Indices of atoms by the names of their groups.
    spectra
        Without and with spin-orbit coupling.
    """

    species: str
    status: str
    folder: str
    vacuum_eV: Mapping[str, float] | None = None
    kpoints: Sequence[int] | None = None
    groups: Mapping[str, Sequence[int]] | None = None
    spectra: tuple[SpectrumRow, ...] | None = None


def dos_row(output: DosOutput) -> DosRow:
    """The row of a density of states, calculated or not."""
    species, folder = output.entry.species, str(output.state.folder)
    dos = output.dos
    if dos is None:
        return DosRow(species, output.status, folder)
    return DosRow(
        species,
        output.status,
        folder,
        dict(dos.vacuum_eV),
        tuple(output.state.task.spec["kpoints"]),
        {name: own.tolist() for name, own in dos.groups.items()},
        tuple(
            _spectrum(spectrum, gap) for spectrum, gap in zip(dos.spectra, output.gaps, strict=True)
        ),
    )


def _spectrum(spectrum: Spectrum, gap: Gap) -> SpectrumRow:
    return SpectrumRow(
        spectrum.coupled,
        spectrum.electrons,
        spectrum.fermi_level_eV,
        spectrum.complete_to_eV,
        spectrum.edges,
        spectrum.gap_change_eV,
        gap.host.edges.gap_eV if gap.host else None,
        gap.host,
        tuple(gap.levels),
        sum_rule(spectrum),
    )
