"""Sites of a face against hand counts and against pymatgen."""

import numpy as np
import pytest
from ase.geometry import find_mic
from pymatgen.analysis.adsorption import AdsorbateSiteFinder
from pymatgen.core.surface import Slab
from pymatgen.io.ase import AseAtomsAdaptor

from slabs.adsorption.sites import SITES, find_sites
from slabs.crystals.perovskite import perovskite
from slabs.errors import InputError
from slabs.surfaces.slab import build_slab
from slabs.surfaces.symmetry import operations

A = 6.29
CSPBI3 = perovskite("CsPbI3")
FACES = {
    "PbI2": ("metal-top", "X-top", "bridge", "three-fold", "hollow", "A-site", "X-site"),
    "CsI": ("X-top", "A-top", "bridge", "three-fold", "A-site", "X-site"),
}
# Symmetry-distinct sites by hand. PbI2: bridges Pb-I, I-I and, across the hollow, I-I again;
# triangles Pb-I-I and I-I-I. CsI: bridges Cs-I, Cs-Cs (and I-I through the same point seen
# from the other sublattice); triangles Cs-Cs-I and Cs-I-I.
DISTINCT = {
    "PbI2": {"metal-top": 1, "X-top": 1, "bridge": 3, "three-fold": 2, "hollow": 1, "A-site": 1,
             "X-site": 1},
    "CsI": {"X-top": 1, "A-top": 1, "bridge": 2, "three-fold": 2, "A-site": 1, "X-site": 1},
}  # fmt: skip


def slab(size=(1, 1), termination="PbI2", crystal=CSPBI3, layers=3):
    return build_slab(crystal, termination=termination, layers=layers, size=size)


def orbits(atoms, kind):
    sites = find_sites(atoms, kind, operations(atoms))
    assert sorted({s.orbit for s in sites}) == list(range(max(s.orbit for s in sites) + 1))
    return len({s.orbit for s in sites})


def lateral_A(atoms, first, second):
    """Distances along the surface, shape=(first, second)."""
    gaps = (np.asarray(first)[:, None] - np.asarray(second)[None]).reshape(-1, 3).copy()
    gaps[:, 2] = 0.0
    _, d = find_mic(gaps, atoms.cell, [True, True, False])
    return d.reshape(len(first), len(second))


def on_plane(sites):
    return sorted(tuple((s.position_A[:2] / A).round(4).tolist()) for s in sites)


def test_places_on_the_pbi2_face_by_hand():
    atoms = slab()
    half, quarter = 0.5, 0.25
    assert on_plane(find_sites(atoms, "metal-top")) == [(0, 0)]
    assert on_plane(find_sites(atoms, "X-top")) == [(0, half), (half, 0)]
    assert on_plane(find_sites(atoms, "hollow")) == [(half, half)]
    assert on_plane(find_sites(atoms, "A-site")) == [(half, half)]
    assert on_plane(find_sites(atoms, "X-site")) == [(0, half), (half, 0)]
    assert on_plane(find_sites(atoms, "bridge")) == sorted(
        [(0, quarter), (0, 3 * quarter), (quarter, 0), (3 * quarter, 0), (half, half)]
        + [(x, y) for x in (quarter, 3 * quarter) for y in (quarter, 3 * quarter)]
    )


def test_places_on_the_csi_face_by_hand():
    atoms = slab(termination="CsI")
    assert on_plane(find_sites(atoms, "A-top")) == [(0.5, 0.5)]
    assert on_plane(find_sites(atoms, "X-top")) == [(0, 0)]
    assert {(0.25, 0.25), (0.75, 0.25), (0, 0.5), (0.5, 0)} < set(
        on_plane(find_sites(atoms, "bridge"))
    )


@pytest.mark.parametrize("termination", FACES)
def test_heights_are_those_of_the_ions(termination):
    atoms = slab(termination=termination)
    top = atoms.positions[:, 2].max()
    for kind in FACES[termination]:
        below = A / 2 if kind == "A-site" and termination == "PbI2" else 0.0
        for site in find_sites(atoms, kind):
            assert site.kind == kind
            assert site.position_A[2] == pytest.approx(top - below)


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (3, 2), "sqrt2xsqrt2"])
@pytest.mark.parametrize("termination", FACES)
def test_distinct_sites_do_not_grow_with_the_cell(termination, size):
    atoms = slab(size, termination)
    expected = DISTINCT[termination]
    if size == (3, 2):  # x and y differ in this cell, so that what lies along them counts twice
        expected = (
            expected
            | {
                # three-fold: Pb-I-I once, I-I-I along x and along y
                "PbI2": {"X-top": 2, "X-site": 2, "bridge": 4, "three-fold": 3},
                # three-fold: Cs-I-I and Cs-Cs-I, each along x and along y
                "CsI": {"bridge": 3, "three-fold": 4},
            }[termination]
        )
    assert {kind: orbits(atoms, kind) for kind in FACES[termination]} == expected


@pytest.mark.parametrize("termination", FACES)
def test_number_of_sites_grows_with_the_cell(termination):
    small, large = (slab(size, termination) for size in ((1, 1), (2, 2)))
    for kind in FACES[termination]:
        assert len(find_sites(large, kind)) == 4 * len(find_sites(small, kind))


@pytest.mark.parametrize("size", [(1, 1), (2, 2)])
@pytest.mark.parametrize("termination", FACES)
def test_sites_of_pymatgen_are_among_ours(termination, size):
    atoms = slab(size, termination)
    periodic = atoms.copy()
    periodic.pbc = True
    structure = AseAtomsAdaptor.get_structure(periodic)
    bulk = AseAtomsAdaptor.get_structure(CSPBI3)
    face = Slab(
        structure.lattice, structure.species, structure.frac_coords, (0, 0, 1), bulk, 0, np.eye(3)
    )
    theirs = AdsorbateSiteFinder(face).find_adsorption_sites(distance=0.0, symm_reduce=0)["all"]
    ours = [
        s.position_A
        for kind in ("metal-top", "X-top", "A-top", "bridge", "three-fold", "hollow")
        if kind in FACES[termination]
        for s in find_sites(atoms, kind)
    ]
    assert len(theirs) >= 4
    assert lateral_A(atoms, theirs, ours).min(axis=1).max() < 0.05


def test_sites_of_one_orbit_are_equivalent():
    atoms = slab((2, 2), crystal=perovskite("CsPbI3", phase="gamma"))
    for kind in ("X-top", "bridge", "hollow"):
        sites = find_sites(atoms, kind, operations(atoms))
        around = {}
        for site in sites:
            _, d = find_mic(atoms.positions - site.position_A, atoms.cell, atoms.pbc)
            order = np.lexsort((d.round(6), atoms.numbers))
            around.setdefault(site.orbit, []).append(d[order])
        assert all(len(a) > 1 for a in around.values())
        for distances in around.values():
            assert all(d == pytest.approx(distances[0], abs=1e-4) for d in distances)


@pytest.mark.parametrize("kind", FACES["PbI2"])
@pytest.mark.parametrize("phase", ["alpha", "gamma"])
def test_symmetry_turns_sites_into_sites(phase, kind):
    atoms = slab((2, 2) if phase == "alpha" else (1, 1), crystal=perovskite("CsPbI3", phase=phase))
    places = np.array([s.position_A for s in find_sites(atoms, kind)])
    for operation in operations(atoms):
        if operation.keeps_normal:
            images = operation.apply(places)
            assert lateral_A(atoms, images, places).min(axis=1).max() < 0.05


def test_tilted_slab_has_more_distinct_sites():
    gamma = slab(crystal=perovskite("CsPbI3", phase="gamma"))
    # Iodide above and below the plane of the metal; the metals and hollows stay equivalent.
    assert [orbits(gamma, kind) for kind in ("metal-top", "hollow", "A-site")] == [1, 1, 1]
    assert orbits(gamma, "X-top") == orbits(gamma, "X-site") == 2
    assert orbits(gamma, "bridge") > 3
    heights = {round(float(s.position_A[2]), 2) for s in find_sites(gamma, "X-top")}
    assert len(heights) == 2


def test_slab_with_a_vacancy_has_more_distinct_sites():
    atoms = slab((2, 2))
    row = np.abs(atoms.positions - [A / 2, 0, atoms.positions[:, 2].max()]).max(axis=1) < 0.01
    del atoms[np.flatnonzero(row)]
    # The vacancy lies between two of the four metals. Of the seven iodides one is in its row,
    # four beside it, and two lie opposite, in line with it and with that one.
    assert len(find_sites(atoms, "X-top")) == 7
    assert orbits(atoms, "metal-top") == 2
    assert orbits(atoms, "X-top") == orbits(atoms, "X-site") == 4
    assert orbits(atoms, "hollow") == orbits(atoms, "A-site") == 2


def test_without_symmetry_every_site_is_its_own_orbit():
    sites = find_sites(slab((2, 2)), "X-top")
    assert [s.orbit for s in sites] == list(range(8))


def test_atoms_of_a_site():
    atoms = slab((2, 1))
    top = atoms.positions[:, 2] > atoms.positions[:, 2].max() - 1.0
    for kind, symbol, count in (("metal-top", "Pb", 2), ("X-site", "I", 4)):
        sites = find_sites(atoms, kind)
        indices = [n for s in sites for n in s.atoms]
        assert sorted(indices) == np.flatnonzero(top & (atoms.symbols == symbol)).tolist()
        assert len(sites) == count
        for site in sites:
            assert atoms.positions[site.atoms[0]] == pytest.approx(site.position_A)
    for site in find_sites(atoms, "bridge"):
        gaps = lateral_A(atoms, [site.position_A], atoms.positions[list(site.atoms)])
        assert gaps.max() == pytest.approx(gaps.min(), abs=1e-6)
    assert all(s.atoms == () for s in find_sites(atoms, "hollow"))


def test_a_site_removes_the_highest_cation():
    atoms = slab(layers=5)
    (site,) = find_sites(atoms, "A-site")
    caesium = np.flatnonzero(atoms.symbols == "Cs")
    assert site.atoms == (int(caesium[atoms.positions[caesium, 2].argmax()]),)


def test_molecular_cation_is_one_site():
    atoms = slab((2, 1), "MAI", perovskite("MAPbI3"))
    for kind in ("A-top", "A-site"):
        sites = find_sites(atoms, kind)
        assert len(sites) == 2
        for site in sites:
            part = atoms[list(site.atoms)]
            assert dict(part.symbols.formula.count()) == {"C": 1, "N": 1, "H": 6}
            heavy = part.positions[part.numbers > 1].mean(axis=0)
            assert site.position_A == pytest.approx(heavy, abs=1e-6)


@pytest.mark.parametrize(
    ("termination", "kind", "words"),
    [
        ("PbI2", "A-top", "I, Pb outermost.*no site 'A-top'; it has: metal-top"),
        ("CsI", "metal-top", "Cs, I outermost.*no site 'metal-top'; it has: X-top, A-top"),
        ("CsI", "hollow", "no site 'hollow'"),
        ("PbI2", "top", "not a site; allowed: metal-top, X-top, A-top"),
    ],
)
def test_face_without_such_a_site(termination, kind, words):
    with pytest.raises(InputError, match=words) as caught:
        find_sites(slab(termination=termination), kind)
    assert caught.value.key == "site"
    assert "\n" not in caught.value.message


def test_slab_without_cations_has_no_place_for_one():
    with pytest.raises(InputError, match="no site 'A-site'"):
        find_sites(slab(layers=1), "A-site")


def test_every_kind_is_found_on_some_face():
    found = {kind for face in FACES.values() for kind in face}
    assert found == set(SITES)
