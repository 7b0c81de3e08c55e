"""Distinct arrangements of ligands against counts that are known from combinatorics."""

import pytest

from slabs.adsorption.arrangements import arranged, distinct_arrangements
from slabs.adsorption.placement import Adsorbate
from slabs.adsorption.sites import find_sites, lateral_distance_A
from slabs.crystals.perovskite import perovskite
from slabs.errors import InputError
from slabs.ligands.ligand import make_ligand
from slabs.surfaces.slab import build_slab


def sheet(*size):
    """A single PbI2 layer: its lead atoms are a square net."""
    return build_slab(
        perovskite("CsPbI3", None), termination="PbI2", layers=1, size=size, vacuum_A=6.0
    )


@pytest.mark.parametrize(("size", "total"), [(2, 6), (3, 26)])
def test_all_occupations_of_a_square_net_on_a_torus(size, total):
    """Binary n x n arrays on a torus, turned and mirrored: 2, 6, 26, 805, ... (OEIS A255016)."""
    slab, sites = sheet(size, size), size**2
    counts = [
        len(distinct_arrangements(slab, [("L", "metal-top")] * number))
        for number in range(1, sites + 1)
    ]
    assert sum(counts) + 1 == total  # and the empty one
    assert counts[:-1] == counts[:-1][::-1]  # a hole is as good as a ligand


def test_two_ligands_of_four_sites_are_neighbours_or_on_the_diagonal():
    slab = sheet(2, 2)
    sites = find_sites(slab, "metal-top")
    ways = distinct_arrangements(slab, [("L", "metal-top")] * 2)
    gaps = [
        lateral_distance_A(slab, sites[i].position_A, sites[j].position_A[None])[0] for i, j in ways
    ]
    a = slab.cell.lengths()[0] / 2
    assert sorted(gaps) == pytest.approx([a, a * 2**0.5])


def test_mixtures_count_who_sits_where():
    """Of two A and two B on a square of four: A beside each other, or on a diagonal."""
    slab = sheet(2, 2)
    pair = [("A", "metal-top"), ("B", "metal-top"), ("A", "metal-top"), ("B", "metal-top")]
    ways = distinct_arrangements(slab, pair)
    assert len(ways) == 2
    assert all(sorted(way) == [0, 1, 2, 3] for way in ways)
    # A on a lead atom and B above an iodide: beside it, or not.
    assert len(distinct_arrangements(sheet(1, 1), [("A", "metal-top"), ("B", "X-top")])) == 1


def test_without_symmetry_every_way_is_distinct():
    slab = sheet(2, 2)
    slab.rattle(0.1, seed=1)
    assert len(distinct_arrangements(slab, [("L", "metal-top")] * 2)) == 6


def test_too_many_ligands_or_ways_are_refused():
    with pytest.raises(InputError, match="5 ligands on 4 sites 'metal-top'"):
        distinct_arrangements(sheet(2, 2), [("L", "metal-top")] * 5)
    with pytest.raises(InputError, match="at most 50000 are enumerated"):
        distinct_arrangements(sheet(5, 5), [("L", "metal-top")] * 12)


def test_ligands_stand_on_the_sites_of_their_arrangement():
    slab = sheet(2, 2)
    ammonia = make_ligand(smiles="N", anchor_smarts="[NX3]")
    made = arranged(slab, [Adsorbate("NH3", ammonia, "metal-top")] * 2, 6.0)
    assert (made.distinct, made.clashing, len(made.structures)) == (2, 0, 2)
    a = slab.cell.lengths()[0] / 2
    gaps = []
    for structure in made.structures:
        nitrogen = structure.atoms[structure.atoms.numbers == 7]
        gaps.append(lateral_distance_A(slab, nitrogen.positions[0], nitrogen.positions[1:])[0])
    assert sorted(gaps) == pytest.approx([a, a * 2**0.5], abs=0.2)


def test_arrangements_without_room_are_counted():
    """Tritylamine is wider than one cell: two of them have room on the diagonal only."""
    wide = make_ligand(smiles="c1ccccc1C(c1ccccc1)(c1ccccc1)N", anchor_smarts="[NX3;H2]")
    made = arranged(sheet(2, 2), [Adsorbate("L", wide, "metal-top")] * 2, 6.0)
    assert (made.distinct, made.clashing, len(made.structures)) == (2, 1, 1)
    atoms = made.structures[0].atoms
    first, second = atoms.positions[atoms.numbers == 7]
    half = atoms.cell.lengths()[:2] / 2
    assert abs(first - second)[:2] == pytest.approx(half, abs=0.7)
