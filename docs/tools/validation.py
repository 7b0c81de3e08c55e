"""Writes tables of calculated values beside references into pages: `make docs-validation`.

The tests that calculate them keep them in `docs/data`. A page asks for one by a comment,
`<!-- table of: atoms -->`; the table ends at `<!-- end -->`.
"""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

DATA = Path(__file__).parent.parent / "data"
PAGE = Path(__file__).parent.parent / "validation.md"
BLOCK = re.compile(r"(<!-- table of: (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
#: Folder that tests keep their values in; they keep nothing without it.
VARIABLE = "RECORD"


def keep(table: str, quantity: str, value_eV: float, reference: str) -> None:
    """Keep what a test has calculated, in eV, if `VARIABLE` is set.

    Parameters
    ----------
    table
        The table to which it belongs; a value of the same quantity is replaced.
    quantity, reference
        What it is, and what it is compared with, in words.
    value_eV
        The value.
    """
    if VARIABLE not in os.environ:
        return
    file = Path(os.environ[VARIABLE]) / f"{table}.json"
    rows = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    rows[quantity] = {
        "value_eV": round(float(value_eV), 4),
        "reference": reference,
        "test": os.environ["PYTEST_CURRENT_TEST"].partition("::")[0],
        "gpaw": version("gpaw"),
        "date": datetime.now(UTC).date().isoformat(),
    }
    text = json.dumps(rows, indent=1, sort_keys=True, ensure_ascii=False)
    file.write_text(text + "\n", encoding="utf-8")


def table(rows: dict[str, dict[str, str | float]]) -> str:
    """Kept values as a table in Markdown, with the test, the version of GPAW and the day."""
    lines = ["| quantity | here | reference | calculated by |", "|---|---|---|---|"]
    lines += [
        f"| {quantity} | {row['value_eV']:.2f} eV | {row['reference']}"
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
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
