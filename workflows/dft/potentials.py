"""Calculators of machine-learned potentials."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from workflows.study.potential import POTENTIALS


def potential_calculator(name: str, codes: Mapping[str, str]) -> Any:
    """The ASE calculator of a potential, on one core, without dispersion correction.

    Parameters
    ----------
    name
        A key of `workflows.study.potential.POTENTIALS`.
    codes
        Versions of packages that the key of the task names.

    Raises
    ------
    ModuleNotFoundError
        If the package is missing or has another version.
    """
    potential = POTENTIALS[name]
    if potential.missing:
        raise ModuleNotFoundError(f"the potential {name} {potential.missing}")
    if potential.installed != codes[potential.package]:
        raise ModuleNotFoundError(
            f"the potential {name} needs {potential.package} {codes[potential.package]}, for which"
            f" the task was planned; {potential.installed} is installed here"
        )
    module, _, attribute = potential.calculator.partition(":")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the packages below it, about their own future
        return getattr(import_module(module), attribute)(**potential.arguments)
