"""Table of band edges, gaps and levels of vacancies."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.dos.defect_levels import Gap, level_words
from analysis.dos.density_of_states import DensityOfStates
from analysis.dos.spectrum import GAP_TOLERANCE_EV, Spectrum, sum_rule
from analysis.tables import MISSING, Shown, Table, number
from workflows.findings.words import level_words as study_level_words
from workflows.recipes.dos.outputs import DosOutput
from workflows.study.model import Study

COLUMNS = (
    "Species", "Gap / eV", "VBM / eV", "CBM / eV", "E_F / eV", "Levels in gap", "Folder", "Level",
    "Status",
)  # fmt: skip
#: A gap is called indirect if direct ones are larger by this.
INDIRECT_EV = 0.01


def dos_table(study: Study, made: Sequence[DosOutput]) -> Table:
    """Gap, band edges and Fermi level of each density of states, from the vacuum if known."""
    level = study_level_words(study)
    rows, notes = [], []
    for output in made:
        where = (f"tasks/{output.state.task.folder}", level, output.status)
        if output.dos is None:
            rows.append((output.entry.species, *[MISSING] * 5, *where))
            continue
        for spectrum, gap in zip(output.dos.spectra, output.gaps, strict=True):
            rows.append((_name(output, spectrum), *_cells(output.dos, spectrum, gap), *where))
            notes += _notes(output.dos, _name(output, spectrum), gap)
            notes += change_sentences(_name(output, spectrum), spectrum.gap_change_eV)
    doubts = unconverged_gaps(made)
    notes = [note for note in notes if note not in doubts]
    foot = (*_zeros(made), *dict.fromkeys(notes), *_grids(made), *_projected(made))
    title, below = "Densities of states", ("Folder", "Level")
    return Table(title, COLUMNS, tuple(rows), foot, below, warnings=tuple(dict.fromkeys(doubts)))


def _name(output: DosOutput, spectrum: Spectrum) -> str:
    return output.entry.species + (", spin-orbit" if spectrum.coupled else "")


def _cells(dos: DensityOfStates, spectrum: Spectrum, gap: Gap) -> tuple[str, ...]:
    zero_eV = dos.zero_eV("vacuum" if dos.vacuum_eV else "fermi", spectrum)
    edges = gap.host.edges if gap.host else None
    levels = MISSING
    if dos.structure.defective and edges:
        full = sum(level.electrons > level.states / 2 for level in gap.levels)
        levels = f"{full} filled, {len(gap.levels) - full} empty" if gap.levels else "none"
    return (
        number(edges.gap_eV, 2) if edges else Shown("none", 0.0),
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
        names = [o.entry.species for o in made if o.dos and bool(o.dos.vacuum_eV) == known]
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
    elif dos.structure.defective:
        notes.append(f"{name}: edges of its own bands; a [[dos]] of the whole slab is not there.")
    elif host.edges.direct_gap_eV > host.edges.gap_eV + INDIRECT_EV:
        notes.append(f"{name}: indirect, direct gap {number(host.edges.direct_gap_eV, 2)} eV.")
    return notes + [f"{name}: {level_words(level)}." for level in gap.levels]


def change_sentences(name: str, change_eV: float | None) -> list[str]:
    """How much a gap with spin-orbit coupling depends on the number of bands; none if unknown."""
    if change_eV is None:
        return []
    words = f"{name}: the gap changes by {number(change_eV, 3, sign=True)} eV from half of the"
    doubt = abs(change_eV) > GAP_TOLERANCE_EV
    return [f"{words} empty bands to all{'; not converged, raise empty_bands' if doubt else ''}."]


def unconverged_gaps(made: Sequence[DosOutput]) -> list[str]:
    """Gaps that change by more than `GAP_TOLERANCE_EV` with the number of bands."""
    return [
        words
        for output in made
        for spectrum in (output.dos.spectra if output.dos else ())
        if abs(spectrum.gap_change_eV or 0.0) > GAP_TOLERANCE_EV
        for words in change_sentences(_name(output, spectrum), spectrum.gap_change_eV)
    ]


def _grids(made: Sequence[DosOutput]) -> list[str]:
    """Which k-points are behind which band edges."""
    grids: dict[str, dict[str, None]] = {}
    for output in made:
        if output.dos is not None:
            words = "x".join(str(n) for n in output.state.task.spec["kpoints"])
            grids.setdefault(words, {})[output.entry.species] = None
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
