"""Lists of ligands: what they become, and which row of a wrong one is named."""

import pytest

from workflows.planner import make_plan
from workflows.study.errors import StudyError
from workflows.study.file import load_study
from workflows.study.ligand_list import read_list

HEAD = "name,smiles,state,balance,counter_ion\n"
SURFACE = """
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [1, 1]
layers = 1
vacuum_A = 6.0
"""


@pytest.fixture
def listed(tmp_path):
    """Write a list; returns its path."""

    def write(text):
        file = tmp_path / "ligands.csv"
        file.write_text(text, encoding="utf-8")
        return file

    return write


def test_rows_become_ligands(listed):
    file = listed(
        "# small ones\nName, SMILES ,state,balance,counter_ion\n\n"
        "NH3,N,neutral,,\nMAI,C[NH3+].[I-],cation,,\nNH4I,[NH4+],cation,counter-ion,I\n"
    )
    assert read_list(file, "study") == {
        "NH3": {"smiles": "N", "anchor_smarts": "auto"},
        "MAI": {"smiles": "C[NH3+].[I-]", "anchor_smarts": "auto"},
        "NH4I": {
            "smiles": "[NH4+]", "balance": "counter-ion", "counter_ion": "I",
            "anchor_smarts": "auto",
        },
    }  # fmt: skip


def test_columns_may_be_those_of_a_ligand_of_the_study_file(listed):
    file = listed(
        "name,molecule,smiles,state,balance,conformers,anchor_smarts\nOAm,OAm,,neutral,,2,\n"
        'X,,OCCN,,,,"[OX2;H1,H2]"\n'
    )
    assert read_list(file, "study") == {
        "OAm": {"molecule": "OAm", "state": "neutral", "conformers": 2},
        "X": {"smiles": "OCCN", "anchor_smarts": "[OX2;H1,H2]"},
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD + "A,N,neutral,,\nB,C1CC,neutral,,\n", "line 3, column smiles: 'C1CC' is not a"),
        (HEAD + "1A,N,neutral,,\n", "line 2, column name: '1A' is not a name"),
        (HEAD + "A,N,,,\na,O,,,\n", "line 3, column name: 'a' is in use already"),
        (HEAD + "A,N,cation,,\n", "line 2, column state: 'cation' is not allowed: the SMILES has"),
        (HEAD + "A,C[NH3+],cation,,\n", "line 2, column balance: '' is not allowed: the"),
        (HEAD + "A,N,neutral,electron,\n", "line 2, column balance: 'electron' is not allowed"),
        (HEAD + "A,C[NH3+],,glue,\n", "line 2, column balance: 'glue' is not allowed: input"),
        (HEAD + "A,C.N,,,\n", "line 2, column smiles: 'C.N' is more than one molecule"),
        (HEAD + "A,N,,\n", "line 2 has 4 cells, the first line 5"),
        (HEAD + "A,[NH4+],,counter-ion,\n", "line 2: counter_ion goes with balance"),
        ("name,smiles,colour\nA,N,red\n", "line 1: 'colour' is not a column; allowed: name"),
        ("name,state\nA,neutral\n", "line 1: must name the columns, among them name and smiles"),
        ("name,smiles,name\nA,N,B\n", "line 1: two columns are called 'name'"),
        ("name,smiles,conformers\nA,N,many\n", "line 2, column conformers: 'many' is not allowed"),
        ("name,smiles,conformers\nA,N,0\n", "line 2, column conformers: 0 is not allowed"),
        (HEAD, "holds no ligand"),
        ("", "line 1: must name the columns"),
        (HEAD + "A,N\x1b,,,\n", "line 2 contains the character U\\+001B"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_refused_with_file_line_column_and_value(listed, text, words):
    with pytest.raises(StudyError, match=f"ligands.csv: {words}"):
        read_list(listed(text), "study")


def test_an_absent_list_is_named_with_its_key(write_study):
    file = write_study('[ligands]\nlist = "absent.csv"\n')
    with pytest.raises(StudyError, match=r"ligands.list: .*absent.csv cannot be read: No such"):
        load_study(file)
    file = write_study("[ligands]\nlist = 3\n")
    with pytest.raises(
        StudyError, match=r"ligands.list = 3 is not allowed: give the name of a CSV"
    ):
        load_study(file)


def test_a_listed_ligand_has_the_tasks_of_one_that_is_written_by_hand(write_study, listed):
    listed(HEAD + "NH3,N,neutral,,\n")
    reaction = '[[reactions]]\nname = "r"\nequation = "slab + NH3 -> slab.NH3"\n'
    by_list = make_plan(
        write_study(SURFACE, '[ligands]\nlist = "ligands.csv"\n', reaction, name="list")
    )
    hand = '[ligands.NH3]\nsmiles = "N"\nanchor_smarts = "[NX3]"\n'
    by_hand = make_plan(write_study(SURFACE, hand, reaction, name="hand"))
    assert set(by_list.tasks) == set(by_hand.tasks)


def test_a_list_stands_beside_other_ligands_which_keep_their_names(write_study, listed):
    listed(HEAD + "NH3,N,neutral,,\n")
    own = '[ligands.Py]\nsmiles = "c1ccncc1"\nanchor_smarts = "[nX2]"\n'
    study, _ = load_study(write_study('[ligands]\nlist = "ligands.csv"\n', own))
    assert list(study.ligands) == ["Py", "NH3"]
    listed(HEAD + "py,N,neutral,,\n")
    with pytest.raises(StudyError, match="line 2, column name: 'py' is in use already"):
        load_study(write_study('[ligands]\nlist = "ligands.csv"\n', own))
