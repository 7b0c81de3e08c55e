"""Other programs on this machine: where they are, their versions, and how they are run."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ase import Atoms

from workflows.codes.single_point import CodeEnergy, OutputError, SinglePoint
from workflows.study.errors import StudyError

VERSION_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Program:
    """Another program.

    Parameters
    ----------
    name
        As people write it.
    commands
        Names of its executable, the preferred one first.
    packages
        Debian packages that install it.
    functionals
        Functionals of `workflows.study.level.Level` for which it has potentials.
    """

    name: str
    commands: tuple[str, ...]
    packages: str
    functionals: tuple[str, ...]

    def command(self) -> str | None:
        """Path of the executable, or None if it is not installed."""
        found = (shutil.which(name) for name in self.commands)
        return next((path for path in found if path), None)

    @property
    def missing(self) -> str:
        """What is said where it is not installed."""
        return (
            f"{self.name}: {self.commands[0]!r} is not installed;"
            f" Debian: apt-get install {self.packages}"
        )

    def required(self) -> str:
        """Path of the executable.

        Raises
        ------
        StudyError
            If it is not installed.
        """
        command = self.command()
        if command is None:
            raise StudyError(self.missing)
        return command

    def version(self) -> str:
        """Version of the installed program.

        Raises
        ------
        StudyError
            If it is not installed or does not say its version.
        """
        command = self.required()
        try:
            answer = subprocess.run(
                [command, "--version"],
                capture_output=True,
                text=True,
                check=True,
                env=dict(os.environ),
                timeout=VERSION_TIMEOUT_S,
            )
            return answer.stdout.split("\n")[0].split()[-1]
        except (OSError, subprocess.SubprocessError, IndexError) as error:
            raise StudyError(f"{self.name}: {command} --version does not work: {error}") from error


@dataclass(frozen=True, eq=False)
class Echo:
    """What an output says about its calculation.

    Parameters
    ----------
    version
        Of the program.
    atoms
        The structure with its cell; ghost atoms are among them.
    """

    version: str
    atoms: Atoms


@dataclass(frozen=True)
class Code:
    """What is needed to calculate an energy with another program.

    Parameters
    ----------
    program
        The program.
    check
        Refuses elements, of which the level of theory has no potential or basis set, with a
        `StudyError`.
    write_input
        Writes the input for a structure at a level of theory into a folder.
    run
        Runs the executable, given by its path, in that folder.
    read_output
        Reads the energy that it left there.
    read_echo
        Reads what that output says about its calculation.
    input_file, output_file
        Names of the files.
    run_line
        How it is run in a folder, for people.
    """

    program: Program
    check: Callable[[Collection[str], Mapping[str, Any]], None]
    write_input: Callable[[Path, SinglePoint, Mapping[str, Any]], None]
    run: Callable[[str, Path], None]
    read_output: Callable[[Path], CodeEnergy]
    read_echo: Callable[[Path], Echo]
    input_file: str
    output_file: str
    run_line: str


def run_program(
    command: list[str], folder: Path, log: Path, complaint: Callable[[str], str]
) -> None:
    """Run a program in a folder to its end; what it prints replaces the log.

    The environment is that of Python's start: MPI adds variables of its own to the process
    while it runs, which must not reach the MPI of the other program.

    Parameters
    ----------
    command
        The program and its arguments.
    folder
        Where it works.
    log
        File for what it prints.
    complaint
        Finds in that why the program stopped, or nothing.

    Raises
    ------
    OutputError
        If it ends with an error.
    """
    with log.open("w", encoding="utf-8") as stream:
        ended = subprocess.run(
            command, cwd=folder, stdout=stream, stderr=stream, env=dict(os.environ), check=False
        )
    if ended.returncode != 0:
        said = complaint(log.read_text(encoding="utf-8", errors="replace"))
        why = " ".join(said.split()) or f"see {log}"
        raise OutputError(f"{Path(command[0]).name} ended with status {ended.returncode}: {why}")
