"""Which calculators may relax a start before GPAW does, and whether they are installed."""

from __future__ import annotations

import importlib
import sys
from inspect import signature
from pathlib import Path

from ase.calculators.calculator import BaseCalculator, FileIOCalculator

from slabs.errors import InputError
from slabs.text import one_line
from workflows.study.level import Level
from workflows.study.model import Study

NONE = "none"


def calculator_class(name: str) -> type[BaseCalculator]:
    """The class that ``module:Class`` names.

    Raises
    ------
    InputError
        If it cannot be imported, or is no calculator of ASE that runs in this process.
    """
    module, _, attribute = name.partition(":")
    if module.partition(".")[0] in sys.stdlib_module_names:
        raise InputError(f"pre_relaxation = {name!r}: {module} holds no calculator")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except Exception as error:  # a module may raise anything while it is loaded
        why = one_line(str(error), 200)
        raise InputError(
            f"pre_relaxation = {name!r} cannot be imported here ({why}); install its package, or"
            f" give {NONE!r}"
        ) from error
    if not isinstance(found, type) or not issubclass(found, BaseCalculator):
        raise InputError(f"pre_relaxation = {name!r} is no class of an ASE calculator")
    if issubclass(found, FileIOCalculator) or "command" in signature(found).parameters:
        raise InputError(f"pre_relaxation = {name!r} runs another program, which is not allowed")
    return found


def check_pre_relaxation(file: Path, study: Study) -> None:
    """Refuse a study whose pre-relaxation cannot be done here.

    Raises
    ------
    InputError
        One sentence that names the study file, the key and what is wrong.
    """
    for key, level in (("level", study.level), ("screening", study.screening)):
        if not isinstance(level, Level) or level.pre_relaxation == NONE:
            continue
        try:
            calculator_class(level.pre_relaxation)
        except InputError as error:
            raise InputError(f"{file}: {key}.{error}") from error
