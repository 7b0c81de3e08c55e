"""Spin-orbit coupling in all bands, of which few are calculated."""

import numpy as np
import pytest
from ase import Atoms
from gpaw import GPAW

from docs.tools.validation import keep
from workflows.dft import response
from workflows.dft.errors import PhysicsError
from workflows.dft.spin_orbit_states import CompleteStates, coupled_states

A_A = 6.4
LAYERS = (
    (("Pb", 0, 0, 0), ("I", 0.5, 0, 0), ("I", 0, 0.5, 0)),
    (("Cs", 0.5, 0.5, 0.5), ("I", 0, 0, 0.5)),
)


def atoms_of(*layers, height, pbc):
    """Layers of cubic CsPbI3 above each other."""
    places = [
        (symbol, x, y, z % 1 + n // 2)
        for n, layer in enumerate(layers)
        for symbol, x, y, z in layer
    ]
    return Atoms(
        [place[0] for place in places],
        positions=[[A_A * x for x in place[1:]] for place in places],
        cell=[A_A, A_A, height],
        pbc=pbc,
    )


def gpaw(ecut_eV, **more):
    return GPAW(
        mode={"name": "pw", "ecut": ecut_eV},
        xc="PBE",
        occupations={"name": "fermi-dirac", "width": 0.05},
        txt=None,
        **more,
    )


def ground_state(atoms, ecut_eV=150.0):
    """Calculator with the self-consistent density."""
    size = [2 if periodic else 1 for periodic in atoms.pbc]
    atoms.calc = gpaw(ecut_eV, kpts={"size": size, "gamma": True})
    atoms.get_potential_energy()
    return atoms.calc


def bands_at(ground, kpoint, empty):
    """Bands at one k-point at the self-consistent density; half of the empty ones converged."""
    filled = round(ground.get_number_of_electrons()) // 2
    calc = ground.fixed_density(
        kpts=[kpoint],
        symmetry="off",
        nbands=filled + empty,
        convergence={"bands": filled + empty // 2, "eigenstates": 4e-8},
        txt=None,
    )
    calc.get_potential_energy()
    return calc, filled


def gap_eV(states, filled):
    levels = states.eigenvalues()[0]
    return levels[2 * filled] - levels[2 * filled - 1]


def levels_only(matrix):
    """Eigenvalues without the vectors, which take four times as long; no level depends on them."""
    return np.linalg.eigvalsh(matrix), np.eye(len(matrix))


def test_gap_in_all_bands_from_few_of_them(monkeypatch):
    atoms = atoms_of(*LAYERS, height=A_A, pbc=True)
    ground = ground_state(atoms, 125.0)
    calc, filled = bands_at(ground, [0.5, 0.5, 0.5], empty=8)
    complete = CompleteStates(calc)
    mine = [gap_eV(complete.states(filled + empty), filled) for empty in (8, 4)]
    few = gap_eV(coupled_states(calc), filled)
    # Independently: all eigenvectors of the Hamiltonian in plane waves, without the response.
    whole, _ = bands_at(ground, [0.5, 0.5, 0.5], empty=8)
    whole.diagonalize_full_hamiltonian()
    assert whole.get_number_of_bands() > 800
    monkeypatch.setattr(np.linalg, "eigh", levels_only)
    every = gap_eV(coupled_states(whole), filled)
    assert few - every > 0.07
    assert mine == pytest.approx([every, every], abs=0.002)


def test_a_response_that_does_not_converge_gives_no_levels(monkeypatch):
    monkeypatch.setattr(response, "MAX_ITERATIONS", 1)
    atoms = Atoms("I", positions=[[3.0] * 3], cell=[6.0] * 3, pbc=True)
    atoms.calc = gpaw(150.0, nbands=8)
    atoms.get_potential_energy()
    with pytest.raises(PhysicsError, match="did not converge in 1 iterations"):
        CompleteStates(atoms.calc)


@pytest.mark.parametrize("vacuum_A", [6.0, 12.0])
def test_vacuum_needs_no_more_bands(vacuum_A):
    atoms = atoms_of(
        LAYERS[0], LAYERS[1], LAYERS[0], height=A_A + vacuum_A, pbc=(True, True, False)
    )
    atoms.center(axis=2)
    ground = ground_state(atoms)
    gaps = {}
    for empty in (8, 40):
        calc, filled = bands_at(ground, [0.5, 0.5, 0.0], empty)
        complete = CompleteStates(calc)
        halves = [gap_eV(complete.states(filled + n), filled) for n in (empty, empty // 2)]
        assert halves[0] == pytest.approx(halves[1], abs=0.002)
        gaps[empty] = halves[0], gap_eV(coupled_states(calc), filled)
    assert gaps[8][0] == pytest.approx(gaps[40][0], abs=0.002)
    # The calculated bands alone lack as much as in the crystal.
    assert all(few - complete > 0.05 for complete, few in gaps.values())


#: Splittings in eV of the Dirac equation (GPAW's all-electron atom, PBE, j levels filled evenly):
#: 6p -4.582 and -3.119, 5d -22.648 and -20.065 of Pb; 5p -7.776 and -6.777 of I. The partial waves
#: of PAW have no p1/2 that is singular at the nucleus, which costs some of the splitting of 6p.
DIRAC_EV = {("Pb", 6): (1.462, 0.13), ("Pb", 0): (2.583, 0.02), ("I", 1): (0.9995, 0.04)}
SHELLS = {("Pb", 6): "6p", ("Pb", 0): "5d", ("I", 1): "5p"}


@pytest.mark.parametrize("symbol", ["Pb", "I"])
def test_splittings_of_atoms_against_the_dirac_equation(symbol):
    atoms = Atoms(symbol, positions=[[4.0] * 3], cell=[8.0] * 3, pbc=True)
    atoms.calc = gpaw(300.0, nbands=14, convergence={"eigenstates": 1e-7, "bands": 10})
    atoms.get_potential_energy()
    assert np.issubdtype(atoms.calc.wfs.dtype, np.floating)
    complete = CompleteStates(atoms.calc).states(14).eigenvalues()[0]
    few = coupled_states(atoms.calc).eigenvalues()[0]
    for (element, first), (dirac_eV, error_eV) in DIRAC_EV.items():
        if element == symbol:
            # States of j = l - 1/2, of which there are 2 of p and 4 of d, lie lower.
            lowest = 2 * first
            lower = lowest + (3 if first == 0 else 1)
            splittings = [levels[lower + 1] - levels[lower] for levels in (complete, few)]
            assert splittings[0] == pytest.approx(dirac_eV, abs=error_eV)
            shell = SHELLS[element, first]
            words = f"Dirac equation: {dirac_eV:.2f} eV"
            keep("atoms", f"spin-orbit splitting of {element} {shell}", splittings[0], words)
            if first:
                assert splittings[0] > splittings[1] + 0.02
