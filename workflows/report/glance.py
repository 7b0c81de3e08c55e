"""The energies of a study at one glance: number, uncertainty, published value and warnings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.energies.rows import ReactionRow
from analysis.notation import readable
from analysis.tables import MISSING, Shown, number
from workflows.findings.findings import Findings
from workflows.findings.uncertainty_words import uncertainty_cell
from workflows.recipes.quantities import published_eV, quantity_words, signed_eV
from workflows.recipes.reactions import RECIPE as REACTIONS
from workflows.report.notices import Flags, PageNotice, flags_of_row
from workflows.report.tables import Cell, page_cell


@dataclass(frozen=True)
class GlanceRow:
    """One energy in the sign convention of its block.

    Parameters
    ----------
    key
        Name in the page, for links.
    name, equation
        What it is.
    energy, uncertainty, published
        Cells in eV.
    flags
        The warnings that touch it.
    """

    key: str
    name: str
    equation: str
    energy: Cell
    uncertainty: Cell
    published: Cell
    flags: Flags


@dataclass(frozen=True)
class GlanceBlock:
    """Energies with one sign convention, below its heading."""

    heading: str
    rows: tuple[GlanceRow, ...]


def glance(found: Findings, notices: Sequence[PageNotice]) -> list[GlanceBlock]:
    """All reactions of a study.

    Parameters
    ----------
    found
        What is known.
    notices
        Those of the page.
    """
    blocks: dict[str, list[GlanceRow]] = {}
    for place, row in enumerate(REACTIONS.rows(found)):
        blocks.setdefault(f"{row.question} ({quantity_words(row)})", []).append(
            _row(f"energy-{place}", row, notices)
        )
    return [GlanceBlock(readable(heading), tuple(rows)) for heading, rows in blocks.items()]


def _row(key: str, row: ReactionRow, notices: Sequence[PageNotice]) -> GlanceRow:
    given = published_eV(row)
    return GlanceRow(
        key,
        row.name,
        readable(row.reaction.equation),
        page_cell(number(signed_eV(row, row.reaction_energy_eV), 3, sign=True)),
        page_cell(uncertainty_cell(row.uncertainty)),
        page_cell(MISSING if given is None else Shown(f"{given:+g}", given)),
        flags_of_row(key, notices),
    )


def not_publishable(found: Findings) -> list[str]:
    """Why numbers of this page are not for publication, in sentences; empty if none is known."""
    study, rows = found.study, REACTIONS.rows(found)
    open_ = sum(state.state != "done" for state in found.states.values())
    missing = [row.name for row in rows if row.reaction_energy_eV is None]
    flagged = [row.name for row in rows if row.flags]
    return [
        *([f"All numbers: level {study.level_name}: {study.caveat}."] if study.caveat else []),
        *([f"{open_} of {len(found.states)} tasks are not done."] if open_ else []),
        *([f"Without a number: {', '.join(missing)}."] if missing else []),
        *([f"Structure or spin in doubt: {', '.join(flagged)}."] if flagged else []),
    ]
