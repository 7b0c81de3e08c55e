"""Stability of a crystal, and formation and surface energies over chemical potentials."""
