"""Shapes fit the bonds of their molecules and do not depend on the spelling of a SMILES."""

import numpy as np
import pytest
from ase import Atoms
from rdkit import Chem
from rdkit.Chem import rdDetermineBonds
from scipy.spatial.distance import pdist

from slabs.errors import InputError
from slabs.ligands.catalogue import CATALOGUE
from slabs.ligands.ligand import covalent_bonds, ion_pair, make_ligand, make_molecule
from slabs.ligands.molecules import split_salt
from slabs.ligands.shapes import shape_fault

# Molecules whose force-field shapes have atoms on each other or bonds of many angstrom.
RUINED = [
    "FS(F)(F)(F)(F)c1ccccc1",
    "NCCc1ccc(S(F)(F)(F)(F)F)cc1",
    "FP(F)(F)(F)F",
    "F[P-](F)(F)(F)(F)F",
    "FS(F)(F)(F)(F)F",
    "FI(F)(F)(F)F",
    "c1ccc(cc1)B(c1ccccc1)c1ccccc1",
    "c1ccc(cc1)[B-](c1ccccc1)(c1ccccc1)c1ccccc1",
    "CC(=O)O[Pb]OC(C)=O",
    "CC(=O)O[Cd]OC(C)=O",
    "CC(=O)O[Zn]OC(C)=O",
    "CS(C)=[O+][Pb-](I)I",
]
USUAL = [
    "FF", "ClCl", "II", "O=O", "N#N", "[H][H]", "OO", "NN", "C#N", "[C-]#[O+]", "O=S(=O)=O",
    "OB(O)c1ccccc1", "c1ccsc1", "CCCC[n+]1ccn(C)c1", "C1CCNCC1", "CC(C)(C)N",
    "C[N+](C)(C)CC(=O)[O-]", "N#C[S-]", "O=C[O-]", "F[B-](F)(F)F", "C[Si](C)(C)O", "CP(C)(C)=O",
    "CS(C)=O", "CN(C)C=O", "SCCN", "BrCCN", "C1CC1N", "FC(F)(F)C(F)(F)C(F)(F)CCN",
    "CC(=O)CC(C)=O", "c1ccc(cc1)P(c1ccccc1)c1ccccc1", "[NH3+]CC[NH3+]", "[O-]C(=O)C(=O)[O-]",
    "C12CC(C1)C2", "c1ccc2ccccc2c1CN",
]  # fmt: skip


def connected(atoms, metal):
    """Bonds that RDKit finds from the positions alone."""
    mol = Chem.RWMol()
    for number in atoms.numbers:
        atom = Chem.Atom(int(number))
        atom.SetNoImplicit(True)
        mol.AddAtom(atom)
    conformer = Chem.Conformer(len(atoms))
    conformer.SetPositions(atoms.positions)
    mol.AddConformer(conformer)
    rdDetermineBonds.DetermineConnectivity(mol, covFactor=1.4 if metal else 1.3)
    return {tuple(sorted((b.GetBeginAtomIdx(), b.GetEndAtomIdx()))) for b in mol.GetBonds()}


@pytest.mark.parametrize("smiles", RUINED + USUAL)
def test_positions_alone_give_back_the_bonds(smiles):
    ligand = make_ligand(smiles=smiles, anchor_smarts="*")
    wanted = {
        tuple(sorted((b.GetBeginAtomIdx(), b.GetEndAtomIdx()))) for b in ligand.graph.GetBonds()
    }
    assert {tuple(pair) for pair in covalent_bonds(ligand.atoms).tolist()} == wanted
    if smiles not in ("FF", "FI(F)(F)(F)F", "C12CC(C1)C2"):  # radii of RDKit are too small or large
        assert connected(ligand.atoms, "Pb" in smiles or "Cd" in smiles) == wanted


@pytest.mark.parametrize("smiles", ["FF", *CATALOGUE])
def test_bond_limits_hold_for_the_catalogue(smiles):
    states = CATALOGUE[smiles].states if smiles in CATALOGUE else [None]
    for state in states:
        ligand = (
            make_ligand(smiles, state=state)
            if smiles in CATALOGUE
            else make_ligand(smiles=smiles, anchor_smarts="*")
        )
        assert len(covalent_bonds(ligand.atoms)) == ligand.graph.GetNumBonds()


def test_phosphorus_pentafluoride_is_a_trigonal_bipyramid():
    atoms = make_ligand(smiles="FP(F)(F)(F)F", anchor_smarts="P").atoms
    centre = int(np.flatnonzero(atoms.symbols == "P")[0])
    arms = np.delete(atoms.positions, centre, axis=0) - atoms.positions[centre]
    arms /= np.linalg.norm(arms, axis=1)[:, None]
    angles = np.sort(np.degrees(np.arccos((arms @ arms.T)[np.triu_indices(5, k=1)])))
    assert angles == pytest.approx([90] * 6 + [120] * 3 + [180], abs=8)


def test_sulfur_hexafluoride_is_an_octahedron():
    atoms = make_ligand(smiles="FS(F)(F)(F)(F)F", anchor_smarts="S").atoms
    fluorine = atoms.positions[atoms.symbols == "F"]
    distances = np.sort(pdist(fluorine)) / pdist(fluorine).max()
    assert distances == pytest.approx([np.sqrt(0.5)] * 12 + [1.0] * 3, abs=0.06)


def test_iodine_pentafluoride_leaves_room_for_its_lone_pair():
    atoms = make_ligand(smiles="FI(F)(F)(F)F", anchor_smarts="I").atoms
    centre = atoms.positions[atoms.symbols == "I"][0]
    arms = atoms.positions[atoms.symbols == "F"] - centre
    # In a square pyramid the bonds do not cancel; in a trigonal bipyramid they do.
    assert np.linalg.norm(arms.mean(axis=0)) > 0.25


def test_faults_are_named():
    ligand = make_ligand(smiles="CCO", anchor_smarts="O")
    assert shape_fault(ligand.graph, ligand.atoms.positions) == ""
    far = ligand.atoms.positions.copy()
    far[-1] += [4.0, 0.0, 0.0]
    assert "bond is" in shape_fault(ligand.graph, far)
    two = make_ligand(smiles="FC(F)(F)F", anchor_smarts="C")
    on = two.atoms.positions.copy()
    first, second = np.flatnonzero(two.atoms.symbols == "F")[:2]
    on[second] = on[first] + [0.3, 0.0, 0.0]
    assert "F and F, which are not bonded, are 0.30 A apart" in shape_fault(two.graph, on)


def test_mirror_image_is_another_stereoisomer():
    ligand = make_ligand("R-MBA")
    assert shape_fault(ligand.graph, ligand.atoms.positions) == ""
    assert "stereochemistry" in shape_fault(ligand.graph, ligand.atoms.positions * [-1, 1, 1])


@pytest.mark.parametrize(
    "spellings",
    [
        ["c1ccccc1CN", "NCc1ccccc1", "C(N)c1ccccc1"],
        ["CCCCN", "NCCCC", "C(N)CCC"],
        ["OC(=O)C", "CC(O)=O"],
        ["C[C@H](N)c1ccccc1", "N[C@@H](C)c1ccccc1", "c1ccc(cc1)[C@H](C)N"],
    ],
)
def test_spelling_of_a_smiles_makes_no_difference(spellings):
    found = [make_ligand(smiles=s, anchor_smarts="[N,O]", conformers=3) for s in spellings]
    for other in found[1:]:
        assert other.smiles == found[0].smiles
        assert (other.conformers == found[0].conformers).all()


@pytest.mark.parametrize("conformers", [1, 5])
def test_enantiomers_are_mirror_images(conformers):
    right = make_ligand("R-MBA", conformers=conformers)
    left = make_ligand("S-MBA", conformers=conformers)
    assert right.conformers.shape == left.conformers.shape
    assert right.conformers * [-1, 1, 1] == pytest.approx(left.conformers, abs=1e-9)
    # They are not the same: no rotation superposes them.
    a, b = right.atoms.positions, left.atoms.positions
    volume = [np.linalg.det(p[[1, 2, 3]] - p[0]) for p in (a, b)]
    assert volume[0] == pytest.approx(-volume[1])


def test_head_group_has_rotamers():
    # H-N-C-C of benzylamine: one lone pair anti to the ring, two gauche.
    amine = make_ligand("BzA", state="neutral")
    assert len(amine.conformers) == 3
    assert (amine.conformer_energies_eV < 0.3).all()
    assert amine.conformer_energies_eV.min() == 0.0
    heavy = amine.atoms.numbers > 1
    for other in amine.conformers[1:]:
        assert other[heavy] == pytest.approx(amine.conformers[0][heavy])
        assert np.abs(other - amine.conformers[0]).max() > 0.5


@pytest.mark.parametrize("name", ["MA", "Py", "TOP"])
def test_heads_that_cannot_turn_have_one_shape(name):
    assert len(make_ligand(name, state="neutral").conformers) == 1


def test_open_stereocentres_and_several_heads_are_said():
    assert (
        "1 stereocentre is not specified"
        in make_ligand(smiles="CC(N)c1ccccc1", anchor_smarts="[NX3]").note
    )
    assert "fits 2 places" in make_ligand(smiles="NCCNC", anchor_smarts="[NX3]").note
    assert make_ligand(smiles="NCCN", anchor_smarts="[NX3]").note == ""


def test_shapes_that_no_force_field_knows_are_said():
    note = make_ligand(smiles="CC(=O)O[Pb]OC(C)=O", anchor_smarts="[OX1]").note
    assert "distance geometry" in note


@pytest.mark.parametrize(
    ("smiles", "anchor", "ion", "contact_A"),
    [
        ("[NH3+]CC[NH3+]", "[NX4+:1]CC[NX4+:2]", "I", 3.5),
        ("[NH3+]CCC[NH3+]", "[NX4+]", "Br", 3.26),
        ("[O-]C(=O)CCC(=O)[O-]", "[OX1:1]=[CX3]-[O-:2]", "Cs", 3.19),
    ],
)
def test_two_counter_ions_sit_at_the_two_charged_groups(smiles, anchor, ion, contact_A):
    ligand = make_ligand(smiles=smiles, anchor_smarts=anchor)
    pair = ion_pair(ligand, ion)
    assert pair.symbols[-1] == pair.symbols[-2] == ion
    hetero = np.flatnonzero((pair.symbols == "N") | (pair.symbols == "O"))
    partners = [int(hetero[pair.get_distances(n, hetero).argmin()]) for n in (-1, -2)]
    assert partners[0] != partners[1]
    for n in (-1, -2):
        assert pair.get_distances(n, hetero).min() == pytest.approx(contact_A, abs=0.4)
    assert pair.get_distance(-1, -2) > 4.0


def test_dianion_takes_two_protons():
    acid = ion_pair(
        make_ligand(smiles="[O-]C(=O)CCC(=O)[O-]", anchor_smarts="[OX1:1]=[CX3]-[O-:2]"), "H"
    )
    assert acid.get_chemical_formula() == "C4H6O4"
    bonds = covalent_bonds(acid)
    assert sum("H" in acid.symbols[pair] and "O" in acid.symbols[pair] for pair in bonds) == 2


def test_salt_is_an_ion_pair():
    salt = make_molecule("CCCC[NH3+].[I-]")
    assert salt.get_chemical_formula() == "C4H12IN"
    nitrogen = int(np.flatnonzero(salt.symbols == "N")[0])
    iodine = int(np.flatnonzero(salt.symbols == "I")[0])
    assert salt.get_distance(nitrogen, iodine) == pytest.approx(3.5, abs=0.1)
    assert make_molecule("II").get_chemical_formula() == "I2"


@pytest.mark.parametrize(
    ("smiles", "parts", "symbols"),
    [
        ("[NH4+].[I-]", ("[NH4+]", "I"), "H4NI"),
        ("[Br-].[OH3+]", ("[OH3+]", "Br"), "H3OBr"),
    ],
)
def test_an_ion_of_one_heavy_atom_makes_a_salt_too(smiles, parts, symbols):
    assert split_salt(smiles) == parts
    assert sorted(make_molecule(smiles).symbols) == sorted(Atoms(symbols).symbols)


@pytest.mark.parametrize("smiles", ["CC.O", "CC[NH3+].[I-].[I-]", "CC[NH3+].[I-].[Br-].[Na+]"])
def test_mixtures_are_refused(smiles):
    with pytest.raises(InputError, match="more than one molecule"):
        make_molecule(smiles)
