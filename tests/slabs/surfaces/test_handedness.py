"""Left-handed cells: the atoms are not replaced by their mirror image."""

import numpy as np
import pytest
from ase import Atoms
from ase.io import write

from slabs.crystals.perovskite import perovskite
from slabs.surfaces.cells import turn_to_axes
from slabs.surfaces.cuts import _oriented_cell
from slabs.surfaces.slab import build_slab
from slabs.surfaces.slab_files import read_slab

#: Tetrahedra of four different neighbours, in angstrom.
CHFCLBR = Atoms(
    "CHFClBr",
    [[0, 0, 0], [0, 0, 1.09], [1.27, 0, -0.45], [-0.83, 1.44, -0.59], [-0.91, -1.58, -0.64]],
)


def handedness(atoms):
    """Sign of the volume that F, Cl and Br span as seen from C, at nearest images."""
    (c,) = np.flatnonzero(atoms.numbers == 6)
    others = [int(np.flatnonzero(atoms.numbers == n)[0]) for n in (9, 17, 35)]
    return np.sign(np.linalg.det(atoms.get_distances(c, others, mic=True, vector=True)))


def left_handed(atoms):
    mirrored = atoms.copy()
    mirrored.set_cell(mirrored.cell.array[[1, 0, 2]])
    assert mirrored.cell.handedness < 0
    return mirrored


def test_turning_keeps_the_molecule():
    atoms = CHFCLBR.copy()
    atoms.set_cell([[9, 0, 0], [1, 10, 0], [0, 1, 11]])
    atoms.pbc = True
    for each in (atoms, left_handed(atoms)):
        turned = each.copy()
        turn_to_axes(turned)
        assert turned.cell.handedness > 0
        assert turned.cell.lengths() == pytest.approx(each.cell.lengths())
        assert handedness(turned) == handedness(atoms)
        assert turned.get_all_distances(mic=True) == pytest.approx(each.get_all_distances(mic=True))


def test_slab_of_a_file_keeps_its_molecule(tmp_path):
    slab = build_slab(
        perovskite("CsPbI3"), termination="PbI2", layers=3, size=(2, 2), vacuum_A=20.0
    )
    molecule = CHFCLBR.copy()
    molecule.positions += [3.1, 6.0, slab.positions[:, 2].max() + 5.0]
    whole = slab + molecule
    whole.set_constraint()
    whole.pbc = True
    for name, each in (("right.vasp", whole), ("left.vasp", left_handed(whole))):
        write(tmp_path / name, each)
        atoms = read_slab(tmp_path / name, size=(1, 1), frozen_layers=0, sides="one", vacuum_A=10.0)
        assert handedness(atoms) == handedness(whole), name


def test_crystal_in_a_left_handed_cell_is_cut_as_it_is():
    crystal = CHFCLBR.copy()
    crystal.set_cell([6.0, 6.5, 7.0])
    crystal.pbc = True
    for miller in ((0, 0, 1), (1, 0, 0), (1, 1, 0)):
        for each in (crystal, left_handed(crystal)):
            assert handedness(_oriented_cell(each, miller, None)) == handedness(crystal)
