"""Errors of forces and energies against the cutoff: ``python -m tests.benchmarks.cutoffs``.

Plain GPAW, PBE. Forces are compared with those at 900 eV at the same displaced positions; the
reactions are relaxed at each cutoff, with single points of these structures at 500 and 700 eV.
About an hour on one core; nothing is asserted.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from ase import Atoms
from ase.build import molecule
from ase.optimize import BFGS
from gpaw import GPAW

REFERENCE_EV = 900.0
CUTOFFS_EV = (220.0, 300.0, 340.0, 400.0, 450.0, 500.0, 600.0, 700.0)
MOLECULES = ("H2", "CH4", "NH3", "H3CNH2", "H2O", "HCOOH", "CH3SH", "PH3", "HF", "CH3Cl")
CRYSTALS = {"CsPbI3": 6.29, "CsSnI3": 6.2, "CsPbBr3": 5.9}
SINGLE_POINTS_EV = (500.0, 700.0)


def displaced(name):
    """A molecule or cubic crystal with small random displacements."""
    if name in CRYSTALS:
        places = [[0.5] * 3, [0] * 3, [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]]
        a = CRYSTALS[name]
        atoms = Atoms(name, scaled_positions=places, cell=[a] * 3, pbc=True)
        atoms.rattle(0.05, seed=1)
    else:
        atoms = boxed(molecule(name), 3.0)
        atoms.rattle(0.03, seed=1)
    return atoms


def boxed(atoms, vacuum_A):
    atoms.center(vacuum=vacuum_A)
    atoms.pbc = True
    return atoms


def gpaw(ecut_eV, kpoints=1):
    return GPAW(
        mode={"name": "pw", "ecut": ecut_eV},
        xc="PBE",
        kpts=[kpoints] * 3,
        occupations={"name": "fermi-dirac", "width": 0.05},
        convergence={"density": 1e-6},
        txt=None,
    )


def forces(name, ecut_eV):
    atoms = displaced(name)
    atoms.calc = gpaw(ecut_eV, 2 if name in CRYSTALS else 1)
    return atoms.get_forces()


def hydrogen_bond():
    """Formic acid whose hydroxyl group points at the nitrogen of ammonia."""
    acid, ammonia = molecule("HCOOH"), molecule("NH3")
    hydroxyl, oxygen = min(
        ((h, o) for h in acid.symbols.search("H") for o in acid.symbols.search("O")),
        key=lambda pair: acid.get_distance(*pair),
    )
    along = acid.positions[hydroxyl] - acid.positions[oxygen]
    along /= np.linalg.norm(along)
    lone_pair = ammonia.positions[0] - ammonia.positions[1:].mean(axis=0)
    ammonia.rotate(lone_pair, -along, center=ammonia.positions[0])
    ammonia.translate(acid.positions[oxygen] + 2.7 * along - ammonia.positions[0])
    return acid + ammonia


def linear(symbols, *heights_A):
    atoms = Atoms(symbols, [[0, 0, z] for z in heights_A])
    atoms.rattle(0.01, seed=1)
    return atoms


REACTANTS = {
    "HCN": lambda: linear("HCN", 0.0, 1.07, 2.23),
    "HNC": lambda: linear("HNC", 0.0, 1.0, 2.17),
    "NH3": lambda: molecule("NH3"),
    "HCOOH": lambda: molecule("HCOOH"),
    "HCOOH-NH3": hydrogen_bond,
}
REACTIONS = {
    "HCN -> HNC": {"HNC": 1, "HCN": -1},
    "HCOOH + NH3 -> HCOOH-NH3": {"HCOOH-NH3": 1, "HCOOH": -1, "NH3": -1},
}


def relaxed_energies(name, ecut_eV):
    """Energies of the structure that is relaxed at a cutoff: there, and at `SINGLE_POINTS_EV`."""
    atoms = boxed(REACTANTS[name](), 3.2)
    atoms.calc = gpaw(ecut_eV)
    BFGS(atoms, logfile=None).run(fmax=0.03, steps=100)
    found = [atoms.get_potential_energy()]
    for single_eV in SINGLE_POINTS_EV:
        atoms.calc = gpaw(single_eV)
        found.append(atoms.get_potential_energy())
    return found


def main():
    print("Largest error of a force / (eV/A):", *(f"{e:.0f}" for e in CUTOFFS_EV), "eV")
    for name in (*MOLECULES, *CRYSTALS):
        reference = forces(name, REFERENCE_EV)
        errors = [np.linalg.norm(forces(name, e) - reference, axis=1) for e in CUTOFFS_EV]
        symbols = displaced(name).symbols
        for element in dict.fromkeys(symbols):
            own = [error[symbols.search(element)].max() for error in errors]
            print(f"{name:8} {element:2}", *(f"{error:.3f}" for error in own), flush=True)
    print("Reaction energies / eV: relaxed at a cutoff, and these structures at", *SINGLE_POINTS_EV)
    for ecut_eV in CUTOFFS_EV[2:]:
        energies = {name: relaxed_energies(name, ecut_eV) for name in REACTANTS}
        for reaction, terms in REACTIONS.items():
            own = [sum(n * energies[name][k] for name, n in terms.items()) for k in range(3)]
            print(f"{ecut_eV:.0f} eV  {reaction}:", *(f"{e:+.3f}" for e in own), flush=True)


if __name__ == "__main__":
    main()
