"""Calculations that end without a usable answer."""

from __future__ import annotations


class PhysicsError(Exception):
    """A calculation that ended without a usable answer; the message is the reason."""


class UnconvergedError(PhysicsError):
    """The forces were still too large at the last allowed step."""
