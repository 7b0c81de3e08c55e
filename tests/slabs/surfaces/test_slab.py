"""Slabs against hand-counted answers and against pymatgen."""

import warnings
from collections import Counter

import numpy as np
import pytest
from ase import Atoms
from ase.build import make_supercell, molecule
from ase.formula import Formula
from ase.geometry import get_distances
from ase.neighborlist import natural_cutoffs, neighbor_list
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core.surface import SlabGenerator
from pymatgen.io.ase import AseAtomsAdaptor

from slabs.crystals.mixing import Mixing
from slabs.crystals.perovskite import perovskite
from slabs.crystals.prototypes import conventional_basis, prototype_crystal
from slabs.errors import InputError
from slabs.molecular_units import molecular_units, unit_names
from slabs.stoichiometry import stoichiometry_words
from slabs.structure import formula
from slabs.surfaces.slab import (
    build_slab,
    in_order_of,
    layer_charges_e,
    layer_compositions,
    layer_numbers,
    polarity_words,
    surface_cell,
)

CSPBI3 = perovskite("CsPbI3")
GAMMA = perovskite("CsPbI3", phase="gamma")
MAPBI3 = perovskite("MAPbI3")
A = 6.29
PBI2, CSI = {"Pb": 1, "I": 2}, {"Cs": 1, "I": 1}


def slab(crystal=CSPBI3, **changes):
    return build_slab(crystal, **{"termination": "PbI2", "layers": 3, **changes})


def counts(atoms):
    return dict(atoms.symbols.formula.count())


def outermost(atoms, face, depth_A=1.0):
    """What lies within `depth_A` of the highest or of the lowest atom."""
    z = atoms.positions[:, 2] if face == "upper" else -atoms.positions[:, 2]
    return counts(atoms[z > z.max() - depth_A])


def frozen(atoms):
    return {int(n) for c in atoms.constraints for n in c.get_indices()}


@pytest.mark.parametrize(
    ("termination", "bottom", "layers", "faces", "whole"),
    [
        ("PbI2", None, 1, (PBI2, PBI2), ("PbI2", "1 PbI2")),
        ("PbI2", None, 3, (PBI2, PBI2), ("CsPb2I5", "1 CsPbI3 + 1 PbI2")),
        ("PbI2", None, 5, (PBI2, PBI2), ("Cs2Pb3I8", "2 CsPbI3 + 1 PbI2")),
        ("CsI", None, 3, (CSI, CSI), ("Cs2PbI4", "1 CsPbI3 + 1 CsI")),
        ("CsI", None, 5, (CSI, CSI), ("Cs3Pb2I7", "2 CsPbI3 + 1 CsI")),
        ("PbI2", "CsI", 4, (PBI2, CSI), ("Cs2Pb2I6", "2 CsPbI3")),
        ("CsI", "PbI2", 6, (CSI, PBI2), ("Cs3Pb3I9", "3 CsPbI3")),
    ],
)
def test_both_faces_and_the_composition(termination, bottom, layers, faces, whole):
    atoms = slab(termination=termination, bottom_termination=bottom, layers=layers)
    assert (outermost(atoms, "upper"), outermost(atoms, "lower")) == faces
    assert counts(atoms) == dict(Formula(whole[0]).count())
    assert (formula(atoms), stoichiometry_words(atoms)) == whole


def test_layer_compositions_from_below():
    assert layer_compositions(slab()) == [PBI2, CSI, PBI2]
    assert layer_compositions(slab(bottom_termination="CsI", layers=2)) == [CSI, PBI2]
    assert layer_numbers(slab(size=(2, 1))).tolist() == [0] * 6 + [1] * 4 + [2] * 6


def test_layers_are_half_a_lattice_constant_apart():
    heights = sorted({round(z, 6) for z in slab(layers=5).positions[:, 2]})
    assert np.diff(heights) == pytest.approx([A / 2] * 4)


def test_inside_of_the_slab_is_the_crystal():
    atoms = slab(layers=5, size=(2, 2))
    i, j, d = neighbor_list("ijd", atoms, 3.3)
    assert d == pytest.approx(A / 2)
    bonds = np.bincount(i, minlength=len(atoms))
    # Five on each face, six inside; in-plane iodide two, iodide between the layers two.
    assert sorted(bonds[atoms.symbols == "Pb"]) == [5] * 8 + [6] * 4
    assert set(bonds[atoms.symbols == "I"].tolist()) == {2}
    assert (atoms.numbers[i] != atoms.numbers[j]).all()


@pytest.mark.parametrize(
    ("size", "cells", "lengths"),
    [
        ((1, 1), 1, (A, A)),
        ((2, 1), 2, (2 * A, A)),
        ((2, 3), 6, (2 * A, 3 * A)),
        ("sqrt2xsqrt2", 2, (np.sqrt(2) * A, np.sqrt(2) * A)),
        ("2sqrt2x2sqrt2", 8, (2 * np.sqrt(2) * A, 2 * np.sqrt(2) * A)),
        ("sqrt2x2sqrt2", 4, (np.sqrt(2) * A, 2 * np.sqrt(2) * A)),
    ],
)
def test_size_of_the_surface_cell(size, cells, lengths):
    atoms = slab(size=size)
    assert counts(atoms) == {"Cs": cells, "Pb": 2 * cells, "I": 5 * cells}
    assert atoms.cell.lengths()[:2] == pytest.approx(lengths)
    assert np.linalg.norm(np.cross(*atoms.cell.array[:2])) == pytest.approx(cells * A**2)
    assert atoms.cell.array[0] == pytest.approx([lengths[0], 0, 0])
    assert atoms.get_all_distances(mic=True)[np.triu_indices(len(atoms), 1)].min() > A / 2 - 1e-6
    assert [round(abs(np.linalg.det(surface_cell(size))))] == [cells]


def test_rotated_cell_holds_the_same_surface():
    rotated = slab(size="2sqrt2x2sqrt2")
    plain = slab(size=(2, 2))
    # Two rotated 2sqrt2 cells side by side and 4 x 4 primitive cells are the same lattice.
    both = make_supercell(rotated, [[1, 1, 0], [-1, 1, 0], [0, 0, 1]])
    assert len(both) == 4 * len(plain)
    distances = [np.sort(a.get_all_distances(mic=True)[0])[:12] for a in (both, rotated)]
    assert distances[0] == pytest.approx(distances[1])


@pytest.mark.parametrize(
    ("miller", "termination", "upper", "whole", "geometry"),
    [
        # (100) and (001) are the same in a cubic crystal.
        ((1, 0, 0), "PbI2", PBI2, "CsPb2I5", (A, A, 90, A / 2)),
        ((0, 1, 0), "CsI", CSI, "Cs2PbI4", (A, A, 90, A / 2)),
        # Along [110]: CsPbI and I2, a / sqrt(8) apart; the cell is a x sqrt(2) a.
        ((1, 1, 0), "CsPbI", {"Cs": 1, "Pb": 1, "I": 1}, "Cs2Pb2I4",
         (A, np.sqrt(2) * A, 90, A / np.sqrt(8))),
        ((1, 1, 0), "I", {"I": 2}, "CsPbI5", (A, np.sqrt(2) * A, 90, A / np.sqrt(8))),
        # Along [111]: CsI3 and Pb, a / sqrt(12) apart; hexagonal cell of sqrt(2) a.
        ((1, 1, 1), "CsI3", {"Cs": 1, "I": 3}, "Cs2PbI6",
         (np.sqrt(2) * A, np.sqrt(2) * A, 60, A / np.sqrt(12))),
        ((1, 1, 1), "Pb", {"Pb": 1}, "CsPb2I3",
         (np.sqrt(2) * A, np.sqrt(2) * A, 60, A / np.sqrt(12))),
    ],
)  # fmt: skip
def test_cuts_along_other_directions(miller, termination, upper, whole, geometry):
    atoms = slab(miller=miller, termination=termination)
    assert formula(atoms) == whole
    assert outermost(atoms, "upper") == outermost(atoms, "lower") == upper
    a, b, _, _, _, gamma = atoms.cell.cellpar()
    heights = sorted({round(z, 6) for z in atoms.positions[:, 2]})
    assert (a, b, min(gamma, 180 - gamma)) == pytest.approx(geometry[:3])
    assert np.diff(heights) == pytest.approx([geometry[3]] * 2)


@pytest.mark.parametrize("miller", [(1, 1, 0), (1, 1, 1), (2, 1, 0)])
def test_neighbours_are_those_of_the_crystal_in_every_cut(miller):
    termination = {(1, 1, 0): "CsPbI", (1, 1, 1): "CsI3", (2, 1, 0): "PbI2"}[miller]
    atoms = slab(miller=miller, termination=termination, layers=7)
    i, _, d = neighbor_list("ijd", atoms, 3.3)
    assert d == pytest.approx(A / 2)
    middle = np.abs(atoms.positions[:, 2] - atoms.positions[:, 2].mean()) < 2.5
    bonds = np.bincount(i, minlength=len(atoms))
    inside = middle & (atoms.symbols == "Pb")
    assert inside.any()
    assert set(bonds[inside].tolist()) == {6}


@pytest.mark.parametrize(
    ("crystal", "miller"), [(CSPBI3, (3, 1, 0)), (CSPBI3, (3, 2, 1)), (GAMMA, (1, 1, 1))]
)
def test_directions_without_separate_layers_are_refused(crystal, miller):
    with pytest.raises(InputError, match="layer"):
        slab(crystal, miller=miller, termination="CsPbI3", layers=2)


def test_vacuum_is_at_least_what_was_asked_for():
    atoms = slab(vacuum_A=11.3)
    z = atoms.positions[:, 2]
    assert 11.3 <= atoms.cell.lengths()[2] - (z.max() - z.min()) < 11.8
    assert z.min() == pytest.approx(11.3 / 2)
    assert atoms.cell.array[2, :2] == pytest.approx([0, 0])
    assert atoms.pbc.tolist() == [True, True, False]


def test_vacuum_counts_from_the_hydrogen_of_a_cation():
    atoms = slab(perovskite("MAPbI3", cation_axis="z"), termination="MAI", vacuum_A=9.0)
    z = atoms.positions[:, 2]
    assert atoms.symbols[z.argmax()] == "H"
    assert 9.0 <= atoms.cell.lengths()[2] - (z.max() - z.min()) < 9.5


@pytest.mark.parametrize(
    ("sides", "layers", "frozen_layers", "expected"),
    [
        ("one", 5, 0, []),
        ("one", 5, 2, [0, 1]),
        ("one", 3, 1, [0]),
        ("two", 5, 1, [2]),
        ("two", 5, 3, [1, 2, 3]),
        ("two", 5, 0, []),
        ("two", 7, 3, [2, 3, 4]),
    ],
)
def test_frozen_layers(sides, layers, frozen_layers, expected):
    atoms = slab(layers=layers, frozen_layers=frozen_layers, sides=sides, size=(2, 1))
    z = atoms.positions[:, 2]
    below = ((z - z.min()) / (A / 2)).round().astype(int)
    assert frozen(atoms) == set(np.flatnonzero(np.isin(below, expected)).tolist())


def test_frozen_molecules_are_frozen_whole():
    atoms = slab(MAPBI3, layers=5, frozen_layers=2)
    assert counts(atoms[sorted(frozen(atoms))]) == {"Pb": 1, "I": 3, "C": 1, "N": 1, "H": 6}


@pytest.mark.parametrize("axis", ["x", "y", "z"])
def test_methylammonium_stays_whole_on_both_faces(axis):
    crystal = perovskite("MAPbI3", cation_axis=axis)
    atoms = slab(crystal, termination="MAI", size=(2, 1))
    # Two layers of MAI, one of PbI2, two cells.
    assert counts(atoms) == {"Pb": 2, "I": 8, "C": 4, "N": 4, "H": 24}
    assert stoichiometry_words(atoms) == "2 MAPbI3 + 2 MAI"
    for face in ("upper", "lower"):
        found = outermost(atoms, face, 2.4)
        assert (found.get("Pb", 0), found["C"], found["N"], found["H"]) == (0, 2, 2, 12)
    i, j, shift = neighbor_list("ijS", atoms, natural_cutoffs(atoms, mult=1.2))
    organic = np.isin(atoms.symbols, ["C", "N", "H"])
    bonded = organic[i] & organic[j]
    assert bonded.sum() == 2 * 7 * 4
    assert not shift[bonded].any()


def test_gamma_slab_by_hand():
    atoms = slab(GAMMA, layers=5)
    assert counts(atoms) == {"Cs": 4, "Pb": 6, "I": 16}
    assert atoms.cell.lengths()[:2] == pytest.approx([8.577, 8.856])
    assert stoichiometry_words(atoms) == "4 CsPbI3 + 2 PbI2"
    lead = np.unique(atoms.positions[atoms.symbols == "Pb", 2].round(3))
    assert np.diff(lead) == pytest.approx([12.472 / 2] * 2, abs=2e-3)


def test_pseudo_cubic_faces_of_the_gamma_phase():
    atoms = slab(GAMMA, miller=(1, 1, 0))
    assert counts(atoms) == {"Cs": 4, "Pb": 8, "I": 20}
    assert sorted(atoms.cell.lengths()[:2]) == pytest.approx(
        sorted([12.472, np.hypot(8.577, 8.856)])
    )


def test_layers_of_a_mixed_halide():
    apical, equatorial = sorted(
        (perovskite("CsPbI2Br", [6.1], mixing=Mixing(arrangement=n)) for n in (0, 1)),
        key=lambda c: -c.get_scaled_positions()[c.symbols == "Br"][0, 2],
    )
    found = slab(apical)
    assert counts(found) == {"Cs": 1, "Pb": 2, "I": 4, "Br": 1}
    assert outermost(found, "upper") == outermost(found, "lower") == {"Pb": 1, "I": 2}
    found = slab(equatorial, termination="PbIBr")
    assert counts(found) == {"Cs": 1, "Pb": 2, "I": 3, "Br": 2}
    assert stoichiometry_words(found) == "1 CsPb(Br,I)3 + 1 Pb(Br,I)2: CsPb2Br2I3"
    with pytest.raises(InputError, match="allowed: CsI, PbBrI; A, B and X stand for all ions"):
        slab(equatorial)
    assert counts(slab(equatorial, termination="PbX2")) == counts(found)


@pytest.mark.parametrize(
    ("termination", "layers", "miller"),
    [
        ("PbI2", 3, (0, 0, 1)),
        ("PbI2", 5, (0, 0, 1)),
        ("CsI", 3, (0, 0, 1)),
        ("CsI", 5, (0, 0, 1)),
        ("CsPbI", 5, (1, 1, 0)),
        ("CsI3", 5, (1, 1, 1)),
    ],
)
def test_same_slab_as_pymatgen(termination, layers, miller):
    ours = slab(termination=termination, layers=layers, miller=miller)
    theirs = pymatgen_slab(counts(ours), miller)
    for atoms in (ours, theirs):  # only the slab is compared, not its vacuum
        atoms.pbc = True
        cell = atoms.cell.array.copy()
        cell[2] = [0, 0, np.ptp(atoms.positions[:, 2]) + 12.0]
        atoms.set_cell(cell)
    matcher = StructureMatcher(primitive_cell=False, scale=False, ltol=0.01, stol=0.01)
    assert matcher.fit(*(AseAtomsAdaptor.get_structure(a) for a in (ours, theirs)))


def pymatgen_slab(composition, miller):
    """The slab with equal faces and this composition, its surface in the x-y plane."""
    bulk = AseAtomsAdaptor.get_structure(CSPBI3)
    for thickness in (4, 7, 10, 13, 16):
        generator = SlabGenerator(bulk, miller, thickness, 10, primitive=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # thin slabs that it gives up
            slabs = generator.get_slabs(symmetrize=True)
        for found in slabs:
            if found.composition.get_el_amt_dict() == composition:
                atoms = AseAtomsAdaptor.get_atoms(found.get_orthogonal_c_slab())
                clean = Atoms(atoms.numbers, positions=atoms.positions, cell=atoms.cell, pbc=True)
                clean.set_cell(clean.cell.cellpar(), scale_atoms=True)
                return clean
    raise AssertionError(f"pymatgen has no slab {composition}")


def test_in_order_of_sorts_a_strained_slab():
    reference = slab(layers=5, size=(2, 2))
    other = slab(perovskite("CsPbI3", [6.4]), layers=5, size=(2, 2))
    shuffled = other[np.random.default_rng(3).permutation(len(other))]
    found = in_order_of(reference, shuffled)
    assert (found.numbers == reference.numbers).all()
    assert found.positions == pytest.approx(other.positions)
    assert found.cell.array == pytest.approx(other.cell.array)


def test_in_order_of_across_the_boundary_of_the_cell():
    reference = slab(GAMMA, layers=3)
    other = slab(perovskite("CsPbI3", [8.6, 8.9, 12.5], phase="gamma"), layers=3)
    shifted = other[::-1]
    shifted.positions[:4] += other.cell.array[0]
    found = in_order_of(reference, shifted)
    assert (found.numbers == reference.numbers).all()
    scaled = found.get_scaled_positions() @ reference.cell.array
    _, gaps = get_distances(
        scaled, reference.positions, cell=reference.cell, pbc=[True, True, False]
    )
    assert np.diag(gaps).max() < 0.2  # atoms of one kind are 3 angstrom apart


def test_in_order_of_needs_the_same_atoms():
    with pytest.raises(InputError, match="same atoms"):
        in_order_of(slab(), slab(layers=5))


def test_same_slab_every_time():
    first, second = (slab(GAMMA, size=(2, 1)) for _ in range(2))
    assert (first.positions == second.positions).all()
    assert (first.numbers == second.numbers).all()


def test_crystal_is_not_changed():
    before = CSPBI3.copy()
    slab(size=(2, 2), frozen_layers=1)
    assert (CSPBI3.positions == before.positions).all()
    assert (CSPBI3.cell.array == before.cell.array).all()
    assert not CSPBI3.constraints


@pytest.mark.parametrize(
    ("changes", "words", "key"),
    [
        ({"layers": 4}, r"ends with CsI above.*not stoichiometric.*bottom_termination = 'CsI'"
         r".*layers may be 1, 3, 5", "layers"),
        ({"layers": 3, "bottom_termination": "CsI"}, "layers may be 2, 4, 6", "layers"),
        ({"layers": 0}, "at least 1", "layers"),
        ({"termination": "PbI3"}, "has no layer 'PbI3'.*allowed: CsI, PbI2", "termination"),
        ({"termination": "MAI"}, "has no layer 'MAI'", "termination"),
        ({"termination": "Pb0.5I2"}, "has no layer 'Pb0.5I2'", "termination"),
        ({"termination": ""}, "not a chemical formula", "termination"),
        ({"bottom_termination": "lead"}, "formula|element", "bottom_termination"),
        ({"bottom_termination": "CsI3"}, "has no layer 'CsI3'", "bottom_termination"),
        ({"frozen_layers": 3}, "must be below layers = 3", "frozen_layers"),
        ({"frozen_layers": 2, "sides": "two"}, "both must be even or both odd", "frozen_layers"),
        ({"sides": "both"}, "allowed: one, two", "sides"),
        ({"miller": (0, 0, 0)}, "not Miller indices", "miller"),
        ({"miller": (1, 1)}, "not Miller indices", "miller"),
        ({"size": "sqrt2"}, "not a surface cell", "size"),
        ({"size": "sqrt3xsqrt3"}, "not a surface cell", "size"),
        ({"size": (0, 1)}, "1 to 400", "size"),
        ({"size": (21, 20)}, "1 to 400", "size"),
    ],
)  # fmt: skip
def test_impossible_slabs_say_why(changes, words, key):
    with pytest.raises(InputError, match=words) as caught:
        slab(**changes)
    assert caught.value.key == key
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("miller", "termination", "charges"),
    [
        ((0, 0, 1), "PbI2", [0, 0, 0]),
        ((0, 0, 1), "CsI", [0, 0, 0]),
        ((1, 1, 1), "Pb", [2, -2, 2]),
        ((1, 1, 1), "CsI3", [-2, 2, -2]),
    ],
)
def test_polar_cuts_have_charged_layers(miller, termination, charges):
    assert layer_charges_e(slab(miller=miller, termination=termination, layers=3)) == charges


def heights_A(atoms, symbol):
    return np.unique(atoms.positions[atoms.symbols == symbol, 2].round(2))


def pnma(pbnm):
    """The same crystal with the axes of Pnma: a, b, c of it are b, c, a of Pbnm."""
    cell = pbnm.cell.lengths()[[1, 2, 0]]
    places = pbnm.get_scaled_positions()[:, [1, 2, 0]]
    return Atoms(pbnm.numbers, scaled_positions=places, cell=cell, pbc=True)


def displaced():
    """The gamma phase with caesium as far from its ideal place as it is measured, 0.5 A along b."""
    crystal = GAMMA.copy()
    caesium = np.flatnonzero(crystal.symbols == "Cs")
    signs = np.where(crystal.get_scaled_positions()[caesium, 0] < 0.4, 1.0, -1.0)
    crystal.positions[caesium, 1] += 0.5 * signs
    return crystal


@pytest.mark.parametrize(
    ("crystal", "millers"),
    [
        (GAMMA, [(0, 0, 1), (1, 1, 0), (1, -1, 0)]),
        (displaced(), [(0, 0, 1), (1, 1, 0), (1, -1, 0)]),
        (pnma(GAMMA), [(0, 1, 0), (1, 0, 1), (1, 0, -1)]),
        (pnma(displaced()), [(0, 1, 0), (1, 0, 1), (1, 0, -1)]),
        (perovskite("CsPbI3", phase="beta"), [(0, 0, 1), (1, 1, 0)]),
        (perovskite("CsPbI3", phase="gamma", tilts_deg=[20.0, 20.0]), [(0, 0, 1), (1, 1, 0)]),
    ],
)
def test_pseudo_cubic_layers_of_tilted_phases(crystal, millers):
    for miller in millers:
        for termination, other in (("PbI2", "CsI"), ("CsI", "PbI2")):
            atoms = slab(crystal, miller=miller, termination=termination, layers=3)
            names = [{"PbI2": PBI2, "CsI": CSI}[n] for n in (termination, other, termination)]
            assert layer_compositions(atoms) == names
            assert polarity_words(atoms, crystal) is None


@pytest.mark.parametrize(
    ("crystal", "words"),
    [
        (GAMMA, r"along \(0 0 1\), \(1 1 0\), \(1 -1 0\)$"),
        (pnma(GAMMA), r"along \(0 1 0\), \(1 0 1\), \(1 0 -1\)$"),
    ],
)
def test_a_direction_without_such_layers_names_others(crystal, words):
    miller = (1, 0, 0) if crystal is GAMMA else (0, 0, 1)
    with pytest.raises(InputError, match=f"no layer 'PbI2'.*{words}"):
        slab(crystal, miller=miller)
    with pytest.raises(InputError, match=r"no separate layers along this.*such layers"):
        slab(GAMMA, miller=(1, 1, 1))


@pytest.mark.parametrize("miller", [(1, 0, 0), (0, 1, 0)])
def test_planes_of_the_gamma_phase_that_tilts_blur(miller):
    # As along [110] of the cubic crystal: CsPbI and I2, 8.577 / 4 or 8.856 / 4 apart.
    atoms = slab(GAMMA, miller=miller, termination="CsPbI", layers=3, frozen_layers=1)
    assert layer_compositions(atoms) == [
        {"Cs": 1, "Pb": 1, "I": 1},
        {"I": 1},
        {"Cs": 1, "Pb": 1, "I": 1},
    ]
    assert counts(atoms) == {"Cs": 4, "Pb": 4, "I": 8}
    assert frozen(atoms) == set(np.flatnonzero(layer_numbers(atoms) == 0).tolist())
    spacing = GAMMA.cell.lengths()[miller.index(1)] / 2
    assert np.diff(heights_A(atoms, "Pb")) == pytest.approx([spacing], abs=0.02)
    assert "of +4 e" in polarity_words(atoms, GAMMA)
    # With the ligand of another structure above, its layers stay what they were.
    covered = atoms + Atoms("N", positions=[atoms.positions[-1] + [0, 0, 3.0]])
    assert layer_numbers(covered).tolist() == [*layer_numbers(atoms).tolist(), 3]
    # The neutral cut through the iodide plane is still there.
    assert counts(slab(GAMMA, miller=(1, 0, 0), termination="CsPbI3", layers=2)) == {
        "Cs": 4, "Pb": 4, "I": 12}  # fmt: skip


def cut(material, prototype, lattice=None, **settings):
    crystal = prototype_crystal(material, prototype, lattice)
    atoms = slab(crystal, basis=conventional_basis(prototype), **settings)
    return atoms, stoichiometry_words(atoms, crystal), polarity_words(atoms, crystal)


def metal_bonds(atoms, metal, longest_A):
    i, j = neighbor_list("ij", atoms, longest_A)
    halide = np.isin(atoms.symbols[j], ["Cl", "Br", "I"])
    return [int((halide & (i == n)).sum()) for n in np.flatnonzero(atoms.symbols == metal)]


@pytest.mark.parametrize(
    ("crystal", "settings", "words", "cell"),
    [
        (("PbI2", "CdI2", None), {"termination": "PbI2", "layers": 2}, "2 PbI2", (4.558, 4.558)),
        (("PbI2", "CdI2", None), {"termination": "I", "layers": 6}, "2 PbI2", (4.558, 4.558)),
        (("CsPbI3", "NH4CdCl3", None), {"termination": "CsPbI3", "layers": 2}, "4 CsPbI3",
         (4.7905, 10.4342)),
        (("CsPbI3", "NH4CdCl3", None), {"termination": "CsPbI3", "layers": 2, "miller": (1, 0, 0)},
         "4 CsPbI3", (4.7905, 17.7610)),
        (("CsPbI3", "NH4CdCl3", None), {"termination": "CsI", "layers": 5}, "2 CsPbI3",
         (4.7905, 10.4342)),
        (("Cs4PbI6", "K4CdCl6", None),
         {"termination": "Cs4PbI6", "layers": 2, "miller": (1, 1, 0)}, "4 Cs4PbI6", None),
        (("Cs2PbI4", "K2NiF4", [6.3, 19.8]), {"termination": "Cs2PbI4", "layers": 2}, "2 Cs2PbI4",
         (6.3, 6.3)),
        (("Cs2PbI4", "K2NiF4", [6.3, 19.8]), {"termination": "CsI", "layers": 3}, "1 Cs2PbI4",
         (6.3, 6.3)),
    ],
)  # fmt: skip
def test_cuts_that_break_no_bond(crystal, settings, words, cell):
    atoms, found, polar = cut(*crystal, **settings)
    assert (found, polar) == (words, None)
    assert set(metal_bonds(atoms, "Pb", 3.6)) == {6}
    if cell is not None:
        assert atoms.cell.lengths()[:2] == pytest.approx(cell)


def test_double_perovskite_by_hand():
    a = 11.2711
    atoms, words, polar = cut("Cs2AgBiBr6", "elpasolite", termination="CsBr", layers=5)
    assert (words, polar) == ("2 Cs2AgBiBr6 + 2 CsBr", None)
    assert atoms.cell.cellpar()[[0, 1, 5]] == pytest.approx([a / np.sqrt(2)] * 2 + [90])
    assert np.diff(heights_A(atoms, "Bi")) == pytest.approx([a / 2], abs=0.01)
    assert set(metal_bonds(atoms, "Ag", 3.0) + metal_bonds(atoms, "Bi", 3.0)) == {6}
    atoms, words, polar = cut("Cs2AgBiBr6", "elpasolite", termination="BX2", layers=3)
    assert (words, polar) == ("1 Cs2AgBiBr6 + 1 AgBiBr4", None)
    # Along [111] Ag and Bi lie in different layers.
    atoms, _, polar = cut("Cs2AgBiBr6", "elpasolite", termination="Bi", layers=5, miller=(1, 1, 1))
    assert counts(atoms) == {"Ag": 1, "Bi": 2, "Cs": 2, "Br": 6}
    assert "of +3 e" in polar


def test_other_crystals_name_the_directions_of_their_layers():
    with pytest.raises(InputError, match=r"no layer 'PbI2'.*such layers along \(0 0 1\)"):
        cut("PbI2", "CdI2", miller=(1, 0, 0))
    with pytest.raises(InputError, match=r"neutral layers along \(0 1 0\) Cs4PbI6"):
        cut("Cs4PbI6", "K4CdCl6", termination="CsI")
    with pytest.raises(InputError, match=r"no layer 'CsI'; allowed: Cs, I|such layers along"):
        cut("CsI", "cesiumchloride", termination="CsI")


def test_rocksalt_planes_are_those_of_its_cube():
    atoms, words, polar = cut("RbI", "rocksalt", termination="RbI")
    assert (words, polar) == ("3 RbI", None)
    assert atoms.cell.lengths()[:2] == pytest.approx([7.342 / np.sqrt(2)] * 2)
    assert np.diff(heights_A(atoms, "Rb")) == pytest.approx([7.342 / 2] * 2, abs=0.01)


def test_random_alloy_is_cut_by_sites():
    crystal = perovskite("CsPbI1.5Br1.5", [6.1], mixing=Mixing((2, 2, 2), seed=3))
    atoms = slab(crystal, termination="PbX2", layers=5)
    assert counts(atoms)["Cs"] == 8
    assert counts(atoms)["Pb"] == 12
    assert counts(atoms)["I"] + counts(atoms)["Br"] == 32
    # Four units Cs2Pb2Br3I3 hold all the caesium; the rest is a multiple of PbX2.
    assert counts(atoms) == {"Cs": 8, "Pb": 12, "Br": 13, "I": 19}
    assert stoichiometry_words(atoms, crystal) == "4 Cs2Pb2Br3I3 + 1 Pb4BrI7"
    assert stoichiometry_words(atoms) == "8 CsPb(Br,I)3 + 4 Pb(Br,I)2: Cs8Pb12Br13I19"
    atoms = slab(crystal, termination="AX", bottom_termination="BX2", layers=4)
    assert {"Cs", "Pb"} == set(counts(atoms)) - {"I", "Br"}
    with pytest.raises(InputError, match=r"has no layer 'PbI2'.*A, B and X stand for all ions"):
        slab(crystal)


def thiocyanate():
    """Cs2Pb(SCN)2I2: sheets of PbI2, thiocyanate bound to lead by sulfur above and below.

    Pb-I 3.15, Pb-S 2.95, S-C 1.65 and C-N 1.17 A; body-centred.
    """
    a, c = 6.3, 26.0
    up = [[0, 0, z] for z in (2.95, 4.60, 5.77)]
    sheet = Atoms(
        "PbI2SCNSCNCs2",
        positions=[[0, 0, 0], [a / 2, 0, 0], [0, a / 2, 0], *up, *(-np.array(up)),
                   [a / 2, a / 2, 4.2], [a / 2, a / 2, -4.2]],
    )  # fmt: skip
    other = sheet.copy()
    other.positions += [a / 2, a / 2, c / 2]
    crystal = sheet + other
    crystal.set_cell([a, a, c])
    crystal.pbc = True
    crystal.wrap()
    return crystal


@pytest.mark.parametrize(
    ("termination", "layers", "words", "units"),
    [
        ("PbI2", 1, "1 PbI2", {"Pb": 1, "I": 2}),
        ("Cs(SCN)", 3, "1 Cs2PbI2(SCN)2", {"Cs": 2, "Pb": 1, "I": 2, "SCN": 2}),
        ("Cs2Pb(SCN)2I2", 2, "2 Cs2PbI2(SCN)2", {"Cs": 4, "Pb": 2, "I": 4, "SCN": 4}),
        ("AX", 3, "1 Cs2PbI2(SCN)2", {"Cs": 2, "Pb": 1, "I": 2, "SCN": 2}),
    ],
)
def test_molecular_anions_stay_whole(termination, layers, words, units):
    crystal = thiocyanate()
    atoms = slab(crystal, termination=termination, layers=layers)
    names = unit_names(atoms, molecular_units(atoms))
    assert dict(Counter(names.values())) == units
    assert polarity_words(atoms, crystal) is None
    assert set(layer_charges_e(atoms)) == {0}
    if layers > 1:
        assert stoichiometry_words(atoms, crystal) == words


def test_charges_of_layers_with_molecular_anions():
    # An alpha cell CsPb(SCN)3 with each thiocyanate in place of an iodide, its middle there.
    parent = perovskite("CsPbI3", [7.6])
    rods = {0: [0, 0, 1], 1: [1, 0, 0], 2: [0, 1, 0]}
    crystal = parent[[n for n in range(5) if parent.symbols[n] != "I"]]
    for n, place in enumerate(parent.positions[parent.symbols == "I"]):
        axis = np.array(rods[n], dtype=float)
        crystal += Atoms("SCN", positions=[place + z * axis for z in (-1.5, 0.15, 1.32)])
    atoms = slab(crystal, termination="Pb(SCN)2", layers=3)
    assert counts(atoms) == {"Cs": 1, "Pb": 2, "S": 5, "C": 5, "N": 5}
    assert layer_charges_e(atoms) == [0, 0, 0]
    assert stoichiometry_words(atoms) == "1 CsPb(SCN)3 + 1 Pb(SCN)2"
    assert layer_charges_e(slab(crystal, termination="Pb", layers=3, miller=(1, 1, 1))) == [
        2,
        -2,
        2,
    ]
    with pytest.raises(InputError, match=r"has no layer 'PbI2'.*allowed: Cs\(SCN\), Pb\(SCN\)2"):
        slab(crystal)


def test_unknown_charge_of_a_molecule_is_said():
    crystal = perovskite("CsPbI3")
    crystal.set_cell([9.0, 9.0, 9.0], scale_atoms=True)
    glycinate = molecule("CH3CONH2")
    glycinate.positions += [4.5, 4.5, 4.5]
    odd = crystal[[n for n in range(5) if crystal.symbols[n] != "Cs"]] + glycinate
    del odd[len(odd) - 1]  # C2H4NO: a radical or an ion
    atoms = slab(odd, termination="PbI2", layers=1)
    assert "not known" in polarity_words(atoms, odd)
