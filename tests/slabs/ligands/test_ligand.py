"""Ligands: composition, anchors, charge states, conformers, files, truncation, ion pairs."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.data import vdw_radii
from ase.io import write
from rdkit import Chem
from rdkit.Chem.rdDepictor import Compute2DCoords
from scipy.spatial.transform import Rotation

from slabs.errors import InputError
from slabs.ligands.catalogue import BINDINGS, CATALOGUE
from slabs.ligands.ligand import conjugate_acid, covalent_bonds, in_box, ion_pair, make_ligand
from slabs.structure import electron_parity

# Counted by hand: name, state, formula, charge, elements of the anchors, binding.
# The first line of each name is its default state.
TABLE = [
    ("OAm", "neutral", "C18H37N", 0, "N", "L"),
    ("OAm", "cation", "C18H38N", 1, "N", "A"),
    ("OA", "neutral", "C18H34O2", 0, "O", "L"),
    ("OA", "anion", "C18H33O2", -1, "OO", "X"),
    ("GA", "cation", "CH6N3", 1, "C", "A"),
    ("GA", "neutral", "CH5N3", 0, "N", "L"),
    ("FA", "cation", "CH5N2", 1, "C", "A"),
    ("MA", "cation", "CH6N", 1, "N", "A"),
    ("MA", "neutral", "CH5N", 0, "N", "L"),
    ("EA", "cation", "C2H8N", 1, "N", "A"),
    ("EA", "neutral", "C2H7N", 0, "N", "L"),
    ("DMA", "cation", "C2H8N", 1, "N", "A"),
    ("BA", "neutral", "C4H11N", 0, "N", "L"),
    ("BA", "cation", "C4H12N", 1, "N", "A"),
    ("OcAm", "neutral", "C8H19N", 0, "N", "L"),
    ("OcAm", "cation", "C8H20N", 1, "N", "A"),
    ("DDA", "neutral", "C12H27N", 0, "N", "L"),
    ("DDA", "cation", "C12H28N", 1, "N", "A"),
    ("BzA", "neutral", "C7H9N", 0, "N", "L"),
    ("BzA", "cation", "C7H10N", 1, "N", "A"),
    ("PEA", "neutral", "C8H11N", 0, "N", "L"),
    ("PEA", "cation", "C8H12N", 1, "N", "A"),
    ("FPEA", "neutral", "C8H10FN", 0, "N", "L"),
    ("FPEA", "cation", "C8H11FN", 1, "N", "A"),
    ("R-MBA", "neutral", "C8H11N", 0, "N", "L"),
    ("R-MBA", "cation", "C8H12N", 1, "N", "A"),
    ("S-MBA", "neutral", "C8H11N", 0, "N", "L"),
    ("S-MBA", "cation", "C8H12N", 1, "N", "A"),
    ("Py", "neutral", "C5H5N", 0, "N", "L"),
    ("CTA", "cation", "C19H42N", 1, "N", "A"),
    ("DDDMA", "cation", "C26H56N", 1, "N", "A"),
    ("TOA", "cation", "C32H68N", 1, "N", "A"),
    ("AcOH", "neutral", "C2H4O2", 0, "O", "L"),
    ("AcOH", "anion", "C2H3O2", -1, "OO", "X"),
    ("TFA", "neutral", "C2HF3O2", 0, "O", "L"),
    ("TFA", "anion", "C2F3O2", -1, "OO", "X"),
    ("BuA", "neutral", "C4H8O2", 0, "O", "L"),
    ("BuA", "anion", "C4H7O2", -1, "OO", "X"),
    ("OctA", "neutral", "C8H16O2", 0, "O", "L"),
    ("OctA", "anion", "C8H15O2", -1, "OO", "X"),
    ("BzOH", "neutral", "C7H6O2", 0, "O", "L"),
    ("BzOH", "anion", "C7H5O2", -1, "OO", "X"),
    ("OPA", "neutral", "C8H19O3P", 0, "O", "L"),
    ("OPA", "anion", "C8H18O3P", -1, "OO", "X"),
    ("TDPA", "neutral", "C14H31O3P", 0, "O", "L"),
    ("TDPA", "anion", "C14H30O3P", -1, "OO", "X"),
    ("DBSA", "neutral", "C18H30O3S", 0, "O", "L"),
    ("DBSA", "anion", "C18H29O3S", -1, "OO", "X"),
    ("TOP", "neutral", "C24H51P", 0, "P", "L"),
    ("TOPO", "neutral", "C24H51OP", 0, "O", "L"),
    ("OcSH", "neutral", "C8H18S", 0, "S", "L"),
    ("OcSH", "anion", "C8H17S", -1, "S", "X"),
    ("DDT", "neutral", "C12H26S", 0, "S", "L"),
    ("DDT", "anion", "C12H25S", -1, "S", "X"),
    ("SB", "zwitterion", "C23H49NO3S", 0, "O", "L"),
    ("AVA", "neutral", "C5H11NO2", 0, "O", "L"),
    ("AVA", "zwitterion", "C5H11NO2", 0, "OO", "L"),
    ("AVA", "cation", "C5H12NO2", 1, "N", "A"),
]
CATIONS = [(name, state) for name, state, _, charge, *_ in TABLE if charge == 1]
ANIONS = [(name, state) for name, state, _, charge, *_ in TABLE if charge == -1]


def neighbours(atoms, index):
    bonds = covalent_bonds(atoms)
    return [int(b if a == index else a) for a, b in bonds if index in (a, b)]


def dihedral_of_double_bond(atoms, positions):
    """Torsion of the only C=C bond between its two chains, 0 to 180 degrees."""
    atoms = Atoms(atoms.numbers, positions=positions)
    carbons = set(np.flatnonzero(atoms.numbers == 6).tolist())
    bonds = [tuple(bond) for bond in covalent_bonds(atoms).tolist() if set(bond) <= carbons]
    short = [bond for bond in bonds if atoms.get_distance(*bond) < 1.40]
    assert len(short) == 1
    i, j = short[0]
    before = next(n for n in neighbours(atoms, i) if n in carbons - {j})
    after = next(n for n in neighbours(atoms, j) if n in carbons - {i})
    angle = atoms.get_dihedral(before, i, j, after)
    return min(angle, 360 - angle)


def heavy_distance_A(atoms, first, second):
    """Root-mean-square distance of the heavy atoms after superposition."""
    heavy = atoms.numbers > 1
    a, b = (p[heavy] - p[heavy].mean(axis=0) for p in (first, second))
    _, root_sum_square = Rotation.align_vectors(a, b)
    return root_sum_square / np.sqrt(heavy.sum())


def test_table_is_the_catalogue():
    assert [(name, state) for name, state, *_ in TABLE] == [
        (name, state) for name, entry in CATALOGUE.items() for state in entry.states
    ]
    assert len(CATALOGUE) >= 20


@pytest.mark.parametrize("name", ["pyridine", "Pyridine ", "PY"])
def test_a_name_that_the_catalogue_shortens_is_answered_with_its_entry(name):
    with pytest.raises(InputError, match=r"not in the catalogue, where pyridine is 'Py'; allowed"):
        make_ligand(name)
    with pytest.raises(InputError, match="'pyrrole' is not in the catalogue; allowed"):
        make_ligand("pyrrole")


@pytest.mark.parametrize("row", TABLE, ids=lambda row: "-".join(row[:2]))
def test_catalogue(row):
    name, state, hill, charge, anchors, binding = row
    ligand = make_ligand(name, state=state, charge=charge)
    assert ligand.atoms.get_chemical_formula() == hill
    assert ligand.charge == charge
    assert "".join(ligand.atoms.symbols[n] for n in ligand.anchors) == anchors
    assert ligand.binding == binding
    assert ligand.binding in BINDINGS
    assert ligand.partial_charges_e.sum() == pytest.approx(charge, abs=1e-9)
    assert electron_parity(ligand.atoms, charge) == 0
    distances = ligand.atoms.get_all_distances()
    assert distances[np.triu_indices(len(ligand.atoms), k=1)].min() > 0.95


def test_default_state_is_the_first():
    assert make_ligand("MA").charge == 1
    assert make_ligand("OAm").charge == 0
    assert make_ligand("GA").orientation == make_ligand("FA").orientation == "flat"


def test_carbonyl_oxygen_binds_in_the_acid_and_both_oxygens_in_the_anion():
    acid, anion = make_ligand("OA"), make_ligand("OA", state="anion")
    assert [acid.atoms.symbols[n] for n in neighbours(acid.atoms, acid.anchors[0])] == ["C"]
    first, second = (neighbours(anion.atoms, n) for n in anion.anchors)
    assert first == second
    charges = anion.partial_charges_e[list(anion.anchors)]
    assert charges[0] == pytest.approx(charges[1])
    assert (charges < -0.4).all()


def test_map_numbers_give_the_order_of_the_anchors():
    plain = make_ligand(smiles="OCCN", anchor_smarts="OCCN")
    mapped = make_ligand(smiles="OCCN", anchor_smarts="[O:7]CC[N:2]")
    assert [plain.atoms.symbols[n] for n in plain.anchors] == ["O"]
    # The two are three bonds apart, so that only the first is put on a site.
    assert [mapped.atoms.symbols[n] for n in mapped.anchors] == ["N"]
    assert mapped.orientation == "any"
    acid = make_ligand(smiles="CC(=O)[O-]", anchor_smarts="[O-:2]-C=[O:1]")
    charges = [acid.graph.GetAtomWithIdx(n).GetFormalCharge() for n in acid.anchors]
    assert charges == [0, -1]


@pytest.mark.parametrize(
    ("smiles", "pattern", "binding"),
    [("CN", "N", "L"), ("C[NH3+]", "[N+]", "A"), ("[I-]", "I", "X")],
)
def test_binding_follows_the_charge(smiles, pattern, binding):
    assert make_ligand(smiles=smiles, anchor_smarts=pattern).binding == binding
    assert make_ligand(smiles=smiles, anchor_smarts=pattern, binding="L").binding == "L"


def test_enantiomers_are_mirror_images():
    for name, hand in (("R-MBA", "R"), ("S-MBA", "S")):
        graph = Chem.Mol(make_ligand(name).graph)
        Chem.AssignStereochemistryFrom3D(graph)
        assert [label for _, label in Chem.FindMolChiralCenters(graph)] == [hand]


def test_elements_without_gasteiger_parameters_keep_their_formal_charge():
    ligand = make_ligand(smiles="C[Se-]", anchor_smarts="[Se-]")
    assert ligand.partial_charges_e.tolist() == [0.0, -1.0, 0.0, 0.0, 0.0]


def test_guanidinium_is_planar():
    positions = make_ligand("GA").atoms.positions
    assert np.linalg.svd(positions - positions.mean(axis=0))[1][2] < 0.5


def test_chain_is_stretched():
    carbons = make_ligand("DDA", state="cation").atoms.positions[:12]
    # eleven bonds of 1.53 A whose projections on the chain are 1.53 sin(56.5 deg)
    assert np.linalg.norm(carbons[0] - carbons[-1]) == pytest.approx(14.1, abs=0.2)


def test_same_seed_same_conformers():
    one, two = (make_ligand("OAm", truncate_to_carbons=8, conformers=5) for _ in range(2))
    assert (one.conformers == two.conformers).all()
    assert (one.conformer_energies_eV == two.conformer_energies_eV).all()
    assert make_ligand("OAm").atoms == make_ligand("OAm").atoms
    other = make_ligand("OAm", truncate_to_carbons=8, conformers=5, seed=7)
    assert not np.allclose(other.conformers[0], one.conformers[0])


@pytest.mark.parametrize(("name", "state", "rotamers"), [("OAm", None, 3), ("OA", "anion", 1)])
def test_conformers_differ_and_stay_cis(name, state, rotamers):
    ligand = make_ligand(name, state=state, conformers=6)
    assert ligand.conformers.shape == (6 * rotamers, len(ligand.atoms), 3)
    assert (ligand.conformers[0] == ligand.atoms.positions).all()
    assert (ligand.conformers[0] == make_ligand(name, state=state).atoms.positions).all()
    energies = ligand.conformer_energies_eV
    assert energies.min() == 0.0
    assert (np.diff(energies[rotamers::rotamers]) >= 0).all()
    assert energies.max() < 1.0
    for n, positions in enumerate(ligand.conformers):
        assert dihedral_of_double_bond(ligand.atoms, positions) < 20.0
        for m, other in enumerate(ligand.conformers[:n]):
            distance = heavy_distance_A(ligand.atoms, positions, other)
            assert (distance > 0.5) == (n // rotamers != m // rotamers)


def test_conformers_keep_a_double_bond_that_the_smiles_leaves_open():
    ligand = make_ligand(smiles="CCCC=CCCC", anchor_smarts="C", conformers=8)
    angles = [dihedral_of_double_bond(ligand.atoms, p) for p in ligand.conformers]
    assert len(angles) > 3
    assert np.ptp(angles) < 30.0


def test_rigid_ligands_have_one_conformer():
    for name in ("GA", "Py", "AcOH"):
        ligand = make_ligand(name, conformers=5)
        assert ligand.conformers.shape == (1, len(ligand.atoms), 3)
        assert ligand.conformer_energies_eV.tolist() == [0.0]


@pytest.mark.parametrize(
    ("name", "state", "carbons", "smiles"),
    [
        ("OAm", None, 1, "CN"),
        ("OAm", None, 4, "CCCCN"),
        ("OAm", None, 9, "CCCCCCCCCN"),
        ("OAm", None, 12, r"CC/C=C\CCCCCCCCN"),
        ("OAm", "cation", 4, "CCCC[NH3+]"),
        ("OA", None, 1, "O=CO"),
        ("OA", None, 4, "CCCC(=O)O"),
        ("OA", "anion", 2, "CC(=O)[O-]"),
        ("TDPA", "anion", 1, "CP(=O)([O-])O"),
        ("DDDMA", None, 6, "CC[N+](C)(C)CC"),
        ("TOPO", None, 3, "CP(C)(C)=O"),
        ("DBSA", None, 6, "O=S(=O)(O)c1ccccc1"),
        ("SB", None, 6, "C[N+](C)(C)CCCS(=O)(=O)[O-]"),
    ],
)
def test_truncation_keeps_the_head_group(name, state, carbons, smiles):
    ligand = make_ligand(name, state=state, truncate_to_carbons=carbons)
    assert ligand.smiles == smiles
    assert ligand.charge == make_ligand(name, state=state).charge
    assert ligand.atoms.symbols.formula.count()["C"] == carbons


def test_note_says_what_was_cut():
    assert make_ligand("OAm").note == ""
    assert (
        make_ligand("OAm", truncate_to_carbons=1).note == "oleylamine (C18H37N) truncated to CH5N"
    )
    cation = make_ligand("OAm", state="cation", truncate_to_carbons=1)
    assert cation.note == "oleylamine (C18H38N+) truncated to CH6N+"


@pytest.mark.parametrize(
    ("name", "state"), [("OAm", None), ("OA", "anion"), ("GA", None), ("SB", None), ("TOPO", None)]
)
def test_positions_file_round_trip(tmp_path, name, state):
    known = make_ligand(name, state=state)
    order = np.random.default_rng(1).permutation(len(known.atoms))
    atoms = known.atoms[order]
    file = tmp_path / "molecule.xyz"
    write(file, atoms, format="xyz", fmt="%.17g")
    pattern = next(s for s in CATALOGUE[name].states.values() if s.smiles == known.smiles)
    read = make_ligand(file=file, charge=known.charge, anchor_smarts=pattern.anchor_smarts)
    assert (read.atoms.numbers == atoms.numbers).all()
    assert (read.atoms.positions == atoms.positions).all()
    assert (read.conformers[0] == atoms.positions).all()
    # which of the equivalent oxygen atoms of a sulfonate is charged is a matter of choice
    assert [atoms.symbols[n] for n in read.anchors] == [
        known.atoms.symbols[n] for n in known.anchors
    ]
    assert [{int(order[m]) for m in neighbours(atoms, n)} for n in read.anchors] == [
        set(neighbours(known.atoms, n)) for n in known.anchors
    ]
    assert read.smiles == Chem.CanonSmiles(known.smiles)
    assert read.charge == known.charge
    assert read.note == ""


@pytest.mark.parametrize(("ending", "charge"), [("sdf", None), ("sdf", 1), ("mol", None)])
def test_file_with_bonds_round_trip(tmp_path, ending, charge):
    known = make_ligand("BA", state="cation")
    file = tmp_path / f"molecule.{ending}"
    Chem.MolToMolFile(known.graph, str(file))
    read = make_ligand(file=file, charge=charge, anchor_smarts="[N+]", conformers=3)
    assert read.charge == 1
    assert read.binding == "A"
    assert read.smiles == "CCCC[NH3+]"
    assert read.atoms.positions == pytest.approx(known.atoms.positions, abs=1e-4)
    assert (read.conformers[0] == read.atoms.positions).all()
    assert len(read.conformers) == 3


def test_conformers_and_truncation_of_a_file(tmp_path):
    file = tmp_path / "oleyl.xyz"
    write(file, in_box(make_ligand("OAm").atoms, 8.0))
    read = make_ligand(file=file, anchor_smarts="[NX3]", conformers=3)
    assert not read.atoms.pbc.any()
    assert all(dihedral_of_double_bond(read.atoms, p) < 20.0 for p in read.conformers)
    short = make_ligand(file=file, anchor_smarts="[NX3]", truncate_to_carbons=2)
    assert short.smiles == "CCN"
    assert short.note == "oleyl.xyz (C18H37N) truncated to C2H7N, with a new geometry"


GARBAGE = {
    "empty": b"",
    "text": b"this is\nno structure\n",
    "binary": bytes(range(256)) * 8,
    "nan": b"2\n\nH nan 0 0\nH 0 0 0.74\n",
    "far": b"2\n\nH 1e300 0 0\nH 0 0 0.74\n",
    "on-top": b"2\n\nH 0 0 0\nH 0 0 0\n",
    "dummy": b"2\n\nX 0 0 0\nH 0 0 1\n",
    "cut-off": b"5\n\nH 0 0 0\nH 0 0 0.74\n",
    "two-molecules": b"4\n\nH 0 0 0\nH 0 0 0.74\nH 9 0 0\nH 9 0 0.74\n",
    "two-frames": b"2\n\nH 0 0 0\nH 0 0 0.74\n" * 2,
    "radical": b"2\n\nO 0 0 0\nH 0 0 0.97\n",
}


@pytest.mark.parametrize("ending", [".xyz", ".sdf", ".mol", ".cif", ".pdb", ".traj", ".vasp", ""])
@pytest.mark.parametrize("content", list(GARBAGE))
def test_garbage_files(tmp_path, content, ending):
    file = tmp_path / f"{content}{ending}"
    file.write_bytes(GARBAGE[content])
    with pytest.raises(InputError) as caught:
        make_ligand(file=file, anchor_smarts="[*]")
    assert caught.value.key == "file"
    assert file.name in caught.value.message


@pytest.mark.parametrize("ending", [".xyz", ".sdf", ".cif", ""])
def test_missing_files_and_folders(tmp_path, ending):
    folder = tmp_path / f"folder{ending}"
    folder.mkdir()
    for file in (folder, tmp_path / f"missing{ending}", Path(f"zero\0{ending}")):
        with pytest.raises(InputError, match="is not a file") as caught:
            make_ligand(file=file, anchor_smarts="[*]")
        assert caught.value.key == "file"


def test_files_that_are_no_single_molecule(tmp_path):
    wrapped = in_box(make_ligand("BA").atoms, 8.0)
    wrapped.positions += wrapped.cell.lengths() / 2
    wrapped.wrap()
    write(tmp_path / "wrapped.cif", wrapped)
    whole = make_ligand(file=tmp_path / "wrapped.cif", anchor_smarts="[NX3]")
    assert whole.smiles == "CCCCN"
    for atoms in (bulk("Si"), bulk("NaCl", "rocksalt", a=5.64)):
        write(tmp_path / "periodic.cif", atoms)
        with pytest.raises(InputError, match="bonded to its own periodic images"):
            make_ligand(file=tmp_path / "periodic.cif", anchor_smarts="[*]")
    write(tmp_path / "large.xyz", bulk("Cu", cubic=True).repeat(6))
    with pytest.raises(InputError, match="864 atoms; at most 500"):
        make_ligand(file=tmp_path / "large.xyz", anchor_smarts="[*]")
    block = Chem.MolToMolBlock(make_ligand("MA").graph)
    (tmp_path / "two.sdf").write_text(f"{block}$$$$\n{block}$$$$\n")
    with pytest.raises(InputError, match="more than one molecule"):
        make_ligand(file=tmp_path / "two.sdf", anchor_smarts="[*]")


@pytest.mark.parametrize(
    ("hydrogen", "words"), [(True, "is a flat drawing"), (False, "lacks hydrogen atoms")]
)
def test_drawings_are_refused(tmp_path, hydrogen, words):
    mol = Chem.MolFromSmiles("CCN")
    mol = Chem.AddHs(mol) if hydrogen else mol
    Compute2DCoords(mol)
    Chem.MolToMolFile(mol, str(tmp_path / "drawing.mol"))
    with pytest.raises(InputError, match=words):
        make_ligand(file=tmp_path / "drawing.mol", anchor_smarts="[N]")


def test_wrong_charge_of_a_file(tmp_path):
    cation = make_ligand("MA")
    write(tmp_path / "cation.xyz", cation.atoms)
    Chem.MolToMolFile(cation.graph, str(tmp_path / "cation.mol"))
    for charge in (None, 0, -1, 2):
        with pytest.raises(InputError, match="is this its charge") as caught:
            make_ligand(file=tmp_path / "cation.xyz", charge=charge, anchor_smarts="[N]")
        assert caught.value.key == "file"
    with pytest.raises(InputError, match="has the charge 1") as caught:
        make_ligand(file=tmp_path / "cation.mol", charge=0, anchor_smarts="[N]")
    assert caught.value.key == "charge"


@pytest.mark.parametrize(("name", "state"), ANIONS)
def test_conjugate_acid_is_the_neutral_state(name, state):
    acid, known = conjugate_acid(make_ligand(name, state=state)), make_ligand(name)
    assert acid.atoms == known.atoms
    assert acid.anchors == known.anchors
    assert acid.charge == 0
    assert acid.binding == "L"
    assert acid.note.startswith("neutral acid of")


def test_conjugate_acid_of_oleate():
    acid = conjugate_acid(make_ligand("OA", state="anion"))
    assert acid.atoms.get_chemical_formula() == "C18H34O2"
    oxygen = np.flatnonzero(acid.atoms.symbols == "O")
    hydrogen = np.flatnonzero(acid.atoms.symbols == "H")
    to_hydrogen = acid.atoms.get_all_distances()[np.ix_(oxygen, hydrogen)].min(axis=1)
    assert 0.9 < to_hydrogen.min() < 1.05
    assert to_hydrogen.max() > 1.5


def test_conjugate_acid_of_a_file(tmp_path):
    anion = make_ligand("AcOH", state="anion")
    write(tmp_path / "acetate.xyz", anion.atoms[::-1])
    read = make_ligand(
        file=tmp_path / "acetate.xyz", charge=-1, anchor_smarts="[OX1:1]=[CX3]-[O-:2]"
    )
    acid = conjugate_acid(read)
    assert acid.smiles == "CC(=O)O"
    assert [acid.atoms.symbols[n] for n in neighbours(acid.atoms, acid.anchors[0])] == ["C"]


@pytest.mark.parametrize(("name", "state"), [("OAm", None), ("GA", None), ("AVA", "zwitterion")])
def test_only_anions_have_a_conjugate_acid(name, state):
    with pytest.raises(InputError, match="only an anion of charge -1") as caught:
        conjugate_acid(make_ligand(name, state=state))
    assert caught.value.key == "charge"


def vdw_ratios(atoms):
    """Distances of the last atom to the others over the sums of van der Waals radii."""
    radii = np.nan_to_num(vdw_radii[atoms.numbers], nan=2.0)
    last = len(atoms) - 1
    return atoms.get_distances(last, range(last)) / (radii[:-1] + radii[-1])


@pytest.mark.parametrize(("name", "state"), CATIONS)
def test_halide_touches_the_head_of_a_cation(name, state):
    ligand = make_ligand(name, state=state)
    atoms = ligand.atoms
    bonding = [
        n for n in np.flatnonzero(atoms.numbers == 1) if atoms.numbers[neighbours(atoms, n)[0]] == 7
    ]
    free = sorted(set(range(len(atoms))) - {*ligand.anchors, *bonding})
    for halide in ("F", "Cl", "Br", "I"):
        pair = ion_pair(ligand, halide)
        assert pair.symbols[-1] == halide
        assert electron_parity(pair, 0) == 0
        assert vdw_ratios(pair)[free].min() > 0.75
        assert all(pair.get_distance(n, -1) > 1.4 for n in bonding)
        assert 2.5 < pair.get_distance(ligand.anchors[0], -1) < 4.5


@pytest.mark.parametrize(("name", "state"), ANIONS)
def test_alkali_ion_sits_beside_the_anchors(name, state):
    ligand = make_ligand(name, state=state)
    free = [n for n in range(len(ligand.atoms)) if n not in ligand.anchors]
    for alkali in ("Li", "Na", "K", "Rb", "Cs"):
        pair = ion_pair(ligand, alkali)
        assert pair.symbols[-1] == alkali
        assert electron_parity(pair, 0) == 0
        distances = pair.get_distances(len(pair) - 1, range(len(pair) - 1))
        touching = distances[list(ligand.anchors)]
        assert np.ptp(touching) < 1e-6
        assert 2.0 < touching[0] < 3.7
        assert touching.min() == pytest.approx(distances.min())
        assert vdw_ratios(pair)[free].min() > 0.75


def test_proton_makes_the_acid_and_comes_last():
    pair = ion_pair(make_ligand("OPA", state="anion"), "H")
    assert pair.get_chemical_formula() == "C8H19O3P"
    near = neighbours(pair, len(pair) - 1)
    assert [pair.symbols[n] for n in near] == ["O"]
    assert 0.9 < pair.get_distance(near[0], -1) < 1.05


def test_iodide_lies_between_two_amino_groups():
    atoms = ion_pair(make_ligand("GA"), "I")
    assert atoms.get_chemical_formula() == "CH6IN3"
    # H...I is 0.75 times the van der Waals radii, 1.20 and 1.98 A.
    assert np.sort(atoms.get_distances(-1, range(10)))[:2] == pytest.approx([2.39] * 2, abs=0.02)
    assert atoms.get_distance(1, -1) == pytest.approx(3.76, abs=0.02)
    to_hydrogen = sorted(atoms.get_distances(len(atoms) - 1, np.flatnonzero(atoms.numbers == 1)))
    assert to_hydrogen[1] < 2.9 < to_hydrogen[2]


def test_halide_is_on_the_side_of_the_short_arms():
    ligand = make_ligand("DDDMA")
    pair = ion_pair(ligand, "Br")
    near = neighbours(ligand.atoms, ligand.anchors[0])
    methyl = [n for n in near if sum(ligand.atoms.numbers[neighbours(ligand.atoms, n)] == 1) == 3]
    to_arm = {n: pair.get_distance(n, -1) for n in near}
    assert len(methyl) == 2
    assert max(to_arm[n] for n in methyl) < min(to_arm[n] for n in near if n not in methyl) + 0.5


@pytest.mark.parametrize(
    ("name", "state", "counter_ion"),
    [
        ("GA", None, "Cs"),
        ("GA", None, "H"),
        ("OA", "anion", "I"),
        ("OA", None, "Cs"),
        ("SB", None, "I"),
        ("GA", None, "Q"),
    ],
)
def test_counter_ion_that_does_not_neutralise(name, state, counter_ion):
    with pytest.raises(InputError, match="does not neutralise") as caught:
        ion_pair(make_ligand(name, state=state), counter_ion)
    assert caught.value.key == "counter_ion"


def test_box_keeps_the_shape_and_the_vacuum():
    atoms = make_ligand("OA").atoms
    boxed = in_box(atoms, 7.0)
    assert boxed.get_all_distances() == pytest.approx(atoms.get_all_distances())
    assert (boxed.cell.lengths() - np.ptp(boxed.positions, axis=0) >= 7.0 - 1e-9).all()


@pytest.mark.parametrize(
    ("arguments", "key", "words"),
    [
        ({}, "molecule", "exactly one"),
        ({"molecule": "OAm", "smiles": "CN"}, "molecule", "exactly one"),
        ({"molecule": "XYZ"}, "molecule", "allowed: OAm, OA, GA"),
        ({"molecule": "OAm", "state": "anion"}, "state", "allowed: neutral, cation"),
        ({"smiles": "CN", "anchor_smarts": "N", "state": "neutral"}, "state", "catalogue"),
        ({"smiles": "C1CC", "anchor_smarts": "C"}, "smiles", "is not a SMILES"),
        ({"smiles": "", "anchor_smarts": "C"}, "smiles", "is not a SMILES"),
        ({"smiles": "CN amine", "anchor_smarts": "C"}, "smiles", "is not a SMILES"),
        ({"smiles": "C.N", "anchor_smarts": "C"}, "smiles", "more than one molecule"),
        ({"smiles": "*C", "anchor_smarts": "C"}, "smiles", "without an element"),
        ({"smiles": "C1#CC1", "anchor_smarts": "C"}, "smiles", "no three-dimensional shape"),
        ({"smiles": "C" * 167, "anchor_smarts": "C"}, "smiles", "503 atoms; at most 500"),
        ({"smiles": "CN"}, "anchor_smarts", "needs anchor_smarts"),
        ({"file": Path("molecule.xyz")}, "anchor_smarts", "needs anchor_smarts"),
        ({"smiles": "CN", "anchor_smarts": "O"}, "anchor_smarts", "matches the anchor"),
        ({"smiles": "c1ccncc1", "anchor_smarts": "N"}, "anchor_smarts", "'n' does"),
        ({"smiles": "CN", "anchor_smarts": "n"}, "anchor_smarts", "'N' does"),
        ({"smiles": "CN", "anchor_smarts": "[["}, "anchor_smarts", "is not a SMARTS"),
        ({"molecule": "OAm", "charge": 1}, "charge", "has the charge 0"),
        ({"smiles": "C[NH3+]", "anchor_smarts": "N", "charge": 0}, "charge", "has the charge 1"),
        ({"molecule": "OAm", "binding": "Z"}, "binding", "allowed: L, X, A"),
        ({"molecule": "GA", "orientation": "up"}, "orientation", "allowed: upright, flat"),
        ({"molecule": "GA", "conformers": 0}, "conformers", "allowed: 1 to 200"),
        ({"molecule": "GA", "seed": -1}, "seed", "allowed: 1 to"),
        (
            {"smiles": "I[Pb]I", "anchor_smarts": "I", "conformers": 2},
            "conformers",
            "neither MMFF94",
        ),
        ({"molecule": "OAm", "truncate_to_carbons": 18}, "truncate_to_carbons", "does not shorten"),
        ({"molecule": "OAm", "truncate_to_carbons": 0}, "truncate_to_carbons", "does not shorten"),
        ({"molecule": "DDDMA", "truncate_to_carbons": 5}, "truncate_to_carbons", "leaves 6"),
        ({"molecule": "PEA", "truncate_to_carbons": 3}, "truncate_to_carbons", "through a ring"),
        ({"molecule": "SB", "truncate_to_carbons": 2}, "truncate_to_carbons", "another charge"),
    ],
)
def test_bad_ligands(arguments, key, words):
    with pytest.raises(InputError, match=words) as caught:
        make_ligand(**arguments)
    assert caught.value.key == key
