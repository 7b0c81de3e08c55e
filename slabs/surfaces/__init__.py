"""Slabs that are cut from crystals, and their point defects."""
