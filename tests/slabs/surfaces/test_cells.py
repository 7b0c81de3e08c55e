"""Which slabs may stand in one reaction."""

import pytest

from slabs.crystals.perovskite import perovskite
from slabs.surfaces.cells import same_surface_lattice
from slabs.surfaces.slab import build_slab
from workflows.planner import make_plan
from workflows.study.errors import StudyError


def slab(size=(1, 1), a=6.29, miller=(0, 0, 1), termination="PbI2"):
    return build_slab(
        perovskite("CsPbI3", [a]), termination=termination, layers=3, size=size, miller=miller
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((1, 1), (1, 1)),
        ((1, 1), (2, 2)),
        ((2, 1), (1, 2)),
        ((1, 1), "sqrt2xsqrt2"),
        ((2, 1), "sqrt2xsqrt2"),
        ((1, 1), (4, 4)),
        ((3, 2), "2sqrt2x2sqrt2"),
    ],
)
def test_sizes_of_one_surface_share_a_lattice(first, second):
    assert same_surface_lattice(slab(first), slab(second))
    assert same_surface_lattice(slab(second), slab(first))


@pytest.mark.parametrize("a", [5.90, 6.25, 6.40])
def test_strained_slabs_do_not(a):
    assert not same_surface_lattice(slab(), slab(a=a))
    assert not same_surface_lattice(slab((2, 2)), slab(a=a))


def test_rectangular_and_square_cells_differ():
    gamma = build_slab(
        perovskite("CsPbI3", phase="gamma"), termination="PbI2", layers=3, size=(1, 1)
    )
    assert not same_surface_lattice(slab("sqrt2xsqrt2"), gamma)


STUDY = """
title = "Cells"
molecule_vacuum_A = 6.0
[level]
base = "draft"
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [1, 1]
layers = 3
vacuum_A = 8.0
[surfaces.other]
material = "CsPbI3"
lattice_constants_A = [{a}]
termination = "PbI2"
size = [{size}, 1]
layers = 3
vacuum_A = 8.0
[ligands.MA]
molecule = "MA"
state = "neutral"
[[reactions]]
name = "exchange"
equation = "{equation}"
"""


def plan_of(folder, **settings):
    (folder / "study.toml").write_text(STUDY.format(**settings))
    return make_plan(folder / "study.toml")


def test_reaction_between_strained_slabs_is_refused(tmp_path):
    with pytest.raises(
        StudyError,
        match=r"reactions.0 .*: 'slab' \(6.29 x 6.29 A\) and 'other.MA' \(5.90 x 5.90 A\)",
    ) as caught:
        plan_of(tmp_path, a=5.90, size=1, equation="slab + MA -> other.MA")
    assert "\n" not in str(caught.value)


def test_reaction_between_sizes_of_one_lattice_is_planned(tmp_path):
    assert plan_of(tmp_path, a=6.29, size=2, equation="2 slab + MA -> other.MA").tasks
