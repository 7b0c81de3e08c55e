"""Table of density differences: integrals, and the electrons that each part gains."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.density.difference import ELECTRONS_TOLERANCE_E, INTEGRAL_TOLERANCE_E
from analysis.groups import SLAB
from analysis.species_name import SpeciesName
from analysis.tables import MISSING, Table, number
from workflows.findings.words import level_words
from workflows.recipes.density_differences.rows import DensityDifferenceRow
from workflows.study.model import Study

_FOOT = (
    "Electrons on grid: integral of each all-electron density, core included. A task fails if"
    f" one of them deviates from the number of electrons by more than {ELECTRONS_TOLERANCE_E:g} e,"
    f" or the difference by more than {INTEGRAL_TOLERANCE_E:g} e. Every"
    " fragment is a neutral cell with its atoms where they are in the whole, spin-polarised if its"
    " electrons are odd.",
    "Gained: electrons of a part in the whole minus those that it has in its fragment alone;"
    " negative if it loses electrons. By Hirshfeld's partition (Theor. Chim. Acta 44, 129 (1977))"
    " with the free atoms of the PAW datasets; other schemes give larger charges.",
)


def density_difference_table(study: Study, found: Sequence[DensityDifferenceRow]) -> Table:
    """One part of a density difference per row."""
    rows, notes = [], []
    for row in found:
        name = row.label.removeprefix("density difference ")
        notes += [f"{sentence}." for sentence in row.fragments]
        if row.moved_e is not None:
            notes.append(f"{name}: {row.moved_e:.3f} e displaced (half the integral of |dn|).")
        for part, on_grid, electrons, gained in _lines(row):
            cells = (number(on_grid, 4), electrons, number(gained, 3, sign=True))
            rows.append((name, part, *cells, level_words(study), row.status))
    columns = (
        "Density difference", "Part", "Electrons on grid", "Electrons", "Gained / e", "Level",
        "Status",
    )  # fmt: skip
    foot = (*_FOOT, *dict.fromkeys(notes))
    return Table("Density differences", columns, tuple(rows), foot, ("Level",), group=(columns[0],))


def _lines(
    row: DensityDifferenceRow,
) -> list[tuple[str, float | None, str, float | None]]:
    """Parts of a difference, their electrons on the grid, all of them, and those gained."""
    if row.parts is None or row.gained_e is None:
        return [(MISSING, None, MISSING, None)]
    lines: list[tuple[str, float | None, str, float | None]] = [
        (name, part.electrons_on_grid, f"{part.electrons}", row.gained_e.get(name))
        for name, part in row.parts.items()
    ]
    lines.append(("difference", row.integral_e, "0", None))
    ligands = SpeciesName.parse(row.species).parts
    for name, value in row.gained_e.items():
        group = name in (SLAB, *ligands) or name.endswith(", head") or name.startswith("layer ")
        if group and name not in row.parts:
            lines.append((name, None, MISSING, value))
    return lines
