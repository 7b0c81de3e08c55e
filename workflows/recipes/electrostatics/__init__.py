"""Electrostatic potentials, work functions and dipole moments."""
