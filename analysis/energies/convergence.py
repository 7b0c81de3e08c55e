"""Convergence of an energy with a numerical parameter: its changes and its limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


class NoLimitError(ValueError):
    """Energies that cannot be extrapolated; the message says why."""


@dataclass(frozen=True)
class Series:
    """One energy at increasing values of a parameter.

    Parameters
    ----------
    name
        What the energy is called.
    values
        Values of the parameter, increasing, shape=(n,).
    energies_eV
        The energy at each value in eV, or None where it is not known.
    own
        Index of the value that the study itself uses, or None if it is not among them.
    limit_eV
        Extrapolated energy in eV, or None.
    why_no_limit
        Why there is no extrapolated energy, or an empty string.
    """

    name: str
    values: tuple[float, ...]
    energies_eV: tuple[float | None, ...]
    own: int | None = None
    limit_eV: float | None = None
    why_no_limit: str = ""

    @property
    def changes_eV(self) -> tuple[float | None, ...]:
        """Energy minus that at the value before, in eV; None for the first and where unknown."""
        pairs = zip(self.energies_eV[:-1], self.energies_eV[1:], strict=True)
        return (None, *(None if None in pair else pair[1] - pair[0] for pair in pairs))  # type: ignore[operator]

    def converged(self, tolerance_eV: float) -> bool | None:
        """Whether the last change is smaller than a tolerance; None if it is not known."""
        last = self.changes_eV[-1]
        return None if last is None else abs(last) < tolerance_eV

    @property
    def own_error_eV(self) -> float | None:
        """The study's own energy minus the best one, in eV.

        The best is the limit or, without one, the energy at the last value. None if the
        own value is not among the values, an energy is missing, or the own one is the best.
        """
        if self.own is None or (self.limit_eV is None and self.own == len(self.values) - 1):
            return None
        best = self.energies_eV[-1] if self.limit_eV is None else self.limit_eV
        energy = self.energies_eV[self.own]
        return None if energy is None or best is None else energy - best


def exponential_limit_eV(positions: ArrayLike, energies_eV: Sequence[float | None]) -> float:
    """Limit of an energy that approaches it exponentially, from its last three values.

    Aitken's delta-squared: E3 - (E3 - E2)^2 / ((E3 - E2) - (E2 - E1)), exact for
    E(n) = E + c q^n. An error that decays more slowly, such as that of a dipole in a box,
    is removed only in part.

    Parameters
    ----------
    positions
        Values of the parameter, shape=(n,) or, if several numbers change with it,
        shape=(n, m). The last three must be equally spaced.
    energies_eV
        Energy at each of them in eV, or None where it is not known.

    Raises
    ------
    NoLimitError
        If fewer than three values are known, they are not equally spaced, or the last two
        changes differ in sign or do not become smaller.

    References
    ----------
    A. C. Aitken, Proc. R. Soc. Edinburgh 46, 289 (1926).

    Examples
    --------
    >>> exponential_limit_eV([300, 400, 500], [-1.0, -1.5, -1.75])
    -2.0
    """
    _, middle, last = known = _known(energies_eV, 3)
    first_step, last_step = np.diff(np.asarray(positions, dtype=float), axis=0)[-2:]
    if not np.allclose(first_step, last_step, rtol=1e-6, atol=1e-9):
        raise NoLimitError("the last three values are not equally spaced")
    before, change = np.diff(known)
    if change == 0.0:
        return last
    if before * change < 0:
        raise NoLimitError("the last two changes have opposite signs")
    if abs(change) >= abs(before):
        raise NoLimitError("the last change is not smaller than the one before")
    return float(middle + change - change**2 / (change - before))


def inverse_limit_eV(areas: Sequence[float], energies_eV: Sequence[float | None]) -> float:
    """Energy at infinite area, on the straight line in 1/area through the last two values.

    Parameters
    ----------
    areas
        Areas of the cells in any unit, shape=(n,).
    energies_eV
        Energy in each of them in eV, or None where it is not known.

    Raises
    ------
    NoLimitError
        If one of the last two energies is missing.

    Examples
    --------
    >>> inverse_limit_eV([1, 4], [-1.0, -0.4])
    -0.2
    """
    smaller, larger = areas[-2:]
    first, last = _known(energies_eV, 2)
    return (larger * last - smaller * first) / (larger - smaller)


def _known(energies_eV: Sequence[float | None], count: int) -> list[float]:
    """The last energies, all of which must be known."""
    last = [energy for energy in energies_eV[-count:] if energy is not None]
    if len(energies_eV) < count:
        raise NoLimitError(f"it takes {count} values")
    if len(last) < count:
        raise NoLimitError(f"one of the last {count} energies is missing")
    return last
