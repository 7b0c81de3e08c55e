"""Compensation charges of the PAW method in plane waves, all atoms of a kind at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from gpaw.core.pwacf import PWLFC, PWAtomCenteredFunctions
from gpaw.new.pw.paw_poisson import PAWPoissonSolver, SlowPAWPoissonSolver
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Complex = NDArray[np.complex128]

#: Plane waves that are treated at a time.
BLOCK = 4096


def speed_up(solver: PAWPoissonSolver) -> None:
    """Let a Poisson solver treat the compensation charges of all atoms of a kind at a time.

    GPAW writes every function of every atom out in plane waves, twice in each SCF iteration and
    once for the forces. For methylamine on CsPbI3 that took a quarter of a relaxation; the
    numbers are the same.
    """
    if type(solver) is not SlowPAWPoissonSolver or solver.pwh.dtype != float:
        return
    slow = solver.ghat_aLh
    if all([f.l for f in each] == list(range(len(each))) for each in slow.functions):
        solver.ghat_aLh = FunctionsOfKinds(
            slow.functions, slow.relpos_ac, slow.pw, slow.atomdist, integrals=slow.integrals
        )


class FunctionsOfKinds(PWAtomCenteredFunctions):
    """Real atom-centred functions in plane waves, by structure factors of the kinds of atoms."""

    def _lazy_init(self) -> None:
        if self._lfc is None:
            super()._lazy_init()  # type: ignore[no-untyped-call]
            # GPAW names the class of these sums in its code, so that it is replaced here.
            sums: Any = self._lfc
            sums.__class__ = _SumsOverKinds
            sums.set_positions(self.relpos_ac, self._atomdist)


@dataclass(frozen=True, eq=False)
class _Kind:
    """Atoms that have the same functions.

    The letters after an underscore name the axes, as everywhere in GPAW: a atom, L function of an
    atom, I function of all atoms, G plane wave, m wave along one axis.
    """

    shapes: list[tuple[int, slice]]  # column of the radial functions, and the L that have it
    factors_L: Complex
    columns_aL: NDArray[np.int_]  # which I
    phases_cam: list[Complex]

    def phases_aG(self, waves_cG: NDArray[np.int_]) -> Complex:
        """Phases exp(-iGR) of plane waves that are given by three numbers each."""
        first, second, third = (
            phases[:, waves] for phases, waves in zip(self.phases_cam, waves_cG, strict=True)
        )
        first *= second
        first *= third
        return first

    def scale(self, a_LG: Complex, radial_sG: Floats) -> None:
        """Multiply by the radial functions, in place."""
        for shape, harmonics in self.shapes:
            a_LG[harmonics] *= radial_sG[shape]


class _SumsOverKinds(PWLFC):
    """Sums over atoms and plane waves as products of matrices, one for each kind of atom."""

    nI: Any  # GPAW sets these two after the positions
    my_indices: Any
    kinds: list[_Kind]

    def set_positions(self, relpos_ac: Floats, atomdist: Any) -> None:
        """Move the atoms."""
        super().set_positions(relpos_ac, atomdist)
        waves_cG = self.pw.indices_cG[:, self.pw.ng1 : self.pw.ng2]
        lowest_c = waves_cG.min(axis=1, initial=0)
        self.waves_cG = waves_cG - lowest_c[:, None]
        numbers_cm = [
            np.arange(low, high + 1)
            for low, high in zip(lowest_c, waves_cG.max(axis=1, initial=0), strict=True)
        ]
        counts = [sum(2 * each.l + 1 for each in splines) for splines in self.spline_aj]
        first_a = np.cumsum([0, *counts])
        alike: dict[tuple[int, ...], list[int]] = {}
        for atom, splines in enumerate(self.spline_aj):
            alike.setdefault(tuple(id(each) for each in splines), []).append(atom)
        shapes_J, atoms_J, momenta = (np.array(a) for a in (self.s_J, self.a_J, self.l_s))
        self.kinds = []
        for atoms in alike.values():
            shapes, factors = [], []
            for shape in shapes_J[atoms_J == atoms[0]]:
                momentum = int(momenta[shape])
                shapes.append((int(shape), slice(momentum**2, (momentum + 1) ** 2)))
                factors += [(-1j) ** momentum] * (2 * momentum + 1)
            phases = [
                np.exp(-2j * np.pi * np.outer(relpos_ac[atoms, axis], numbers))
                for axis, numbers in enumerate(numbers_cm)
            ]
            columns = first_a[atoms][:, None] + np.arange(len(factors))
            self.kinds.append(_Kind(shapes, np.array(factors), columns, phases))

    def _blocks(self) -> Iterator[tuple[slice, Floats, Floats, NDArray[np.int_]]]:
        """Parts of the plane waves: radial functions, spherical harmonics, and numbers."""
        for start in range(0, self.waves_cG.shape[1], BLOCK):
            part = slice(start, start + BLOCK)
            yield (
                part,
                np.ascontiguousarray(self.f_Gs[part].T),
                np.ascontiguousarray(self.Y_GL[part].T),
                self.waves_cG[:, part],
            )

    def add(self, a_xG: Complex, c_axi: Any = 1.0, q: int | None = None) -> None:
        """Add functions times coefficients to plane waves."""
        c_I = np.zeros(self.nI)
        if isinstance(c_axi, float):
            c_I[:] = c_axi
        else:
            for a, first, last in self.my_indices:
                c_I[first:last] = c_axi[a]
            self.comm.sum(c_I)
        for part, radial_sG, harmonics_LG, waves_cG in self._blocks():
            total_LG = np.zeros(harmonics_LG.shape, complex)
            for kind in self.kinds:
                coefficients_La = (c_I[kind.columns_aL] * kind.factors_L).T
                sums_LG = coefficients_La @ kind.phases_aG(waves_cG)
                kind.scale(sums_LG, radial_sG)
                total_LG[: len(sums_LG)] += sums_LG
            a_xG[part] += (harmonics_LG * total_LG).sum(axis=0) / self.pw.dv

    def integrate(self, a_xG: Complex, c_axi: Any = None, q: int = -1, add_to: bool = False) -> Any:
        """Integrals of plane waves times functions."""
        c_I = np.zeros(self.nI)
        for part, radial_sG, harmonics_LG, waves_cG in self._blocks():
            a_G = 2.0 * a_xG[part]  # half of the waves stand for all
            if part.start == 0 and self.comm.rank == 0:
                a_G[0] *= 0.5
            a_xLG = (a_G * harmonics_LG)[None]
            for kind, sums_xaL in self._projected(a_xLG, radial_sG, waves_cG):
                c_I[kind.columns_aL] += sums_xaL[0].real
        self.comm.sum(c_I)
        for a, first, last in self.my_indices:
            c_axi[a][:] = c_I[first:last] + (c_axi[a] if add_to else 0.0)
        return c_axi

    def derivative(self, a_xG: Complex, c_axiv: Any = None, q: int = -1) -> Any:
        """Derivatives of the integrals with respect to the positions of the atoms."""
        c_vI = np.zeros((3, self.nI))
        for part, radial_sG, harmonics_LG, waves_cG in self._blocks():
            a_vG = 2.0 * self.pw.G_plus_k_Gv[part].T * a_xG[part]
            a_vLG = a_vG[:, None] * harmonics_LG
            for kind, sums_vaL in self._projected(a_vLG, radial_sG, waves_cG):
                c_vI[:, kind.columns_aL] += sums_vaL.imag
        self.comm.sum(c_vI)
        for a, first, last in self.my_indices:
            c_axiv[a][:] = c_vI[:, first:last].T
        return c_axiv

    def _projected(
        self, a_xLG: Complex, radial_sG: Floats, waves_cG: NDArray[np.int_]
    ) -> Iterator[tuple[_Kind, Complex]]:
        """Sums over plane waves for the functions of all atoms, (x, a, L), by kind."""
        for kind in self.kinds:
            own_xLG = a_xLG[:, : len(kind.factors_L)].copy()
            for own_LG in own_xLG:
                kind.scale(own_LG, radial_sG)
            sums_xaL = kind.phases_aG(waves_cG).conj() @ own_xLG.swapaxes(1, 2)
            yield kind, sums_xaL * kind.factors_L.conj()
