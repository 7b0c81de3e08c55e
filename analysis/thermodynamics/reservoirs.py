"""Reservoirs of molecules: how many a slab has taken, and their chemical potentials."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from ase import units

from analysis.thermodynamics.competing_phases import StabilityError

#: Numbers of molecules that differ by less from a whole number are whole.
TOLERANCE = 1e-6


def molecules_taken(
    name: str,
    elements: Mapping[str, int],
    host: Collection[str],
    reservoirs: Mapping[str, Mapping[str, int]],
) -> dict[str, int]:
    """Number of molecules of each reservoir in a slab, from the elements that the host lacks.

    Parameters
    ----------
    name
        Of the slab, for messages.
    elements
        Number of atoms of each element in it.
    host
        Elements of the host, which have chemical potentials of their own.
    reservoirs
        Number of atoms of each element in one molecule, by the name of its reservoir.

    Returns
    -------
    dict
        Negative for molecules that left, as HI where an acid gives its proton to an iodide.

    Raises
    ------
    StabilityError
        If the molecules do not make up the elements that the host lacks, or not in one way.

    Examples
    --------
    >>> slab = {"Cs": 1, "Pb": 2, "I": 5, "N": 1, "H": 3}
    >>> molecules_taken("slab.L", slab, ["Cs", "Pb", "I"], {"L": {"N": 1, "H": 3}})
    {'L': 1}
    """
    own = {each for found in reservoirs.values() for each in found} | set(elements)
    foreign = sorted(own - set(host))
    contents = np.array(
        [[found.get(e, 0) for found in reservoirs.values()] for e in foreign], dtype=float
    ).reshape(len(foreign), len(reservoirs))
    if reservoirs and np.linalg.matrix_rank(contents) < len(reservoirs):
        raise StabilityError(
            f"the chemical potentials of {', '.join(reservoirs)} depend on each other: beside the"
            f" elements of the host they hold {', '.join(foreign) or 'nothing'}"
        )
    wanted = np.array([elements.get(e, 0) for e in foreign], dtype=float)
    amounts = np.linalg.lstsq(contents, wanted, rcond=None)[0]
    whole = [round(float(n)) for n in amounts]
    if np.abs(contents @ np.array(whole) - wanted).max(initial=0.0) > TOLERANCE:
        words = ", ".join(f"{elements.get(e, 0)} {e}" for e in foreign)
        raise StabilityError(
            f"{name!r} holds {words}, which no whole number of molecules of"
            f" {', '.join(reservoirs) or 'a reservoir'} makes up"
        )
    return dict(zip(reservoirs, whole, strict=True))


def reservoir_potential_eV(
    activity: float, temperature_K: float, standard_free_energy_eV: float = 0.0
) -> float:
    """Chemical potential of a molecule relative to its energy at 0 K, in eV.

    The free energy of the standard state plus kT ln a (Reuter and Scheffler, Phys. Rev. B 65,
    035406 (2001)).

    Parameters
    ----------
    activity
        Its concentration or pressure over that of the standard state.
    temperature_K
        Temperature in kelvin.
    standard_free_energy_eV
        Free energy of one molecule in the standard state minus its energy at 0 K.

    Examples
    --------
    >>> round(reservoir_potential_eV(1e-3, 300.0), 4)
    -0.1786
    """
    return standard_free_energy_eV + units.kB * temperature_K * float(np.log(activity))
