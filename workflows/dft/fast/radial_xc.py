"""Exchange and correlation inside the PAW spheres, all directions at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from gpaw.new.xc import Functional
from gpaw.sphere.lebedev import Y_nL, weight_n
from gpaw.xc.gga import GGA
from gpaw.xc.lda import calculate_paw_correction
from gpaw.xc.pawcorrection import rnablaY_nLv
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def speed_up(functional: Functional) -> None:
    """Let a functional treat all directions in a sphere at a time, if it is a plain GGA.

    GPAW goes through them one by one. On small systems that took a fifth of a relaxation; the
    numbers are the same.
    """
    if type(functional.xc) is GGA:
        setattr(functional.xc, "calculate_paw_correction", _Correction(functional.xc.kernel))  # noqa: B010


class _Correction:
    """In place of the method of `gpaw.xc.gga.GGA` that has its name."""

    def __init__(self, kernel: Any) -> None:
        self.expansion = RadialExpansion(kernel)

    def __call__(
        self,
        setup: Any,
        D_sp: Floats,
        dEdD_sp: Floats | None = None,
        addcoredensity: bool = True,
        a: int | None = None,
    ) -> float:
        return float(
            calculate_paw_correction(self.expansion, setup, D_sp, dEdD_sp, addcoredensity, a)
        )


class RadialExpansion:
    """Energy of a density that is expanded in spherical harmonics, as in `gpaw.xc.gga`.

    The letters after an underscore name the axes, as everywhere in GPAW: s spin, L spherical
    harmonic, n direction, g radial point, q pair of radial functions, v Cartesian.

    Parameters
    ----------
    kernel
        Functional of the density and its gradient at points.
    """

    def __init__(self, kernel: Any) -> None:
        self.kernel = kernel

    def __call__(
        self, rgd: Any, D_sLq: Floats, n_qg: Floats, nc0_sg: Floats
    ) -> tuple[float, Floats]:
        """Energy and its derivative with respect to the coefficients, shape=(s, q, L)."""
        n_sLg = D_sLq @ n_qg
        n_sLg[:, 0] += nc0_sg
        harmonics_nL = Y_nL[:, : n_sLg.shape[1]]
        gradients_nLv = rnablaY_nLv[:, : n_sLg.shape[1]]
        n_sng = harmonics_nL @ n_sLg
        slope_sng = harmonics_nL @ _slope(n_sLg, rgd.dr_g)
        b_vsng = np.moveaxis(gradients_nLv, 2, 0)[:, None] @ n_sLg
        e_ng, v_sng, dedsigma_xng = self._at_points(rgd, n_sng, slope_sng, b_vsng)
        dEdn_snq = weight_n[:, None] * ((rgd.dv_g * v_sng) @ n_qg.T)
        dEdD_sqL = np.einsum("snq, nL -> sqL", dEdn_snq, harmonics_nL)
        dedsigma_xng *= rgd.dr_g
        B_vsng = dedsigma_xng[::2] * b_vsng
        if len(n_sng) == 2:
            B_vsng += 0.5 * dedsigma_xng[1] * b_vsng[:, ::-1]
        B_vsnq = 8 * np.pi * weight_n[:, None] * (B_vsng @ n_qg.T)
        dEdD_sqL += np.einsum("vsnq, nLv -> sqL", B_vsnq, gradients_nLv)
        return float(weight_n @ rgd.integrate(e_ng)), dEdD_sqL

    def _at_points(
        self, rgd: Any, n_sng: Floats, slope_sng: Floats, b_vsng: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Energy density, potential, and derivative with respect to squared gradients."""
        spins = len(n_sng)
        sigma_xng = np.empty((2 * spins - 1, *n_sng.shape[1:]))
        sigma_xng[::2] = (b_vsng**2).sum(axis=0)
        if spins == 2:
            sigma_xng[1] = (b_vsng[:, 0] * b_vsng[:, 1]).sum(axis=0)
        sigma_xng[..., 1:] /= rgd.r_g[1:] ** 2
        sigma_xng[..., 0] = sigma_xng[..., 1]
        sigma_xng[::2] += slope_sng**2
        if spins == 2:
            sigma_xng[1] += slope_sng[0] * slope_sng[1]
        e_ng, v_sng = np.zeros(n_sng.shape[1:]), np.zeros(n_sng.shape)
        dedsigma_xng = np.zeros(sigma_xng.shape)
        self.kernel.calculate(
            e_ng.ravel(),
            n_sng.reshape(spins, -1),
            v_sng.reshape(spins, -1),
            sigma_xng.reshape(2 * spins - 1, -1),
            dedsigma_xng.reshape(2 * spins - 1, -1),
        )
        flow_sng = -2 * dedsigma_xng[::2] * slope_sng
        if spins == 2:
            flow_sng -= dedsigma_xng[1] * slope_sng[::-1]
        of_gradient_sng = _divergence(rgd.dv_g * flow_sng, rgd.dr_g)
        of_gradient_sng[..., 1:] /= rgd.dv_g[1:]
        of_gradient_sng[..., 0] = of_gradient_sng[..., 1]
        return e_ng, v_sng + of_gradient_sng, dedsigma_xng


def _slope(a_xg: Floats, dr_g: Floats) -> Floats:
    """Radial derivatives, as `derivative` of GPAW's radial grids."""
    slope_xg = np.empty_like(a_xg)
    slope_xg[..., 0] = a_xg[..., 1] - a_xg[..., 0]
    slope_xg[..., 1:-1] = 0.5 * (a_xg[..., 2:] - a_xg[..., :-2])
    slope_xg[..., -1] = a_xg[..., -1] - a_xg[..., -2]
    return slope_xg / dr_g


def _divergence(a_xg: Floats, dr_g: Floats) -> Floats:
    """The transpose of `_slope`, as `derivative2` of GPAW's radial grids."""
    c_xg = a_xg / dr_g
    b_xg = np.empty_like(c_xg)
    b_xg[..., 1:-1] = 0.5 * (c_xg[..., 2:] - c_xg[..., :-2])
    b_xg[..., 0] = 0.5 * c_xg[..., 1] + c_xg[..., 0]
    b_xg[..., 1] = 0.5 * c_xg[..., 2] - c_xg[..., 0]
    b_xg[..., -2] = c_xg[..., -1] - 0.5 * c_xg[..., -3]
    b_xg[..., -1] = -c_xg[..., -1] - 0.5 * c_xg[..., -2]
    return b_xg
