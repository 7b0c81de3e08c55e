"""The studies that come with the package."""

from __future__ import annotations

from importlib import resources

SHIPPED = ("smoke", "tour", "campaign", "paper")


def shipped_text(name: str) -> str:
    """Text of one of `SHIPPED`."""
    return (resources.files(__name__) / f"{name}.toml").read_text(encoding="utf-8")
