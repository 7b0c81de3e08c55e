"""Energies of reactions from a second program, beside those of GPAW in the same convention."""
