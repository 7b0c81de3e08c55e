"""PAW datasets of functionals that have none of their own."""

from __future__ import annotations

from gpaw.xc.functional import XCFunctional

from workflows.study.level import BORROWED_DATASETS


def _setup_name(functional: XCFunctional) -> str:
    name: str = functional.name
    return BORROWED_DATASETS.get(name, name)


def borrow_datasets() -> None:
    """Let GPAW take the datasets of another functional where one has none of its own.

    Everything but the frozen core and the partial waves is still of the functional itself.
    """
    setattr(XCFunctional, "get_setup_name", _setup_name)  # noqa: B010
