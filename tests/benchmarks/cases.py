"""What the benchmarks of relaxations calculate: studies, and the crude starts of a short script."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.build import add_adsorbate

from slabs.ligands import make_ligand

LEVEL = """
title = "Benchmark: {name}"
molecule_vacuum_A = 5.0

[level]
name = "benchmark"
caveat = "benchmark of effort, not of energies"
functional = "PBE"
ecut_eV = {ecut}
kpoint_length_A = 6.0
smearing_eV = 0.05
dispersion = "D3(BJ)"
scf_energy_eV = 1e-4
scf_density = 1e-4
scf_eigenstates_eV2 = 1e-7
fmax_eV_per_A = 0.05
max_steps = 400
"""

SURFACE = """
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = {size}
layers = 3
frozen_layers = 1
vacuum_A = 7.0
"""

LIGAND = """
[ligands.L]
{ligand}

[[reactions]]
name = "adsorption"
equation = "slab + L -> slab.L"
"""

VACANCY = """
[vacancies.V]
element = "I"
bridge_axis = "x"

[molecules.I2]
smiles = "II"

[[reactions]]
name = "vacancy"
equation = "slab -> slab.V + 1/2 I2"
"""


@dataclass(frozen=True)
class Case:
    """One comparison.

    Parameters
    ----------
    atoms
        In the largest cell.
    size
        Of the surface cell.
    ligand
        Lines of its table in the study; empty for a vacancy.
    height_A
        Where the short script puts the ligand's anchor, or its centre if it lies flat.
    flat
        Whether the script lays the molecule flat.
    """

    atoms: int
    size: tuple[int, int]
    ligand: str = ""
    height_A: float = 0.0
    flat: bool = False

    def study(self, name: str, ecut_eV: float) -> str:
        """Text of the study."""
        text = LEVEL.format(name=name, ecut=ecut_eV) + SURFACE.format(size=list(self.size))
        return text + (LIGAND.format(ligand=self.ligand) if self.ligand else VACANCY)


AMINE = 'molecule = "OAm"\ntruncate_to_carbons = {}\nsite = "metal-top"'
ACID = 'molecule = "OA"\ntruncate_to_carbons = {}\nsite = "metal-top"'
CATION = 'molecule = "GA"\nbalance = "electron"'

#: By name, the cheapest first.
CASES = {
    "methylamine": Case(15, (1, 1), AMINE.format(1), 2.8),
    "vacancy": Case(15, (2, 1)),
    "acetic-acid": Case(16, (1, 1), ACID.format(2), 2.8),
    "guanidinium": Case(18, (1, 1), CATION, 3.2, flat=True),
    "butylamine": Case(32, (2, 1), AMINE.format(4), 2.8),
    "guanidinium-2x2": Case(42, (2, 2), CATION, 3.2, flat=True),
    "oleylamine-2x2": Case(88, (2, 2), 'molecule = "OAm"\nsite = "metal-top"', 2.8),
}


def crude_start(case: Case, planned: Atoms, slab: Atoms, removed: int | None) -> Atoms:
    """What somebody would write down in five lines of ASE.

    Parameters
    ----------
    case
        The comparison.
    planned
        The structure in the plan, whose cell, constraints and moments are taken.
    slab
        The unrelaxed slab.
    removed
        Index of the iodine atom that is taken from the slab, if any.
    """
    atoms = slab.copy()
    if removed is not None:
        del atoms[removed]
    else:
        lines = dict(line.split(" = ") for line in case.ligand.splitlines())
        carbons = lines.get("truncate_to_carbons")
        ligand = make_ligand(
            lines["molecule"].strip('"'), truncate_to_carbons=int(carbons) if carbons else None
        )
        molecule = ligand.atoms.copy()
        molecule.positions -= molecule.positions.mean(axis=0)
        anchor = ligand.anchors[0]
        axis = np.linalg.svd(molecule.positions)[2]
        if case.flat:
            molecule.rotate(axis[2], "z")
        else:
            molecule.rotate(molecule.positions[anchor], "-z")
        top = max((a for a in slab if a.symbol == "Pb"), key=lambda a: round(a.z, 2) * 100 - a.x)
        index = int(np.argmin(molecule.positions[:, 2])) if case.flat else anchor
        add_adsorbate(atoms, molecule, case.height_A, position=(top.x, top.y), mol_index=index)
    atoms.info.clear()
    gap = planned.cell[2, 2] - planned.positions[:, 2].max()
    cell = planned.cell.array.copy()
    cell[2, 2] = max(cell[2, 2], atoms.positions[:, 2].max() + gap)
    atoms.set_cell(cell)
    return atoms
