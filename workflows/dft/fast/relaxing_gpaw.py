"""GPAW for relaxations: good forces from SCF cycles that are far from converged."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
from ase import Atoms
from gpaw import KohnShamConvergenceError
from gpaw.new import spinsum
from gpaw.new.ase_interface import ASECalculator
from gpaw.new.calculation import DFT
from gpaw.new.potential import Potential
from gpaw.new.scf import SCFContext
from numpy.typing import NDArray

from workflows.dft.fast import compensation_charges, fewer_bands, radial_xc
from workflows.dft.fast.free_atoms import free_atoms


class RelaxingGPAW(ASECalculator):
    """GPAW whose first density and whose forces are better than they come.

    GPAW carries the wave functions along with the atoms and takes the first density from them.
    On a slab that can be far off: after the first steps of acetic acid on CsPbI3 (0.2 angstrom)
    the SCF cycles took 13 and 15 iterations, and with the density of this class 8 and 9. Here
    the density keeps its difference from that of free atoms, and so do the atomic density
    matrices; the wave functions move as in GPAW.

    Forces are `harris_forces`. What an SCF cycle converges to is the same in both.
    """

    #: Whether there may be fewer empty bands than GPAW takes; see `fewer_bands`.
    fewer_bands = False

    def create_new_calculation(self, atoms: Atoms) -> None:
        """Set up a calculation."""
        if self.fewer_bands:
            empty = fewer_bands.empty_bands(atoms)
            self.params.nbands = None if empty is None else -empty
        super().create_new_calculation(atoms)
        self._speed_up()

    def iconverge(self, atoms: Atoms | None, *, need_wfs: bool = False) -> Generator[SCFContext]:
        """Iterate to self-consistency, with GPAW's number of bands if fewer were too few."""
        try:
            yield from super().iconverge(atoms, need_wfs=need_wfs)
            few = self.params.nbands is not None and fewer_bands.too_few(self.dft)
        except KohnShamConvergenceError:
            if not self.fewer_bands or self.params.nbands is None:
                raise
            few = True
        if self.fewer_bands and few:
            self.log("The highest band is not empty: once more with more bands\n")
            self.fewer_bands, self.params.nbands = False, None
            self._dft, now = None, self.atoms
            yield from super().iconverge(now, need_wfs=need_wfs)

    def create_new_calculation_from_old(self, atoms: Atoms) -> None:
        """Set up a calculation in another cell."""
        super().create_new_calculation_from_old(atoms)
        self._speed_up()

    def _speed_up(self) -> None:
        radial_xc.speed_up(self.dft.pot_calc.xc)
        compensation_charges.speed_up(self.dft.pot_calc.poisson_solver)

    def move_atoms(self, atoms: Atoms) -> None:
        """Move the atoms and set up the density that the next SCF cycle starts from."""
        dft = self.dft
        density = dft.density
        if dft.ibzwfs.has_wave_functions():
            # One more step of the mixing: the last iteration has only improved the orbitals.
            density.update(dft.ibzwfs)
            dft.scf_loop.mixer.mix(density)
        before = _on_grid(dft)

        def follow(_: Any) -> None:
            density.nt_sR.data += _on_grid(dft) - before
            density.normalize(dft.pot_calc.charge)

        # GPAW updates the density once everything else has moved.
        density.update = follow
        try:
            super().move_atoms(atoms)  # type: ignore[no-untyped-call]
        finally:
            del density.update

    def calculate_property(self, atoms: Atoms | None, prop: str) -> Any:
        """A property, calculated if it is not known."""
        if prop == "forces":
            super().calculate_property(atoms, "energy")
            if "forces" not in self.dft.results:
                self.dft.results["forces"] = harris_forces(self.dft)
        return super().calculate_property(atoms, prop)


def harris_forces(dft: DFT) -> NDArray[np.float64]:
    """Forces with a correction for the density that is not yet self-consistent.

    The derivative of the functional of Harris (Phys. Rev. B 31, 1770 (1985)) at the density
    that the last iteration began with, which moves with the atoms like that of free atoms:
    Chan, Bohnen and Ho, Phys. Rev. B 47, 4771 (1993). The Hellmann-Feynman force is off in
    proportion to the error of the density, this one by a small part of it. For methylamine on
    CsPbI3 with a density that was off by 1e-3 per electron the largest errors were 0.11 and
    0.014 eV/angstrom, with 4e-3 they were 0.6 and 0.03.

    Parameters
    ----------
    dft
        After an SCF cycle; left as it is.

    Returns
    -------
    ndarray, shape=(atoms, 3)
        In atomic units, the same on all ranks.
    """
    density, before = dft.density, dft.potential
    kept = density.nt_sR.data.copy(), density.D_asii.data.copy()
    density.update(dft.ibzwfs)
    _, after_sR, _, hartree, _, _ = dft.pot_calc.calculate_pseudo_potential(density, dft.ibzwfs)
    # The orbitals belong to the Hamiltonian that they were calculated with.
    dft.potential = Potential(after_sR, before.dH_asii, None, hartree)
    forces: NDArray[np.float64] = dft._calculate_forces()
    dft.potential = before
    density.nt_sR.data[:], density.D_asii.data[:] = kept
    dft.pot_calc._reset()
    change = spinsum(after_sR, mean=True).copy()
    change.data -= spinsum(before.vt_sR, mean=True).data
    return forces + _forces_on_free_atoms(dft, change)


def _forces_on_free_atoms(dft: DFT, potential: Any) -> NDArray[np.float64]:
    """Forces that a potential on the grid exerts on the valence pseudo-densities of free atoms."""
    forces = np.zeros((len(dft.setups), 3))
    for number, force in free_atoms(dft).derivative(potential).items():
        forces[number] = force[:, 0]
    potential.desc.comm.sum(forces)
    forces[:] = dft.ibzwfs.ibz.symmetries.symmetrize_forces(forces)
    dft.comm.broadcast(forces, 0)
    return forces


def _on_grid(dft: DFT) -> Any:
    """Valence pseudo-density of free atoms at the present positions, without spin."""
    density = dft.density
    found = density.nt_sR.desc.empty(density.ncomponents)
    for part in found[: density.ndensities]:
        free_atoms(dft).to_uniform_grid(out=part, scale=1.0 / density.ndensities)
    return found.data
