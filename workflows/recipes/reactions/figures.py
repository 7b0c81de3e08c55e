"""Figures of reaction energies for journals."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from analysis.energies.bar_figures import (
    CoveragePoint,
    EnergyBar,
    EnergyPanel,
    plot_energies,
    plot_over_coverage,
)
from analysis.energies.reactions import question
from analysis.energies.rows import ReactionRow
from analysis.species_name import SpeciesName
from analysis.style import set_caption
from workflows.findings.words import flag_sentences, level_sentences, level_words
from workflows.study.model import Study

BINDING = "binding energy / eV (positive: bound)"
FORMATION = "formation energy / eV (positive: costs energy)"
REACTION = "reaction energy ΔE / eV (positive: costs energy)"
#: Coverages that differ by less than this, in nm^-2, are one.
SAME_COVERAGE = 0.005


def draw_energies(study: Study, rows: Sequence[ReactionRow], columns: str) -> dict[str, Figure]:
    """Reaction energies beside published values, and binding energies over the coverage."""
    title = f"{study.title} ({level_words(study)})"
    figures = {}
    if any(row.reaction_energy_eV is not None for row in rows):
        lower = any(row.uncertainty.lacks for row in rows if row.uncertainty.total is not None)
        figure = plot_energies(energy_panels(study, rows), title, columns, lower_bounds=lower)
        sources = dict.fromkeys(row.published.source for row in rows if row.published)
        set_caption(
            figure,
            *level_sentences(study),
            *(f"Published: {source}." for source in sources),
            *flag_sentences(flag for row in rows for flag in row.flags),
        )
        figures["energies"] = figure
    lines = coverage_lines(study, rows)
    if lines:
        figures["binding-over-coverage"] = plot_over_coverage(lines, title, columns)
        set_caption(figures["binding-over-coverage"], *level_sentences(study))
    return figures


def energy_panels(study: Study, rows: Sequence[ReactionRow]) -> list[EnergyPanel]:
    """The energies by question and sign convention: binding energies are positive for bound."""
    panels: dict[tuple[str, str], list[EnergyBar]] = {}
    for row in rows:
        quantity, sign = _convention(study, row)
        energy = row.reaction_energy_eV
        bar = EnergyBar(
            row.name,
            None if energy is None else sign * energy,
            row.uncertainty.total,
            _published(row, sign),
            converged=not study.caveat,
            flagged=bool(row.flags),
        )
        panels.setdefault((row.question, quantity), []).append(bar)
    return [EnergyPanel(asked, quantity, tuple(bars)) for (asked, quantity), bars in panels.items()]


def _asked(study: Study, row: ReactionRow) -> str:
    """What the equation asks, whatever heading the study gives it."""
    known = study.point_defects
    vacancies = [name for name, each in known.items() if each.kind == "vacancy"]
    return question(row.reaction, vacancies, [name for name in known if name not in vacancies])


def _convention(study: Study, row: ReactionRow) -> tuple[str, float]:
    """Label of the quantity, and the factor of dE in it."""
    asked = _asked(study, row)
    if asked == "Adsorption":
        return BINDING, -1.0
    return (FORMATION if asked.endswith("formation") else REACTION), 1.0


def _published(row: ReactionRow, sign: float) -> float | None:
    """The published value in the convention of a panel."""
    if row.published is None:
        return None
    own = -1.0 if row.published.quantity == "binding" else 1.0
    return sign * own * row.published.value_eV


def coverage_lines(study: Study, rows: Sequence[ReactionRow]) -> dict[str, list[CoveragePoint]]:
    """Binding energies per ligand of what is adsorbed at several coverages of one surface.

    Surfaces count as one if they differ only in their size and vacuum.
    """
    lines: dict[tuple[str, str], list[CoveragePoint]] = {}
    first: dict[str, str] = {}  # name of the first surface of each kind
    for row in rows:
        energy = row.binding_energy_eV
        if energy is None or _asked(study, row) != "Adsorption":
            continue
        taken = {name: -float(n) for name, n in row.reaction.coefficients if n < 0}
        ligands = {name: n for name, n in taken.items() if name in study.ligands}
        heads = {SpeciesName.parse(name).head for name in taken if name not in ligands}
        bare = all(name in study.surfaces for name in taken if name not in ligands)
        if not ligands or len(heads) != 1 or not bare:
            continue
        head = heads.pop()
        kind = study.surfaces[head].model_dump_json(exclude={"size", "vacuum_A"})
        first.setdefault(kind, study.label_of(head))
        words = " + ".join(study.label_of(name) for name in sorted(ligands))
        number, deviation = sum(ligands.values()), row.uncertainty.total
        lines.setdefault((words, kind), []).append(
            CoveragePoint(
                row.coverage_per_nm2,
                energy / number,
                None if deviation is None else deviation / number,
                converged=not study.caveat,
                flagged=bool(row.flags),
            )
        )
    several = {key: points for key, points in lines.items() if _differ(points)}
    kinds = {kind for _, kind in several}
    return {
        words if len(kinds) == 1 else f"{words} / {first[kind]}": points
        for (words, kind), points in several.items()
    }


def _differ(points: Sequence[CoveragePoint]) -> bool:
    coverages = [point.coverage_per_nm2 for point in points]
    return max(coverages) - min(coverages) > SAME_COVERAGE
