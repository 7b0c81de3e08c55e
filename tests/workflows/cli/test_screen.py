"""The command that makes a study of a list of ligands."""

from tests.hostile import passivant
from workflows.study.file import load_study

LIST = "name,smiles,state,balance\nNH3,N,neutral,\nEthane,CC,neutral,\n"


def test_a_list_becomes_a_study_beside_it(tmp_path):
    (tmp_path / "my list.csv").write_text(LIST)
    answer = passivant("screen", str(tmp_path / "my list.csv"), "--no-run")
    assert answer.status == 0, answer.err
    file = tmp_path / "my list-screen.toml"
    study, text = load_study(file)
    assert list(study.ligands) == ["NH3", "Ethane"]
    assert study.ligand_screen.vacancy == "V_I"
    assert study.caveat
    assert 'list = "my list.csv"' in text
    assert "check" in answer.err
    answer = passivant("check", str(file))
    assert answer.status == 0, answer.err
    assert "slab.NH3.V_I" in answer.out
    assert "Ethane is not screened in full: ligands.Ethane.anchor_smarts" in answer.out


def test_a_study_that_was_edited_is_kept(tmp_path):
    (tmp_path / "a.csv").write_text(LIST)
    file = tmp_path / "a-screen.toml"
    file.write_text("mine")
    answer = passivant("screen", str(tmp_path / "a.csv"), "--no-run")
    assert answer.status == 0
    assert "is there already and used as it is" in " ".join(answer.out.split())
    assert file.read_text() == "mine"


def test_a_wrong_list_writes_nothing(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text(LIST + "B,C1CC,,\n")
    answer = passivant("screen", str(file))
    assert answer.status == 2
    assert "a.csv: line 4, column smiles: 'C1CC' is not a SMILES that can be read" in answer.err
    assert [each.name for each in tmp_path.iterdir()] == ["a.csv"]
    answer = passivant("screen", str(tmp_path / "absent.csv"))
    assert answer.status == 2
    assert "absent.csv cannot be read: No such file" in answer.err
