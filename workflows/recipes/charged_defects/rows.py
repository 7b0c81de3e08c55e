"""Charge states of defects in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ChargeRow:
    """One charge state; energies in eV, None while they are not known or refused.

    Parameters
    ----------
    charge
        In units of e: +1 has an electron less than the neutral defect.
    status
        ``"done"``, or what is missing and why, or which check failed.
    folder
        Folder of the task of its energy.
    at_vbm_eV, at_cbm_eV
        Corrected formation energy with the Fermi level at the band edges of the host, by what
        the chemical potentials are.
    uncorrected_at_vbm_eV
        The first without the correction.
    point_charge_eV, alignment_eV
        The two parts of the correction, see `analysis.charged.correction.Correction`.
    offset_V, spread_V
        Mean and standard deviation, over the atoms far from the defect, of what the point charge
        does not explain of the change of the potential.
    slope, slope_error
        How many times the potential of the point charge the change is there, and the standard
        error of that.
    far_atoms, radius_A
        Number of these atoms, and how far from the defect they begin.
    highest_filled_eV, lowest_empty_eV
        Levels above the valence-band maximum of the host, once the offset is taken off.
    magnetic_moment_muB
        Of the cell.
    shallow
        ``"donor"`` or ``"acceptor"`` if its electron or hole is in a band and not at the defect.
    distances_A, changes_V, model_V
        Of each atom: distance from the defect, change of the potential, and that of the point
        charge.
    """

    charge: int
    status: str
    folder: str
    at_vbm_eV: Mapping[str, float] | None = None
    at_cbm_eV: Mapping[str, float] | None = None
    uncorrected_at_vbm_eV: Mapping[str, float] | None = None
    point_charge_eV: float | None = None
    alignment_eV: float | None = None
    offset_V: float | None = None
    spread_V: float | None = None
    slope: float | None = None
    slope_error: float | None = None
    far_atoms: int | None = None
    radius_A: float | None = None
    highest_filled_eV: float | None = None
    lowest_empty_eV: float | None = None
    magnetic_moment_muB: float | None = None
    shallow: str = ""
    distances_A: tuple[float, ...] = ()
    changes_V: tuple[float, ...] = ()
    model_V: tuple[float, ...] = ()


@dataclass(frozen=True)
class TransitionRow:
    """Fermi level at which two charge states cost the same.

    Parameters
    ----------
    charges
        Of the two, the higher one first.
    level_eV
        Above the valence-band maximum of the host; None if it is not known.
    below_cbm_eV
        Conduction-band minimum minus the level.
    words
        Where it lies, or why it is not known.
    """

    charges: tuple[int, int]
    level_eV: float | None
    below_cbm_eV: float | None
    words: str


@dataclass(frozen=True)
class ChargedDefectRow:
    """The charge states of one defect.

    Parameters
    ----------
    species, host
        The supercell with the defect and without.
    positions
        ``"relaxed"`` or ``"neutral"``, see `ChargedDefectEntry`.
    dielectric
        Permittivity along x, y and z that the correction is made with.
    dielectric_source
        Where it comes from.
    atoms
        Number of atoms of the host.
    vbm_eV, cbm_eV
        Band edges of the host on the scale of its calculation, at its k-points.
    status
        ``"done"``, or why there are no energies at all.
    conditions
        What the chemical potentials are in the energies, in words, by their name.
    states, transitions
        By charge, and between them.
    """

    species: str
    host: str
    positions: str
    dielectric: tuple[float, float, float]
    dielectric_source: str
    atoms: int
    vbm_eV: float | None
    cbm_eV: float | None
    status: str
    conditions: Mapping[str, str]
    states: tuple[ChargeRow, ...]
    transitions: tuple[TransitionRow, ...]

    @property
    def gap_eV(self) -> float | None:
        """Gap of the host at its k-points."""
        return None if self.vbm_eV is None or self.cbm_eV is None else self.cbm_eV - self.vbm_eV

    def known_eV(self, condition: str) -> dict[int, float]:
        """Formation energies with the Fermi level at the valence-band maximum, by charge."""
        return {
            each.charge: each.at_vbm_eV[condition]
            for each in self.states
            if each.at_vbm_eV is not None and condition in each.at_vbm_eV
        }
