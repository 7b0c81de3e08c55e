"""Writes what tests measured into pages of the documentation: `make docs-validation`.

Tests keep their values in `docs/data`. A page asks for a table of them by a comment,
`<!-- table of: atoms -->`; the table ends at `<!-- end -->`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent.parent
DATA = DOCS / "data"
PAGES = (DOCS / "validation.md", DOCS / "reliability.md")
BLOCK = re.compile(r"(<!-- table of: (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
#: Folder that tests keep their values in; they keep nothing without it.
VARIABLE = "RECORD"

Row = dict[str, Any]


def keep(
    table: str, quantity: str, value: float, reference: str, *, unit: str = "eV", digits: int = 2
) -> None:
    """Keep what a test has calculated, if `VARIABLE` is set.

    Parameters
    ----------
    table
        The table to which it belongs; a value of the same quantity is replaced.
    quantity, reference
        What it is, and what it is compared with, in words.
    value, unit, digits
        The value, its unit, and the digits after the point that are printed.
    """
    if VARIABLE not in os.environ:
        return
    test = os.environ["PYTEST_CURRENT_TEST"].partition("::")[0]
    _add(table, quantity, {"value": round(float(value), 6), "unit": unit, "digits": digits,
                           "reference": reference, "test": test})  # fmt: skip


def keep_outcomes(table: str, outcomes: Iterable[tuple[str, bool]]) -> None:
    """Keep how often tests were done and passed, if `VARIABLE` is set.

    Parameters
    ----------
    table
        The table to which they belong.
    outcomes
        For each test the name of its function and whether it passed.
    """
    if VARIABLE not in os.environ:
        return
    grouped: dict[str, list[bool]] = {}
    for name, passed in outcomes:
        grouped.setdefault(name.removeprefix("test_").replace("_", " "), []).append(passed)
    for words, passed_each in grouped.items():
        _add(table, words, {"passed": sum(passed_each), "tried": len(passed_each)})


def _add(table: str, name: str, row: Row) -> None:
    file = Path(os.environ[VARIABLE]) / f"{table}.json"
    rows = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    today = datetime.now(UTC).date().isoformat()
    rows[name] = {**row, "gpaw": version("gpaw"), "date": today}
    text = json.dumps(rows, indent=1, sort_keys=True, ensure_ascii=False)
    file.write_text(text + "\n", encoding="utf-8")


def table(rows: dict[str, Row]) -> str:
    """Kept values as a table in Markdown, with the test, the version of GPAW and the day."""
    if all("tried" in row for row in rows.values()):
        lines = ["| test | passed | GPAW | day |", "|---|---|---|---|"]
        lines += [
            f"| {words} | {row['passed']} of {row['tried']} | {row['gpaw']} | {row['date']} |"
            for words, row in rows.items()
        ]
    else:
        lines = ["| quantity | here | reference | calculated by |", "|---|---|---|---|"]
        lines += [
            f"| {quantity} | {row['value']:.{row['digits']}f} {row['unit']} | {row['reference']}"
            f" | `{row['test']}`, GPAW {row['gpaw']}, {row['date']} |"
            for quantity, row in rows.items()
        ]
    return "\n".join(["", *lines, "", ""])


def renewed(page: str) -> str:
    """A page with the tables of the kept values."""

    def replace(found: re.Match[str]) -> str:
        rows = json.loads((DATA / f"{found['name']}.json").read_text(encoding="utf-8"))
        return found[1] + table(rows) + found[3]

    return BLOCK.sub(replace, page)


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(renewed(page.read_text(encoding="utf-8")), encoding="utf-8")
