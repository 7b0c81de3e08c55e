"""Bonds before and after a relaxation: those of fluorine are longer than tabulated radii allow."""

import pytest

from analysis.geometry.bond_changes import bond_changes
from analysis.geometry.bond_graphs import heavy_bonds
from slabs.ligands.ligand import make_ligand


@pytest.mark.parametrize("smiles", ["FF", "ClCl", "FP(F)(F)(F)F", "FC(F)(F)F", "FS(F)(F)(F)(F)F"])
def test_bonds_of_fluorine_are_in_the_plan(smiles):
    # The F-F bond of the plan, 1.48 A, is longer than 1.1 times Cordero's radii.
    ligand = make_ligand(smiles=smiles, anchor_smarts="*")
    assert len(heavy_bonds(ligand.atoms)) == ligand.graph.GetNumBonds()
    relaxed = ligand.atoms.copy()
    relaxed.positions *= 0.96
    changes = bond_changes(ligand.atoms, relaxed)
    assert changes.new == changes.broken == ()
