"""Crystals that chemistry does not allow, in files and by lattice constants."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.io import write

from slabs.crystals.chemistry import charge_fault, crystal_fault, hydrogen_fault
from slabs.crystals.perovskite import perovskite, read_crystal
from slabs.crystals.phases import LATTICES
from slabs.crystals.prototypes import prototype_crystal
from slabs.crystals.structure_types import KNOWN
from slabs.errors import InputError
from slabs.ligands.ligand import make_ligand
from slabs.surfaces.slab import build_slab

HEAD = """data_x
_cell_length_a {a}
_cell_length_b {b}
_cell_length_c {c}
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma {gamma}
{more}
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
"""
MAPBI3 = """Pb1 Pb 0 0 0
I1 I 0.5 0 0
I2 I 0 0.5 0
I3 I 0 0 0.5
C1 C 0.42 0.5 0.5
N1 N 0.65 0.5 0.5
"""


def cif(file, sites, more="", **cell):
    a, gamma = cell.get("a", 6.329), cell.get("gamma", 90)
    b, c = cell.get("b"), cell.get("c")
    file.write_text(HEAD.format(a=a, b=b or a, c=c or a, gamma=gamma, more=more) + sites)
    return file


@pytest.mark.parametrize(("material", "phase"), list(LATTICES))
def test_known_perovskites_are_possible(material, phase):
    assert crystal_fault(perovskite(material, phase=phase)) == ""


@pytest.mark.parametrize(("material", "prototype"), list(KNOWN))
def test_known_crystals_are_possible(material, prototype):
    assert crystal_fault(prototype_crystal(material, prototype)) == ""


@pytest.mark.parametrize(
    "crystal",
    [
        bulk("NaCl", "rocksalt", a=5.64),
        bulk("Cu"),
        bulk("Si"),
        bulk("ZnS", "zincblende", a=5.41),
        bulk("MgO", "rocksalt", a=4.21),
        bulk("C", "diamond", a=3.57),
        bulk("Fe"),
    ],
    ids=lambda atoms: str(atoms.symbols),
)
def test_other_crystals_are_possible(crystal):
    assert crystal_fault(crystal) == ""


@pytest.mark.parametrize("given", [12.58, 6.29 / 0.529177, 3.9])
def test_lattice_constants_of_two_cells_or_in_bohr_are_refused(given):
    with pytest.raises(InputError, match=r"Pb .* A a(way|part)") as caught:
        perovskite("CsPbI3", [given])
    assert caught.value.key == "lattice_constants_A"


@pytest.mark.parametrize("given", [9.1, 2.3])
def test_lattice_constants_of_prototypes_are_checked(given):
    with pytest.raises(InputError, match="Cs"):
        prototype_crystal("CsI", "cesiumchloride", [given])


@pytest.mark.parametrize("scale", [2.0, 1 / 0.529177, 0.62])
def test_scaled_files_are_refused(tmp_path, scale):
    crystal = perovskite("CsPbI3")
    crystal.set_cell(crystal.cell.array * scale, scale_atoms=True)
    write(tmp_path / "x.vasp", crystal)
    with pytest.raises(InputError, match="Pb"):
        read_crystal(tmp_path / "x.vasp")


def test_crystal_without_its_hydrogen_is_refused(tmp_path):
    said = cif(tmp_path / "said.cif", MAPBI3, "_chemical_formula_sum 'C1 H6 I3 N1 Pb1'")
    with pytest.raises(InputError, match=r"formula sum is C1 H6 I3 N1 Pb1 \(H is missing\)"):
        read_crystal(said)
    silent = cif(tmp_path / "silent.cif", MAPBI3)
    with pytest.raises(InputError, match="lack hydrogen"):
        read_crystal(silent)


def in_cage(smiles, lost, size_A):
    """Cage of PbI3 around a cation without the hydrogen atoms of some elements."""
    ion = make_ligand(smiles=smiles, anchor_smarts="[#6,#7]")
    bonds = [(atom, [n.GetSymbol() for n in atom.GetNeighbors()]) for atom in ion.graph.GetAtoms()]
    kept = [a.GetIdx() for a, near in bonds if a.GetSymbol() != "H" or near[0] not in lost]
    atoms = Atoms("PbI3", scaled_positions=[[0, 0, 0], *(np.eye(3) / 2)], cell=[size_A] * 3)
    atoms.pbc = True
    guest = ion.atoms[kept]
    guest.positions += size_A / 2 - ion.atoms.positions.mean(axis=0)
    return atoms + guest


@pytest.mark.parametrize(
    ("smiles", "lost", "size_A"),
    [
        ("NC(N)=[NH2+]", "N", 6.5),
        ("NC=[NH2+]", "N", 6.4),
        ("C[NH2+]C", "N", 6.6),
        ("CC(N)=[NH2+]", "N", 7.0),
        ("c1cc[nH+]cc1", "CN", 8.2),
        ("[NH3+]O", "NO", 6.1),
    ],
)
def test_molecular_cations_without_hydrogen_are_refused(tmp_path, smiles, lost, size_A):
    write(tmp_path / "whole.vasp", in_cage(smiles, "", size_A))
    assert (read_crystal(tmp_path / "whole.vasp").symbols == "H").any()
    write(tmp_path / "poor.vasp", in_cage(smiles, lost, size_A))
    with pytest.raises(InputError, match="lack hydrogen"):
        read_crystal(tmp_path / "poor.vasp")


@pytest.mark.parametrize("smiles", ["CC#N", "c1ccncc1", "N=[N+]=[N-]", "C=NC", "BrC#CBr", "CP"])
def test_complete_molecules_have_their_valences(smiles):
    atoms = make_ligand(smiles=smiles, anchor_smarts="[#6,#7]").atoms
    atoms.center(6.0)
    atoms.pbc = True
    assert hydrogen_fault(atoms) == ""


def test_methylammonium_with_its_hydrogen_is_read(tmp_path):
    write(tmp_path / "x.cif", perovskite("MAPbI3"))
    assert len(read_crystal(tmp_path / "x.cif")) == 12


def test_setting_of_the_space_group_that_ase_reads_wrong(tmp_path):
    # Pbnm without operators: the setting of Pnma gives Cs8 I16 Pb4 with atoms 0.8 A apart.
    sites = """Pb1 Pb 0 0 0
Cs1 Cs 0 0.5 0.25
I1 I 0.1902 0.3098 0.9558
I2 I 0.0935 0 0.25
"""
    more = "_symmetry_space_group_name_H-M 'P b n m'\n_symmetry_Int_Tables_number 62"
    file = cif(tmp_path / "gamma.cif", sites, more, a=8.577, b=8.856, c=12.472)
    crystal = read_crystal(file)
    assert crystal.symbols.formula.count() == {"Cs": 4, "Pb": 4, "I": 12}
    assert crystal_fault(crystal) == ""


def test_thirds_may_be_rounded(tmp_path):
    sites = "Pb1 Pb 0 0 0\nI1 I 0.333 0.667 0.268\n"
    more = "_symmetry_space_group_name_H-M 'P -3 m 1'\n_symmetry_Int_Tables_number 164"
    file = cif(tmp_path / "x.cif", sites, more, a=4.558, c=6.986, gamma=120)
    crystal = read_crystal(file)
    assert crystal.symbols.formula.count() == {"Pb": 1, "I": 2}


def test_slab_is_no_crystal(tmp_path):
    slab = build_slab(perovskite("CsPbI3"), termination="PbI2", layers=3)
    slab.pbc = True
    write(tmp_path / "x.vasp", slab)
    with pytest.raises(InputError, match=r"empty over 10\.\d A .* third .* slab_file"):
        read_crystal(tmp_path / "x.vasp")


def test_charges_must_cancel():
    cell = perovskite("CsPbI3")
    assert charge_fault(cell) == ""
    del cell[int((cell.symbols == "I").nonzero()[0][0])]
    fault = charge_fault(cell)
    assert "the charges of CsPbI2 do not cancel" in fault
    assert all(words in fault for words in ("Cs +1", "Pb +2", "I -1"))
    big = perovskite("CsPbI3").repeat((2, 2, 2))
    del big[int((big.symbols == "I").nonzero()[0][0])]
    assert charge_fault(big) == ""  # a vacancy in a large cell


def test_tetravalent_tin_is_possible():
    # Vacancy-ordered Cs2SnI6, antifluorite: a = 11.65 A, x = 0.245.
    from ase.spacegroup import crystal

    atoms = crystal(["Cs", "Sn", "I"], [(0.25, 0.25, 0.25), (0, 0, 0), (0.245, 0, 0)],
                    spacegroup=225, cellpar=[11.65] * 3 + [90] * 3)  # fmt: skip
    assert crystal_fault(Atoms(atoms)) == ""


@pytest.mark.parametrize(
    ("symbols", "distance_A", "possible"),
    [("PbI", 2.0, False), ("CsI", 2.5, False), ("II", 2.70, True), ("II", 2.2, False),
     ("PbI", 2.9, True), ("CsI", 3.4, True), ("HH", 0.5, False)],
)  # fmt: skip
def test_shortest_distances(symbols, distance_A, possible):
    from slabs.crystals.chemistry import distance_fault

    pair = Atoms(symbols, positions=[[0, 0, 0], [distance_A, 0, 0]], cell=[9, 9, 9], pbc=True)
    assert (distance_fault(pair) == "") == possible
