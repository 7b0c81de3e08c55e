"""Formation energies of charge states over the Fermi level, and transition levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

#: Levels this close to a band edge are not told apart from the band.
BAND_TOLERANCE_EV = 0.1


@dataclass(frozen=True)
class Transition:
    """The Fermi level at which two charge states of a defect cost the same.

    Parameters
    ----------
    charges
        In units of e, the higher one first: it is the more stable one below the level.
    level_eV
        Above the valence-band maximum.
    stable
        Whether no other charge state is lower there.
    """

    charges: tuple[int, int]
    level_eV: float
    stable: bool


def formation_energy_eV(
    exchange_eV: float, charge: int, fermi_level_eV: float, correction_eV: float
) -> float:
    """Formation energy of a charge state of a defect, in eV.

    E(q) - E(host) + sum of n mu over the atoms that were removed + q E_F + correction (Zhang and
    Northrup, Phys. Rev. Lett. 67, 2339 (1991); Freysoldt et al., Rev. Mod. Phys. 86, 253 (2014)).

    Parameters
    ----------
    exchange_eV
        Total energy of the supercell with the defect minus that of the host, plus the chemical
        potentials of the atoms that were removed.
    charge
        In units of e: +1 has given one electron to a reservoir at the Fermi level.
    fermi_level_eV
        On the scale of the host, such as the eigenvalue of its valence-band maximum.
    correction_eV
        Of the supercell, see `analysis.charged.correction`.

    Examples
    --------
    >>> formation_energy_eV(exchange_eV=3.0, charge=1, fermi_level_eV=-0.5, correction_eV=0.25)
    2.75
    """
    return exchange_eV + charge * fermi_level_eV + correction_eV


def transitions(at_vbm_eV: Mapping[int, float]) -> list[Transition]:
    """Transition levels between all pairs of charge states, the lowest first.

    Parameters
    ----------
    at_vbm_eV
        Formation energies with the Fermi level at the valence-band maximum, by charge.

    Examples
    --------
    >>> [(t.charges, t.level_eV, t.stable) for t in transitions({0: 2.0, 1: 0.5})]
    [((1, 0), 1.5, True)]
    """
    found = []
    for low, high in combinations(sorted(at_vbm_eV), 2):
        level_eV = (at_vbm_eV[low] - at_vbm_eV[high]) / (high - low)
        own_eV = at_vbm_eV[low] + low * level_eV
        stable = all(e + q * level_eV >= own_eV - 1e-9 for q, e in at_vbm_eV.items())
        found.append(Transition((high, low), level_eV, stable))
    return sorted(found, key=lambda each: each.level_eV)


def lowest_eV(
    at_vbm_eV: Mapping[int, float], fermi_levels_eV: Sequence[float] | NDArray[np.float64]
) -> NDArray[np.float64]:
    """Formation energy of the lowest charge state over the Fermi level, shape of the levels.

    Parameters
    ----------
    at_vbm_eV
        Formation energies with the Fermi level at the valence-band maximum, by charge.
    fermi_levels_eV
        Above the valence-band maximum.
    """
    levels = np.asarray(fermi_levels_eV, dtype=float)
    return np.asarray(np.min([e + q * levels for q, e in at_vbm_eV.items()], axis=0))


def not_localised(
    highest_filled_eV: float, lowest_empty_eV: float, vbm_eV: float, cbm_eV: float
) -> tuple[str, str]:
    """Whether the electrons of a charge state are in a band of the host and not at the defect.

    A shallow donor gives its electron to the conduction band, which the supercell fills above
    the minimum; the energy then depends on the size of the supercell and is not that of a
    bound electron. For acceptors the same holds of holes in the valence band.

    Parameters
    ----------
    highest_filled_eV, lowest_empty_eV
        Levels of the supercell with the defect, on the scale of the host.
    vbm_eV, cbm_eV
        Band edges of the host.

    Returns
    -------
    kind, words
        ``"donor"`` or ``"acceptor"`` and how that is known; both empty for electrons at the
        defect.
    """
    if highest_filled_eV > cbm_eV - BAND_TOLERANCE_EV:
        return "donor", (
            f"its highest electron lies {highest_filled_eV - cbm_eV:+.2f} eV from the"
            " conduction-band minimum of the host, in the band and not at the defect"
        )
    if lowest_empty_eV < vbm_eV + BAND_TOLERANCE_EV:
        return "acceptor", (
            f"its lowest empty level lies {lowest_empty_eV - vbm_eV:+.2f} eV from the"
            " valence-band maximum of the host, a hole in the band and not at the defect"
        )
    return "", ""
