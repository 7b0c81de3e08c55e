"""Elements without a PAW dataset are refused before anything is calculated."""

import pytest

from workflows.planner import make_plan
from workflows.study.datasets import dataset_folders, missing_datasets
from workflows.study.errors import StudyError

STUDY = """
title = "Datasets"
molecule_vacuum_A = 6.0
[level]
base = "draft"
name = "own"
functional = "{functional}"
dispersion = "none"
[molecules.X2]
smiles = "{smiles}"
[[dos]]
species = "X2"
"""


def plan_of(folder, **settings):
    (folder / "study.toml").write_text(STUDY.format(**settings))
    return make_plan(folder / "study.toml")


def test_what_gpaw_data_has():
    assert missing_datasets(["H", "Cs", "Pb", "I", "N", "O", "Sn", "Ge", "Bi"], "PBE") == []
    assert missing_datasets(["At", "H", "At", "Np"], "PBE") == ["At", "Np"]
    assert missing_datasets(["H", "I"], "BEEF-vdW") == []
    assert missing_datasets(["H", "Np"], "PBEsol") == ["Np"]


def test_element_without_a_dataset_is_refused(tmp_path):
    with pytest.raises(StudyError, match=r"X2 contains At, .* no PAW dataset of PBE; looked for"):
        plan_of(tmp_path, functional="PBE", smiles="[At][At]")
    with pytest.raises(StudyError, match=r"X2 contains At, .* no PAW dataset of PBE; looked for"):
        plan_of(tmp_path, functional="PBEsol", smiles="[At][At]")
    assert plan_of(tmp_path, functional="PBE", smiles="II").tasks


def test_own_folders_count_and_unknown_ones_refuse_nothing(tmp_path, monkeypatch):
    (tmp_path / "At.PBE.gz").write_bytes(b"")
    monkeypatch.setenv("GPAW_SETUP_PATH", str(tmp_path))
    assert dataset_folders()[0] == tmp_path
    assert missing_datasets(["At", "H"], "PBE") == []
    monkeypatch.setenv("GPAWRC", str(tmp_path / "rc.py"))
    assert missing_datasets(["Np"], "PBE") == []
