"""From two ends to the path of lowest energy: nudged elastic band with a climbing image."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from ase.mep import NEB
from ase.mep.neb import idpp_interpolate
from ase.optimize import BFGS, FIRE
from ase.optimize.optimize import Optimizer
from numpy.typing import NDArray
from scipy.linalg import block_diag

from workflows.dft.band.ends import Ends
from workflows.dft.errors import UnconvergedError
from workflows.dft.optimise.model_hessian import model_hessian

#: The highest image climbs once the forces on the band are below this multiple of the limit.
ROUGH = 4.0
#: Other images are converged to this multiple of the limit: only the highest one counts.
BESIDE = 2.0
#: Another image climbs instead once it is so much higher; equal ones would take turns for ever.
HIGHER_EV = 0.01
SPRING_EV_PER_A2 = 1.0
LARGEST_STEP_A = 0.2
#: Added to the curvatures of the model Hessian: springs and the climbing image follow no bond. On
#: copper with EMT the band takes half of the steps that a uniform 70 eV/A^2 takes.
STIFFENING_EV_PER_A2 = 10.0
#: Steps of BFGS before FIRE goes on: forces on a band have no energy, so that BFGS may circle.
PATIENCE = 40


def first_path(ends: Ends, images: int) -> list[Atoms]:
    """Ends and images between them, by the image-dependent pair potential.

    Smidstrup et al., J. Chem. Phys. 140, 214106 (2014): interatomic distances, of nearest
    periodic images, go over into each other, so that no atoms collide as on a straight line.

    Parameters
    ----------
    ends
        Both ends.
    images
        Number of images between them.
    """
    path = [ends.first.copy() for _ in range(images + 1)] + [ends.last.copy()]
    places = [each.positions for each in (ends.first, ends.last)]
    moments = [each.get_initial_magnetic_moments() for each in (ends.first, ends.last)]
    for share, image in zip(np.linspace(0.0, 1.0, images + 2), path, strict=True):
        between = (1 - share) * places[0] + share * places[1]
        image.set_positions(between, apply_constraint=False)
        image.set_initial_magnetic_moments((1 - share) * moments[0] + share * moments[1])
    idpp_interpolate(NEB(path, method="improvedtangent"), traj=None, log=None, mic=True)
    for image, energy_eV in zip((path[0], path[-1]), ends.energies_eV, strict=True):
        image.calc = SinglePointCalculator(image, energy=energy_eV)
    return path


class _Climbing(NEB):
    """A band that lets the same image climb as long as no other one is clearly higher."""

    held = 0

    @property
    def imax(self) -> int:
        """Number of the image that climbs, from 1; 0 before the first forces."""
        return self.held

    @imax.setter
    def imax(self, highest: int) -> None:
        energies = np.array(self.energies)
        if not (self.climb and self.held) or energies[highest] > energies[self.held] + HIGHER_EV:
            self.held = int(highest)


class Band:
    """A path that is being optimised.

    Parameters
    ----------
    path
        Ends with their energies, and images with their calculators.
    fmax_eV_per_A
        Largest force on the climbing image in the end.
    """

    def __init__(self, path: list[Atoms], fmax_eV_per_A: float) -> None:
        self.path, self.fmax_eV_per_A = path, fmax_eV_per_A
        self.neb = _Climbing(  # type: ignore[no-untyped-call]
            path, k=SPRING_EV_PER_A2, method="improvedtangent"
        )
        self.steps = 0

    @property
    def highest(self) -> int:
        """Number of the image that climbs, from 1."""
        return self.neb.imax

    @property
    def band_force_eV_per_A(self) -> float:
        """Largest component of the force on an image that does not climb, springs included."""
        return float(np.max(np.array(self.neb.residuals)))

    def force_eV_per_A(self) -> float:
        """What has to vanish.

        Without climbing the force on the band; with it the largest force on the highest image,
        or that on the others over `BESIDE` if it is larger.
        """
        if not self.neb.climb:
            return self.band_force_eV_per_A
        return max(largest_force(self.path[self.highest]), self.band_force_eV_per_A / BESIDE)

    def converge(self, most_steps: int, note: Callable[[int, float], None]) -> None:
        """Optimise the band, and then the saddle with the climbing image.

        Parameters
        ----------
        most_steps
            Number of steps of the whole band that is allowed.
        note
            Called with the number of steps and the force after each step.

        Raises
        ------
        UnconvergedError
            If the steps are used up.
        """
        for climb, limit in ((False, ROUGH), (True, 1.0)):
            self.neb.climb = climb
            reached = limit * self.fmax_eV_per_A
            for optimizer, most in ((self._bfgs, PATIENCE), (self._fire, most_steps)):
                steps = min(most, most_steps - self.steps)
                force = self._run(optimizer(), reached, steps, note)
                if force < reached:
                    break
            else:
                raise UnconvergedError(
                    f"smallest force on the path {force:.3f} eV/A in {self.steps} steps, above"
                    f" {self.fmax_eV_per_A} eV/A"
                )

    def _run(
        self,
        optimizer: Optimizer,
        reached_eV_per_A: float,
        most_steps: int,
        note: Callable[[int, float], None],
    ) -> float:
        """Take steps until the force is below a limit; returns the smallest one.

        If there is none below the limit, the band goes back to where it was smallest.
        """
        images, before = self.path[1:-1], self.steps
        best, places = np.inf, [image.positions.copy() for image in images]
        for _ in optimizer.irun(fmax=0.0, steps=most_steps):
            self.steps = before + int(optimizer.nsteps)
            force = self.force_eV_per_A()
            note(self.steps, force)
            if force < reached_eV_per_A:
                return force
            if force < best:
                best, places = force, [image.positions.copy() for image in images]
        for image, positions in zip(images, places, strict=True):
            image.set_positions(positions, apply_constraint=False)
        return best

    def _bfgs(self) -> Optimizer:
        """BFGS that begins with the bonds and angles of each image."""
        optimizer = BFGS(cast(Atoms, self.neb), logfile=None, maxstep=LARGEST_STEP_A)
        hessian = block_diag(*(_hessian(image) for image in self.path[1:-1]))
        optimizer.H0 = hessian + STIFFENING_EV_PER_A2 * np.eye(len(hessian))
        return optimizer

    def _fire(self) -> Optimizer:
        optimizer: Optimizer = FIRE(cast(Atoms, self.neb), logfile=None, maxstep=LARGEST_STEP_A)
        return optimizer


def _hessian(image: Atoms) -> NDArray[np.float64]:
    fixed = [int(n) for constraint in image.constraints for n in constraint.get_indices()]
    return model_hessian(image, fixed)


def largest_force(atoms: Atoms) -> float:
    """Length of the largest force on a free atom in eV per angstrom."""
    return float(np.linalg.norm(atoms.get_forces(), axis=1).max())
