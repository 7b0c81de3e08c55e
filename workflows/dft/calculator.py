"""GPAW, set up from a task's specification."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from ase.io import ulm
from gpaw import GPAW, GPAW_USE_GPUS
from gpaw.mpi import world
from gpaw.new.ase_interface import ASECalculator

from workflows.dft.datasets import borrow_datasets
from workflows.dft.errors import PhysicsError
from workflows.dft.exchange import without_images
from workflows.dft.fast.relaxing_gpaw import RelaxingGPAW
from workflows.dft.remedies import scf_settings
from workflows.task_file import ElectronsSpec, Limits

GPW_FILE = "final.gpw"

borrow_datasets()
without_images()


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
    # What is done with a density is done on CPUs.
    return GPAW(str(file), txt=None, parallel={"gpu": False}) if flag[0] else None


def gpaw_in_use(limits: Limits) -> str:
    """Which GPAW calculates: ``"accelerated"``, ``"plain"``, or on a GPU ``"plain, on a GPU"``.

    The parts that we replace are written for the memory of CPUs; on a GPU, which GPAW uses where
    `GPAW_USE_GPUS` is set, all of them are off.
    """
    if GPAW_USE_GPUS:
        return "plain, on a GPU"
    return "plain" if limits.get("plain_gpaw", False) else "accelerated"


def gpaw_calculator(
    spec: ElectronsSpec,
    limits: Limits,
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
        For a charged cell with vacuum, on which its energy would depend. A charged supercell
        has a uniform background of the opposite charge.
    """
    level = spec["level"]
    if spec["charge"] != 0 and not spec.get("bulk", False):
        raise PhysicsError("a charged periodic cell with vacuum has no well-defined energy")
    more: dict[str, Any] = {"charge": spec["charge"]} if spec["charge"] else {}
    if spec["dipole_layer"]:
        more["poissonsolver"] = {"dipolelayer": "xy"}
    more |= scf_settings(limits)
    if bands is not None:
        more["nbands"] = bands
    if kpoint_ranks is not None:
        more["parallel"] = {"kpt": kpoint_ranks}
    if not point_group:
        more["symmetry"] = {"point_group": False}
    occupations: dict[str, Any] = {"name": "fermi-dirac", "width": level["smearing_eV"]}
    if "fixed_moment_muB" in spec:  # it is that of the starting moments
        occupations["fixmagmom"] = True
    gpaw = GPAW(
        mode={"name": "pw", "ecut": level["ecut_eV"]},
        xc=level["functional"],
        kpts={"size": tuple(spec["kpoints"]), "gamma": True},
        occupations=occupations,
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
    if gpaw_in_use(limits) == "accelerated":
        gpaw.__class__ = RelaxingGPAW  # no other physics
        assert isinstance(gpaw, RelaxingGPAW)
        gpaw.fewer_bands = "nbands" not in more and not point_group
    return gpaw
