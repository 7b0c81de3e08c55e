"""Which elements GPAW has PAW datasets for, without loading GPAW."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from workflows.study.level import BORROWED_DATASETS


def dataset_folders() -> tuple[Path, ...]:
    """Folders in which GPAW looks for datasets; none if that cannot be told from here.

    These are GPAW_SETUP_PATH and the package gpaw-data. A configuration file of GPAW may
    name others.
    """
    if "GPAWRC" in os.environ or (Path.home() / ".gpaw" / "rc.py").exists():
        return ()
    parts = os.environ.get("GPAW_SETUP_PATH", "")
    folders = [Path(part) for part in parts.split(os.pathsep) if part]
    try:
        import gpaw_data  # type: ignore[import-untyped]
    except ModuleNotFoundError:
        return tuple(folders)
    return (*folders, Path(gpaw_data.datapath()))


@cache
def _elements(folders: tuple[Path, ...], functional: str) -> frozenset[str]:
    """Elements with a dataset of this functional."""
    names = (name for folder in folders if folder.is_dir() for name in folder.iterdir())
    parts = (name.name.removesuffix(".gz").split(".") for name in names)
    return frozenset(each[0] for each in parts if len(each) == 2 and each[1] == functional)


def missing_datasets(symbols: Iterable[str], functional: str) -> list[str]:
    """Elements without a dataset, each once; empty if it cannot be told.

    Parameters
    ----------
    symbols
        Element symbols.
    functional
        Name of a functional of `workflows.study.level.Level`.
    """
    folders = dataset_folders()
    if not folders:
        return []
    known = _elements(folders, BORROWED_DATASETS.get(functional, functional))
    return [symbol for symbol in dict.fromkeys(symbols) if symbol not in known]
