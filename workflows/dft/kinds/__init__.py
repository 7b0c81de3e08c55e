"""The kinds of tasks, one module each, all with one function ``run``."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from importlib import import_module
from typing import Any

from workflows.dft.job import Job, Values

#: Names of the modules.
MODULES = frozenset(module.name for module in pkgutil.iter_modules(__path__))


def run_function(kind: str) -> Callable[[Job[Any]], Values]:
    """The function ``run`` of a kind of task, such as ``"single-point"``.

    Raises
    ------
    ValueError
        If there is no such kind.
    """
    name = kind.replace("-", "_")
    if name not in MODULES:
        raise ValueError(f"{kind!r} is not a kind of task; kinds: {', '.join(sorted(MODULES))}")
    run: Callable[[Job[Any]], Values] = import_module(f"{__name__}.{name}").run
    return run
