"""Slabs of the user's own."""

import numpy as np
import pytest
from ase.build import fcc111
from ase.io import write

from slabs.crystals.perovskite import perovskite
from slabs.errors import InputError
from slabs.surfaces.slab import build_slab
from slabs.surfaces.slab_files import read_slab
from workflows.planner import make_plan
from workflows.study.errors import StudyError

BASE = """
title = "Own slab"
molecule_vacuum_A = 6.0
[level]
base = "draft"
[ligands.MA]
molecule = "MA"
state = "neutral"
[vacancies.V_I]
element = "I"
[molecules.I2]
smiles = "II"
[[reactions]]
name = "adsorption"
equation = "slab + MA -> slab.MA"
[[reactions]]
name = "vacancy"
equation = "slab -> slab.V_I + 1/2 I2"
[surfaces.slab]
vacuum_A = 10.0
"""
CUT = 'material = "CsPbI3"\ntermination = "PbI2"\nsize = [2, 2]\nlayers = 3\nfrozen_layers = 1\n'


def slab():
    return build_slab(
        perovskite("CsPbI3"), termination="PbI2", layers=3, size=(2, 2), frozen_layers=1
    )


def plan_of(folder, text, name="study.toml"):
    (folder / name).write_text(BASE + text)
    return make_plan(folder / name)


@pytest.mark.parametrize("name", ["slab.vasp", "slab.xyz"])
def test_own_slab_is_like_the_one_that_was_cut(tmp_path, name):
    atoms = slab()
    if name.endswith("vasp"):
        atoms.pbc = True
    write(tmp_path / name, atoms)
    own = plan_of(tmp_path, f'slab_file = "{name}"')
    cut = plan_of(tmp_path, CUT, "cut.toml")
    for species in ("slab", "slab.MA", "slab.V_I"):
        mine, theirs = (plan.species[species][0].structure.atoms for plan in (own, cut))
        assert mine.positions == pytest.approx(theirs.positions, abs=1e-4)
        assert (mine.numbers == theirs.numbers).all()
        assert mine.cell.array == pytest.approx(theirs.cell.array)
        fixed = [c.get_indices().tolist() for a in (mine, theirs) for c in a.constraints]
        assert fixed[0] == fixed[1]
    notes = own.species["slab"][0].structure.notes
    assert "slab: slab from a file, 3 layers, PbI2 below and PbI2 above, 12 fixed atoms" in notes


def test_slab_across_the_boundary_is_put_together(tmp_path):
    atoms = slab()
    atoms.pbc = True
    atoms.positions[:, 2] += 8.0
    atoms.wrap()
    write(tmp_path / "x.vasp", atoms)
    own = read_slab(tmp_path / "x.vasp", 12.0)
    assert np.ptp(own.positions[:, 2]) == pytest.approx(6.29, abs=1e-3)
    assert own.cell.array[2, 2] - np.ptp(own.positions[:, 2]) >= 12.0
    assert own.pbc.tolist() == [True, True, False]


def test_size_repeats_the_cell_and_layers_may_be_fixed_anew(tmp_path):
    atoms = build_slab(perovskite("CsPbI3"), termination="PbI2", layers=3)
    write(tmp_path / "x.xyz", atoms)
    own = read_slab(tmp_path / "x.xyz", 10.0, size=(2, 1), frozen_layers=1)
    assert len(own) == 2 * len(atoms)
    assert own.cell.lengths()[:2] == pytest.approx([12.58, 6.29])
    fixed = own.constraints[0].index
    assert own.positions[fixed, 2].max() < own.positions[:, 2].min() + 0.1


def refused(folder, atoms, words, **options):
    write(folder / "x.vasp", atoms)
    with pytest.raises(InputError, match=words) as caught:
        read_slab(folder / "x.vasp", 10.0, **options)
    assert "\n" not in caught.value.message


def test_what_is_no_slab_is_refused(tmp_path):
    crystal = perovskite("CsPbI3")
    refused(tmp_path, crystal, "along its no cell vector")
    lying = slab()
    lying.pbc = True
    lying.rotate(90, "x", rotate_cell=True)
    lying.set_cell(lying.cell.array[[0, 2, 1]])
    refused(tmp_path, lying, "along its second cell vector")
    squeezed = slab()
    squeezed.pbc = True
    squeezed.set_cell(squeezed.cell.array * [0.6, 0.6, 1.0], scale_atoms=True)
    refused(tmp_path, squeezed, "A apart")
    refused(tmp_path, slab(), "leaves nothing to relax", frozen_layers=3)
    poor = build_slab(perovskite("FAPbI3"), termination="FAI", layers=3)
    poor.pbc = True
    del poor[poor.symbols == "H"]
    refused(tmp_path, poor, "lack hydrogen")


def test_metal_slab_of_ase_is_read(tmp_path):
    lead = fcc111("Pb", (1, 1, 4), vacuum=8.0)
    lead.info.clear()
    write(tmp_path / "x.xyz", lead)
    own = read_slab(tmp_path / "x.xyz", 10.0)
    assert len(own) == 4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('slab_file = "x.vasp"\nlayers = 3\n', "layers goes with a crystal that is cut"),
        ('slab_file = "x.vasp"\nmaterial = "CsPbI3"\n', "exactly one of material, file, crystal"),
        (CUT.replace("layers = 3\n", "", 1), "layers is missing"),
        (CUT.replace('termination = "PbI2"\n', ""), "termination is missing"),
        ('slab_file = "none.vasp"\n', "surfaces.slab.file: .*none.vasp' is not a file"),
    ],
)
def test_bad_tables_say_why(tmp_path, text, words):
    with pytest.raises(StudyError, match=words):
        plan_of(tmp_path, text)
