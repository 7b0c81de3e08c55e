"""BFGS that knows bonds and angles: few steps for soft slabs with stiff molecules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ase import Atoms
from ase.constraints import FixAtoms
from ase.optimize import BFGS
from numpy.typing import NDArray
from scipy.optimize import brentq

from workflows.dft.optimise.model_hessian import model_hessian

Floats = NDArray[np.float64]

#: Smallest share of the expected curvature that an update may find along a step; Powell,
#: Lect. Notes Math. 630, 144 (1978).
LEAST_CURVATURE = 0.2
UNMOVED_A = 1e-7
#: Steps are trusted more or less as the energy follows what was expected of them; Nocedal and
#: Wright, Numerical Optimization (2006), chapter 4.
GOOD, BAD = 0.75, 0.25
SHORTEST_STEP_A = 0.02
#: Tilts of octahedra want longer steps, but only those of which this much went well.
FIRST_RADIUS_A = 0.2
#: SCF cycles that follow the forces leave errors of this size in the energy.
ENERGY_NOISE_EV = 0.002


@dataclass(frozen=True, eq=False)
class Point:
    """Where the structure was, shape=(3n,) each, and its energy in eV."""

    position: Floats
    gradient: Floats
    energy_eV: float


class ModelBFGS(BFGS):
    """BFGS over a model Hessian that turns with the molecules, within a trust radius.

    Every step takes the `model_hessian` of the present structure and adds to it what all
    steps so far have shown. ASE divides a step that is too long as a whole, so that one
    flat direction holds up all stiff ones; here every curvature grows by the same amount
    until the longest displacement of an atom is the trust radius, ``maxstep`` at most:
    Levenberg, Q. Appl. Math. 2, 164 (1944). A step that raised the energy is taken back and
    replaced by a shorter one.
    """

    def initialize(self) -> None:
        """Forget all steps."""
        super().initialize()  # type: ignore[no-untyped-call]
        self.pairs: list[tuple[Floats, Floats]] = []
        self.here: Point | None = None
        self.radius_A = min(FIRST_RADIUS_A, float(self.maxstep))

    def step(self, gradient: Any = None) -> None:
        """Move the atoms once."""
        gradient = self._get_gradient(gradient)  # type: ignore[no-untyped-call]
        self._learn(
            Point(
                self.optimizable.get_x().ravel().copy(),
                gradient.ravel().copy(),
                float(self.atoms.get_potential_energy()),
            )
        )
        assert self.here is not None
        self.optimizable.set_x(self.here.position + self._displacement(self.here))

    def _replay_trajectory(self, traj: Sequence[Atoms]) -> None:
        """Learn from the steps of an earlier attempt; called by `replay_trajectory`."""
        for atoms in traj:
            self._learn(
                Point(
                    atoms.get_positions().ravel(),
                    -atoms.get_forces().ravel(),
                    float(atoms.get_potential_energy()),
                )
            )

    def _learn(self, there: Point) -> None:
        """Take in the forces at a new point; it becomes the present one unless it is worse."""
        here = self.here
        if here is None:
            self.here = there
            return
        moved = there.position - here.position
        length = float(self._lengths(moved).max())
        if length < UNMOVED_A:
            self.here = there
            return
        curved = self._hessian(here) @ moved
        expected_eV = float(moved @ here.gradient + moved @ curved / 2)
        gained = (there.energy_eV - here.energy_eV) / min(expected_eV, -ENERGY_NOISE_EV)
        self.pairs.append((moved, there.gradient - here.gradient))
        # Forces of loose SCF cycles are better than their energies.
        uphill = float(moved @ (here.gradient + there.gradient)) > 0.0
        worse = uphill and there.energy_eV > here.energy_eV + ENERGY_NOISE_EV
        if worse or gained < BAD:
            self.radius_A = max(length / (4 if worse else 2), SHORTEST_STEP_A)
        elif gained > GOOD and length > 0.9 * self.radius_A:
            self.radius_A = min(1.5 * self.radius_A, float(self.maxstep))
        if not worse or length <= SHORTEST_STEP_A:
            self.here = there

    def _displacement(self, here: Point) -> Floats:
        """Next step from a point in angstrom, shape=(3n,)."""
        curvatures, modes = np.linalg.eigh(self._hessian(here))
        along = modes.T @ here.gradient

        def step(shift: float) -> Floats:
            return np.asarray(modes @ (-along / (np.abs(curvatures) + shift)))

        def excess(shift: float) -> float:
            return float(self._lengths(step(shift)).max()) - self.radius_A

        if excess(0.0) <= 0:
            return step(0.0)
        return step(brentq(excess, 0.0, float(np.linalg.norm(here.gradient)) / self.radius_A))

    def _hessian(self, here: Point) -> Floats:
        """Model of a structure, updated by all steps; positive definite."""
        atoms = self.atoms.copy()
        held = [c for c in atoms.constraints if isinstance(c, FixAtoms)]
        fixed = [int(n) for constraint in held for n in constraint.get_indices()]
        atoms.set_positions(here.position.reshape(-1, 3), apply_constraint=False)
        hessian = model_hessian(atoms, fixed)
        for moved, change in self.pairs:
            expected = hessian @ moved
            most, found = float(moved @ expected), float(moved @ change)
            part = 1.0
            if found < LEAST_CURVATURE * most:
                part = (1 - LEAST_CURVATURE) * most / (most - found)
            damped = part * change + (1 - part) * expected
            hessian += np.outer(damped, damped) / (moved @ damped)
            hessian -= np.outer(expected, expected) / most
        return hessian

    def _lengths(self, step: Floats) -> Floats:
        return np.asarray(np.linalg.norm(step.reshape(-1, 3), axis=1))
