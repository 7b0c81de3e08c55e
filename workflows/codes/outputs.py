"""Outputs of other programs that are there already, and whether they are of the asked structure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from ase import Atoms

from workflows.codes.programs import Code
from workflows.codes.single_point import CodeEnergy, OutputError, SinglePoint

#: Outputs print positions with six digits and more; ABINIT has a bohr of its own.
TOLERANCE_A = 1e-4


@dataclass(frozen=True)
class CheckedOutput:
    """A converged energy whose input and structure are those that were asked for.

    Parameters
    ----------
    energy
        What was read.
    version
        Of the program that has written it.
    """

    energy: CodeEnergy
    version: str


def checked_output(
    code: Code, folder: Path, point: SinglePoint, level: Mapping[str, Any]
) -> CheckedOutput:
    """Energy in a folder with input and output of another program.

    Parameters
    ----------
    code
        The other program.
    folder
        Where both files are.
    point, level
        What is to be calculated; see `workflows.codes.programs.Code.write_input`.

    Raises
    ------
    OutputError
        If there is no output, it is not complete, the input beside it is another one, or the
        output is of other atoms.
    UnconvergedScfError
        If the SCF cycle did not converge.
    """
    file = folder / code.output_file
    if not file.is_file():
        raise OutputError(f"{file} is missing")
    if not same_input(code, folder, point, level):
        raise OutputError(
            f"{folder / code.input_file} is not the input that is written for this structure and"
            " these settings"
        )
    energy = code.read_output(folder)
    echo = code.read_echo(folder)
    why = _other_structure(echo.atoms, point)
    if why:
        raise OutputError(f"{file} is not of this structure: {why}")
    return CheckedOutput(energy, echo.version)


def same_input(code: Code, folder: Path, point: SinglePoint, level: Mapping[str, Any]) -> bool:
    """Whether the input in a folder is the one that would be written there now."""
    file = folder / code.input_file
    return file.is_file() and file.read_bytes() == input_bytes(code, point, level)


def input_bytes(code: Code, point: SinglePoint, level: Mapping[str, Any]) -> bytes:
    """Content of the input file of a calculation."""
    with TemporaryDirectory() as made:
        code.write_input(Path(made), point, level)
        return (Path(made) / code.input_file).read_bytes()


def _other_structure(echoed: Atoms, point: SinglePoint) -> str:
    """How the atoms of an output differ from those that were asked for; empty if they do not."""
    if list(echoed.symbols) != list(point.atoms.symbols):
        return f"it has {echoed.symbols}, not {point.atoms.symbols}"
    apart_A = np.linalg.norm(echoed.positions - point.atoms.positions, axis=1)
    if apart_A.max() > TOLERANCE_A:
        n = int(apart_A.argmax())
        return f"atom {n}, {echoed.symbols[n]}, is {apart_A[n]:.4f} A from its place"
    if np.abs(echoed.cell.array - point.atoms.cell.array).max() > 10 * TOLERANCE_A:
        return f"its cell is {echoed.cell.lengths().round(3).tolist()} A long"
    return ""
