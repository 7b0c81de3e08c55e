"""Modules that are loaded when they are used: most commands need few of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def loader(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """The function ``__getattr__`` of a package (PEP 562).

    Parameters
    ----------
    package
        Its name.
    modules
        By public name the module that holds it.
    """

    def load(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(modules[name]), name)

    return load


class LazyModule:
    """A library that takes long to import and is imported by the first use of it.

    Parameters
    ----------
    name
        Of the module.
    prepare
        Called before the import.
    """

    def __init__(self, name: str, prepare: Callable[[], None] = lambda: None) -> None:
        self._name, self._prepare = name, prepare

    def __getattr__(self, attribute: str) -> Any:
        """An attribute of the module."""
        self._prepare()
        value = getattr(import_module(self._name), attribute)
        setattr(self, attribute, value)
        return value
