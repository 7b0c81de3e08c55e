"""What this machine has, what it lacks, and the command that mends it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from workflows.study.potential import EXTRA, POTENTIALS

PACKAGES = (
    "passivant", "gpaw", "gpaw-data", "ase", "pymatgen", "rdkit", "numpy", "scipy", "dftd3",
    "dftd4", "snakemake", "snakemake-executor-plugin-slurm",
)  # fmt: skip
REBUILD = "make env REBUILD_GPAW=1"
#: Run by a Python of its own, so that a broken GPAW cannot break the check.
_PROBE = """
import json, _gpaw
from gpaw import setup_paths
from gpaw.setup_data import search_for_file
found = {
    "libxc": getattr(_gpaw, "libxc_version", None),
    "mpi": hasattr(_gpaw, "Communicator"),
    "fftw": hasattr(_gpaw, "FFTWPlan"),
    "scalapack": hasattr(_gpaw, "new_blacs_context"),
}
missing = []
for symbol in ("Cs", "Pb", "I", "C", "N", "O", "H"):
    try:
        search_for_file(symbol + ".PBE")
    except FileNotFoundError:
        missing.append(symbol)
found["missing datasets"] = missing
print(json.dumps(found))
"""


@dataclass(frozen=True)
class Check:
    """One line of the report.

    Parameters
    ----------
    name
        What was looked for.
    found
        What was found.
    ok
        False if something a study needs is missing.
    mend
        Command that mends it, or an empty string.
    """

    name: str
    found: str
    ok: bool = True
    mend: str = ""


def _packages() -> list[Check]:
    checks = []
    for name in PACKAGES:
        try:
            checks.append(Check(name, version(name)))
        except PackageNotFoundError:
            checks.append(Check(name, "not installed", False, "make env"))
    return [*checks, *map(_potential, POTENTIALS)]


def _potential(name: str) -> Check:
    """A machine-learned potential, which studies need only if they name it."""
    potential = POTENTIALS[name]
    try:
        return Check(f"potential {name}", f"{potential.package} {potential.version}")
    except ValueError:
        return Check(f"potential {name}", f"not installed, optional: pip install '{EXTRA}'")


def _gpaw() -> list[Check]:
    import json

    run = subprocess.run(
        [sys.executable, "-c", _PROBE], capture_output=True, text=True, timeout=60, check=False
    )
    if run.returncode != 0:
        reason = (run.stderr.strip().splitlines() or ["no message"])[-1]
        return [Check("GPAW", f"does not start: {reason}", False, REBUILD)]
    data: dict[str, Any] = json.loads(run.stdout)
    missing = data["missing datasets"]
    checks = [Check("libxc", str(data["libxc"]), bool(data["libxc"]), REBUILD)]
    checks += [
        Check(f"GPAW with {name}", "yes" if data[key] else "no", data[key], REBUILD)
        for name, key in (("MPI", "mpi"), ("ScaLAPACK", "scalapack"), ("FFTW", "fftw"))
    ]
    names = ", ".join(missing)
    found = f"missing for {names}" if missing else "complete"
    checks.append(Check("PAW datasets", found, not missing, "make env"))
    return checks


def _machine() -> list[Check]:
    mpiexec = shutil.which("mpiexec")
    sbatch = shutil.which("sbatch")
    cores = len(os.sched_getaffinity(0))
    return [
        Check("Python", f"{sys.version.split()[0]} ({sys.executable})"),
        Check(
            "mpiexec", mpiexec or "not found", mpiexec is not None, "apt-get install openmpi-bin"
        ),
        Check("gpaw command", *_beside_python()),
        Check("cores", str(cores)),
        Check("SLURM", sbatch or "not found; studies run on this machine"),
    ]


def _beside_python() -> tuple[str, bool, str]:
    path = Path(sys.executable).parent / "gpaw"
    return (str(path), True, "") if path.exists() else ("not found", False, "make env")


def examine() -> list[Check]:
    """All checks, in the order in which they are shown."""
    return [*_machine(), *_packages(), *_gpaw()]


def as_json(checks: list[Check]) -> list[dict[str, Any]]:
    """The checks as plain data."""
    return [asdict(check) for check in checks]
