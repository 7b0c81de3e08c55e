"""The page of the ligands that the catalogue knows, written from it."""

from __future__ import annotations

HEAD = """# Ligand catalogue

What `molecule = "NAME"` means in `[ligands.NAME]` and in lists of ligands. The first state of each
ligand is its default. An ion also needs `balance`, see
[what GA+ means](../concepts.md#what-ga-means).
Any other molecule is given as [SMILES or file](../how-to/ligands.md#any-other-molecule).
"""


def catalogue_page() -> str:
    """The whole page in Markdown."""
    from slabs.ligands.catalogue import BINDINGS, CATALOGUE

    lines = [HEAD]
    lines += [f"- {binding}: {meaning}" for binding, meaning in BINDINGS.items()]
    lines += ["", "| name | ligand | state | SMILES | binds as |", "|---|---|---|---|---|"]
    for name, entry in CATALOGUE.items():
        first = (f"`{name}`", entry.title)
        for state, each in entry.states.items():
            cells = (*first, state, f"`{each.smiles}`", each.binding)
            lines.append(f"| {' | '.join(cells)} |")
            first = ("", "")
    return "\n".join(lines) + "\n"
