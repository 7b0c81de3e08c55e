"""Harmonic vibrations: modes, zero-point energies, thermochemistry."""
