"""The recipes, in the order in which they are planned and shown."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from workflows.recipes.base import Recipe

#: Each is a module or folder beside this one that holds its `RECIPE`.
NAMES = (
    "reactions",
    "dispersion",
    "passivation",
    "ligand_screen",
    "barriers",
    "coverage",
    "candidates",
    "screening",
    "spins",
    "basin_checks",
    "splits",
    "spin_orbit_checks",
    "chemical_potentials",
    "surface_phases",
    "finite_size",
    "charged_defects",
    "crystals",
    "dos",
    "gaps",
    "density_differences",
    "electrostatics",
    "vibrations",
    "free_energies",
    "geometry",
)
#: Names of earlier versions, and what they are called now.
FORMER_NAMES = {
    "energies": "reactions",
    "basins": "basin_checks",
    "spin-orbit": "spin_orbit_checks",
    "phases": "chemical_potentials",
    "potentials": "chemical_potentials",
    "formation": "chemical_potentials",
    "surfaces": "chemical_potentials",
    "chemical-potentials": "chemical_potentials",
    "densities": "density_differences",
    "density-differences": "density_differences",
}


@cache
def recipe(name: str) -> Recipe[Any, Any]:
    """The recipe of one of `NAMES`."""
    found: Recipe[Any, Any] = import_module(f"workflows.recipes.{name}").RECIPE
    return found


def recipes() -> list[Recipe[Any, Any]]:
    """All recipes."""
    return [recipe(name) for name in NAMES]
