"""Tables of phase diagrams of surfaces."""

from __future__ import annotations

from collections.abc import Mapping

from analysis.tables import MISSING, Shown, Table, number
from workflows.findings.uncertainty_words import (
    ABOUT,
    uncertainty_cell,
    uncertainty_notes,
    uncertainty_words,
)
from workflows.findings.words import flag_sentences, level_words
from workflows.recipes.surface_phases.rows import DiagramRow, PointRow
from workflows.study.model import Study
from workflows.study.surface_phases import SurfacePhasesEntry

NOWHERE = "nowhere"
LEFT_OUT = "Vibrations and the entropy of the slabs are left out."


def surfaces_title(row: DiagramRow) -> str:
    """Title of the table of stable slabs."""
    return f"Surface phases: {row.name}"


def energies_title(row: DiagramRow) -> str:
    """Title of the table of surface free energies."""
    return f"Surface free energies: {row.name}"


def surfaces_table(study: Study, row: DiagramRow) -> Table:
    """Where each slab of a diagram is the most stable one."""
    lines = [
        (
            each.species,
            _taken_words(each.taken),
            number(each.coverage_per_nm2, 2),
            *(_range(row, each.stable_eV, axis) for axis in row.axes),
            level_words(study),
            row.status if each.status == "done" else each.status,
        )
        for each in row.surfaces
    ]
    columns = (
        "Species", "Molecules", "Coverage / nm^-2", *(f"Stable at dmu {a} / eV" for a in row.axes),
        "Level", "Status",
    )  # fmt: skip
    foot = (
        "Stable at: lowest and highest dmu at which a slab has the lowest energy of these while"
        " the host is stable.",
        *condition_sentences(study, row),
    )
    flags = flag_sentences(flag for each in row.surfaces for flag in each.flags)
    words = (*row.remarks, *below_zero(row).values(), *undecided(row).values())
    doubts = (*flags, *(f"{each}." for each in words))
    return Table(surfaces_title(row), columns, tuple(lines), foot, ("Level",), warnings=doubts)


def energies_table(study: Study, row: DiagramRow) -> Table:
    """Surface free energies at the corners of the region in which the host is stable."""
    symbol = "gamma" if row.against is None else f"gamma - gamma({row.against})"
    lines = [
        (
            point_words(row, each),
            each.species,
            number(each.gamma_J_per_m2, 3, sign=True),
            uncertainty_cell(each.uncertainty),
            number(each.above_lowest_J_per_m2, 3, sign=True),
            uncertainty_cell(each.uncertainty_above),
            number(each.both_faces_J_per_m2, 3, sign=True),
            f"{symbol}: {uncertainty_words(each.uncertainty)}; above lowest:"
            f" {uncertainty_words(each.uncertainty_above)}",
            level_words(study),
        )
        for each in row.points
    ]
    columns = (
        "Where", "Species", f"{symbol} / J m^-2", "Uncertainty / J m^-2",
        "Above lowest / J m^-2", "Uncertainty above lowest / J m^-2", "Both faces / J m^-2", ABOUT,
        "Level",
    )  # fmt: skip
    errors = {
        (f"{each.species} ({what})", error.lacks): error
        for each in row.points
        for what, error in ((symbol, each.uncertainty), ("above lowest", each.uncertainty_above))
        if not error.by_definition
    }
    foot = (
        face_sentence(row),
        "Both faces: (E - sum of N mu) / area, with the chemical potentials of atoms and of"
        " molecules from reservoirs.",
        LEFT_OUT,
        *uncertainty_notes([(name, error) for (name, _), error in errors.items()]),
    )
    return Table(
        energies_title(row),
        columns,
        tuple(lines),
        foot,
        (ABOUT, "Level"),
        (ABOUT,),
        group=("Where",),
        detail=("Both faces / J m^-2",),
    )


def face_sentence(row: DiagramRow) -> str:
    """Which energy of a face is shown."""
    if row.against is None:
        return (
            "gamma: energy of the upper face; the faces of the bare slab are alike, and each has"
            " half of its energy."
        )
    return (
        f"gamma - gamma({row.against}): the upper face against that of the bare slab"
        f" {row.against!r}. The lower faces are the same and cancel; gamma itself is not defined,"
        " as the faces of the slab differ."
    )


def condition_sentences(study: Study, row: DiagramRow) -> tuple[str, ...]:
    """What sets the chemical potentials that are no axes, and what they lack."""
    entry = next(each for each in study.surface_phases if each.name == row.name)
    assert study.chemical_potentials is not None
    phases = " and ".join([study.chemical_potentials.host, *row.equilibrium])
    return (
        f"Elements: in equilibrium with {phases}.",
        *(_reservoir_sentence(entry, name, value) for name, value in row.fixed_eV.items()),
    )


def _reservoir_sentence(entry: SurfacePhasesEntry, name: str, dmu_eV: float) -> str:
    given = entry.reservoirs[name]
    begin = f"dmu {name} = {dmu_eV:+.3f} eV from the molecule at 0 K"
    if given.activity is None:
        return f"{begin}."
    words = f"{begin}: kT ln a with a = {given.activity:g} at {entry.temperature_K:g} K"
    if given.standard_free_energy_eV:
        return f"{words} and a standard free energy of {given.standard_free_energy_eV:+g} eV."
    return (
        f"{words}, without the free energy of the standard state (translation, rotation,"
        " vibration)."
    )


def undecided(row: DiagramRow) -> dict[tuple[tuple[str, ...], str, str], str]:
    """Corners at which the order of the lowest two is within its uncertainty.

    Returns
    -------
    dict
        By the phases of the corner and the names of both slabs, what is said of them.
    """
    found = {}
    for where in dict.fromkeys(each.phases for each in row.points):
        here = [each for each in row.points if each.phases == where]
        if len(here) < 2:
            continue
        lowest, second = here[:2]
        total = second.uncertainty_above.total
        if total is not None and total > second.above_lowest_J_per_m2:
            found[where, lowest.species, second.species] = (
                f"{row.name}, with {', '.join(where)}: {second.species!r} lies"
                f" {second.above_lowest_J_per_m2:.3f} J m^-2 above {lowest.species!r}, less than"
                f" the uncertainty of {total:.3f}"
            )
    return found


def below_zero(row: DiagramRow) -> dict[str, str]:
    """Surfaces that would grow on their own, by name, and what is said of them."""
    if row.against is not None:
        return {}
    lowest: dict[str, float] = {}
    for each in row.points:
        lowest[each.species] = min(each.gamma_J_per_m2, lowest.get(each.species, 0.0))
    return {
        name: f"{row.name}: gamma of {name!r} falls to {gamma:.3f} J m^-2; below zero the crystal"
        " gains energy by forming this surface"
        for name, gamma in lowest.items()
        if gamma < 0
    }


def point_words(row: DiagramRow, point: PointRow) -> str:
    """A corner of the region of the host in words."""
    values = ", ".join(f"dmu {axis} {point.dmu_eV[axis]:+.3f} eV" for axis in row.axes)
    return f"With {', '.join(point.phases)}: {values}"


def _taken_words(taken: Mapping[str, int]) -> str:
    words = [f"{n} {name}" if n != 1 else name for name, n in taken.items() if n]
    return " + ".join(words) or MISSING


def _range(row: DiagramRow, ranges: Mapping[str, tuple[float, float]] | None, axis: str) -> str:
    if row.status != "done":
        return MISSING
    if ranges is None:
        return NOWHERE
    low, high = ranges[axis]
    return Shown(f"{low:+.3f} to {high:+.3f}", low, high)
