"""Finished and failed calculations, read back from their folders."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from slabs.structure import formula

RESULT_FILE = "result.json"
FAILURE_FILE = "failure.json"
#: Tasks whose result is a structure with its energy.
ENERGY_KINDS = ("relax", "crystal", "single-point")
#: Changes only when the meaning of a stored field changes.
SCHEMA = 1


class DamagedResultError(Exception):
    """A result file that cannot be believed; the message names the file."""


@dataclass(frozen=True, eq=False)
class Result:
    """A converged calculation.

    Parameters
    ----------
    folder
        Task folder with the log of the code.
    kind
        As in `workflows.plan.Task`.
    key
        Content hash of the task, 64 hexadecimal digits.
    values
        Everything else as stored. Energies are in eV and lengths in angstrom, as the
        names say.
    """

    folder: Path
    kind: str
    key: str
    values: Mapping[str, Any]

    @property
    def energy_eV(self) -> float:
        """Total energy per cell at zero smearing, dispersion included, in eV."""
        return float(self.values["energy_eV"])

    @property
    def charge(self) -> int:
        """Charge of the cell in units of e."""
        return int(self.values["charge"])

    @property
    def fingerprint(self) -> str:
        """Hash of everything in the level of theory that changes an energy."""
        return str(self.values["fingerprint"])

    @property
    def atoms(self) -> Atoms:
        """Final structure without calculator."""
        return atoms_from_dict(self.values["structure"])


@dataclass(frozen=True)
class Failure:
    """A calculation that ended without an energy.

    Parameters
    ----------
    reason
        One sentence.
    unconverged
        True if the geometry was still moving at the last allowed step.
    max_steps
        The number of steps that was allowed.
    """

    reason: str
    unconverged: bool
    max_steps: int


def atoms_to_dict(atoms: Atoms) -> dict[str, Any]:
    """Plain description of a structure: numbers, positions, cell, periodicity, fixed atoms.

    Lengths in angstrom, rounded to 1e-6, initial magnetic moments in Bohr magnetons.
    """
    fixed: list[int] = sorted({int(n) for c in atoms.constraints for n in c.get_indices()})
    return {
        "numbers": atoms.numbers.tolist(),
        "positions_A": _rounded(atoms.positions),
        "cell_A": _rounded(atoms.cell.array),
        "pbc": [bool(p) for p in atoms.pbc],
        "fixed": fixed,
        "magnetic_moments_muB": _rounded(atoms.get_initial_magnetic_moments()),
    }


def _rounded(values: NDArray[np.float64]) -> Any:
    return (np.round(values, 6) + 0.0).tolist()  # + 0.0 turns -0.0 into 0.0


def atoms_from_dict(data: Mapping[str, Any]) -> Atoms:
    """Inverse of `atoms_to_dict`."""
    from ase.constraints import FixAtoms

    atoms = Atoms(
        numbers=data["numbers"], positions=data["positions_A"], cell=data["cell_A"], pbc=data["pbc"]
    )
    atoms.set_initial_magnetic_moments(data["magnetic_moments_muB"])
    if data["fixed"]:
        atoms.set_constraint(FixAtoms(indices=data["fixed"]))
    return atoms


def load_result(folder: Path) -> Result | None:
    """The result stored in a task folder, or None if there is none yet.

    Raises
    ------
    DamagedResultError
        If the file is there but is not a complete result of this schema.
    """
    path = folder / RESULT_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise DamagedResultError(f"{path} cannot be read: {error}") from error
    try:
        data = json.loads(text)
        if data["schema"] != SCHEMA:
            raise DamagedResultError(f"{path} has schema {data['schema']}, not {SCHEMA}")
        result = Result(folder, data["kind"], data["key"], data["values"])
        if result.kind in ENERGY_KINDS:
            formula(result.atoms)
            if not np.isfinite(result.energy_eV):
                raise DamagedResultError(f"{path} holds no finite energy")
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedResultError(f"{path} is not a complete result: {error}") from error
    return result


def load_failure(folder: Path) -> Failure | None:
    """Why the task in this folder failed, or None."""
    try:
        data = json.loads((folder / FAILURE_FILE).read_text(encoding="utf-8"))
        return Failure(str(data["reason"]), bool(data["unconverged"]), int(data["max_steps"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        return Failure(f"{folder / FAILURE_FILE} cannot be read", False, 0)
