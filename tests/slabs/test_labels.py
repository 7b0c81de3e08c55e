"""Names of atoms in files: atomic numbers, labels, capitals, columns."""

import re

import pytest
from ase.build import molecule
from rdkit import Chem

from slabs.crystals.perovskite import perovskite, read_crystal
from slabs.errors import InputError
from slabs.labels import element_of
from slabs.ligands.molecule_files import read_molecule

AMINE = molecule("CH3CH2NH2")


def write_xyz(file, labels):
    rows = zip(labels, AMINE.positions, strict=True)
    lines = [f"{label} {x:.5f} {y:.5f} {z:.5f}" for label, (x, y, z) in rows]
    file.write_text("\n".join([str(len(AMINE)), "", *lines]) + "\n")


@pytest.mark.parametrize(
    "label",
    [
        lambda n, s: AMINE.numbers[n],
        lambda n, s: f"{s}{n}",
        lambda n, s: s.lower(),
        lambda n, s: "D" if s == "H" else s,
        lambda n, s: s,
    ],
    ids=["numbers", "labels", "lower case", "deuterium", "elements"],
)
def test_xyz_labels_are_elements(tmp_path, label):
    write_xyz(tmp_path / "amine.xyz", [label(n, s) for n, s in enumerate(AMINE.symbols)])
    mol = read_molecule(tmp_path / "amine.xyz")
    assert Chem.MolToSmiles(Chem.RemoveHs(mol)) == "CCN"


@pytest.mark.parametrize(
    ("label", "element"),
    [("Pb2+", "Pb"), ("CS", "Cs"), ("cl3", "Cl"), ("CL1", "Cl"), ("I1-", "I"), ("53", "I"),
     ("Xx", None), ("0", None), ("1.5", None)],
)  # fmt: skip
def test_labels(label, element):
    assert element_of(label) == element


def test_label_of_two_meanings_is_refused(tmp_path):
    labels = list(AMINE.symbols)
    labels[labels.index("C")] = "CA1"
    write_xyz(tmp_path / "amine.xyz", labels)
    with pytest.raises(InputError, match="'CA1' may be Ca or C"):
        read_molecule(tmp_path / "amine.xyz")


POSCAR = """x
1.0
6.29 0 0
0 6.29 0
0 0 6.29
{symbols}
1 1 3
Direct
0.5 0.5 0.5
0 0 0
0.5 0 0
0 0.5 0
0 0 0.5
"""


@pytest.mark.parametrize("symbols", ["CS PB I", "cs pb i", "Cs_sv Pb_d I", "Cs Pb I"])
def test_symbols_of_a_poscar_in_any_case(tmp_path, symbols):
    (tmp_path / "POSCAR").write_text(POSCAR.format(symbols=symbols))
    crystal = read_crystal(tmp_path / "POSCAR")
    assert crystal.symbols.formula.count() == {"Cs": 1, "Pb": 1, "I": 3}


def test_poscar_of_vasp_4_takes_its_title(tmp_path):
    lines = POSCAR.format(symbols="").split("\n")
    del lines[5]
    (tmp_path / "POSCAR").write_text("\n".join(["CS PB I", *lines[1:]]))
    crystal = read_crystal(tmp_path / "POSCAR")
    assert crystal.symbols.formula.count() == {"Cs": 1, "Pb": 1, "I": 3}
    (tmp_path / "POSCAR").write_text("\n".join(["my crystal", *lines[1:]]))
    with pytest.raises(InputError, match="names no elements"):
        read_crystal(tmp_path / "POSCAR")


def test_symbols_of_a_cif_in_capitals(tmp_path):
    perovskite("CsPbI3").write(tmp_path / "x.cif")
    text = (tmp_path / "x.cif").read_text()
    changed = re.sub(r"(?m)^(\s+)(Cs|Pb)(\s)", lambda m: m[1] + m[2].upper() + m[3], text)
    assert changed != text
    (tmp_path / "x.cif").write_text(changed)
    crystal = read_crystal(tmp_path / "x.cif")
    assert crystal.symbols.formula.count() == {"Cs": 1, "Pb": 1, "I": 3}


def pdb_line(number, name, place):
    x, y, z = place
    return f"HETATM{number:5d} {name} LIG A   1    {x:8.3f}{y:8.3f}{z:8.3f}  1.00  0.00"


@pytest.mark.parametrize(
    ("names", "smiles"),
    [
        ([" CA ", " CB ", " N1 ", *[f" H{n} " for n in range(7)]], "CCN"),
        ([" C1 ", " C2 ", " NE ", "HN11", "HN12", *[f" H{n} " for n in range(5)]], "CCN"),
    ],
)
def test_pdb_without_element_column(tmp_path, names, smiles):
    order = {"C": [], "N": [], "H": []}
    for n, symbol in enumerate(AMINE.symbols):
        order[symbol].append(n)
    lines = []
    for number, name in enumerate(names, start=1):
        index = order[name.strip()[0]].pop(0)
        lines.append(pdb_line(number, name, AMINE.positions[index]))
    (tmp_path / "amine.pdb").write_text("\n".join([*lines, "END"]) + "\n")
    mol = read_molecule(tmp_path / "amine.pdb")
    assert Chem.MolToSmiles(Chem.RemoveHs(mol)) == smiles


def test_two_letter_elements_of_a_pdb(tmp_path):
    text = "\n".join([pdb_line(1, "CL1 ", (0, 0, 0)), pdb_line(2, " CL2", (1.99, 0, 0)), "END"])
    (tmp_path / "chlorine.pdb").write_text(text + "\n")
    assert Chem.MolToSmiles(read_molecule(tmp_path / "chlorine.pdb")) == "ClCl"


def test_molecule_cut_by_its_cell_is_put_together(tmp_path):
    cut = AMINE.copy()
    cut.set_cell([8, 8, 8])
    cut.pbc = True
    cut.center()
    cut.positions += 4.0
    cut.wrap()
    cut.write(tmp_path / "cut.vasp")
    mol = read_molecule(tmp_path / "cut.vasp")
    assert Chem.MolToSmiles(Chem.RemoveHs(mol)) == "CCN"
    positions = mol.GetConformer().GetPositions()
    assert abs(positions - positions.mean(axis=0)).max() < 3.0


def test_polymer_is_no_molecule(tmp_path):
    from ase import Atoms

    chain = Atoms(
        "C2H4",
        positions=[[0, 5, 5], [1.25, 5.4, 5], [0, 4.4, 5.9], [0, 4.4, 4.1], [1.25, 6, 5.9],
                   [1.25, 6, 4.1]],
        cell=[2.5, 10, 10],
        pbc=True,
    )  # fmt: skip
    chain.write(tmp_path / "chain.vasp")
    with pytest.raises(InputError, match="bonded to its own periodic images"):
        read_molecule(tmp_path / "chain.vasp")
