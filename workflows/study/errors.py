"""Studies that cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from slabs.errors import InputError


class StudyError(InputError):
    """A study file that cannot be used; the message names file, key and value."""


@contextmanager
def located(file: str, key: str, species: str | None = None) -> Iterator[None]:
    """Say which key of which file, and which species, an error of a builder is about."""
    try:
        yield
    except StudyError:
        raise
    except InputError as error:
        place = f"{key}.{error.key}" if error.key else key
        about = f"{species}: " if species is not None else ""
        raise StudyError(f"{file}: {place}: {about}{error.message}") from error
