"""Stability and chemical potentials."""
