"""Perovskite crystals the surfaces start from, and crystals from files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.formula import Formula
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from slabs.composition import parse_perovskite
from slabs.crystals.chemistry import check_lattice, crystal_fault, distance_fault
from slabs.crystals.mixing import Mixing, occupy
from slabs.crystals.phases import PHASES, tabulated_lattice
from slabs.errors import InputError
from slabs.read import declared_formula, read_cif_again, read_structure

AXES = ("x", "y", "z")
#: Largest number of atoms of a crystal that is read from a file.
MAX_FILE_ATOMS = 2000
#: Largest volume per atom of such a crystal; solid caesium has 116.
LARGEST_VOLUME_A3 = 1000.0


def lattice_constants_A(
    material: str, phase: str, given: Sequence[float] | None = None
) -> tuple[float, ...]:
    """Independent lattice constants of a phase, as given or else as tabulated.

    Those of mixtures follow from Vegard's rule, see `slabs.crystals.phases.tabulated_lattice`.

    Returns
    -------
    tuple
        (a,) for alpha, (a, c) for beta, (a, b, c) for gamma, in angstrom.

    Raises
    ------
    InputError
        If the phase is unknown, the number of constants is wrong, or none are tabulated for the
        material or one of its end members.
    """
    if phase not in PHASES:
        raise InputError(f"{phase!r} is not a phase; allowed: {', '.join(PHASES)}", "phase")
    wanted = PHASES[phase].constants
    if given is not None:
        if len(given) != len(wanted):
            raise InputError(
                f"the {phase} phase has {len(wanted)} lattice constants"
                f" [{', '.join(wanted)}], not {len(given)}",
                "lattice_constants_A",
            )
        if not all(np.isfinite(x) and x > 0 for x in given):
            raise InputError(
                f"lattice constants are lengths above zero, not {list(given)}",
                "lattice_constants_A",
            )
        return tuple(float(x) for x in given)
    return tabulated_lattice(material, phase).values_A


def tilts_from_lattice_deg(phase: str, constants_A: Sequence[float]) -> tuple[float, float]:
    """Octahedral tilts that regular octahedra need to fit the lattice constants.

    With the out-of-phase tilt theta about b and the in-phase tilt phi about c:
    gamma: cos(theta) = a / b and cos(phi) = sqrt(2) a / c; beta: theta = 0 and
    cos(phi) = a / (sqrt(2) c). M. O'Keeffe and B. G. Hyde, Acta Cryst. B 33, 3802 (1977).

    Returns
    -------
    tuple
        (theta, phi) in degrees.
    """
    if phase == "alpha":
        return 0.0, 0.0
    a, c = constants_A[0], constants_A[-1]
    cosines = [1.0, a / (np.sqrt(2) * c)]
    if phase == "gamma":
        cosines = [a / constants_A[1], np.sqrt(2) * a / c]
    if max(cosines) > 1 + 1e-9:
        raise InputError(
            f"regular octahedra cannot fit the lattice constants {list(constants_A)} A of the"
            f" {phase} phase; give tilts_deg = [theta, phi]",
            "lattice_constants_A",
        )
    theta, phi = np.degrees(np.arccos(np.minimum(cosines, 1.0)))
    return float(theta), float(phi)


def _tilted_halide(
    metals: NDArray[np.float64], cell: NDArray[np.float64], tilts_deg: Sequence[float]
) -> NDArray[np.float64]:
    """Halide between two metals in angstrom, shape=(3,).

    Each metal turns its octahedron by the tilts of its parity; the halide lies half-way
    between where the two would have it.

    Parameters
    ----------
    metals
        The two metals in units of the pseudo-cubic vectors, shape=(2, 3).
    cell
        Rows: the pseudo-cubic vectors in angstrom.
    tilts_deg
        (theta, phi).
    """
    along = metals[1] - metals[0]
    # The pseudo-cubic axes as they would be in the cubic crystal: x and y at 45 degrees.
    axes = np.array([[1.0, 1.0, 0.0], [-1.0, 1.0, 0.0], [0.0, 0.0, np.sqrt(2)]]) / np.sqrt(2)
    if np.allclose(cell, np.diag(np.diag(cell))):
        axes = np.eye(3)
    arms = []
    for metal in metals.round().astype(int):
        theta = np.radians(tilts_deg[0]) * (-1) ** int(metal.sum())
        phi = np.radians(tilts_deg[1]) * (-1) ** int(metal[0] + metal[1])
        about_b = Rotation.from_rotvec(theta * (axes[0] + axes[1]) / np.sqrt(2))
        about_c = Rotation.from_rotvec(phi * axes[2])
        arms.append((about_b * about_c).apply(along @ axes))
    shortened = (arms[0] + arms[1]) @ (along @ axes) / 2
    length = float(np.linalg.norm(along @ cell))
    sideways = (arms[0] - arms[1]) / 4 / shortened * length
    return np.asarray(metals.mean(axis=0) @ cell + sideways)


def perovskite(
    material: str,
    lattice: Sequence[float] | None = None,
    *,
    phase: str = "alpha",
    tilts_deg: Sequence[float] | None = None,
    mixing: Mixing | None = None,
    cation_axis: str = "x",
) -> Atoms:
    """Halide perovskite ABX3 with B at the origin and A in the middle of the cage.

    Parameters
    ----------
    material
        For example ``"CsPbI3"``, ``"MAPbI3"`` or ``"CsPbI2Br"``; see
        `slabs.elements.IONS`.
    lattice
        Lattice constants in angstrom, see `lattice_constants_A`.
    phase
        ``"alpha"`` (Pm-3m), ``"beta"`` (P4/mbm, sqrt2 x sqrt2 x 1) or ``"gamma"`` (Pbnm,
        sqrt2 x sqrt2 x 2, c the longest axis).
    tilts_deg
        (theta, phi): out-of-phase tilt about b and in-phase tilt about c. Default: from
        the lattice constants, see `tilts_from_lattice_deg`.
    mixing
        How ions that share a site are arranged; needed for mixed formulas only.
    cation_axis
        Cell axis along which the longest extension of a molecular cation lies; cations
        alternate in sign where the cell has several. One without room in its cage is
        turned to where it has most.

    Raises
    ------
    InputError
        If the request cannot be met.
    """
    formula = parse_perovskite(material)
    constants = lattice_constants_A(material, phase, lattice)
    tilts = list(tilts_from_lattice_deg(phase, constants) if tilts_deg is None else tilts_deg)
    if len(tilts) != 2:
        raise InputError(f"tilts_deg is [theta, phi], not {tilts}", "tilts_deg")
    if (phase == "alpha" and any(tilts)) or (phase == "beta" and tilts[0]):
        raise InputError(f"the {phase} phase has no such tilts: {tilts}", "tilts_deg")
    if cation_axis not in AXES:
        raise InputError(f"{cation_axis!r} is not an axis; allowed: x, y, z", "cation_axis")
    transform = np.array(PHASES[phase].transformation, dtype=float)
    a, c = constants[0], constants[-1]
    cell = np.diag([a, constants[1] if len(constants) == 3 else a, c])
    pseudo_cubic = np.linalg.inv(transform) @ cell
    corners = [np.array(index) - [0, 1, 0] for index in np.ndindex(3, 3, 3)]
    inverse = np.linalg.inv(transform)
    inside = [corner for corner in corners if np.all((corner @ inverse) % 1 == corner @ inverse)]
    sites: list[str] = []
    positions: list[NDArray[np.float64]] = []
    for corner in inside:
        sites += ["B", "A", "X", "X", "X"]
        positions += [corner @ pseudo_cubic, (corner + 0.5) @ pseudo_cubic]
        for along in np.eye(3):
            metals = np.array([corner, corner + along])
            positions.append(_tilted_halide(metals, pseudo_cubic, tilts))
    parent = Atoms(
        ["Pb" if s == "B" else "Cs" if s == "A" else "I" for s in sites],
        positions=positions,
        cell=cell,
        pbc=True,
    )
    parent.set_scaled_positions(parent.get_scaled_positions().round(12) % 1.0)
    crystal = occupy(parent, np.array(sites), formula, mixing, AXES.index(cation_axis))
    if lattice is not None:
        check_lattice(crystal, constants)
    return crystal


def read_crystal(file: Path) -> Atoms:
    """Crystal from a structure file; see `slabs.read` for the formats.

    Raises
    ------
    InputError
        If the file is not a three-dimensional crystal with fully occupied sites, or chemistry
        does not allow its composition or distances.
    """
    atoms = read_structure(file)
    if atoms.cell.rank != 3:
        raise InputError(
            f"{str(file)!r} is not a crystal: it has no three-dimensional cell", "file"
        )
    if len(atoms) > MAX_FILE_ATOMS:
        raise InputError(f"{str(file)!r} has {len(atoms)} atoms; at most {MAX_FILE_ATOMS}", "file")
    if not _fully_occupied(atoms):
        raise InputError(f"{str(file)!r} has partly occupied sites; give an ordered cell", "file")
    declared = declared_formula(file)
    fault = _fault(atoms, declared)
    if fault:
        other = read_cif_again(file)
        if other is None or _fault(other, declared):
            raise InputError(f"{str(file)!r}: {fault}", "file")
        atoms = other
    clean = Atoms(atoms.numbers, positions=atoms.positions, cell=atoms.cell, pbc=True)
    clean.wrap()
    return clean


def _fault(atoms: Atoms, declared: Mapping[str, float]) -> str:
    """What chemistry does not allow, or how the sites differ from the formula of the file."""
    crystal = Atoms(atoms.numbers, positions=atoms.positions, cell=atoms.cell, pbc=True)
    counts = crystal.symbols.formula.count()
    if declared and not _proportional(counts, declared):
        found = Formula.from_dict(counts).reduce()[0].format("hill")
        wanted = " ".join(f"{e}{n:g}" for e, n in declared.items())
        missing = [e for e in declared if e not in counts]
        words = f" ({', '.join(missing)} is missing)" if missing else ""
        return f"its sites hold {found}, but its formula sum is {wanted}{words}"
    return distance_fault(crystal) or _volume_fault(crystal) or crystal_fault(crystal)


def _proportional(counts: Mapping[str, int], declared: Mapping[str, float]) -> bool:
    ratios = [counts.get(e, 0) / n for e, n in declared.items() if n]
    return set(counts) == set(declared) and max(ratios) < 1.02 * min(ratios)


def _volume_fault(atoms: Atoms) -> str:
    volume = atoms.get_volume() / len(atoms)
    if volume > LARGEST_VOLUME_A3:
        return f"it has {volume:.0f} A^3 per atom; at most {LARGEST_VOLUME_A3:.0f} expected"
    return ""


def _fully_occupied(atoms: Atoms) -> bool:
    """False if the file gave a site several ions, or none with a share of one."""
    for shares in atoms.info.get("occupancy", {}).values():
        try:
            full = len(shares) == 1 and abs(float(next(iter(shares.values()))) - 1.0) < 1e-3
        except ValueError:
            full = False
        if not full:
            return False
    return True
