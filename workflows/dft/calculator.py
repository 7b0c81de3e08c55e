"""GPAW and the dispersion correction, set up from a task's specification."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.mixing import SumCalculator
from ase.data import atomic_numbers
from ase.dft.bee import BEEFEnsemble
from ase.io import ulm
from gpaw import GPAW
from gpaw.mpi import world
from gpaw.new.ase_interface import ASECalculator

from workflows.dft.fast.relaxing_gpaw import RelaxingGPAW
from workflows.dft.remedies import scf_settings
from workflows.study.level import DISPERSION_METHODS, ENSEMBLE_FUNCTIONAL, WITHOUT_CESIUM

GPW_FILE = "final.gpw"
ENSEMBLE_SIZE = 2000
ENSEMBLE_SEED = 0


class PhysicsError(Exception):
    """A calculation that ended without a usable answer; the message is the reason."""


def stored_density(folder: Path) -> ASECalculator | None:
    """The converged density that a task has left, or None if its file is not there or damaged."""
    file = folder / GPW_FILE
    flag = np.zeros(1, dtype=int)
    if world.rank == 0:  # GPAW's ranks would wait for one that stumbled over the file
        try:
            with ulm.open(file) as reader:
                reader.asdict()
            flag[:] = 1
        except Exception:  # the reader raises many types for damaged files
            flag[:] = 0
    world.broadcast(flag, 0)
    return GPAW(str(file), txt=None) if flag[0] else None


def gpaw_calculator(
    spec: Mapping[str, Any],
    limits: Mapping[str, Any],
    log: Path,
    *,
    point_group: bool = False,
    bands: str | None = None,
    kpoint_ranks: int | None = None,
) -> ASECalculator:
    """GPAW in plane-wave mode.

    Parameters
    ----------
    spec
        Specification of the task: ``level``, ``kpoints``, ``spin_polarised``,
        ``dipole_layer`` and ``charge``.
    limits
        Bounds on the effort, from the same task.
    log
        Log file; it is continued, never overwritten.
    point_group
        Use the symmetry of the crystal. Slabs and molecules are calculated without, so
        that a relaxation may break it.
    bands
        ``"nao"``: as many as the atoms have bound valence orbitals. Default: GPAW's.
    kpoint_ranks
        MPI ranks over which k-points and spins are spread. Default: GPAW's.

    Raises
    ------
    PhysicsError
        For a charged cell, whose energy would depend on the vacuum.
    """
    level = spec["level"]
    if spec["charge"] != 0:
        raise PhysicsError("a charged periodic cell has no well-defined energy here")
    more: dict[str, Any] = {}
    if spec["dipole_layer"]:
        more["poissonsolver"] = {"dipolelayer": "xy"}
    more |= scf_settings(limits)
    if bands is not None:
        more["nbands"] = bands
    if kpoint_ranks is not None:
        more["parallel"] = {"kpt": kpoint_ranks}
    if not point_group:
        more["symmetry"] = {"point_group": False}
    gpaw = GPAW(
        mode={"name": "pw", "ecut": level["ecut_eV"]},
        xc=level["functional"],
        kpts={"size": tuple(spec["kpoints"]), "gamma": True},
        occupations={"name": "fermi-dirac", "width": level["smearing_eV"]},
        spinpol=spec["spin_polarised"],
        convergence={
            "energy": level["scf_energy_eV"],
            "density": level["scf_density"],
            "eigenstates": level["scf_eigenstates_eV2"],
        },
        maxiter=limits["max_scf_iterations"],
        txt=log.open("a", encoding="utf-8"),
        **more,
    )
    gpaw.__class__ = RelaxingGPAW  # nothing but first densities and forces
    return gpaw


def dispersion_calculator(level: Mapping[str, Any]) -> Any:
    """The dispersion correction of a level, or None."""
    method = level["functional"]
    if level["dispersion"] == "D3(BJ)":
        from dftd3.ase import DFTD3

        return DFTD3(method=method, damping="d3bj")
    if level["dispersion"] == "D4":
        from dftd4.ase import DFTD4

        return DFTD4(method=method)
    return None


def with_dispersion(gpaw: ASECalculator, level: Mapping[str, Any]) -> Any:
    """GPAW plus the dispersion correction of the level, as one ASE calculator."""
    extra = dispersion_calculator(level)
    return gpaw if extra is None else SumCalculator([gpaw, extra])


def dispersion_energy_eV(atoms: Atoms, level: Mapping[str, Any]) -> float:
    """Dispersion part of the energy in eV; zero for a level without."""
    extra = dispersion_calculator(level)
    if extra is None:
        return 0.0
    copy = atoms.copy()
    copy.calc = extra
    return float(copy.get_potential_energy())


def dispersion_sensitivity_eV(atoms: Atoms, level: Mapping[str, Any]) -> dict[str, float]:
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
    d3 = {**level, "dispersion": "D3(BJ)"}
    energies[WITHOUT_CESIUM] = dispersion_energy_eV(bare, d3) if len(bare) else 0.0
    return energies


def ensemble_eV(gpaw: ASECalculator, level: Mapping[str, Any]) -> dict[str, list[float]]:
    """Energy differences of the BEEF ensemble from the functional itself, in eV.

    Always the same members in the same order, so that those of two species may be
    subtracted. Wellendorff et al., Phys. Rev. B 85, 235149 (2012).

    Returns
    -------
    dict
        ``ensemble_eV`` with `ENSEMBLE_SIZE` numbers for BEEF-vdW, nothing for others.
    """
    if level["functional"] != ENSEMBLE_FUNCTIONAL:
        return {}
    ensemble = BEEFEnsemble(gpaw, verbose=False)
    members = ensemble.get_ensemble_energies(size=ENSEMBLE_SIZE, seed=ENSEMBLE_SEED)
    return {"ensemble_eV": [round(float(x), 6) for x in members]}
