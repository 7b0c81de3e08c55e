"""Builds the structures of a large study in several processes before it is planned."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from analysis.energies.reactions import parse_reaction
from analysis.species_name import SpeciesName
from workflows.species.builder import SpeciesBuilder
from workflows.species.store import Stored, load_species, save_species
from workflows.study.errors import StudyError
from workflows.study.file import load_study
from workflows.study.model import Study

#: Fewer species than this are built sooner than other processes have started.
MANY = 100
MOST_PROCESSES = 8


def names_of(study: Study) -> dict[str, str]:
    """Species that a study names in its reactions and in its list of ligands, and where it does.

    Other recipes may name more; these are built when they are asked for.
    """
    found: dict[str, str] = {}
    screen = study.ligand_screen
    if screen is not None:
        for ligand in screen.ligands:
            covered = SpeciesName(screen.surface).plus(ligand)
            more = [covered.plus(screen.vacancy)] if screen.vacancy else []
            found |= dict.fromkeys(map(str, (ligand, covered, *more)), "ligand_screen")
    for entry in study.reactions:
        found |= dict.fromkeys(parse_reaction(entry.equation).species, "reactions")
    return found


def build_ahead(builder: SpeciesBuilder, study: Study, text: str, file: Path) -> None:
    """Give a builder what several processes have built, if a study names many species.

    What cannot be built is left to the builder, which knows who asks for it and says why.

    Parameters
    ----------
    builder
        It receives the structures, and the reasons of those that cannot be built.
    study, text, file
        Validated study, its text, and its file.
    """
    todo = {
        name: by
        for name, by in names_of(study).items()
        if name not in builder.built and not _is_refused(name, builder)
    }
    processes = min(MOST_PROCESSES, len(os.sched_getaffinity(0)))
    if len(todo) < MANY or processes < 2:
        return
    builder.tell(f"{len(todo)} structures in {processes} processes")
    groups: dict[tuple[str, ...], dict[str, str]] = {}
    for name, by in todo.items():  # a covered slab is built once for all that stand on it
        ligands = SpeciesName.parse(name).only(study.ligands) or (name,)
        groups.setdefault(tuple(ligands), {})[name] = by
    shares: list[dict[str, str]] = [{} for _ in range(processes)]
    for number, group in enumerate(groups.values()):
        shares[number % processes] |= group
    with TemporaryDirectory(prefix="passivant-") as name, ExitStack() as stack:
        folders = [Path(name) / str(number) for number in range(processes)]
        started = [
            stack.enter_context(_process(file, folder, share))
            for folder, share in zip(folders, shares, strict=True)
        ]
        try:
            for process in started:
                process.wait()
        finally:
            for process in started:
                process.kill()
        for folder in folders:
            found = load_species(folder / STRUCTURES, study, text, file.parent)
            if found is not None:
                builder.built = {**found.built, **builder.built}
                builder.refused |= found.refused


def _is_refused(name: str, builder: SpeciesBuilder) -> bool:
    """Whether it is known that a species, or one that it is made from, cannot be built."""
    return any(f"{name}.".startswith(f"{other}.") for other, _ in builder.refused)


NAMES, STRUCTURES = "names.json", "structures.npz"


def _process(file: Path, folder: Path, share: dict[str, str]) -> subprocess.Popen[bytes]:
    """A process that builds a share of the species into a folder."""
    folder.mkdir()
    (folder / NAMES).write_text(json.dumps(share), encoding="utf-8")
    command = [sys.executable, "-P", "-m", __name__, str(file.resolve()), str(folder)]
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def _build(file: Path, folder: Path) -> None:
    names: dict[str, str] = json.loads((folder / NAMES).read_text(encoding="utf-8"))
    study, text = load_study(file)
    builder = SpeciesBuilder(study, file)
    for name, by in names.items():
        if not _is_refused(name, builder):
            with suppress(StudyError):  # the builder keeps the reason
                builder.build(name, by)
    made = Stored(builder.built, builder.refused)
    save_species(folder / STRUCTURES, study, text, file.parent, made)


if __name__ == "__main__":
    _build(Path(sys.argv[1]), Path(sys.argv[2]))
