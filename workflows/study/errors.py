"""Studies that cannot be used."""

from __future__ import annotations

from slabs.errors import InputError


class StudyError(InputError):
    """A study file that cannot be used; the message names file, key and value."""
