"""Charged point defects in periodic supercells."""
