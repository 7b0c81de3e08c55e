"""Ligands: molecules, conformers, charge states."""
