"""Placements of ligands on slabs."""
