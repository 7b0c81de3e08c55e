"""Draws the figure of the work flow: ``python -m docs.tools.workflow_figure``."""

from __future__ import annotations

from html import escape
from pathlib import Path

FILE = Path(__file__).parent.parent / "images" / "workflow.svg"
#: Each box: its title, the commands, and what it holds, in lines.
BOXES = (
    ("Study file", "passivant init", "one TOML file:|surfaces, ligands,|defects, reactions"),
    ("Structures", "passivant build", "slabs, placements,|vacancies; CIF,|POSCAR, XYZ, PNG"),
    (
        "Tasks",
        "passivant check, plan",
        "one GPAW calculation|each, named by a hash;|cost in advance",
    ),
    (
        "Calculation",
        "passivant run, submit",
        "workstation or SLURM;|goes on where it|was interrupted",
    ),
    ("Results", "passivant table, report", "energies with an|uncertainty; DOS,|densities, figures"),
)
WIDTH, HEIGHT, GAP, MARGIN = 188, 132, 30, 10
#: Readable on light and on dark pages.
FILL, EDGE, INK, COMMAND = "#e0f2f1", "#00796b", "#12302c", "#00594f"


def text(x: float, y: float, words: str, size: int, extra: str = "") -> str:
    """A centred line of text."""
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" text-anchor="middle"'
        f' fill="{INK}" {extra}>{escape(words)}</text>'
    )


def box(number: int) -> list[str]:
    """One box, and the arrow that leads to it."""
    title, command, lines = BOXES[number]
    left = MARGIN + number * (WIDTH + GAP)
    centre = left + WIDTH / 2
    parts = [
        f'<rect x="{left}" y="{MARGIN}" width="{WIDTH}" height="{HEIGHT}" rx="8" fill="{FILL}"'
        f' stroke="{EDGE}" stroke-width="1.5"/>',
        text(centre, MARGIN + 26, title, 17, 'font-weight="bold"'),
        text(centre, MARGIN + 48, command, 12, f'font-family="monospace" style="fill:{COMMAND}"'),
        *(text(centre, MARGIN + 75 + 19 * n, line, 14) for n, line in enumerate(lines.split("|"))),
    ]
    if number:
        y = MARGIN + HEIGHT / 2
        parts.append(
            f'<path d="M{left - GAP + 4} {y:g} H{left - 12}" stroke="{EDGE}" stroke-width="2"/>'
            f'<path d="M{left - 4} {y:g} l-9 -5 v10 z" fill="{EDGE}"/>'
        )
    return parts


def drawing() -> str:
    """The figure as SVG."""
    width = 2 * MARGIN + len(BOXES) * (WIDTH + GAP) - GAP
    height = 2 * MARGIN + HEIGHT
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" font-family="sans-serif" role="img">'
    )
    title = "<title>From the study file to the results</title>"
    lines = [head, title, *(part for n in range(len(BOXES)) for part in box(n)), "</svg>"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    FILE.write_text(drawing(), encoding="utf-8")
