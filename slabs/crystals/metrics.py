"""Shape of the B-X network of a halide perovskite: angles, distortions, tilts, layers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ase import Atoms

from slabs.crystals.network import Bonds, Floats, Indices, bridges, framework, network_bonds
from slabs.crystals.octahedra import angle_variances_deg2, full_octahedra, octahedral_tilts
from slabs.elements import ALKALI_METALS
from slabs.errors import InputError
from slabs.surfaces.slab import layer_numbers


@dataclass(frozen=True, eq=False)
class Metrics:
    """What the B-X network looks like; arrays are empty where there is nothing to measure.

    Parameters
    ----------
    bonds
        Bonds of all metals, also of those with fewer than six halides.
    angles_deg
        B-X-B angles, one for each pair of metals bonded to the same halide, shape=(m,).
    octahedra
        Index of the metal of each full octahedron, shape=(n,).
    distortions
        Bond-length distortion 1/6 sum ((d_i - d) / d)^2 of each octahedron, shape=(n,):
        Brown and Shannon, Acta Cryst. A 29, 266 (1973); Alonso et al., Inorg. Chem. 39,
        917 (2000). In mixed halides it contains the difference of the radii.
    angle_variances_deg2
        Bond-angle variance 1/11 sum (angle_i - 90)^2 over the twelve cis angles of each
        octahedron, shape=(n,): Robinson, Gibbs and Ribbe, Science 172, 567 (1971).
    axes
        Pseudo-cubic axes x, y, z as rows, right-handed, shape=(3, 3). They follow the B-B
        vectors; z is the one nearest to the third cell vector (in a slab to the surface
        normal), x the one nearest to the first. None without corner-sharing octahedra.
    tilts_deg
        Rotation vector of each octahedron, components about x, y, z, right-handed,
        shape=(n, 3). None where `axes` is None.
    tilt_correlations
        Along x, y, z: correlation of the tilts about that axis between octahedra joined
        along it, +1 in phase, -1 out of phase (Glazer, Acta Cryst. B 28, 3384 (1972)). A
        cell one octahedron long forces +1. None without such a tilt or such a pair.
    layer_spacings_A
        Distances between the mean heights of neighbouring layers of a slab, from the
        lowest, in angstrom, shape=(layers - 1,). Empty for a bulk crystal.
    layer_rumplings_A
        Highest minus lowest atom of each layer of a slab in angstrom, shape=(layers,).
    """

    bonds: Bonds
    angles_deg: Floats
    octahedra: Indices
    distortions: Floats
    angle_variances_deg2: Floats
    axes: Floats | None
    tilts_deg: Floats | None
    tilt_correlations: tuple[float | None, ...]
    layer_spacings_A: Floats
    layer_rumplings_A: Floats

    @property
    def tilt_rms_deg(self) -> tuple[float | None, ...]:
        """Root mean square tilt about x, y, z in degrees; None where undefined."""
        if self.tilts_deg is None:
            return (None, None, None)
        return tuple(np.sqrt((self.tilts_deg**2).mean(axis=0)).tolist())

    def numbers(self) -> dict[str, float | None]:
        """Flat table of numbers, fit for JSON; None where a number is undefined.

        Layers are counted from 1 at the bottom; ``layer_spacing_1_A`` lies between the
        layers 1 and 2. A bulk crystal has no such entries.
        """
        table: dict[str, float | None] = {
            "full_octahedra": len(self.octahedra),
            "bond_length_mean_A": _mean(self.bonds.length_A),
            "angle_mean_deg": _mean(self.angles_deg),
            "angle_min_deg": float(self.angles_deg.min()) if self.angles_deg.size else None,
            "angle_max_deg": float(self.angles_deg.max()) if self.angles_deg.size else None,
            "distortion_mean": _mean(self.distortions),
            "angle_variance_mean_deg2": _mean(self.angle_variances_deg2),
        }
        table |= {f"tilt_{k}_rms_deg": v for k, v in zip("xyz", self.tilt_rms_deg, strict=True)}
        table |= {
            f"tilt_{k}_correlation": v for k, v in zip("xyz", self.tilt_correlations, strict=True)
        }
        table |= {f"layer_spacing_{n}_A": float(v) for n, v in enumerate(self.layer_spacings_A, 1)}
        table |= {
            f"layer_rumpling_{n}_A": float(v) for n, v in enumerate(self.layer_rumplings_A, 1)
        }
        return table


def _mean(values: Floats) -> float | None:
    return float(values.mean()) if values.size else None


def slab_layers(atoms: Atoms) -> tuple[Indices, Indices]:
    """Ions that form the layers of a slab, ligands and molecules left out.

    Returns
    -------
    array, shape=(n,)
        Their indices.
    array, shape=(n,)
        The layer of each, counted from the lowest.
    """
    kept = np.flatnonzero(framework(atoms) | np.isin(atoms.symbols, ALKALI_METALS))
    if atoms.pbc[2] or not kept.size:
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    return kept, np.asarray(layer_numbers(atoms[kept]), dtype=np.intp)


def layer_shapes_A(heights_A: Floats, layers: Indices) -> tuple[Floats, Floats]:
    """Spacings, shape=(m - 1,), and rumplings, shape=(m,), of m layers; see `Metrics`."""
    if not layers.size:
        return np.empty(0), np.empty(0)
    each = [heights_A[layers == n] for n in range(layers.max() + 1)]
    spacings = np.diff([heights.mean() for heights in each])
    return spacings, np.array([np.ptp(heights) for heights in each])


def structure_metrics(atoms: Atoms) -> Metrics:
    """Angles, distortions, tilts and layers of the B-X network (B of `METAL_RADII_A`; X halides).

    The tilt of an octahedron is the rotation that best turns the pseudo-cubic axes into
    its three X-X diagonals, so that a shift of B inside its octahedron does not count.
    Halide ions of ligands count as X; to leave them out, pass the surface atoms only.

    Parameters
    ----------
    atoms
        Bulk crystal (periodic along all three cell vectors) or slab (along the first two,
        which lie in the xy plane). Ligands may be present.

    Raises
    ------
    InputError
        If `atoms` is neither.
    """
    if not atoms.pbc[:2].all():
        raise InputError(
            f"pbc = {atoms.pbc.tolist()} is neither a bulk crystal nor a slab, which are"
            " periodic along three or the first two cell vectors"
        )
    if not atoms.pbc[2] and np.abs(atoms.cell.array[:2, 2]).max() > 1e-6:
        raise InputError("the first two cell vectors of a slab must lie in the xy plane")
    bonds = network_bonds(atoms)
    pairs, angles_deg = bridges(bonds)
    octahedra = full_octahedra(bonds)
    lengths_A = bonds.length_A[octahedra].reshape(-1, 6)
    mean_A = lengths_A.mean(axis=1, keepdims=True)
    tilts = octahedral_tilts(atoms, bonds, octahedra, pairs, angles_deg)
    ions, layers = slab_layers(atoms)
    spacings_A, rumplings_A = layer_shapes_A(atoms.positions[ions, 2], layers)
    return Metrics(
        bonds=bonds,
        angles_deg=angles_deg,
        octahedra=bonds.metal[octahedra[:, 0, 0]],
        distortions=((lengths_A / mean_A - 1.0) ** 2).mean(axis=1),
        angle_variances_deg2=angle_variances_deg2(bonds, octahedra),
        axes=tilts.axes,
        tilts_deg=tilts.tilts_deg,
        tilt_correlations=tilts.correlations,
        layer_spacings_A=spacings_A,
        layer_rumplings_A=rumplings_A,
    )
