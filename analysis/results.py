"""Finished and failed calculations, read back from their folders."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from analysis.errors import DamagedResultError
from analysis.result_values import ResultValues, check_values
from slabs.structure import formula
from slabs.text import one_line

RESULT_FILE = "result.json"
FAILURE_FILE = "failure.json"
#: Characters of a reason that are shown.
LONGEST_REASON = 1000
#: Changes only when the meaning of a stored field changes.
SCHEMA = 1

Checked = TypeVar("Checked", bound=ResultValues)


@dataclass(frozen=True, eq=False)
class Result:
    """A converged calculation.

    Parameters
    ----------
    folder
        Task folder with the log of the code.
    kind
        As in `workflows.planning.plan.Task`.
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

    def checked(self, model: type[Checked]) -> Checked:
        """The values as a model that names them, such as `EnergyValues`."""
        return model.model_validate(self.values)

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
    may_pass
        True if the task could not run here, for example without a program or a dataset, or
        crashed: the next run tries it again. False if the calculation itself has no answer.
    """

    reason: str
    unconverged: bool
    max_steps: int
    may_pass: bool = False


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
        data = json.loads(text, parse_constant=_no_number)
        if data["schema"] != SCHEMA:
            shown = one_line(repr(data["schema"]), 40)
            raise DamagedResultError(f"{path} has schema {shown}, not {SCHEMA}")
        result = Result(folder, str(data["kind"]), str(data["key"]), data["values"])
        check_values(result.kind, result.values)
        if "structure" in result.values:
            formula(result.atoms)
        if "planned" in result.values:
            atoms_from_dict(result.values["planned"]["atoms"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        words = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
        raise DamagedResultError(
            f"{path} is not a complete result: {one_line(words, 200)}"
        ) from error
    for name in data_files(result):
        if not (folder / name).is_file():
            raise DamagedResultError(f"{folder / name} is missing")
    return result


def _no_number(text: str) -> float:
    raise ValueError(f"it holds {text}, which is never written")


def data_files(result: Result) -> list[str]:
    """Names of the files that belong to a result: arrays, cubes."""
    named = [result.values.get(key) for key in ("file", "cube")]
    return [Path(name).name for name in named if isinstance(name, str)]


def load_arrays(file: Path) -> dict[str, NDArray[Any]]:
    """All arrays of a file that belongs to a result.

    Raises
    ------
    DamagedResultError
        If it cannot be read to its end.
    """
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as data:
            return {name: data[name] for name in data.files}
    except Exception as error:  # the readers of zip and of numpy raise many types
        words = one_line(f"{type(error).__name__}: {error}", 200)
        raise DamagedResultError(
            f"{file} cannot be read ({words}); passivant run calculates it again"
        ) from error


def whole(result: Result) -> bool:
    """False if arrays that belong to a result cannot be read."""
    try:
        for name in data_files(result):
            if name.endswith(".npz"):
                load_arrays(result.folder / name)
    except DamagedResultError:
        return False
    return True


def load_failure(folder: Path) -> Failure | None:
    """Why the task in this folder failed, or None."""
    try:
        data = json.loads((folder / FAILURE_FILE).read_text(encoding="utf-8"))
        reason = one_line(str(data["reason"]), LONGEST_REASON)
        may_pass = bool(data.get("may_pass", False))
        return Failure(reason, bool(data["unconverged"]), int(data["max_steps"]), may_pass)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return Failure(f"{folder / FAILURE_FILE} cannot be read", False, 0)
