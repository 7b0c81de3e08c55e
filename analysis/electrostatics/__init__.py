"""Electrostatic potentials of slabs."""
