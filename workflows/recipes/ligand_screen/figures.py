"""Figure of a screen of ligands for journals."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from analysis.energies.ranked_figures import Quantity, plot_ranked
from analysis.style import set_caption
from workflows.findings.words import flag_sentences, level_sentences, level_words
from workflows.recipes.ligand_screen.rows import LigandScreenRow
from workflows.study.ligand_screen_table import LigandScreenEntry
from workflows.study.model import Study


def draw_screen(
    study: Study, entry: LigandScreenEntry, rows: Sequence[LigandScreenRow], columns: str
) -> dict[str, Figure]:
    """Energies, changes of levels and cost of all ranked ligands; none before the first one."""
    known = [row for row in rows if row.rank is not None]
    if not known:
        return {}
    vacancy = study.label_of(entry.vacancy) if entry.vacancy else ""
    figure = plot_ranked(
        [study.label_of(row.ligand) for row in known],
        quantities(entry, known, vacancy),
        f"Ligands on {study.label_of(entry.surface)}, ranked by {entry.rank_by}"
        f" ({level_words(study)})",
        columns,
        flagged=[bool(row.flags) for row in known],
    )
    left_out = [row for row in rows if row.rank is None]
    set_caption(
        figure,
        *level_sentences(study),
        f"Without a rank: {', '.join(row.ligand for row in left_out)}." if left_out else "",
        "Hatched: a structure or spin is in doubt." if any(r.flags for r in known) else "",
        *flag_sentences(flag for row in known for flag in row.flags),
    )
    return {"ligand-screen": figure}


def quantities(
    entry: LigandScreenEntry, rows: Sequence[LigandScreenRow], vacancy: str
) -> list[Quantity]:
    """What the study asks for, from left to right."""
    made = [
        Quantity(
            "binding energy / eV",
            tuple(row.binding_energy_eV for row in rows),
            tuple(row.binding_uncertainty.total for row in rows),
        )
    ]
    if entry.vacancy:
        made.append(
            Quantity(
                f"{vacancy} costs more\nbeside it / eV",
                tuple(row.passivation_energy_eV for row in rows),
                tuple(row.passivation_uncertainty.total for row in rows),
            )
        )
    if entry.work_function:
        changes = tuple(row.work_function_change_eV for row in rows)
        made.append(Quantity("change of work\nfunction / eV", changes))
    if entry.gap_levels:
        made.append(Quantity("change of\ngap / eV", tuple(row.gap_change_eV for row in rows)))
    made.append(Quantity("cost / core-s", tuple(row.cost_core_s for row in rows)))
    return made
