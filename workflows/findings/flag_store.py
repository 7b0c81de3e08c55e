"""Flags of relaxed structures, kept so that they need not be found a second time."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import asdict
from functools import cached_property
from pathlib import Path

from ase import Atoms

import analysis
import slabs
from analysis.geometry.flags import Flag, geometry_flags
from analysis.geometry.ligands import LigandAtoms
from slabs.structure import Structure
from workflows.species.store import code_hash
from workflows.store import write_json
from workflows.study.level import digest, installed_version

FLAGS_FILE = "flags.json"


class FlagStore:
    """Flags by what they were found from: both structures, the ligands, and this very code.

    Parameters
    ----------
    path
        File that holds them from one command to the next; None keeps them in memory.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.changed = False

    @cached_property
    def origin(self) -> str:
        """Hash of the code that finds flags."""
        return digest([code_hash(analysis, slabs), installed_version("ase")])

    @cached_property
    def found(self) -> dict[str, tuple[Flag, ...]]:
        """All flags by the hash of what they were found from."""
        if self.path is None or not self.path.is_file():
            return {}
        try:
            stored = json.loads(self.path.read_text(encoding="utf-8"))
            if stored["origin"] != self.origin:
                return {}
            return {
                str(key): tuple(Flag(str(flag["kind"]), str(flag["words"])) for flag in flags)
                for key, flags in stored["flags"].items()
            }
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return {}  # it is damaged

    def of(
        self, planned: Structure, relaxed: Atoms, ligands: tuple[LigandAtoms, ...], two_sided: bool
    ) -> tuple[Flag, ...]:
        """Flags of a structure; see `analysis.geometry.flags.geometry_flags`."""
        key = hashlib.sha256(repr((planned.groups, ligands, two_sided)).encode())
        for atoms in (planned.atoms, relaxed):
            for array in (atoms.numbers, atoms.positions, atoms.cell.array, atoms.pbc):
                key.update(array.tobytes())
        name = key.hexdigest()
        if name not in self.found:
            flags = geometry_flags(planned, relaxed, ligands, two_sided=two_sided)
            self.found[name] = tuple(flags)
            self.changed = True
        return self.found[name]

    def save(self) -> None:
        """Write the file if there is anything new, and a folder for it that may be written to."""
        if not self.changed or self.path is None or not self.path.parent.is_dir():
            return
        flags = {key: [asdict(flag) for flag in found] for key, found in self.found.items()}
        with suppress(OSError):  # they are found again by the next command
            write_json(self.path, {"origin": self.origin, "flags": flags})
        self.changed = False
