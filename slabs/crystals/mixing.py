"""Which ion sits where: ordered and random arrangements, and molecular cations."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.geometry import find_mic
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from slabs.composition import PerovskiteFormula
from slabs.elements import IONS, vdw_radii_A
from slabs.errors import InputError
from slabs.surfaces.symmetry import operations

#: More arrangements than this are not enumerated.
MAX_ARRANGEMENTS = 20_000
#: A number of ions may differ from a whole number by this much.
COUNT_TOLERANCE = 0.02
MOLECULES = ("MA", "FA", "GA")
#: A molecular cation is turned if an ion is closer than this share of the van der Waals
#: distance, and this many turns are tried.
ENOUGH_ROOM = 0.75
TURNS = 300


@dataclass(frozen=True)
class Mixing:
    """Arrangement of ions that share a site.

    Parameters
    ----------
    cell
        Repetitions of the phase's cell in which the ions are arranged.
    arrangement
        Number of the ordered arrangement, counted from 0 among those that no symmetry
        that keeps the c axis turns into each other.
    seed
        Instead of `arrangement`: a random arrangement with this seed.
    """

    cell: tuple[int, int, int] = (1, 1, 1)
    arrangement: int = 0
    seed: int | None = None


def occupy(
    parent: Atoms,
    sites: NDArray[np.str_],
    formula: PerovskiteFormula,
    mixing: Mixing | None,
    cation_axis: int,
) -> Atoms:
    """Put the ions of a formula on the sites of a parent cell.

    Parameters
    ----------
    parent
        Cell with one element per site.
    sites
        ``"A"``, ``"B"`` or ``"X"`` for each atom, shape=(n,).
    formula
        What goes there.
    mixing
        See `Mixing`; None for a formula without mixing.
    cation_axis
        Axis of the longest extension of molecular cations, 0, 1 or 2.

    Raises
    ------
    InputError
        If the cell cannot hold the composition or has no such arrangement.
    """
    if not formula.mixed and mixing is not None:
        raise InputError(f"{formula.text!r} has one ion on each site; leave mixing away", "mixing")
    if not formula.mixed:
        names = np.array([next(iter(formula.shares[s])) for s in sites])
        return _insert_cations(parent, names, cation_axis)
    mixing = mixing or Mixing()
    cell = parent.repeat(mixing.cell)
    sites = np.tile(sites, int(np.prod(mixing.cell)))
    if mixing.seed is not None:
        rng = np.random.default_rng(mixing.seed)
        names = np.empty(len(sites), dtype="<U2")
        for site in IONS:
            here = np.flatnonzero(sites == site)
            names[here] = rng.permutation(_ions(formula, site, len(here)))
        return _insert_cations(cell, names, cation_axis)
    distinct = _distinct(cell, sites, formula)
    if not 0 <= mixing.arrangement < len(distinct):
        raise InputError(
            f"{formula.text!r} has {len(distinct)} symmetry-distinct arrangements in a cell of"
            f" {' x '.join(map(str, mixing.cell))}; arrangement may be 0 to {len(distinct) - 1},"
            f" not {mixing.arrangement}",
            "mixing.arrangement",
        )
    return _insert_cations(cell, distinct[mixing.arrangement], cation_axis)


def _ions(formula: PerovskiteFormula, site: str, count: int) -> list[str]:
    """The ions of one site in a cell with `count` such sites."""
    ions: list[str] = []
    for name, share in formula.shares[site].items():
        number = share * count
        if abs(number - round(number)) > COUNT_TOLERANCE or round(number) == 0:
            raise InputError(
                f"{formula.text!r} asks for {number:.2f} {name} on {count} {site} sites; choose a"
                " mixing.cell in which every ion has a whole number",
                "mixing.cell",
            )
        ions += [name] * round(number)
    return ions


def _choices(ions: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Every distinct order of a list of ions."""
    names = list(dict.fromkeys(ions))
    if len(names) == 1:
        yield tuple(ions)
        return
    rarest = min(names, key=ions.count)
    rest = [n for n in ions if n != rarest]
    for places in itertools.combinations(range(len(ions)), ions.count(rarest)):
        for others in _choices(rest):
            left = iter(others)
            yield tuple(rarest if n in places else next(left) for n in range(len(ions)))


def _distinct(
    cell: Atoms, sites: NDArray[np.str_], formula: PerovskiteFormula
) -> list[NDArray[np.str_]]:
    """Arrangements that no symmetry that keeps the c axis turns into each other."""
    lists = {
        s: list(
            itertools.islice(
                _choices(_ions(formula, s, int((sites == s).sum()))), MAX_ARRANGEMENTS + 1
            )
        )
        for s in IONS
    }
    if np.prod([len(choices) for choices in lists.values()]) > MAX_ARRANGEMENTS:
        raise InputError(
            f"{formula.text!r} has more than {MAX_ARRANGEMENTS} arrangements in this cell; choose a"
            " smaller mixing.cell or give mixing.seed",
            "mixing.cell",
        )
    keeps_c = [op for op in operations(cell) if op.keeps_normal or op.swaps_faces]
    permutations = np.array([op.permutation for op in keeps_c])
    seen: set[bytes] = set()
    found = []
    for chosen in itertools.product(*lists.values()):
        names = np.empty(len(sites), dtype="<U2")
        for site, order in zip(lists, chosen, strict=True):
            names[sites == site] = order
        if names.tobytes() not in seen:
            found.append(names)
            seen |= {row.tobytes() for row in names[permutations]}
    return found


def _insert_cations(cell: Atoms, names: NDArray[np.str_], axis: int) -> Atoms:
    """Replace each site by its ion; molecules alternate in sign along their axis."""
    atomic = np.array([n not in MOLECULES for n in names])
    crystal = Atoms(list(names[atomic]), positions=cell.positions[atomic], cell=cell.cell, pbc=True)
    cage = crystal.copy()
    sign = 1
    for number in np.flatnonzero(~atomic):
        molecule = _cation(str(names[number]), axis)
        molecule.positions *= sign
        crystal += _fitted(molecule, cell.positions[number], cage)
        sign = -sign
    return crystal


def _fitted(molecule: Atoms, place: NDArray[np.float64], cage: Atoms) -> Atoms:
    """A molecule in its cage: as it is if it has room, else turned to where it has most."""
    numbers = np.repeat(molecule.numbers, len(cage))
    touch = vdw_radii_A(numbers) + np.tile(vdw_radii_A(cage.numbers), len(molecule))

    def room(positions: NDArray[np.float64]) -> float:
        gaps = (positions[:, None] + place - cage.positions).reshape(-1, 3)
        _, distance = find_mic(gaps, cage.cell, True)
        return float((distance / touch).min())

    turned = [molecule.positions]
    if room(molecule.positions) < ENOUGH_ROOM:
        turns = Rotation.random(TURNS, rng=np.random.default_rng(0))
        turned += [turn.apply(molecule.positions) for turn in turns]
    found: Atoms = molecule.copy()
    found.positions = place + max(turned, key=lambda p: round(room(p), 6))
    return found


def _cation(name: str, axis: int) -> Atoms:
    """A molecular cation around the origin, its longest extension along an axis."""
    from slabs.ligands.ligand import make_ligand  # RDKit is needed for molecules only

    atoms: Atoms = make_ligand(name, state="cation").atoms.copy()
    heavy = atoms.positions[atoms.numbers > 1]
    centred = atoms.positions - heavy.mean(axis=0)
    axes = np.linalg.svd(heavy - heavy.mean(axis=0), full_matrices=True)[2]
    axes[2] *= np.linalg.det(axes)
    atoms.positions = np.roll(centred @ axes.T, axis, axis=1)
    return atoms
