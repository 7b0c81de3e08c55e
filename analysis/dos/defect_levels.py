"""Levels inside of the gap of a slab with a vacancy, and what they are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.dos.density_of_states import DensityOfStates
from analysis.dos.host_edges import HostEdges, host_edges, own_edges
from analysis.dos.spectrum import ORBITALS, Spectrum
from analysis.groups import BESIDE, Indices
from slabs.structure import SURFACE_GROUP

#: Levels this close to an edge belong to the bands.
MARGIN_EV = 0.05
#: Bands of one spin that are closer count as one level.
SAME_LEVEL_EV = 0.02


@dataclass(frozen=True)
class DefectLevel:
    """One band inside of the gap, or several in the same place.

    Parameters
    ----------
    energy_eV
        Mean over the k-points, on the scale of the calculation.
    above_vbm_eV
        The same from the valence-band maximum that counts.
    dispersion_eV
        Highest minus lowest energy over the k-points.
    spin
        ``"up"``, ``"down"``, or empty if the level holds both or has no direction.
    states, electrons
        How many electrons it could hold, and how many it holds.
    orbitals
        Shares of elements and orbitals in its projections, ``"Pb p"``, the largest first.
    places
        Shares of groups of atoms: neighbours of vacancies, layers, ligands.
    """

    energy_eV: float
    above_vbm_eV: float
    dispersion_eV: float
    spin: str
    states: float
    electrons: float
    orbitals: Mapping[str, float]
    places: Mapping[str, float]


@dataclass(frozen=True)
class Gap:
    """The gap of one spectrum.

    Parameters
    ----------
    host
        Edges that count, or None for a metal.
    levels
        Levels inside, the lowest first; only looked for beside point defects.
    """

    host: HostEdges | None
    levels: tuple[DefectLevel, ...] = ()


def gaps(
    dos: DensityOfStates, whole: DensityOfStates | None = None, source: str = ""
) -> tuple[Gap, ...]:
    """The gap of each spectrum of a density of states.

    Parameters
    ----------
    dos
        Of any species.
    whole, source
        Of the same slab without vacancies, and its name, if it is there.
    """
    found = []
    for spectrum in dos.spectra:
        host = None
        if not dos.structure.defective:
            host = HostEdges(spectrum.edges) if spectrum.edges else None
            found.append(Gap(host))
            continue
        if whole is not None:
            host = host_edges(dos, whole, source, spin_orbit=spectrum.coupled)
        host = host or own_edges(spectrum)
        found.append(Gap(host, defect_levels(dos, spectrum, host) if host else ()))
    return tuple(found)


def defect_levels(
    dos: DensityOfStates, spectrum: Spectrum, host: HostEdges
) -> tuple[DefectLevel, ...]:
    """Bands whose mean energy lies inside of a gap, the lowest first.

    Parameters
    ----------
    dos
        Density of states of the slab with the vacancy.
    spectrum
        One of its spectra.
    host
        The gap, on the scale of that spectrum.
    """
    margin_eV = max(MARGIN_EV, host.spread_eV)
    weights = spectrum.kpoint_weights
    means = np.einsum("skn,k->sn", spectrum.eigenvalues_eV, weights)
    low, high = host.edges.vbm_eV + margin_eV, host.edges.cbm_eV - margin_eV
    found: list[DefectLevel] = []
    for spin in range(len(means)):
        inside = np.flatnonzero((means[spin] > low) & (means[spin] < high))
        apart = np.flatnonzero(np.diff(means[spin, inside]) > SAME_LEVEL_EV) + 1
        for bands in np.split(inside, apart):
            if len(bands):
                found.append(_level(dos, spectrum, host, spin, bands))
    return tuple(sorted(found, key=lambda level: level.energy_eV))


def _level(
    dos: DensityOfStates, spectrum: Spectrum, host: HostEdges, spin: int, bands: Indices
) -> DefectLevel:
    weights = spectrum.kpoint_weights
    levels = spectrum.eigenvalues_eV[spin][:, bands]
    energy_eV = float(weights @ levels.mean(axis=1))
    each = spectrum.electrons_per_state
    filled = float(weights @ spectrum.occupations[spin][:, bands].sum(axis=1)) * each
    shares = spectrum.shares[:, :, spin, bands].sum(axis=2, dtype=float)
    shares /= shares.sum()
    return DefectLevel(
        energy_eV,
        energy_eV - host.edges.vbm_eV,
        float(np.ptp(levels, axis=0).max()),
        ("up", "down")[spin] if len(spectrum.eigenvalues_eV) == 2 else "",
        len(bands) * each,
        filled,
        _sorted(
            {
                f"{element} {ORBITALS[ell]}": shares[own, ell].sum()
                for element in dict.fromkeys(dos.structure.atoms.get_chemical_symbols())
                for own in [dos.groups[element]]
                for ell in range(shares.shape[1])
            }
        ),
        _sorted({name: shares[dos.groups[name]].sum() for name in _places(dos)}),
    )


def _places(dos: DensityOfStates) -> list[str]:
    """Groups that say where a level is."""
    ligands = set(dos.structure.groups) - {SURFACE_GROUP}
    prefixes = (BESIDE, "layer ")
    return [name for name in dos.groups if name in ligands or name.startswith(prefixes)]


def _sorted(shares: Mapping[str, float]) -> dict[str, float]:
    return {name: float(shares[name]) for name in sorted(shares, key=lambda n: -shares[n])}


def level_words(level: DefectLevel) -> str:
    """One level in words: ``"VBM + 0.43 eV (up, 1 of 1 e; 61 % Pb p; 70 % beside V_I)"``."""
    spin = f"{level.spin}, " if level.spin else ""
    parts = [f"{spin}{level.electrons:.2g} of {level.states:g} e"]
    orbital, share = next(iter(level.orbitals.items()))
    parts.append(f"{100 * share:.0f} % {orbital}")
    beside = [name for name in level.places if name.startswith(BESIDE)]
    # Where most of it is unless that is beside the vacancy.
    others = [name for name in level.places if name not in beside][:1]
    if sum(level.places[name] for name in beside) > 0.5:
        others = []
    parts += [f"{100 * level.places[n]:.0f} % {n.split(',')[0]}" for n in [*beside, *others]]
    return f"VBM + {level.above_vbm_eV:.2f} eV ({'; '.join(parts)})"
