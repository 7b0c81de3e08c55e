"""Slabs that are strained against the relaxed crystal of their study."""

from types import SimpleNamespace

import pytest

from slabs.crystals.perovskite import perovskite
from workflows.findings.strain import strain_notes
from workflows.study.file import parse_study

STUDY = """
title = "Strain"
molecule_vacuum_A = 6.0
[level]
base = "draft"
[crystals.bulk]
material = "CsPbI3"
{phase}
[surfaces.slab]
material = "CsPbI3"
{phase}
{given}
termination = "PbI2"
size = [1, 1]
layers = 3
vacuum_A = 8.0
"""


def notes(lattice, phase="alpha", given=""):
    study = parse_study(STUDY.format(phase=f'phase = "{phase}"', given=given))
    crystal = perovskite("CsPbI3", phase=phase)
    crystal.set_cell(lattice, scale_atoms=True)
    return strain_notes(study, {"bulk": SimpleNamespace(atoms=crystal)})


def test_compressed_slab_is_said_with_its_sign():
    # 6.29 A against 6.43 A: the slab is 2.2 % too small.
    assert notes([6.43] * 3) == {
        "slab": "slab: strained against the relaxed bulk (6.430 A): a -2.2 %"
    }
    assert "a +2.2 %" in notes([6.155] * 3)["slab"]


def test_small_strain_is_not_said():
    assert notes([6.30] * 3) == {}
    assert notes([6.43] * 3, given="lattice_constants_A = [6.43]") == {}


@pytest.mark.parametrize(
    ("phase", "lattice", "words"),
    [
        ("beta", [8.827, 8.827, 6.4], "a +0.0 %, c -1.6 %"),
        ("gamma", [8.577, 8.7, 12.472], "a +0.0 %, b +1.8 %, c +0.0 %"),
    ],
)
def test_each_axis_has_its_own_strain(phase, lattice, words):
    assert words in notes(lattice, phase)["slab"]


def test_nothing_is_said_without_a_result():
    study = parse_study(STUDY.format(phase="", given=""))
    assert strain_notes(study, {"bulk": None}) == {}
