"""The dispersion correction of a level of theory."""

from __future__ import annotations

from typing import Any

from ase import Atoms
from ase.calculators.mixing import SumCalculator
from ase.data import atomic_numbers
from gpaw.new.ase_interface import ASECalculator

from workflows.study.level import DISPERSION_METHODS, ENSEMBLE_FUNCTIONAL, WITHOUT_CESIUM
from workflows.task_file import Physics


def dispersion_calculator(level: Physics) -> Any:
    """The dispersion correction of a level, or None."""
    method = level["functional"]
    if level["dispersion"] == "D3(BJ)":
        from dftd3.ase import DFTD3

        return DFTD3(method=method, damping="d3bj")
    if level["dispersion"] == "D4":
        from dftd4.ase import DFTD4

        return DFTD4(method=method)
    return None


def with_dispersion(gpaw: ASECalculator, level: Physics) -> Any:
    """GPAW plus the dispersion correction of the level, as one ASE calculator."""
    extra = dispersion_calculator(level)
    return gpaw if extra is None else SumCalculator([gpaw, extra])


def dispersion_energy_eV(atoms: Atoms, level: Physics) -> float:
    """Dispersion part of the energy in eV; zero for a level without."""
    extra = dispersion_calculator(level)
    if extra is None:
        return 0.0
    copy = atoms.copy()
    copy.calc = extra
    return float(copy.get_potential_energy())


def dispersion_sensitivity_eV(atoms: Atoms, level: Physics) -> dict[str, float]:
    """Dispersion energy at one geometry by every method of the functional, in eV.

    With D3 also for the structure without its cesium.

    Empty for a functional that contains dispersion.
    """
    if level["functional"] == ENSEMBLE_FUNCTIONAL:
        return {}
    energies = {
        method: dispersion_energy_eV(atoms, {**level, "dispersion": method})
        for method in DISPERSION_METHODS
    }
    bare = atoms[atoms.numbers != atomic_numbers["Cs"]]
    d3: Physics = {**level, "dispersion": "D3(BJ)"}
    energies[WITHOUT_CESIUM] = dispersion_energy_eV(bare, d3) if len(bare) else 0.0
    return energies
