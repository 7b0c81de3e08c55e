"""Tables of a screen of ligands: what they do on the surface, and what they are."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.tables import MISSING, Shown, Table, number
from slabs.ligands.head_groups import named_group
from workflows.findings.calculated import SAME_CELL
from workflows.findings.findings import Findings
from workflows.findings.uncertainty_words import uncertainty_cell, uncertainty_notes
from workflows.findings.words import flag_sentences, level_sentences, level_words
from workflows.recipes.ligand_screen.rows import LigandScreenRow
from workflows.study.ligand_screen_table import LigandScreenEntry

TITLE = "Screen of ligands"
FLAG = "*"
#: More notes of one kind than this become one sentence.
MOST_ALIKE = 3


def screen_tables(
    found: Findings, entry: LigandScreenEntry, rows: Sequence[LigandScreenRow]
) -> list[Table]:
    """The ranked table, and that of the descriptors if they are asked for."""
    return [
        _ranked(found, entry, rows),
        *([_descriptors(found, rows)] if entry.descriptors else []),
    ]


def _ranked(found: Findings, entry: LigandScreenEntry, rows: Sequence[LigandScreenRow]) -> Table:
    level = level_words(found.study)
    lines = [
        (
            MISSING if row.rank is None else f"{row.rank}",
            row.ligand + FLAG * bool(row.flags),
            number(row.binding_energy_eV, 3, sign=True),
            uncertainty_cell(row.binding_uncertainty),
            *(
                (
                    number(row.passivation_energy_eV, 3, sign=True),
                    uncertainty_cell(row.passivation_uncertainty),
                )
                if entry.vacancy
                else ()
            ),
            *([number(row.work_function_change_eV, 2, sign=True)] if entry.work_function else ()),
            *([number(row.gap_change_eV, 2, sign=True)] if entry.gap_levels else ()),
            *([levels_words(row.vacancy_levels_eV)] if entry.gap_levels and entry.vacancy else ()),
            number(row.cost_core_s, 0),
            row.reason or _left(row.unfinished_tasks),
            level,
        )
        for row in rows
    ]
    columns = (
        "Rank", "Ligand", "E_b / eV", "Uncertainty / eV",
        *(("dE beside V / eV", "Uncertainty of dE / eV") if entry.vacancy else ()),
        *(("dPhi_top / eV",) if entry.work_function else ()),
        *(("Change of gap / eV",) if entry.gap_levels else ()),
        *(("Levels in gap",) if entry.gap_levels and entry.vacancy else ()),
        "Cost / core-s", "Status", "Level",
    )  # fmt: skip
    uncertainties = [(row.ligand, row.binding_uncertainty) for row in rows]
    foot = (
        *level_sentences(found.study),
        *_legend(entry, rows),
        *uncertainty_notes(uncertainties),
        *_notes(entry, rows),
    )
    flags = flag_sentences(flag for row in rows for flag in row.flags)
    marked = (f"{FLAG}: a structure or spin is in doubt, and so is the rank.",) if flags else ()
    return Table(
        TITLE, columns, tuple(lines), foot,
        below=("Status", "Level"),
        detail=("Uncertainty / eV", "Uncertainty of dE / eV"),
        warnings=(*marked, *flags),
        key="ligand_screen",
    )  # fmt: skip


def _notes(entry: LigandScreenEntry, rows: Sequence[LigandScreenRow]) -> list[str]:
    """Notes on structures; those that nearly every ligand has are said once.

    Head groups are a column of the other table, if there is one.
    """
    notes = dict.fromkeys(n for row in rows for n in row.notes if n not in row.flags)
    heights = [note for note in notes if note.endswith(SAME_CELL)]
    alike = heights if len(heights) > MOST_ALIKE else []
    left = [n for n in notes if n not in alike and not (entry.descriptors and named_group(n))]
    words = f"{len(alike)} slabs: cell higher than that of {entry.surface}; {SAME_CELL}."
    return [*(f"{note}." for note in left), *([words] if alike else [])]


def _left(tasks: int) -> str:
    """How many tasks are not done, empty for none."""
    if not tasks:
        return ""
    return "1 task left" if tasks == 1 else f"{tasks} tasks left"


def _legend(entry: LigandScreenEntry, rows: Sequence[LigandScreenRow]) -> list[str]:
    """What the columns mean, with their signs."""
    words = [
        f"Ranked by {entry.rank_by}. E_b = E({entry.surface}) + E(L) - E({entry.surface}.L), per"
        " ligand: > 0 means that it is bound."
    ]
    if entry.vacancy:
        words.append(
            f"dE beside V = E({entry.surface}.L.{entry.vacancy}) + E({entry.surface}) -"
            f" E({entry.surface}.L) - E({entry.surface}.{entry.vacancy}), per vacancy: > 0 means"
            " that the vacancy costs more beside the ligand."
        )
    if entry.work_function:
        words.append("dPhi_top: work function of the upper face, covered minus bare.")
    if entry.gap_levels:
        bare = next((row.bare_gap_eV for row in rows if row.bare_gap_eV is not None), None)
        known = "" if bare is None else f", which has {bare:.2f} eV"
        words.append(f"Change of gap: covered minus bare slab{known}; Kohn-Sham levels.")
    if entry.gap_levels and entry.vacancy:
        clean = next((r.clean_vacancy_levels_eV for r in rows if r.clean_vacancy_levels_eV), None)
        none = any(row.clean_vacancy_levels_eV == () for row in rows)
        beside = levels_words(clean) if clean else "none" if none else "not known yet"
        words.append(
            "Levels in gap: with the vacancy beside the ligand, filled and empty ones, above the"
            f" valence-band maximum of the covered slab in eV; without ligand: {beside}."
        )
    words.append("Cost: core-seconds of the finished tasks that are for this ligand alone.")
    return words


def levels_words(levels_eV: Sequence[float] | None) -> str:
    """Levels above the valence-band maximum, ``"0.42, 0.91"``."""
    if levels_eV is None:
        return MISSING
    return ", ".join(f"{level:.2f}" for level in levels_eV) or "none"


def _descriptors(found: Findings, rows: Sequence[LigandScreenRow]) -> Table:
    level = level_words(found.study)
    lines = [
        (
            row.ligand,
            row.smiles,
            row.head_group or MISSING,
            number(row.dipole_eA, 3),
            number(row.homo_eV, 2, sign=True),
            _lumo(row),
            number(row.lowest_potential_V, 2, sign=True),
            number(row.highest_potential_V, 2, sign=True),
            level,
        )
        for row in rows
    ]
    columns = (
        "Isolated ligand", "SMILES", "Head group", "Dipole / e A", "HOMO / eV", "LUMO / eV",
        "V_low / V", "V_high / V", "Level",
    )  # fmt: skip
    foot = (
        "Head group: the first one that was found, through which the ligand binds.",
        "HOMO, LUMO: Kohn-Sham levels from the vacuum level, no ionisation energies; '(unbound)': a"
        " LUMO above the vacuum level, which depends on the box.",
        "V_low, V_high: lowest and highest electrostatic potential on the van der Waals spheres of"
        " the anchors, outside of those of all other atoms; V_low < 0 at a lone pair.",
    )
    return Table(
        "Isolated ligands", columns, tuple(lines), foot, ("Level",), key="ligand_descriptors"
    )


def _lumo(row: LigandScreenRow) -> str:
    shown = number(row.lumo_eV, 2, sign=True)
    if row.lumo_eV is not None and row.lumo_eV > 0.0:
        return Shown(f"{shown} (unbound)", row.lumo_eV)
    return shown
