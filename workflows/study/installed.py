"""Whether what a study names besides GPAW is installed here."""

from __future__ import annotations

from pathlib import Path

from slabs.errors import InputError
from workflows.study.model import Study
from workflows.study.potential import PotentialLevel
from workflows.study.pre_relaxation import check_pre_relaxation


def check_installed(file: Path, study: Study) -> None:
    """Refuse to run a study that names a calculator which is not installed here.

    Raises
    ------
    InputError
        One sentence that names the study file, the key and what is wrong.
    """
    check_pre_relaxation(file, study)
    if words := missing_potential(study):
        raise InputError(f"{file}: {words}")


def missing_potential(study: Study) -> str:
    """What the potential of ``[screening]`` needs and is not installed here; empty without."""
    level = study.screening
    if not isinstance(level, PotentialLevel) or not level.about.missing:
        return ""
    return f"screening.potential = {level.potential!r} {level.about.missing}"
