"""Calculators of machine-learned potentials."""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import Any

from workflows.study.potential import POTENTIALS


def potential_calculator(name: str) -> Any:
    """The ASE calculator of a potential, on one core, without dispersion correction.

    Parameters
    ----------
    name
        A key of `workflows.study.potential.POTENTIALS`.
    """
    potential = POTENTIALS[name]
    module, _, attribute = potential.calculator.partition(":")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the packages below it, about their own future
        return getattr(import_module(module), attribute)(**potential.arguments)
