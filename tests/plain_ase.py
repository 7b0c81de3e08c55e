"""Adsorption energy by plain ASE and GPAW, from the structures in an exported energies.db.

Knows nothing of passivant: python plain_ase.py energies.db
"""

import sys

from ase.calculators.mixing import SumCalculator
from ase.db import connect
from dftd3.ase import DFTD3
from gpaw import GPAW


def energy(atoms, slab, odd):
    gpaw = GPAW(
        mode={"name": "pw", "ecut": 220.0},
        xc="PBE",
        kpts={"size": (1, 1, 1), "gamma": True},
        occupations={"name": "fermi-dirac", "width": 0.05},
        spinpol=odd,
        convergence={"energy": 1e-5, "density": 1e-4, "eigenstates": 1e-7},
        symmetry={"point_group": False},
        txt=None,
        **({"poissonsolver": {"dipolelayer": "xy"}} if slab else {}),
    )
    atoms.calc = SumCalculator([gpaw, DFTD3(method="PBE", damping="d3bj")])
    return atoms.get_potential_energy()


database = connect(sys.argv[1])
found = {
    row.species: energy(row.toatoms(), "slab" in row.species, row.species == "slab.V")
    for row in database.select()
}
print(found["slab.NH3"] - found["slab"] - found["NH3"])
print(found["slab.V"] + found["I2"] / 2 - found["slab"])
