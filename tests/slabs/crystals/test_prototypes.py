"""Crystals that fix chemical potentials against spglib, published bond lengths and cells."""

import numpy as np
import pytest
import spglib
from ase.neighborlist import neighbor_list

from slabs.crystals.prototypes import (
    PROTOTYPES,
    conventional_basis,
    prototype_crystal,
    prototype_source,
)
from slabs.crystals.structure_types import KNOWN, TYPES
from slabs.errors import InputError
from slabs.structure import formula


def dataset(atoms):
    cell = (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers)
    return spglib.get_symmetry_dataset(cell, symprec=1e-4)


def bonds_A(atoms, first, second, longest_A):
    """Bond lengths around each atom of the first element, sorted, shape=(n, neighbours)."""
    i, j, d = neighbor_list("ijd", atoms, longest_A)
    right = (atoms.symbols[i] == first) & (atoms.symbols[j] == second)
    places = np.flatnonzero(atoms.symbols == first)
    return np.array([sorted(d[right & (i == n)]) for n in places])


@pytest.mark.parametrize(("material", "prototype"), KNOWN)
def test_known_crystals(material, prototype):
    kind = TYPES[prototype]
    crystal = prototype_crystal(material, prototype)
    found = dataset(crystal)
    assert found.number == kind.space_group
    assert len(set(found.mapping_to_primitive.tolist())) == len(crystal)
    assert crystal.pbc.all()
    assert crystal.cell.handedness == 1
    assert not crystal.info
    units = len(crystal) // sum(kind.counts)
    symbols = crystal.get_chemical_symbols()
    runs = [s for n, s in enumerate(symbols) if n == 0 or s != symbols[n - 1]]
    assert [symbols.count(s) for s in runs] == [units * n for n in kind.counts]
    assert "".join(runs) == "".join(c for c in material if not c.isdigit())
    distances = neighbor_list("d", crystal, 6.0)
    assert 1.9 < distances.min() < 6.0
    assert prototype_source(material, prototype) == KNOWN[material, prototype].source


@pytest.mark.parametrize(
    ("material", "prototype", "atoms"),
    [
        ("Pb", "fcc", 1),
        ("Cs", "bcc", 1),
        ("Sn", "diamond", 2),
        ("CsI", "cesiumchloride", 2),
        ("RbI", "rocksalt", 2),
        ("PbI2", "CdI2", 3),
        ("I2", "iodine", 4),
        ("Cs4PbI6", "K4CdCl6", 22),
        ("CsPbI3", "NH4CdCl3", 20),
    ],
)
def test_number_of_atoms(material, prototype, atoms):
    assert len(prototype_crystal(material, prototype)) == atoms


def test_every_type_is_described_and_has_a_known_material():
    assert list(PROTOTYPES) == ["perovskite", *TYPES]
    assert {prototype for _, prototype in KNOWN} == set(TYPES)


def test_atoms_in_the_order_of_the_formula():
    assert str(prototype_crystal("Cs4PbI6", "K4CdCl6").symbols) == "Cs8Pb2I12"
    assert str(prototype_crystal("CsPbI3", "NH4CdCl3").symbols) == "Cs4Pb4I12"


def test_metals():
    # Nearest neighbours a / sqrt(2), sqrt(3) a / 2 and sqrt(3) a / 4.
    lead = prototype_crystal("Pb", "fcc")
    assert bonds_A(lead, "Pb", "Pb", 4.0) == pytest.approx(np.full((1, 12), 3.5005), abs=1e-4)
    caesium = prototype_crystal("Cs", "bcc")
    assert bonds_A(caesium, "Cs", "Cs", 6.0) == pytest.approx(np.full((1, 8), 5.2351), abs=1e-4)
    tin = prototype_crystal("Sn", "diamond")
    assert bonds_A(tin, "Sn", "Sn", 3.5) == pytest.approx(np.full((2, 4), 2.8099), abs=1e-4)


def test_cubic_halides_have_one_formula_unit():
    chloride = prototype_crystal("CsI", "cesiumchloride", [4.57])
    assert (formula(chloride), dataset(chloride).number) == ("CsI", 221)
    rocksalt = prototype_crystal("KI", "rocksalt", [7.07])
    assert (formula(rocksalt), dataset(rocksalt).number) == ("KI", 225)
    assert rocksalt.get_all_distances(mic=True)[0, 1] == pytest.approx(7.07 / 2)


def test_lead_iodide():
    crystal = prototype_crystal("PbI2", "CdI2")
    assert crystal.cell.cellpar() == pytest.approx([4.558, 4.558, 6.986, 90, 90, 120])
    # sqrt(4.558^2 / 3 + (0.2675 6.986)^2), in a regular layer.
    assert bonds_A(crystal, "Pb", "I", 4.0) == pytest.approx(np.full((1, 6), 3.2276), abs=1e-4)


def test_solid_iodine():
    crystal = prototype_crystal("I2", "iodine")
    # Half of 7.1191 4.6600 9.7956 A^3.
    assert crystal.get_volume() == pytest.approx(162.485, abs=1e-3)
    # 2 sqrt((0.15485 4.6600)^2 + (0.1175 9.7956)^2), and between molecules 3.5 A.
    assert bonds_A(crystal, "I", "I", 3.0) == pytest.approx(np.full((4, 1), 2.7169), abs=1e-4)
    assert neighbor_list("d", crystal, 3.7).max() == pytest.approx(3.488, abs=1e-3)


@pytest.mark.parametrize(("material", "bond_A"), [("Br2", 2.27), ("Cl2", 2.02)])
def test_other_halogens_have_the_published_bond(material, bond_A):
    crystal = prototype_crystal(material, "iodine")
    element = material[:2]
    assert bonds_A(crystal, element, element, 2.6) == pytest.approx(
        np.full((4, 1), bond_A), abs=0.005
    )


def test_isolated_octahedra():
    crystal = prototype_crystal("Cs4PbI6", "K4CdCl6")
    # A third of the hexagonal cell, sqrt(3) / 2 14.54^2 18.34 A^3.
    assert crystal.get_volume() == pytest.approx(3357.83 / 3, abs=0.01)
    assert np.ptp(crystal.cell.lengths()) == pytest.approx(0, abs=1e-9)
    assert bonds_A(crystal, "Pb", "I", 4.0) == pytest.approx(np.full((2, 6), 3.20), abs=0.005)
    # Each iodide belongs to one octahedron, and octahedra share nothing.
    assert bonds_A(crystal, "I", "Pb", 4.0).shape == (12, 1)
    bromide = bonds_A(prototype_crystal("Cs4PbBr6", "K4CdCl6"), "Pb", "Br", 4.0)
    assert bromide == pytest.approx(np.full((2, 6), 3.02), abs=0.005)


def test_double_chains_have_the_published_bonds():
    # Pb-I of the CIF of Stoumpos et al. (2013), Sn-I computed by hand from Chung et al. (2012).
    lead = bonds_A(prototype_crystal("CsPbI3", "NH4CdCl3"), "Pb", "I", 4.0)
    expected = [3.0426, 3.2252, 3.2252, 3.2606, 3.2606, 3.4098]
    assert lead == pytest.approx(np.tile(expected, (4, 1)), abs=1e-3)
    tin = prototype_crystal("CsSnI3", "NH4CdCl3")
    # sqrt((0.13906 10.3495)^2 + (0.14574 17.684)^2)
    assert bonds_A(tin, "Sn", "I", 3.1) == pytest.approx(np.full((4, 1), 2.952), abs=1e-3)


def test_double_perovskite():
    crystal = prototype_crystal("Cs2AgBiBr6", "elpasolite")
    # A quarter of the cube; all bonds a quarter of its edge.
    assert crystal.get_volume() == pytest.approx(11.2711**3 / 4)
    for metal in ("Ag", "Bi"):
        bonds = bonds_A(crystal, metal, "Br", 3.5)
        assert bonds == pytest.approx(np.full((1, 6), 11.2711 / 4), abs=1e-6)


def test_layers_of_octahedra():
    crystal = prototype_crystal("K2NiF4", "K2NiF4")
    assert crystal.get_volume() == pytest.approx(4.006**2 * 13.076 / 2)
    # Two F above and below at 0.151 13.076 A, four at half of 4.006 A.
    bonds = bonds_A(crystal, "Ni", "F", 2.5)
    assert bonds == pytest.approx(np.array([[1.9745] * 2 + [2.003] * 4]), abs=1e-4)
    lead = prototype_crystal("Cs2PbI4", "K2NiF4", [6.3, 19.8])
    assert len(lead) == 7
    assert bonds_A(lead, "Pb", "I", 3.5).shape == (1, 6)


@pytest.mark.parametrize("prototype", TYPES)
def test_conventional_cells(prototype):
    kind = TYPES[prototype]
    known = [name for name, other in KNOWN if other == prototype]
    crystal = prototype_crystal(known[0], prototype)
    cell = np.array(conventional_basis(prototype)) @ crystal.cell.array
    lengths, angles = np.split(crystal.cell.new(cell).cellpar(), 2)
    constants = dict(zip(kind.constants, KNOWN[known[0], prototype].values_A, strict=True))
    assert {round(x, 4) for x in lengths} == {round(x, 4) for x in constants.values()}
    hexagonal = prototype in ("CdI2", "K4CdCl6")
    assert angles == pytest.approx([90, 90, 120 if hexagonal else 90])


def test_other_materials_start_from_the_coordinates_of_their_type():
    lead = prototype_crystal("CsPbI3", "NH4CdCl3")
    germanium = prototype_crystal("RbGeI3", "NH4CdCl3", [9.9, 4.6, 17.0])
    assert germanium.get_scaled_positions() == pytest.approx(lead.get_scaled_positions())
    assert germanium.cell.cellpar() == pytest.approx([9.9, 4.6, 17.0, 90, 90, 90])
    assert prototype_source("RbGeI3", "NH4CdCl3") is None


def test_given_lattice_constants_replace_the_known_ones():
    crystal = prototype_crystal("PbI2", "CdI2", [4.6, 7.0])
    assert crystal.cell.cellpar() == pytest.approx([4.6, 4.6, 7.0, 90, 90, 120])
    # A coordinate is kept, so the layer is 2 0.2675 7.0 A thick.
    assert np.sort(crystal.get_scaled_positions()[:, 2]) == pytest.approx([0, 0.2675, 0.7325])


@pytest.mark.parametrize(
    ("arguments", "words", "key"),
    [
        (("PbI2", "rocksalt", [7.1]), "'PbI2' is not AB, as rocksalt needs", "material"),
        (("CsCs", "cesiumchloride", [5.0]), "is not AB", "material"),
        (("I", "iodine"), "'I' is not X2, as iodine needs", "material"),
        (("CsPb2I5", "K4CdCl6", [14.0, 18.0]), "is not A4BX6", "material"),
        (("MAI", "cesiumchloride", [5.0]), "contains the molecule MA", "material"),
        (("Qq", "fcc", [5.0]), "not a chemical", "material"),
        (("KI", "wurtzite", [7.1]), "allowed: cesiumchloride, rocksalt, fcc", "prototype"),
        (("CsPbI3", "perovskite"), "not a known prototype", "prototype"),
        (("KI", "rocksalt"), r"needs lattice_constants_A = \[a\].*RbI", "lattice_constants_A"),
        (("KI", "rocksalt", [7.1, 7.1]), r"= \[a\], not 2 numbers", "lattice_constants_A"),
        (("SnI2", "CdI2"), r"= \[a, c\].*tabulated: PbI2", "lattice_constants_A"),
        (("PbI2", "CdI2", [4.5]), r"= \[a, c\], not 1 numbers", "lattice_constants_A"),
        (("I2", "iodine", [7.0, 0.0, 9.8]), "above zero", "lattice_constants_A"),
        (("I2", "iodine", [7.0, float("nan"), 9.8]), "above zero", "lattice_constants_A"),
    ],
)
def test_impossible_crystals(arguments, words, key):
    with pytest.raises(InputError, match=words) as caught:
        prototype_crystal(*arguments)
    assert caught.value.key == key
    assert "\n" not in caught.value.message
