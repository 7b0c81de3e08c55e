"""Reaction energies."""
