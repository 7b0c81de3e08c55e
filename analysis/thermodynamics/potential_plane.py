"""A plane of two chemical potentials, the others set by phases in equilibrium with a host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.thermodynamics.chemical_potentials import Stability
from analysis.thermodynamics.competing_phases import CompetingPhase, StabilityError
from analysis.thermodynamics.half_planes import HalfPlane, Polygon, clipped, rectangle
from analysis.thermodynamics.linear_energies import Linear

#: Relative chemical potentials of elements are looked for in this range; that of their phases
#: ends at zero.
WIDEST_EV = (-100.0, 1.0)
#: What is shown beside the region of the host, as a share of its width.
MARGIN = 0.1


@dataclass(frozen=True, eq=False)
class PotentialPlane:
    """Relative chemical potentials over two of them.

    Parameters
    ----------
    axes
        Names of the two, elements or reservoirs.
    affine_eV
        For each element and reservoir dmu = a + b x + c y as (a, b, c), with x and y in eV.
    region
        Corners of the polygon in which the host is stable, shape=(corners, 2).
    window
        Corners of the rectangle that is shown, shape=(4, 2).
    """

    axes: tuple[str, str]
    affine_eV: Mapping[str, HalfPlane]
    region: Polygon
    window: Polygon

    def over(self, energy: Linear) -> HalfPlane:
        """A linear energy as a + b x + c y: (a, b, c)."""
        total = np.array([energy.constant_eV, 0.0, 0.0])
        for name, factor in energy.coefficients.items():
            total += factor * np.array(self.affine_eV[name])
        a, b, c = map(float, total)
        return a, b, c


def conditions(
    elements: Sequence[str], units: Mapping[str, Mapping[str, int]], axes: Sequence[str]
) -> NDArray[np.float64]:
    """Left sides of the equations that fix all dmu: phases first, then the axes.

    Parameters
    ----------
    elements
        Of the host.
    units
        Formula units of the host and of the phases in equilibrium with it, by name.
    axes
        Elements whose dmu is given.

    Returns
    -------
    ndarray
        shape=(elements, elements), of full rank.

    Raises
    ------
    StabilityError
        If they fix too little, too much, or the same twice.
    """
    rows = [[unit.get(e, 0) for e in elements] for unit in units.values()]
    rows += [[int(e == axis) for e in elements] for axis in axes]
    matrix = np.array(rows, dtype=float)
    if len(rows) != len(elements) or np.linalg.matrix_rank(matrix) < len(elements):
        given = [*units, *axes]
        raise StabilityError(
            f"the {len(elements)} chemical potentials of {', '.join(elements)} need as many"
            f" independent conditions; these {len(given)} are given: {', '.join(given)}"
        )
    return matrix


def potential_plane(
    phases: Sequence[CompetingPhase],
    stable: Stability,
    axes: tuple[str, str],
    *,
    equilibrium: Sequence[str],
    ranges_eV: Mapping[str, Sequence[float]],
    fixed_eV: Mapping[str, float],
) -> PotentialPlane:
    """The plane of two chemical potentials with the region in which the host is stable.

    Parameters
    ----------
    phases
        The host and its competing phases.
    stable
        The host among them.
    axes
        Elements of the host, or reservoirs.
    equilibrium
        Competing phases in equilibrium with the host, one for each chemical potential that
        is no axis and that the host leaves free.
    ranges_eV
        Lowest and highest dmu of each reservoir that is an axis.
    fixed_eV
        The dmu of the other reservoirs.

    Raises
    ------
    StabilityError
        If the conditions do not fix all chemical potentials, or the host is nowhere stable.
    """
    by_name = {phase.name: phase for phase in phases}
    names = [stable.host, *equilibrium]
    own = [axis for axis in axes if axis in stable.elements]
    matrix = conditions(stable.elements, {n: by_name[n].formula_unit for n in names}, own)
    right = np.zeros((len(stable.elements), 3))
    right[: len(names), 0] = [stable.formation_energies_eV[n] for n in names]
    for place, axis in enumerate(own, start=len(names)):
        right[place, 1 + axes.index(axis)] = 1.0
    solved = np.linalg.solve(matrix, right)
    affine: dict[str, HalfPlane] = {
        element: (float(a), float(b), float(c))
        for element, (a, b, c) in zip(stable.elements, solved, strict=True)
    }
    affine |= {name: (0.0, float(name == axes[0]), float(name == axes[1])) for name in ranges_eV}
    affine |= {name: (value, 0.0, 0.0) for name, value in fixed_eV.items()}
    plane = PotentialPlane(axes, affine, np.zeros((0, 2)), np.zeros((0, 2)))
    widest = [ranges_eV.get(axis, WIDEST_EV) for axis in axes]
    # A phase does not grow where the dmu of its atoms sum up to less than its formation energy.
    bounds = [
        plane.over(Linear(-stable.formation_energies_eV[p.name], dict(p.formula_unit)))
        for p in phases
        if p.name not in (*names, *stable.polymorph_energies_eV)
    ]
    region = clipped(rectangle(*widest), bounds)
    if not len(region):
        raise StabilityError(
            f"{stable.host!r} is stable nowhere in equilibrium with {', '.join(equilibrium)}"
            if equilibrium
            else f"{stable.host!r} is stable nowhere"
        )
    shown = []
    for place, axis in enumerate(axes):
        low, high = float(region[:, place].min()), float(region[:, place].max())
        margin = 0.0 if axis in ranges_eV else MARGIN * (high - low)
        shown.append((low - margin, high + margin))
    return PotentialPlane(axes, affine, region, rectangle(*shown))
