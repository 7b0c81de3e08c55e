"""Equation of state of a bulk crystal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from ase.eos import EquationOfState

from analysis.results import atoms_from_dict, atoms_to_dict
from workflows.calculator import PhysicsError, gpaw_calculator, with_dispersion
from workflows.store import LOG_FILE

#: 1 eV/A^3 in GPa.
GPA = 160.21766208


def equation_of_state(
    folder: Path,
    spec: Mapping[str, Any],
    limits: Mapping[str, Any],
    note: Callable[[dict[str, Any]], None],
) -> dict[str, Any]:
    """Lattice constant, bulk modulus and energy of a cubic crystal.

    Energies on a range of volumes are fitted with the Birch-Murnaghan equation; all
    atoms sit on symmetry positions, so that nothing but the volume relaxes.

    Returns
    -------
    dict
        ``energy_eV`` per cell at the minimum, ``lattice_constant_A``,
        ``bulk_modulus_GPa``, and the scanned volumes and energies.

    Raises
    ------
    PhysicsError
        If the minimum is not inside the scanned range.
    """
    start = atoms_from_dict(spec["structure"])
    volumes, energies = [], []
    for number, strain in enumerate(sorted(spec["strains"])):
        note({"step": number, "max_steps": len(spec["strains"])})
        atoms = start.copy()
        atoms.set_cell(start.cell.array * (1.0 + strain), scale_atoms=True)
        gpaw = gpaw_calculator(spec, limits, folder / LOG_FILE, point_group=True)
        atoms.calc = with_dispersion(gpaw, spec["level"])
        energies.append(float(atoms.get_potential_energy()))
        volumes.append(float(atoms.get_volume()))
    try:
        volume, energy, modulus = EquationOfState(volumes, energies, "birchmurnaghan").fit()
    except (ValueError, RuntimeError) as error:
        raise PhysicsError(f"the equation of state cannot be fitted: {error}") from error
    if not min(volumes) < volume < max(volumes):
        raise PhysicsError(
            "the minimum of the energy is outside the scanned strains; change lattice_constant_A"
        )
    final = start.copy()
    final.set_cell(start.cell.array * (volume / start.get_volume()) ** (1 / 3), scale_atoms=True)
    return {
        "structure": atoms_to_dict(final),
        "energy_eV": float(energy),
        "lattice_constant_A": float(np.cbrt(volume * spec["cells_per_cube"])),
        "bulk_modulus_GPa": float(modulus) * GPA,
        "volumes_A3": volumes,
        "energies_eV": energies,
    }
