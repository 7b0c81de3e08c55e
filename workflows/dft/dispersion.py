"""The dispersion correction of a level of theory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.mixing import SumCalculator
from ase.data import atomic_numbers
from gpaw.new.ase_interface import ASECalculator
from numpy.typing import NDArray

from workflows.study.level import DISPERSION_METHODS, ENSEMBLE_FUNCTIONAL, WITHOUT_CESIUM
from workflows.task_file import Physics

#: Vacuum of the cell that slabs are set into: their attraction through it is 0.1 meV and less.
EMPTY_A = 60.0


class _WithoutImages(Calculator):
    """A dispersion correction without periodic images through the vacuum.

    D4 repeats every cell along all of its vectors, whatever the periodicity of the atoms, and
    s-dftd3 wraps atoms below z = 0 to the top of the cell, even of a slab. Slabs are therefore
    set into a tall cell, well above its bottom, and molecules are left without a cell.

    Parameters
    ----------
    inner
        The correction.
    pbc
        Periodicity; None for that of the atoms.
    """

    implemented_properties = ["energy", "free_energy", "forces", "stress"]  # noqa: RUF012

    def __init__(self, inner: Any, pbc: Sequence[bool] | None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.inner, self.pbc = inner, pbc

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: Sequence[str] = ("energy",),
        system_changes: Sequence[str] = all_changes,
    ) -> None:
        """Energy in eV and forces in eV/A, for crystals the stress too."""
        super().calculate(atoms, properties, system_changes)  # type: ignore[no-untyped-call]
        assert self.atoms is not None
        pbc = np.array(self.atoms.pbc if self.pbc is None else self.pbc, dtype=bool)
        alone = _alone(self.atoms, pbc)
        alone.calc = self.inner
        self.results["energy"] = self.results["free_energy"] = float(alone.get_potential_energy())
        self.results["forces"] = np.array(alone.get_forces())
        if pbc.all():
            self.results["stress"] = np.array(alone.get_stress())


def _alone(atoms: Atoms, pbc: NDArray[np.bool_]) -> Atoms:
    """The atoms in a cell that holds no images along directions without periodicity."""
    if pbc.all():
        return Atoms(atoms.numbers, positions=atoms.positions, cell=atoms.cell, pbc=True)
    if not pbc.any():
        return Atoms(atoms.numbers, positions=atoms.positions)
    cell = atoms.cell.array.copy()
    thickness_A = float(np.ptp(atoms.positions[:, 2]))
    cell[2] = [0.0, 0.0, thickness_A + EMPTY_A]
    positions = atoms.positions.copy()
    positions[:, 2] += EMPTY_A / 2 - positions[:, 2].min()
    return Atoms(atoms.numbers, positions=positions, cell=cell, pbc=pbc)


def dispersion_calculator(level: Physics) -> Any:
    """The dispersion correction of a level, or None."""
    method = level["functional"]
    pbc = level.get("dispersion_pbc")
    if level["dispersion"] == "D3(BJ)":
        from dftd3.ase import DFTD3

        return _WithoutImages(DFTD3(method=method, damping="d3bj"), pbc)
    if level["dispersion"] == "D4":
        from dftd4.ase import DFTD4

        return _WithoutImages(DFTD4(method=method), pbc)
    return None


def with_dispersion(bare: ASECalculator | Calculator, level: Physics) -> Any:
    """GPAW, or a potential, plus the dispersion correction of the level, as one calculator."""
    extra = dispersion_calculator(level)
    return bare if extra is None else SumCalculator([bare, extra])


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
