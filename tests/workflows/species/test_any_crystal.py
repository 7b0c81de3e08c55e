"""Surfaces of crystals that are no cubic perovskite, and what their notes say."""

import json

import numpy as np
import pytest
from ase.io import write

from slabs.surfaces.slab import build_slab, layer_compositions
from tests.slabs.surfaces.test_slab import thiocyanate
from workflows.execution.engine import prepare
from workflows.planner import make_plan
from workflows.study.errors import StudyError

CRYSTALS = """
[crystals.delta]
material = "CsPbI3"
prototype = "NH4CdCl3"
relax = "cell"

[crystals.PbI2]
material = "PbI2"
prototype = "CdI2"
relax = "cell"

[crystals.isolated]
material = "Cs4PbI6"
prototype = "K4CdCl6"
relax = "cell"

[crystals.double]
material = "Cs2AgBiBr6"
prototype = "elpasolite"
relax = "cell"

[crystals.sheets]
material = "Cs2PbI4"
prototype = "K2NiF4"
lattice_constants_A = [6.3, 19.8]
relax = "cell"
"""

SURFACE = """
[surfaces.slab]
{source}
termination = "{termination}"
size = {size}
layers = {layers}
vacuum_A = 8.0
"""


def surface(source, termination, layers, size="[1, 1]"):
    return SURFACE.format(source=source, termination=termination, layers=layers, size=size)


def only(write_study, *parts, species="slab"):
    plan = make_plan(write_study(*parts, f'\n[[dos]]\nspecies = "{species}"\n'))
    return plan.species[species][0]


@pytest.mark.parametrize(
    ("crystal", "layers", "note", "counts"),
    [
        ("delta", ("CsPbI3", 1), "2 CsPbI3", {"Cs": 2, "Pb": 2, "I": 6}),
        ("PbI2", ("PbI2", 2), "2 PbI2", {"Pb": 2, "I": 4}),
        ("double", ("CsBr", 3), "1 Cs2AgBiBr6 + 2 CsBr", {"Cs": 4, "Ag": 1, "Bi": 1, "Br": 8}),
        ("sheets", ("Cs2PbI4", 1), "1 Cs2PbI4", {"Cs": 2, "Pb": 1, "I": 4}),
    ],
)
def test_any_crystal_is_cut(write_study, crystal, layers, note, counts):
    found = only(write_study, CRYSTALS, surface(f'crystal = "{crystal}"', *layers))
    assert dict(found.structure.atoms.symbols.formula.count()) == counts
    assert found.structure.notes == (f"slab: {note}",)
    assert found.parent == (crystal, 0)


def test_a_slab_is_cut_again_from_its_relaxed_crystal(write_study):
    text = surface('crystal = "double"', "CsBr", 3)
    plan = make_plan(write_study(CRYSTALS, text, '\n[[dos]]\nspecies = "slab"\n'))
    (slab,) = plan.species["slab"]
    relaxed = plan.species["double"][0].structure.atoms.copy()
    relaxed.set_cell(relaxed.cell * 1.01, scale_atoms=True)
    again = build_slab(relaxed, **json.loads(json.dumps(dict(slab.cut))))
    assert again.cell.lengths()[:2] == pytest.approx(1.01 * slab.structure.atoms.cell.lengths()[:2])
    assert layer_compositions(again) == layer_compositions(slab.structure.atoms)


def test_a_layer_that_is_not_there_names_what_is(write_study):
    with pytest.raises(StudyError, match=r"slab.termination: .*it has neutral layers along"):
        only(write_study, CRYSTALS, surface('crystal = "isolated"', "CsI", 3))


def test_layers_that_tilts_blur_are_stored(write_study, tmp_path):
    text = surface('material = "CsPbI3"\nphase = "gamma"\nmiller = [1, 0, 0]', "CsPbI", 3)
    file = write_study(text, '\n[[dos]]\nspecies = "slab"\n')
    fresh = make_plan(file, tmp_path / "results")
    prepare(fresh, tmp_path / "results")
    again = make_plan(file, tmp_path / "results")
    first, second = (plan.species["slab"][0].structure.atoms for plan in (fresh, again))
    assert np.array_equal(first.arrays["layer"], second.arrays["layer"])
    assert layer_compositions(second)[1] == {"I": 1}
    assert list(fresh.tasks) == list(again.tasks)


def test_a_mixture_says_where_its_lattice_comes_from(write_study):
    found = only(write_study, surface('material = "CsPbI2Br"', "PbX2", 3))
    words, lattice = found.structure.notes
    assert words == "slab: 1 CsPbBrI2 + 1 PbBrI"
    assert lattice.startswith("slab: lattice constants by Vegard's rule from those measured of Cs")
    assert found.structure.atoms.cell.lengths()[0] == pytest.approx(
        (2 * 6.29 + 5.874) / 3, abs=1e-4
    )


def test_the_composition_of_a_random_alloy_is_said(write_study):
    mixing = "mixing = {cell = [2, 2, 2], seed = 5}"
    source = f'material = "CsPb0.75Sn0.25I1.5Br1.5"\n{mixing}'
    notes = only(write_study, surface(source, "BX2", 5)).structure.notes
    alloy = "slab: random arrangement (seed 5) in a crystal of 8 CsPb0.75Sn0.25Br1.5I1.5"
    assert alloy in notes
    assert not any(word in note for note in notes for word in ("APb", "CsB", "X3", "AX"))
    crystal = f'[crystals.alloy]\n{source}\nlattice_constants_A = [6.1]\nrelax = "cell"\n'
    assert only(write_study, crystal, species="alloy").structure.notes == (
        alloy.replace("slab", "alloy"),
    )


def test_molecular_anions_of_a_file(write_study, tmp_path):
    write(tmp_path / "thiocyanate.cif", thiocyanate())
    text = surface('file = "thiocyanate.cif"', "Cs(SCN)", 3)
    found = only(write_study, text)
    # Without a guess at +1 for each SCN- the outermost layer is neutral, and nothing is polar.
    assert found.structure.notes == ("slab: 1 Cs2PbI2(SCN)2",)
    ligand = '[ligands.L]\nmolecule = "BA"\nsite = "A-top"\n'
    covered = only(write_study, text, ligand, species="slab.L").structure
    assert len(covered.atoms) == len(found.structure.atoms) + 16
    with pytest.raises(StudyError, match=r"allowed: .*Cs\(SCN\), .*PbI2"):
        only(write_study, surface('file = "thiocyanate.cif"', "CsI", 3))
