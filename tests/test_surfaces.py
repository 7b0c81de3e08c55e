"""Bulk and slabs against hand-counted answers and against pymatgen."""

import numpy as np
import pytest
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core.surface import SlabGenerator
from pymatgen.io.ase import AseAtomsAdaptor

from slabs.crystal import parse_formula, perovskite, prototype_crystal
from slabs.errors import InputError
from slabs.structure import formula
from slabs.surface import build_slab, layer_compositions, layer_numbers

CSPBI3 = perovskite("CsPbI3")


def slab(**changes):
    return build_slab(CSPBI3, **{"termination": "PbI2", "layers": 3, **changes})


def test_cubic_cell():
    assert formula(CSPBI3) == "CsPbI3"
    assert CSPBI3.cell.lengths() == pytest.approx([6.29] * 3)
    pb_i = CSPBI3.get_all_distances(mic=True)[CSPBI3.symbols == "Pb"][:, CSPBI3.symbols == "I"]
    assert pb_i.ravel() == pytest.approx([6.29 / 2] * 3)


def test_three_layers_are_cs_pb2_i5_with_pbi2_on_both_faces():
    atoms = slab()
    assert dict(atoms.symbols.formula.count()) == {"Cs": 1, "Pb": 2, "I": 5}
    pbi2, csi = {"Pb": 1, "I": 2}, {"Cs": 1, "I": 1}
    assert layer_compositions(atoms) == [pbi2, csi, pbi2]


def test_csi_termination():
    atoms = slab(termination="CsI", layers=5)
    assert dict(atoms.symbols.formula.count()) == {"Cs": 3, "Pb": 2, "I": 7}
    assert layer_compositions(atoms)[0] == layer_compositions(atoms)[-1] == {"Cs": 1, "I": 1}


def test_layers_are_half_a_lattice_constant_apart():
    heights = sorted({round(z, 6) for z in slab(layers=5).positions[:, 2]})
    assert np.diff(heights) == pytest.approx([6.29 / 2] * 4)


def test_repetition_multiplies_the_composition():
    assert len(slab(size=(2, 3))) == 6 * len(slab())
    assert slab(size=(2, 1)).cell.lengths()[:2] == pytest.approx([12.58, 6.29])


def test_vacuum_is_at_least_what_was_asked_for():
    atoms = slab(vacuum_A=11.3)
    free = atoms.cell.lengths()[2] - np.ptp(atoms.positions[:, 2])
    assert 11.3 <= free < 11.8


def test_frozen_layers_are_the_lowest():
    atoms = slab(size=(2, 1), frozen_layers=2)
    fixed = set(atoms.constraints[0].index.tolist())
    assert fixed == {n for n, layer in enumerate(layer_numbers(atoms)) if layer < 2}
    assert len(fixed) == 2 * 5


def test_same_slab_as_pymatgen():
    bulk = AseAtomsAdaptor.get_structure(CSPBI3)
    slabs = SlabGenerator(bulk, (0, 0, 1), 9, 10, primitive=False).get_slabs(symmetrize=True)
    (theirs,) = [s for s in slabs if s.composition["Pb"] == s.composition["Cs"] + 1]
    theirs = AseAtomsAdaptor.get_atoms(theirs)
    ours = slab(layers=int(sum(theirs.symbols == "Pb") + sum(theirs.symbols == "Cs")))
    for atoms in (ours, theirs):  # only the slab is compared, not its vacuum
        atoms.pbc = True
        atoms.set_cell([6.29, 6.29, np.ptp(atoms.positions[:, 2]) + 12.0])
    matcher = StructureMatcher(primitive_cell=False, scale=False)
    assert matcher.fit(*(AseAtomsAdaptor.get_structure(a) for a in (ours, theirs)))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"layers": 4}, "layers may be 1, 3, 5"),
        ({"termination": "PbI3"}, "allowed: CsI, PbI2|allowed: ICs, PbI2"),
        ({"frozen_layers": 3}, "must be below layers = 3"),
    ],
)
def test_impossible_slabs_say_why(changes, words):
    with pytest.raises(InputError, match=words):
        slab(**changes)


@pytest.mark.parametrize("text", ["", "CsPbX3", "Cs Pb", "cspbi3", "3Cs"])
def test_bad_formulas(text):
    with pytest.raises(InputError, match=r"formula|element"):
        parse_formula(text)


def test_unknown_material_asks_for_the_lattice_constant():
    with pytest.raises(InputError, match="give lattice_constant_A"):
        perovskite("CsSnBr3")
    assert perovskite("CsSnBr3", 5.8).cell.lengths() == pytest.approx([5.8] * 3)


def test_prototypes_have_one_formula_unit():
    assert formula(prototype_crystal("CsI", "cesiumchloride", 4.6)) == "CsI"
    assert formula(prototype_crystal("KI", "rocksalt", 7.1)) == "KI"
    with pytest.raises(InputError, match="is not AB"):
        prototype_crystal("PbI2", "rocksalt", 7.1)
