"""Density differences of a study: what they are made of, their integrals, who gains electrons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analysis.density.difference import ELECTRONS_TOLERANCE_E, INTEGRAL_TOLERANCE_E
from analysis.groups import SLAB
from analysis.tables import MISSING, Table, number
from workflows.findings.states import TaskState
from workflows.findings.words import level_words, status_words
from workflows.planning.plan import Plan
from workflows.store import LOG_FILE
from workflows.study.model import Study

_FOOT = (
    "Electrons: integral of each all-electron density over the grid, core included. A task fails if"
    f" one of them is off by more than {ELECTRONS_TOLERANCE_E:g} e, or the difference by more than"
    f" {INTEGRAL_TOLERANCE_E:g} e. Every fragment is a neutral cell with its atoms where they are"
    " in the whole, spin-polarised if its electrons are odd.",
    "Gained: electrons of a part in the whole minus those that it has in its fragment alone;"
    " negative if it loses electrons. By Hirshfeld's partition (Theor. Chim. Acta 44, 129 (1977))"
    " with the free atoms of the PAW datasets; other schemes give larger charges.",
)
#: What the fragment of a ligand is, by what balances the charge of the ligand.
_LIGANDS = {
    "none": "the molecule",
    "electron": "the ion with the electron (an anion: the hole) that makes it neutral, a radical",
    "counter-ion": "the ion and its counter-ion together as they lie, neutral",
    "substitution": "the ion with the electron (an anion: the hole) that makes it neutral, a"
    " radical; the surface without the ion that it replaced is neutral and a radical too",
}


def fragment_words(study: Study, species: str, vacancy: str | None) -> list[str]:
    """What the fragments of a density difference are, one sentence each."""
    if vacancy is not None:
        element = study.vacancies[vacancy].element
        return [
            f"{species} filling {vacancy}: from {species} without the {element} atom that {vacancy}"
            f" removes, not relaxed, and from a neutral {element} atom at its place"
        ]
    names = [name for name in species.split(".") if name in study.ligands]
    return [
        f"{name} in {species}: {_LIGANDS[study.ligands[name].balance or 'none']}"
        for name in dict.fromkeys(names)
    ]


def density_rows(plan: Plan, states: Mapping[str, TaskState]) -> list[dict[str, Any]]:
    """Every density difference with its result; charges in e, negative for lost electrons."""
    rows = []
    keys = plan.output_keys["density-difference"]
    for spec, key in zip(plan.study.density_differences, keys, strict=True):
        state = states[key]
        values = dict(state.result.values) if state.result else {}
        rows.append(
            {
                "label": state.task.label,
                "species": spec.species,
                "vacancy": spec.vacancy,
                "fragments": fragment_words(plan.study, spec.species, spec.vacancy),
                "folder": str(state.folder),
                "log": str(state.folder / LOG_FILE),
                "status": status_words(state.state, state.why),
                **{name: value for name, value in values.items() if name != "level"},
            }
        )
    return rows


def density_table(plan: Plan, states: Mapping[str, TaskState]) -> Table:
    """Integrals of density differences and the electrons that each part gains."""
    rows, notes = [], []
    for row in density_rows(plan, states):
        name = row["label"].removeprefix("density difference ")
        notes += [f"{sentence}." for sentence in row["fragments"]]
        if "moved_e" in row:
            notes.append(f"{name}: {row['moved_e']:.3f} e displaced (half the integral of |dn|).")
        for part, electrons, gained in _lines(row):
            # The level once, in the heading: ten lines of one calculation would repeat it.
            heading = f"{name} ({level_words(plan.study)})"
            cells = (part, electrons, number(gained, 3, sign=True), row["status"])
            rows.append((heading, *cells))
    columns = ("Difference", "Part", "Electrons", "Gained / e", "Status")
    foot = (*_FOOT, *dict.fromkeys(notes))
    return Table("Density differences", columns, tuple(rows), foot, group="Difference")


def _lines(row: Mapping[str, Any]) -> list[tuple[str, str, float | None]]:
    """Parts of a difference, their electrons on the grid and those gained."""
    if "parts" not in row:
        return [(MISSING, MISSING, None)]
    gained = row["gained_e"]
    lines = [
        (name, f"{part['electrons_on_grid']:.4f} of {part['electrons']}", gained.get(name))
        for name, part in row["parts"].items()
    ]
    lines.append(("difference", f"{number(row['integral_e'], 4)} of 0", None))
    ligands = row["species"].split(".")[1:]
    for name, value in gained.items():
        group = name in (SLAB, *ligands) or name.endswith(", head") or name.startswith("layer ")
        if group and name not in row["parts"]:
            lines.append((name, MISSING, value))
    return lines
