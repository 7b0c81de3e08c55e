"""Slabs that are cut from crystals, and their vacancies."""
