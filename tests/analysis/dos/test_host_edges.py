"""Band edges of a whole slab on the scale of a slab with a vacancy, from made-up levels."""

import numpy as np
import pytest
from ase import Atoms

from analysis.dos.band_edges import BandEdges
from analysis.dos.density_of_states import DensityOfStates
from analysis.dos.host_edges import host_edges, own_edges
from analysis.dos.spectrum import Spectrum
from slabs.structure import Structure

A = 6.3


def slab_atoms(lift_A=0.0, layers=3):
    """Layers of PbI2 and CsI, PbI2 first."""
    half, atoms = A / 2, Atoms(cell=[A, A, 40], pbc=(True, True, False))
    for layer in range(layers):
        if layer % 2:
            places, symbols = [(0, 0), (half, half)], "ICs"
        else:
            places, symbols = [(0, 0), (half, 0), (0, half)], "PbI2"
        heights = [(x, y, 4.0 + lift_A + half * layer) for x, y in places]
        atoms += Atoms(symbols, positions=heights)
    return atoms


def without(atoms, index):
    gone = tuple(float(x) for x in atoms.positions[index])
    del atoms[index]
    return Structure(atoms, ("surface",) * len(atoms), vacancies=(("I", gone),))


def dos_of(structure, levels_eV, electrons, potentials_eV):
    """A density of states with these levels, shape=(bands, kpoints), two electrons each."""
    levels = np.array(levels_eV, dtype=float).T[None]
    _, kpoints, bands = levels.shape
    empty = np.zeros((len(structure.atoms), 2, 1, 5), dtype=np.float32)
    shares = np.full((len(structure.atoms), 2, 1, bands), 0.5, dtype=np.float32)
    spectrum = Spectrum(
        np.linspace(-5, 5, 5), np.zeros((1, 5)), empty, levels, (levels < 0).astype(float),
        np.full(kpoints, 1 / kpoints), shares, 0.0, electrons, 5.0, coupled=False,
    )  # fmt: skip
    return DensityOfStates(structure, spectrum, None, {}, np.asarray(potentials_eV), 0.1)


def potentials_of(atoms):
    """Made-up potentials that depend on the element and on the layer."""
    return -100.0 - atoms.numbers + 2.0 * (atoms.positions[:, 2] - atoms.positions[:, 2].min())


def whole(lift_A=0.0, layers=3):
    atoms = slab_atoms(lift_A, layers)
    structure = Structure(atoms, ("surface",) * len(atoms))
    return dos_of(structure, [(-1.0,), (1.0,)], 2.0, potentials_of(atoms))


def vacant(shift_eV, lift_A=0.0, layers=3, near_eV=0.0):
    """The upper iodide is missing; the potential is raised, by more in the upper layer."""
    structure = without(slab_atoms(lift_A, layers), -1)
    atoms = structure.atoms
    upper = atoms.positions[:, 2] > atoms.positions[:, 2].max() - 0.1
    potentials = potentials_of(atoms) + shift_eV + near_eV * upper
    return dos_of(structure, [(-0.7,), (0.3,), (1.3,)], 2.0, potentials)


@pytest.mark.parametrize(("vacant_lift_A", "whole_lift_A"), [(0, 0), (0, 2.5), (2.5, 0), (1, 9)])
@pytest.mark.parametrize("shift_eV", [0.3, -0.4])
def test_slabs_at_other_heights_of_the_cell_are_laid_on_each_other(
    vacant_lift_A, whole_lift_A, shift_eV
):
    found = host_edges(
        vacant(shift_eV, vacant_lift_A), whole(whole_lift_A), "slab", spin_orbit=False
    )
    # The three ions of the lowest layer are farthest from the vacancy.
    assert (found.source, found.atoms) == ("slab", 3)
    assert found.shift_eV == pytest.approx(shift_eV)
    assert found.spread_eV == pytest.approx(0.0, abs=1e-12)
    assert found.edges.vbm_eV == pytest.approx(-1.0 + shift_eV)
    assert found.edges.cbm_eV == pytest.approx(1.0 + shift_eV)
    assert found.edges.gap_eV == pytest.approx(2.0)


def test_the_scales_are_compared_far_from_the_vacancy():
    found = host_edges(vacant(0.2, layers=5, near_eV=5.0), whole(layers=5), "s", spin_orbit=False)
    assert found.shift_eV == pytest.approx(0.2)
    assert found.spread_eV == pytest.approx(0.0, abs=1e-12)


def test_the_spread_is_the_standard_deviation_over_the_far_atoms():
    slab = vacant(0.0)
    slab.potentials_eV[:3] += [0.0, 0.1, 0.2]
    found = host_edges(slab, whole(), "slab", spin_orbit=False)
    assert found.shift_eV == pytest.approx(0.1)
    assert found.spread_eV == pytest.approx(0.1 * np.sqrt(2.0 / 3.0))


def test_slabs_without_a_common_atom_or_a_gap_have_no_host_edges():
    other = slab_atoms()
    other.symbols[:] = "Sn"
    strange = Structure(other, ("surface",) * len(other))
    reference = dos_of(strange, [(-1.0,), (1.0,)], 2.0, np.zeros(len(other)))
    assert host_edges(vacant(0.0), reference, "slab", spin_orbit=False) is None
    metal = dos_of(whole().structure, [(-1.0, 1.0), (0.0, 2.0)], 2.0, np.zeros(8))
    assert host_edges(vacant(0.0), metal, "slab", spin_orbit=False) is None
    assert host_edges(vacant(0.0), whole(), "slab", spin_orbit=True) is None


def test_single_levels_between_the_bands_are_no_edges():
    structure = vacant(0.0).structure
    levels = [(-1.2, -1.0), (-1.1, -0.9), (-0.4, -0.3), (0.4, 0.5), (1.0, 1.4), (1.1, 1.5)]
    found = own_edges(dos_of(structure, levels, 6.0, np.zeros(7)).scalar)
    # The band at -0.4 to -0.3 eV lies 0.5 eV above the next, that at 0.4 to 0.5 eV 0.5 eV below.
    assert found.edges == BandEdges(-0.9, 1.0, 1.9)
    near = [(-1.2, -1.0), (-1.1, -0.9), (-0.7, -0.3), (0.4, 0.8), (1.0, 1.4), (1.1, 1.5)]
    assert own_edges(dos_of(structure, near, 6.0, np.zeros(7)).scalar).edges.vbm_eV == -0.3
    assert own_edges(dos_of(structure, near, 6.0, np.zeros(7)).scalar).edges.cbm_eV == 0.4
