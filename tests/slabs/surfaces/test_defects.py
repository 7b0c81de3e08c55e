"""Point defects beside vacancies: where atoms have room, and what comes out."""

from functools import cache
from itertools import combinations_with_replacement, product

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from slabs.adsorption.adsorb import adsorb
from slabs.adsorption.placement import Adsorbate
from slabs.crystals.perovskite import perovskite
from slabs.errors import InputError
from slabs.ligands.ligand import make_ligand
from slabs.structure import Structure
from slabs.surfaces.defect_sites import face_places, interstices
from slabs.surfaces.defects import DefectStart, losing_ligands, make_defect
from slabs.surfaces.slab import build_slab
from slabs.surfaces.symmetry import operations
from slabs.surfaces.vacancies import added_atoms, distinct_vacancies

A = 6.29

#: Measured bond lengths of molecules in the gas phase in angstrom (Huber and Herzberg 1979; PbI2,
#: PbBr2, PbCl2, SnI2, SnBr2: electron diffraction). A start is never shorter than 0.8 of them.
GAS_A = {
    "I-I": 2.666, "Br-Br": 2.281, "Br-I": 2.469, "Cl-Cl": 1.988, "Cl-I": 2.321, "Br-Cl": 2.136,
    "I-Pb": 2.804, "Br-Pb": 2.597, "Cl-Pb": 2.447, "I-Sn": 2.699, "Br-Sn": 2.512, "Cs-I": 3.315,
    "Br-Cs": 3.072, "Cl-Cs": 2.906, "Pb-Pb": 2.930, "Sn-Sn": 2.748,
}  # fmt: skip
#: Cations without bonds to each other: ionic radii of Shannon (Cs 1.67, Pb 1.19, Sn 1.10 A).
RADII_A = {"Cs": 1.67, "Pb": 1.19, "Sn": 1.10}
#: Van der Waals radii of atoms of molecules and of ions beside them: Bondi (1964), Mantina (2009).
VDW_A = {"H": 1.20, "C": 1.70, "N": 1.55, "I": 1.98, "Br": 1.85, "Pb": 2.02, "Sn": 2.17, "Cs": 1.9}


@cache
def shortest_A(first, second):
    pair = "-".join(sorted((first, second)))
    if pair in GAS_A:
        return 0.8 * GAS_A[pair]
    if {first, second} & {"H", "C", "N"}:
        return 0.65 * (VDW_A[first] + VDW_A[second])
    return 0.85 * (RADII_A[first] + RADII_A[second])


def too_close(structure):
    """Pairs with an atom that was added, or that made room for it, all images included."""
    atoms = structure.atoms
    added = added_atoms(structure)
    symbols = np.array(atoms.get_chemical_symbols())
    found = []
    for i, j in product((-2, -1, 0, 1, 2), repeat=2):
        d = cdist(atoms.positions[added], atoms.positions + i * atoms.cell[0] + j * atoms.cell[1])
        if (i, j) == (0, 0):
            d[np.arange(len(added)), added] = np.inf
        found += [
            f"{symbols[added[n]]}-{symbols[m]} {d[n, m]:.2f}"
            for n, m in product(range(len(added)), range(len(atoms)))
            if d[n, m] < shortest_A(symbols[added[n]], symbols[m])
        ]
    return found


@cache
def bare(material="CsPbI3", phase="alpha", size=(2, 2), *, layers=3, top="PbI2", sides="one"):
    atoms = build_slab(
        perovskite(material, phase=phase), termination=top, layers=layers, size=size, sides=sides
    )
    return Structure(atoms, ("surface",) * len(atoms))


def counts(structure):
    return dict(structure.atoms.symbols.formula.count())


def fractions(structure, place):
    """Place in units of the lattice constant, from a Cs atom as the origin."""
    atoms = structure.atoms
    origin = atoms.positions[atoms.symbols == "Cs"][0]
    return (place - origin) / A


# In the cubic perovskite the A and X ions are close-packed. Its B ions fill a quarter of the
# octahedral holes; the others, the middles of the edges of the cube, are the widest interstices.
@pytest.mark.parametrize("element", ["I", "Cs", "Pb", "Sn"])
@pytest.mark.parametrize(
    ("depth", "depth_A", "heights", "coordination"),
    [("surface", 0.0, 0.5, 5), ("subsurface", A / 2, 0.0, 6)],
)
def test_widest_interstices_of_the_cubic_slab(element, depth, depth_A, heights, coordination):
    structure = bare(layers=5)
    found = interstices(structure, element, depth)
    widest = found[0]
    assert widest.depth_A == pytest.approx(depth_A, abs=1e-6)
    assert widest.coordination == coordination
    x, y, z = np.sort(np.abs(fractions(structure, widest.place_A) % 1.0 - 0.5))
    # Two of the three coordinates are those of a Cs, the third is halfway to the next one.
    assert [x, y, z] == pytest.approx([0.0, 0.5, 0.5], abs=0.01)
    gap = fractions(structure, widest.place_A)[2] - heights
    assert abs(gap - round(gap)) < 0.01


def test_edges_in_the_plane_are_another_place_than_those_along_the_normal():
    structure = bare(layers=5)
    # Beside the octahedral holes, Pb has room in the tetrahedral ones.
    for element, number in (("I", 1), ("Cs", 1)):
        assert len(interstices(structure, element, "subsurface")) >= number
    surface = interstices(structure, "I")
    # The hollow of the face: 4 in the cell on each face, as many as Cs atoms.
    assert surface[0].multiplicity == 8


@pytest.mark.parametrize(
    ("element", "site", "height_A"),
    [
        ("I", "metal-top", 1.19 + 2.20),  # Shannon radii of Pb and I
        ("Br", "metal-top", 1.19 + 1.96),
        # Above the middle of four iodides at a / 2 each, which touch.
        ("Pb", "hollow", np.sqrt((1.19 + 2.20) ** 2 - (A / 2) ** 2)),
        ("Cs", "X-top", 1.67 + 2.20),
        ("H", "X-top", 0.31 + 1.39),  # a bond of covalent radii
    ],
)
def test_adatoms_touch_what_is_below(element, site, height_A):
    structure = bare(size=(3, 3))
    (found,) = face_places(structure, element, site)
    assert -found.depth_A == pytest.approx(height_A, abs=0.02)


@pytest.mark.parametrize(
    ("top", "element", "xy"),
    [
        # In units of a, from Pb or from Cs: where the next layer of the crystal has the ion.
        ("PbI2", "I", "Pb"), ("PbI2", "Cs", "hollow"), ("CsI", "I", "Cs"), ("CsI", "Pb", "I"),
    ],
)  # fmt: skip
def test_default_places_of_adatoms(top, element, xy):
    structure = bare(top=top)
    (found,) = face_places(structure, element)
    atoms = structure.atoms
    highest = atoms.positions[:, 2].max()
    lateral = {
        symbol: np.linalg.norm((atoms.positions[n] - found.place_A + A / 2)[:2] % A - A / 2)
        for symbol in ("Pb", "Cs", "I")
        for n in np.flatnonzero(
            (atoms.symbols == symbol) & (atoms.positions[:, 2] > highest - 0.1)
        )[:1]
    }
    if xy == "hollow":
        assert lateral["Pb"] == pytest.approx(A / np.sqrt(2))
    else:
        assert lateral[xy] == pytest.approx(0.0, abs=1e-6)


def test_vacuum_stays_above_an_adatom():
    structure = bare()
    place = face_places(structure, "I")[0]
    found = make_defect(structure, place, "I", vacuum_A=10.0)
    thickness = np.ptp(found.atoms.positions[:, 2])
    assert thickness == pytest.approx(A + 3.39)
    assert 10.0 <= found.atoms.cell.array[2, 2] - thickness < 10.5
    assert found.atoms.positions[:, 2].min() == pytest.approx(5.0)


@pytest.mark.parametrize(("kind", "element"), [("face", "Cs"), ("inside", "I"), ("inside", "Pb")])
@pytest.mark.parametrize(("phase", "size"), [("alpha", (2, 2)), ("gamma", (2, 1))])
def test_added_atoms_on_both_faces_keep_the_inversion(kind, element, phase, size):
    structure = bare(phase=phase, size=size, layers=5, sides="two")
    places = face_places(structure, element) if kind == "face" else interstices(structure, element)
    found = make_defect(structure, places[0], element, sides="two", vacuum_A=10.0)
    assert counts(found)[element] == counts(structure)[element] + 2
    assert any(op.is_inversion for op in operations(found.atoms))
    assert too_close(found) == []
    upper, lower = found.added_A
    middle = found.atoms.positions[found.atoms.symbols == "Cs", 2].mean()
    if element != "Cs":
        assert upper[2] + lower[2] == pytest.approx(2 * middle, abs=0.02)


def test_interstice_in_the_very_middle_has_no_partner():
    structure = bare(layers=3, sides="two")
    (site, *_) = interstices(structure, "I", "subsurface")
    assert site.depth_A == pytest.approx(A / 2)
    found = make_defect(structure, site, "I", sides="two")
    assert counts(found)["I"] in (counts(structure)["I"] + 1, counts(structure)["I"] + 2)


MATERIALS = ["CsPbI3", "CsPbBr3", "CsSnI3", "MAPbI3", "FAPbBr3"]
PHASES = {"CsPbI3": ("alpha", "beta", "gamma"), "CsPbBr3": ("alpha", "gamma")}


def slabs():
    for material in MATERIALS:
        b, x = ("Sn" if "Sn" in material else "Pb"), ("Br" if "Br" in material else "I")
        for phase in PHASES.get(material, ("alpha",)):
            for top in (f"{b}{x}2", material[:2] + x):
                yield material, phase, top, b, x


@pytest.mark.parametrize(("material", "phase", "top", "metal", "halide"), list(slabs()))
def test_no_atom_comes_closer_than_chemistry_allows(material, phase, top, metal, halide):
    size = (2, 2) if phase == "alpha" else (1, 1)
    structure = bare(material, phase, size, layers=3 if "A" in material else 5, top=top)
    built, refused = 0, []
    elements = [metal, halide, "Cs"]
    makers = [
        *((lambda e=e, d=d: [(s, e) for s in interstices(structure, e, d)])
          for e, d in product(elements, ("surface", "subsurface", "middle"))),
        *((lambda e=e: [(s, e) for s in face_places(structure, e)]) for e in elements),
        *((lambda e=e, on=on: [(s, e) for s in distinct_vacancies(structure, on)])
          for e, on in ((metal, halide), (halide, metal), ("Cs", metal), ("Sn", "Pb"))),
    ]  # fmt: skip
    for maker in makers:
        try:
            found = maker()[:3]
        except InputError as error:
            refused.append(error.message)
            continue
        for site, element in found:
            made = make_defect(structure, site, element)
            built += 1
            assert too_close(made) == [], f"{element} {made.placement}"
            before = dict(counts(structure))
            before[element] = before.get(element, 0) + 1
            if site.ion:
                before[site.ion] -= 1
            assert counts(made) == before
    assert built >= 12
    assert built > len(refused)
    assert not [message for message in refused if "\n" in message]


def test_ions_that_make_room_are_the_only_ones_that_move():
    structure = bare("CsPbI3", "gamma", (1, 1))
    (site, *_) = interstices(structure, "I")
    found = make_defect(structure, site, "I")
    shift = np.linalg.norm(found.atoms.positions[:-1] - structure.atoms.positions, axis=1)
    moved = np.flatnonzero(shift)
    assert 0 < len(moved) <= 4
    assert shift.max() < 0.5
    # Iodides that are now as far away as they must be, 0.7 of twice their radius.
    assert set(found.atoms.symbols[moved]) == {"I"}
    gaps = found.atoms.get_distances(len(shift), moved, mic=True)
    assert gaps == pytest.approx(0.7 * 2 * 2.20, abs=0.01)


def test_no_room_is_said_with_the_two_atoms():
    structure = bare("CsPbCl3", layers=1, top="CsCl")
    with pytest.raises(InputError, match=r"no interstice for I: ") as caught:
        interstices(structure, "I")
    assert caught.value.key == "element"


@pytest.mark.parametrize("element", ["Sn", "Zn", "Bi", "Br"])
def test_replaced_ions_keep_their_place_and_index(element):
    structure = bare()
    on = "I" if element == "Br" else "Pb"
    site = distinct_vacancies(structure, on)[0]
    found = make_defect(structure, site, element)
    assert found.atoms.symbols[site.atom] == element
    assert (found.atoms.positions == structure.atoms.positions).all()
    assert found.vacancies == ()
    assert found.added == ((element, tuple(structure.atoms.positions[site.atom])),)
    assert added_atoms(found).tolist() == [site.atom]
    # Pb 82, I 53, Sn 50, Zn 30, Bi 83, Br 35.
    numbers = {"Sn": 50, "Zn": 30, "Bi": 83, "Br": 35, "Pb": 82, "I": 53}
    assert found.electrons - structure.electrons == numbers[element] - numbers[on]


def test_atom_in_place_of_a_molecule_sits_where_its_heavy_atoms_were():
    structure = bare("MAPbI3")
    site = distinct_vacancies(structure, "MA")[0]
    found = make_defect(structure, site, "Cs")
    lost = {"C": 1, "N": 1, "H": 6}
    assert counts(found) == {k: n - lost.get(k, 0) for k, n in counts(structure).items()} | {
        "Cs": 1
    }
    assert found.atoms.positions[-1] == pytest.approx(site.place_A)
    assert found.groups[-1] == "surface"


@pytest.mark.parametrize(
    ("element", "ion", "moment"),
    [("Mn", "Mn2+", 5), ("Fe", "Fe2+", 4), ("Co", "Co2+", 3), ("Ni", "Ni2+", 2), ("Cu", "Cu2+", 1),
     ("Eu", "Eu2+", 7), ("Gd", "Gd3+", 7)],
)  # fmt: skip
def test_open_shells_ask_for_their_moment(element, ion, moment):
    structure = bare()
    site = distinct_vacancies(structure, "Pb")[0]
    with pytest.raises(InputError, match=rf"high-spin {ion[:-2]}\d\+ moment = {moment}.0") as e:
        make_defect(structure, site, element)
    assert e.value.key == "moment"
    found = make_defect(structure, site, element, DefectStart(moment_muB=moment))
    assert found.atoms.get_initial_magnetic_moments()[site.atom] == moment


def test_closed_shells_take_no_moment():
    structure = bare()
    site = distinct_vacancies(structure, "Pb")[0]
    for element in ("Sn", None):
        with pytest.raises(InputError, match="moment goes with Ti, V, Cr, Mn"):
            make_defect(structure, site, element, DefectStart(moment_muB=1.0))


def test_seeds_of_added_atoms():
    structure = bare()
    site = interstices(structure, "I")[0]
    for seed in ("neighbours", "one-neighbour", "surface"):
        found = make_defect(structure, site, "I", DefectStart(spin_seed=seed))
        moments = found.atoms.get_initial_magnetic_moments()
        assert moments.sum() == pytest.approx(1.0)
        assert set(found.atoms.symbols[moments > 0]) <= {"I", "Pb"}
        if seed == "one-neighbour":
            assert moments[-1] == 1.0
    # Cs gives its electron away to the metals.
    found = make_defect(structure, interstices(structure, "Cs")[0], "Cs")
    moments = found.atoms.get_initial_magnetic_moments()
    assert set(found.atoms.symbols[moments > 0]) == {"Pb"}


def test_added_atoms_are_no_ions_of_the_slab():
    structure = make_defect(bare(), face_places(bare(), "I")[0], "I")
    for site in distinct_vacancies(structure, "I"):
        assert site.atom != len(structure.atoms) - 1
        assert site.depth_A == pytest.approx(0.0, abs=1e-6)
        assert np.isfinite(site.ligand_distance_A)


def test_interstice_stays_away_from_a_vacancy_of_its_own():
    structure = bare("MAPbI3")
    site = distinct_vacancies(structure, "I")[0]
    vacant = make_defect(structure, site)
    for place in interstices(vacant, "I"):
        assert place.ligand_distance_A > 0.7 * 2 * 2.20


@cache
def covered(name, site="metal-top", state=None, counter_ion=None):
    ligand = Adsorbate("L", make_ligand(name, state=state), site, counter_ion=counter_ion)
    return adsorb(bare().atoms, [ligand], 10.0)[0]


@pytest.mark.parametrize(("name", "atom", "distance_A"), [("MA", "N", 2.5), ("AcOH", "O", 2.4)])
def test_ligand_that_loses_its_metal_is_found(name, atom, distance_A):
    structure = covered(name)
    near = distinct_vacancies(structure, "Pb", near="nearest")[0]
    far = distinct_vacancies(structure, "Pb", near="farthest")[0]
    assert list(losing_ligands(structure, near)) == ["L"]
    symbol, gap = losing_ligands(structure, near)["L"]
    assert (symbol, gap) == (atom, pytest.approx(distance_A, abs=0.15))
    assert losing_ligands(structure, far) == {}
    assert losing_ligands(bare(), distinct_vacancies(bare(), "Pb")[0]) == {}


def test_iodide_that_a_hydrogen_bond_holds_is_found():
    structure = covered("MA", "hollow", "cation")
    near = distinct_vacancies(structure, "I", near="nearest")[0]
    symbol, gap = losing_ligands(structure, near)["L"]
    assert symbol == "H"
    assert gap < 0.85 * (1.20 + 1.98)


@pytest.mark.parametrize(
    ("maker", "words"),
    [
        (lambda s: interstices(s, "MA"), "only single atoms are added"),
        (lambda s: face_places(s, "Xx"), "'Xx' is not a chemical element"),
        (lambda s: face_places(s, "I", "X-site"), "an adatom replaces nothing"),
        (lambda s: face_places(s, "I", "A-top"), "has no site 'A-top'"),
        (lambda s: interstices(s, "I", "middle"), "is the subsurface layer"),
        (lambda s: make_defect(s, interstices(s, "I")[0], "I", DefectStart("dimer")), "vacancies"),
    ],
)
def test_nonsense_is_refused(maker, words):
    with pytest.raises(InputError, match=words):
        maker(bare())


def test_reference_distances_are_complete():
    symbols = ("I", "Br", "Pb", "Sn", "Cs", "H", "C", "N")
    for first, second in combinations_with_replacement(symbols, 2):
        assert shortest_A(first, second) > 0.7
