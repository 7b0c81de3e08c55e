"""What the benchmarks of relaxations calculate: studies, and the crude starts of a short script."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.build import add_adsorbate

from tests.conftest import smoke_text
from workflows.planning.plan import Plan
from workflows.species.parts import build_ligand
from workflows.species.species import Species

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
        Of the surface cell; None for the smoke study, at its own level.
    ligand
        Lines of its table in the study; empty for a vacancy.
    """

    atoms: int
    size: tuple[int, int] | None
    ligand: str = ""

    def study(self, name: str, ecut_eV: float) -> str:
        """Text of the study."""
        if self.size is None:
            blocks = smoke_text().split("\n\n")
            return "\n\n".join(b for b in blocks if not re.search(NOT_RELAXED, b, re.MULTILINE))
        text = LEVEL.format(name=name, ecut=ecut_eV) + SURFACE.format(size=list(self.size))
        return text + (LIGAND.format(ligand=self.ligand) if self.ligand else VACANCY)


#: Tables whose calculations are the same in a script.
NOT_RELAXED = r"^\[+(crystals|dos|density_differences)\b"

AMINE = 'molecule = "OAm"\ntruncate_to_carbons = {}\nsite = "metal-top"'
ACID = 'molecule = "OA"\ntruncate_to_carbons = {}\nsite = "metal-top"'
CATION = 'molecule = "GA"\nbalance = "electron"'

#: By name, the cheapest first.
CASES = {
    "methylamine": Case(15, (1, 1), AMINE.format(1)),
    "vacancy": Case(15, (2, 1)),
    "acetic-acid": Case(16, (1, 1), ACID.format(2)),
    "guanidinium": Case(18, (1, 1), CATION),
    "smoke": Case(31, None),
    "butylamine": Case(32, (2, 1), AMINE.format(4)),
    "guanidinium-2x2": Case(42, (2, 2), CATION),
    "oleylamine-2x2": Case(88, (2, 2), 'molecule = "OAm"\nsite = "metal-top"'),
}

#: Where the short script puts the anchor of an upright molecule, the lowest atom of a flat
#: one, and a counter-ion.
UPRIGHT_A = 2.8
FLAT_A = 3.2


def crude_start(plan: Plan, species: Species) -> Atoms:
    """What somebody would write down in a few lines of ASE.

    Ligands stand or lie on one outermost Pb after the other, counter-ions in the hollow
    beside them. Cell, constraints and moments are those of the plan.
    """
    study, planned = plan.study, species.structure.atoms
    surface, *parts = species.name.split(".")
    slab = plan.species[surface][0].structure.atoms
    atoms = slab.copy()
    highest = max(a.z for a in slab if a.symbol == "Pb")
    tops = [a for a in slab if a.symbol == "Pb" and a.z > highest - 0.5]
    tops = iter(sorted(tops, key=lambda a: (round(a.x, 2), round(a.y, 2))))
    for spec in (study.ligands[part] for part in parts if part in study.ligands):
        ligand, top = build_ligand(spec, plan.file.parent), next(tops)
        molecule, anchor = ligand.atoms.copy(), ligand.anchors[0]
        molecule.positions -= molecule.positions.mean(axis=0)
        if ligand.orientation == "flat":
            molecule.rotate(np.linalg.svd(molecule.positions)[2][2], "z")
            anchor, height_A = int(np.argmin(molecule.positions[:, 2])), FLAT_A
        else:
            molecule.rotate(molecule.positions[anchor], "-z")
            height_A = UPRIGHT_A
        add_adsorbate(atoms, molecule, height_A, position=(top.x, top.y), mol_index=anchor)
        if spec.counter_ion is not None:
            beside = top.position + slab.cell[1] / study.surfaces[surface].size[1] / 2
            add_adsorbate(atoms, spec.counter_ion, FLAT_A, position=beside[:2])
    if any(part in study.vacancies for part in parts):
        assert species.parent is not None
        kept = set(species.parent_atoms.tolist())
        (removed,) = (n for n in range(len(kept) + 1) if n not in kept)
        assert removed < len(slab)
        del atoms[removed]
    atoms.info.clear()
    gap = planned.cell[2, 2] - planned.positions[:, 2].max()
    cell = planned.cell.array.copy()
    cell[2, 2] = max(cell[2, 2], atoms.positions[:, 2].max() + gap)
    atoms.set_cell(cell)
    atoms.set_initial_magnetic_moments(planned.get_initial_magnetic_moments())
    assert sorted(atoms.numbers) == sorted(planned.numbers), species.name
    return atoms
