"""Density of states at a relaxed structure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from gpaw import GPAW
from gpaw.dos import DOSCalculator
from gpaw.mpi import world

from analysis.dos import DOS_FILE, ORBITALS
from workflows.calculator import GPW_FILE
from workflows.store import LOG_FILE

#: Energy points per broadening width.
POINTS_PER_WIDTH = 8


def density_of_states(
    folder: Path, spec: Mapping[str, Any], limits: Mapping[str, Any], parent: Path
) -> dict[str, Any]:
    """Total and projected density of states at the relaxed geometry.

    The self-consistent density of the relaxation is kept fixed; bands are calculated for
    the requested k-points and number of empty bands. Written to `DOS_FILE`: ``energies_eV``
    from the Fermi level, ``total`` of shape (spins, energies) in states/eV, and one array
    ``group|element|orbital`` of the same shape for each group of atoms.

    Projections are squared overlaps with the PAW projector functions of bound states;
    their sum is not the total.
    """
    ground = GPAW(str(parent / GPW_FILE), txt=None)
    occupied = int(np.ceil(ground.get_number_of_electrons() / 2))
    calc = ground.fixed_density(
        kpts={"size": tuple(spec["kpoints"]), "gamma": True},
        nbands=occupied + spec["empty_bands"],
        symmetry="off",
        update_fermi_level=True,
        maxiter=limits["max_scf_iterations"],
        convergence={"bands": occupied + spec["empty_bands"] // 2},
        txt=str(folder / LOG_FILE),
    )
    calc.get_potential_energy()
    dos: Any = DOSCalculator.from_calculator(calc, soc=spec["spin_orbit"])
    low, high = spec["window_eV"]
    width = spec["width_eV"]
    energies = np.linspace(low, high, int((high - low) / width * POINTS_PER_WIDTH) + 1)
    spins: list[int | None] = [0, 1] if dos.nspins == 2 else [None]
    data: dict[str, Any] = {
        "total": np.array([dos.raw_dos(energies, spin=s, width=width) for s in spins])
    }
    for number, (group, symbol) in enumerate(
        zip(spec["groups"], ground.atoms.symbols, strict=True)
    ):
        setup = dos.setups[number]
        bound = {ell for n, ell in zip(setup.n_j, setup.l_j, strict=True) if n > 0}
        for ell in sorted(bound):
            name = f"{group}|{symbol}|{ORBITALS[ell]}"
            part = np.array(
                [dos.raw_pdos(energies, number, ell, spin=s, width=width) for s in spins]
            )
            data[name] = data.get(name, 0.0) + part
    fermi = float(dos.fermi_level)
    electrons = float(ground.get_number_of_electrons())
    if world.rank == 0:
        temporary = folder / f"new-{DOS_FILE}"
        with temporary.open("wb") as file:
            np.savez_compressed(file, energies_eV=energies, **data)
        temporary.replace(folder / DOS_FILE)
    world.barrier()
    levels = dos.eig_skn
    filled = levels[levels <= 0.0]
    empty = levels[levels > 0.0]
    return {
        "file": DOS_FILE,
        "spins": len(spins),
        "spin_orbit": spec["spin_orbit"],
        "fermi_level_eV": fermi,
        "valence_electrons": electrons,
        "highest_filled_eV": float(filled.max()) if filled.size else None,
        "lowest_empty_eV": float(empty.min()) if empty.size else None,
    }
