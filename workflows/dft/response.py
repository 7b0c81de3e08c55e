"""Linear response of the bands that are not calculated, as a few functions for each atom.

Spin-orbit coupling acts through the projectors of the atoms, V = sum_ij |p_i> v_ij <p_j|.
A level of energy E is changed by it inside of the calculated bands, and by
G(E) |p_i> = (H - E S)^-1 |p_i> outside of them. As E is far below what is not calculated, G hardly
depends on it, and one function of each projector replaces all bands that are missing: a slab
with vacuum needs no more of them for an atom than the crystal does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from gpaw.core import PWArray
from gpaw.new.ase_interface import ASECalculator
from numpy.typing import NDArray
from scipy.linalg import block_diag, eigh

from workflows.dft.errors import PhysicsError

Array = NDArray[Any]

#: Residual of the equations over their right-hand side, in the norm of the preconditioner. The
#: error of a level is of second order in it.
TOLERANCE = 0.01
MAX_ITERATIONS = 60
#: Energy that the preconditioner adds to the kinetic one, in Hartree.
SOFTENING_HA = 1.0


@dataclass(frozen=True, eq=False)
class Bands:
    """Bands of one k-point and spin with the response outside of them, in Hartree.

    Parameters
    ----------
    levels, projections
        Of the calculated bands: shape=(bands,), shape=(bands, projectors).
    energy
        Energy E of the response.
    overlap, hamiltonian
        Of the response functions, shape=(functions, functions).
    projections_of_response, sources
        Their overlaps with all projectors, shape=(functions, projectors), and the index of the
        projector that each belongs to, shape=(functions,).
    """

    levels: Array
    projections: Array
    energy: float
    overlap: Array
    hamiltonian: Array
    projections_of_response: Array
    sources: Array

    def completed(self, count: int) -> tuple[Array, Array]:
        """The lowest bands, and an orthonormal function of each source: levels and projections.

        Parameters
        ----------
        count
            How many bands. Those above it join the response.
        """
        above = self.levels[count:]
        share = self.projections[count:, self.sources].conj() / (above - self.energy)[:, None]
        overlap = self.overlap + share.conj().T @ share
        hamiltonian = self.hamiltonian + share.conj().T @ (above[:, None] * share)
        projections = self.projections_of_response + share.T @ self.projections[count:]
        levels, functions = eigh(hamiltonian, overlap)
        return (
            np.concatenate([self.levels[:count], levels]),
            np.concatenate([self.projections[:count], functions.T @ projections]),
        )


def bands_with_response(
    calc: ASECalculator, sources: Array, energy: float
) -> dict[int, list[Bands]]:
    """Bands and response of each k-point of this rank, by its number, for both spins.

    What is distributed over ranks is collected on the first one of each k-point; the others get
    an empty list.

    Parameters
    ----------
    calc
        Converged bands in plane waves.
    sources
        Indices of projectors, those of all atoms one after another.
    energy
        Energy at which the response is taken, in Hartree: that of the levels that matter.
    """
    dft = calc.dft
    potentials = dft.potential.vt_sR.gather()
    strengths = dft.potential.dH_asii.gather()
    found: dict[int, list[Bands]] = {}
    for wfs in dft.ibzwfs:
        spins = found.setdefault(wfs.k, [])
        collected = wfs.collect_bands_and_domain()
        if collected is not None:
            strength = [strengths[a][wfs.spin] for a in range(len(calc.atoms))]
            operator = _Operator(collected, potentials[wfs.spin], strength, energy)
            spins.append(_solved(operator, collected, sources))
    return found


class _Operator:
    """H - E S of one k-point, with what it needs to be applied to many functions."""

    def __init__(self, wfs: Any, potential: Any, strength: Sequence[Array], energy: float) -> None:
        self.desc = wfs.psit_nX.desc
        self.projectors = wfs.pt_aiX
        self.energy = energy
        self.dtype = self.desc.dtype
        self._work = potential.desc.new(dtype=self.dtype).empty()
        self._potential = potential.data
        self._overlap = block_diag(*(setup.dO_ii for setup in wfs.setups))
        self._strength = block_diag(*strength)

    def integrate(self, functions: PWArray) -> Array:
        """Overlaps with all projectors, shape=(functions, projectors)."""
        parts = self.projectors.integrate(functions)
        return np.concatenate([part for _, part in sorted(parts.items())], axis=1)

    def add(self, functions: PWArray, coefficients: Array) -> None:
        """Add projectors to functions."""
        parts = self.projectors.empty(len(coefficients))
        first = 0
        for _, part in sorted(parts.items()):
            part[:] = coefficients[:, first : first + part.shape[1]]
            first += part.shape[1]
        self.projectors.add_to(functions, parts)

    def overlap(self, functions: PWArray) -> tuple[PWArray, Array]:
        """S times functions, and their overlaps with the projectors."""
        projections = self.integrate(functions)
        out = functions.copy()
        self.add(out, projections @ self._overlap)
        return out, projections

    def __call__(self, functions: PWArray) -> PWArray:
        """H - E S times functions."""
        out = functions.new()
        for n, function in enumerate(functions):
            function.ifft(out=self._work)
            self._work.data *= self._potential
            out.data[n] = self._work.fft(pw=self.desc).data
        out.data += (self.desc.ekin_G - self.energy) * functions.data
        self.add(out, self.integrate(functions) @ (self._strength - self.energy * self._overlap))
        return out

    def inner(self, left: Array, right: Array) -> Array:
        """Integrals of the products of functions, shape=(left, right)."""
        if np.issubdtype(self.dtype, np.floating):  # half of the plane waves is stored
            doubled = 2.0 * (left.view(float) @ right.view(float).T)
            product = doubled - np.outer(left[:, 0].real, right[:, 0].real)
        else:
            product = left.conj() @ right.T
        return np.asarray(product * self.desc.dv)

    def columns(self, left: Array, right: Array) -> Array:
        """The diagonal of `inner`, shape=(functions,)."""
        return np.array(
            [self.inner(a[None], b[None])[0, 0].real for a, b in zip(left, right, strict=True)]
        )


def _solved(operator: _Operator, wfs: Any, sources: Array) -> Bands:
    """Solve for the response outside of the bands by preconditioned conjugate gradients."""
    bands = wfs.psit_nX
    overlapping, projections = operator.overlap(bands)
    soft = 1.0 / (operator.desc.ekin_G + SOFTENING_HA)

    def outside(functions: Array) -> Array:
        return np.asarray(functions - operator.inner(overlapping.data, functions).T @ bands.data)

    unit = np.zeros((len(sources), projections.shape[1]), operator.dtype)
    unit[np.arange(len(sources)), sources] = 1.0
    residual = bands.desc.empty(len(sources))
    residual.data[:] = 0.0
    operator.add(residual, unit)
    r = residual.data - operator.inner(bands.data, residual.data).T @ overlapping.data
    z = outside(soft * r)
    x, p = np.zeros_like(r), z.copy()
    first = norm = operator.columns(r, z)
    for _ in range(MAX_ITERATIONS):
        direction = bands.desc.empty(len(sources))
        direction.data[:] = p
        image = operator(direction).data
        step = (norm / operator.columns(p, image))[:, None]
        x += step * p
        r -= step * image
        z = outside(soft * r)
        norm, before = operator.columns(r, z), norm
        if (norm <= TOLERANCE**2 * first).all():
            break
        p = z + (norm / before)[:, None] * p
    else:
        raise PhysicsError(
            f"the response of the higher bands did not converge in {MAX_ITERATIONS} iterations;"
            " more empty_bands make it easier"
        )
    solution = bands.desc.empty(len(sources))
    solution.data[:] = outside(x)
    overlapped, parts = operator.overlap(solution)
    overlap = operator.inner(solution.data, overlapped.data)
    hamiltonian = operator.inner(solution.data, operator(solution).data)
    return Bands(
        np.asarray(wfs.eig_n, float),
        projections,
        operator.energy,
        (overlap + overlap.conj().T) / 2,
        (hamiltonian + hamiltonian.conj().T) / 2
        + operator.energy * (overlap + overlap.conj().T) / 2,
        parts,
        np.asarray(sources),
    )
