"""Reaction energies with several values of one parameter."""
