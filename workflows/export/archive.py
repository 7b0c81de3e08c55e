"""One file with a study and the results behind it, for a repository of data."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from analysis.density.difference import DENSITY_FILE
from analysis.results import FAILURE_FILE, RESULT_FILE
from workflows.export.readme import README_FILE, list_words, readme_text
from workflows.findings.findings import Findings
from workflows.species.store import STRUCTURES_FILE, files_of
from workflows.store import TASK_FILE, record_folder

SUMS_FILE = "SHA256SUMS"
STUDY_FILE = "study.toml"
#: Large files, of densities on grids.
DENSITIES = (".gpw", ".cube", DENSITY_FILE)
#: Texts that calculations print.
LOGS = (".txt", ".log", ".out")
#: What a task keeps beside its logs, by the end of the name.
KEPT = (TASK_FILE, RESULT_FILE, FAILURE_FILE, ".traj", ".npz", ".xml", *DENSITIES)
#: A path from the root of a file system up to its last part.
_PATH = re.compile(r"(?<![\w./~-])/(?:[^\s/'\",:;()<>|]+/)+")
_USER = re.compile(r"^(User:\s*).*$", re.MULTILINE)


def write_archive(
    found: Findings, folder: Path, about: Mapping[str, str], file: Path, *, densities: bool
) -> None:
    """Write a zip file whose bytes depend on the study and its results alone.

    It holds the exported files, ``results/tasks`` with the results and logs of the tasks of the
    study, and checksums; unpacked, it is a study with results. Absolute paths and names of
    users are taken out of the logs.

    Parameters
    ----------
    found
        What is known.
    folder
        Folder of the exported files.
    about
        What each of them is by its name.
    file
        The zip file.
    densities
        Whether it holds densities on grids.
    """
    exported = {name: folder / name for name in about if densities or not _is_density(name)}
    results = {name: path for name, path in _results(found) if densities or not _is_density(name)}
    described = {
        **{name: about[name] for name in exported},
        "results/tasks/*": "of each task what it was told (`task.json`), its result"
        " (`result.json`), the log of GPAW (`gpaw.txt`), ionic steps (`relax.traj`, for ASE)",
        SUMS_FILE: f"checksums: `sha256sum -c {SUMS_FILE}`",
    }
    named, missing = _named_files(found, {README_FILE, SUMS_FILE, *exported})
    described |= dict.fromkeys(named, "structure file that the study names")
    contents: dict[str, Path | bytes] = {**exported, **results, **named}
    words = [*_words(densities), *missing, *list_words(found.plan.lists)]
    contents[README_FILE] = readme_text(found, described, *words).encode()
    sums = {name: _sha256(content) for name, content in contents.items()}
    lines = [f"{sums[name]}  {name}\n" for name in sorted(sums)]
    contents[SUMS_FILE] = "".join(lines).encode()
    root = found.record.name.rpartition("-")[0]
    temporary = file.with_name(f"{file.name}.tmp")
    try:
        with ZipFile(temporary, "w", ZIP_DEFLATED) as archive:
            for name in sorted(contents):
                _add(archive, f"{root}/{name}", contents[name])
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)


def _words(densities: bool) -> list[str]:
    """What the archive holds, and what not."""
    left_out = (
        "It holds the densities of all tasks (`.gpw` for GPAW, cube files)."
        if densities
        else "Densities on grids (`.gpw` for GPAW, cube files and their arrays) are left out for"
        " their size; passivant calculates those that it needs again."
    )
    return [
        "The archive is a study with its results: `passivant table .` in its folder prints the"
        " tables again.",
        left_out,
        "In the logs, paths are cut to their last part and names of users are left out.",
    ]


def _named_files(found: Findings, taken: Collection[str]) -> tuple[dict[str, Path], list[str]]:
    """Structure files beside the study that it names, and a sentence on those elsewhere."""
    folder = found.plan.file.parent
    inside, outside = {}, []
    for name in dict.fromkeys(files_of(found.study)):
        path = Path(name)
        if path.is_absolute() or ".." in path.parts or str(path) in taken:
            outside.append(path.name)
        else:
            inside[str(path)] = folder / path
    words = f"Structure files that the study names are not in the archive: {', '.join(outside)}."
    return inside, [words] if outside else []


def _is_density(name: str) -> bool:
    return name.endswith(DENSITIES)


def _results(found: Findings) -> Iterator[tuple[str, Path | bytes]]:
    """Files behind the results by their place in the archive."""
    structures = found.record / STRUCTURES_FILE
    if structures.is_file():
        plan = found.plan
        record = record_folder(Path(STUDY_FILE), plan.text, plan.lists, Path("results"))
        yield str(record / STRUCTURES_FILE), structures
    for state in found.states.values():
        for path in sorted(state.folder.glob("*")):
            name = f"results/tasks/{state.folder.name}/{path.name}"
            if not path.is_file() or path.is_symlink():
                continue
            if path.suffix in LOGS or path.name == FAILURE_FILE:
                text = path.read_text(encoding="utf-8", errors="replace")
                if text:
                    yield name, without_places(text).encode()
            elif path.name.endswith(KEPT):
                yield name, path


def without_places(text: str) -> str:
    """A log without absolute paths, of which the last part stays, and without users."""
    return _USER.sub(r"\1(left out)", _PATH.sub(".../", text))


def _sha256(content: Path | bytes) -> str:
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _add(archive: ZipFile, name: str, content: Path | bytes) -> None:
    """Add a file with neither date nor owner."""
    info = ZipInfo(name)
    info.create_system, info.external_attr, info.compress_type = 3, 0o644 << 16, ZIP_DEFLATED
    if isinstance(content, bytes):
        archive.writestr(info, content)
        return
    info.file_size = content.stat().st_size
    with content.open("rb") as source, archive.open(info, "w") as target:
        shutil.copyfileobj(source, target)
