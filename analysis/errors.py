"""Results that cannot be used."""

from __future__ import annotations


class DamagedResultError(Exception):
    """A result file that cannot be believed; the message names the file."""
