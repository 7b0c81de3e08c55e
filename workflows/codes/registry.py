"""The other programs by the names of the command line."""

from __future__ import annotations

from workflows.codes.abinit import CODE as ABINIT
from workflows.codes.cp2k import CODE as CP2K
from workflows.codes.programs import Code

CODES: dict[str, Code] = {"abinit": ABINIT, "cp2k": CP2K}
