"""Band edges, gaps and levels of vacancies: a table for people, a document for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from analysis.dos.defect_levels import Gap, level_words
from analysis.dos.density_of_states import DensityOfStates
from analysis.dos.spectrum import Spectrum, sum_rule
from analysis.tables import MISSING, Table, number
from workflows.findings.states import TaskState
from workflows.findings.words import level_words as study_level_words
from workflows.planning.plan import Plan
from workflows.recipes.dos.outputs import DosOutput, dos_outputs

COLUMNS = (
    "Species", "Gap / eV", "VBM / eV", "CBM / eV", "E_F / eV", "Levels in gap", "Folder", "Level",
    "Status",
)  # fmt: skip
#: A gap is called indirect if direct ones are larger by this.
INDIRECT_EV = 0.01


def dos_table(plan: Plan, states: Mapping[str, TaskState]) -> Table:
    """Gap, band edges and Fermi level of each density of states, from the vacuum if known."""
    level = study_level_words(plan.study)
    made = dos_outputs(plan, states)
    rows, notes = [], []
    for output in made:
        where = (f"tasks/{output.state.task.folder}", level, output.status)
        if output.dos is None:
            rows.append((output.spec.species, *[MISSING] * 5, *where))
            continue
        for spectrum, gap in zip(output.dos.spectra, output.gaps, strict=True):
            rows.append((_name(output, spectrum), *_cells(output.dos, spectrum, gap), *where))
            notes += _notes(output.dos, _name(output, spectrum), gap)
    foot = (*_zeros(made), *dict.fromkeys(notes), *_grids(made), *_projected(made))
    return Table("Densities of states", COLUMNS, tuple(rows), foot, below=("Folder", "Level"))


def _name(output: DosOutput, spectrum: Spectrum) -> str:
    return output.spec.species + (", spin-orbit" if spectrum.coupled else "")


def _cells(dos: DensityOfStates, spectrum: Spectrum, gap: Gap) -> tuple[str, ...]:
    zero_eV = dos.zero_eV("vacuum" if dos.vacuum_eV else "fermi", spectrum)
    edges = gap.host.edges if gap.host else None
    levels = MISSING
    if dos.structure.vacancies and edges:
        full = sum(level.electrons > level.states / 2 for level in gap.levels)
        levels = f"{full} filled, {len(gap.levels) - full} empty" if gap.levels else "none"
    return (
        number(edges.gap_eV, 2) if edges else "none",
        number(edges.vbm_eV - zero_eV, 2, sign=True) if edges else MISSING,
        number(edges.cbm_eV - zero_eV, 2, sign=True) if edges else MISSING,
        number(spectrum.fermi_level_eV - zero_eV, 2, sign=True),
        levels,
    )


def _zeros(made: Sequence[DosOutput]) -> list[str]:
    """What energies are counted from."""
    words = {True: "the vacuum level above the slab or around the molecule", False: "E_F"}
    found = []
    for known, zero in words.items():
        names = [o.spec.species for o in made if o.dos and bool(o.dos.vacuum_eV) == known]
        if names:
            found.append(f"From {zero}: {', '.join(dict.fromkeys(names))}.")
    return found


def _notes(dos: DensityOfStates, name: str, gap: Gap) -> list[str]:
    if gap.host is None:
        return []
    host, notes = gap.host, []
    if host.source:
        notes.append(
            f"{name}: edges of {host.source}, moved by {number(host.shift_eV, 2, sign=True)} +-"
            f" {number(host.spread_eV, 2)} eV, the potential at {host.atoms} atoms far from the"
            " vacancy."
        )
    elif dos.structure.vacancies:
        notes.append(f"{name}: edges of its own bands; a [[dos]] of the whole slab is not there.")
    elif host.edges.direct_gap_eV > host.edges.gap_eV + INDIRECT_EV:
        notes.append(f"{name}: indirect, direct gap {number(host.edges.direct_gap_eV, 2)} eV.")
    return notes + [f"{name}: {level_words(level)}." for level in gap.levels]


def _grids(made: Sequence[DosOutput]) -> list[str]:
    """Which k-points are behind which band edges."""
    grids: dict[str, dict[str, None]] = {}
    for output in made:
        if output.dos is not None:
            words = "x".join(str(n) for n in output.state.task.spec["kpoints"])
            grids.setdefault(words, {})[output.spec.species] = None
    return [f"k-points {grid}: {', '.join(names)}." for grid, names in grids.items()]


def _projected(made: Sequence[DosOutput]) -> list[str]:
    """How many electrons the projections account for."""
    spectra = [output.dos.scalar for output in made if output.dos is not None]
    rules = [rule for spectrum in spectra if (rule := sum_rule(spectrum)) is not None]
    if not rules:
        return []
    totals = [abs(rule.total - rule.electrons) for rule in rules]
    shares = [100 * rule.fraction for rule in rules]
    return [
        f"Up to E_F the projections hold {min(shares):.0f} to {max(shares):.0f} % of the electrons"
        f" in the window, and the totals all of them within {max(totals):.2f} e."
    ]


def dos_documents(plan: Plan, states: Mapping[str, TaskState]) -> list[dict[str, Any]]:
    """Everything about each density of states but its curves; energies in eV.

    Energies are on the scale of the calculation; subtract a vacuum level or a Fermi level.
    """
    return [_document(output) for output in dos_outputs(plan, states)]


def _document(output: DosOutput) -> dict[str, Any]:
    found: dict[str, Any] = {
        "species": output.spec.species,
        "status": output.status,
        "folder": str(output.state.folder),
    }
    if output.dos is None:
        return found
    found["vacuum_eV"] = dict(output.dos.vacuum_eV)
    found["kpoints"] = list(output.state.task.spec["kpoints"])
    found["groups"] = {name: own.tolist() for name, own in output.dos.groups.items()}
    found["spectra"] = [
        {
            "spin_orbit": spectrum.coupled,
            "electrons": spectrum.electrons,
            "fermi_level_eV": spectrum.fermi_level_eV,
            "complete_to_eV": spectrum.complete_to_eV,
            "own_edges": asdict(spectrum.edges) if spectrum.edges else None,
            "gap_eV": gap.host.edges.gap_eV if gap.host else None,
            "host": asdict(gap.host) if gap.host else None,
            "levels": [asdict(level) for level in gap.levels],
            "sum_rule": asdict(rule) if (rule := sum_rule(spectrum)) else None,
        }
        for spectrum, gap in zip(output.dos.spectra, output.gaps, strict=True)
    ]
    return found
