"""Tables of charge states and of the levels between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.tables import MISSING, Table, number
from workflows.findings.words import level_words
from workflows.recipes.charged_defects.rows import ChargedDefectRow, ChargeRow
from workflows.study.model import Study

ABOUT = (
    "E_f = E(q) - E(host) + sum of n mu over the atoms removed + q E_F + correction, with the Fermi"
    " level E_F at the band edges of the host (VBM, CBM) at its k-points. Correction: point charge"
    " plus alignment, of Kumagai and Oba, Phys. Rev. B 89, 195205 (2014).",
    "Spread: standard deviation, over the atoms outside of the largest sphere that does not overlap"
    " with its images, of the potential beside that of the point charge. Slope: how many times the"
    " potential of the point charge its change is there; about 1 with the right permittivity. A"
    " number is given if cell, grid and level are those of the host, the charge times the spread is"
    " small, the slope is not far from 1, and neither an electron nor a hole is in a band of the"
    " host.",
)


def charge_words(charge: int) -> str:
    """A charge with its sign, ``"0"`` without one."""
    return f"{charge:+d}" if charge else "0"


def states_table(study: Study, rows: Sequence[ChargedDefectRow]) -> Table:
    """One charge state and one condition per line."""
    lines = [
        (
            row.species,
            charge_words(state.charge),
            condition or MISSING,
            *(
                number(energies.get(condition) if energies else None, 3, sign=True)
                for energies in (state.at_vbm_eV, state.at_cbm_eV, state.uncorrected_at_vbm_eV)
            ),
            number(state.point_charge_eV, 3, sign=True),
            number(state.alignment_eV, 3, sign=True),
            number(state.spread_V, 3),
            number(state.slope, 2, sign=True),
            MISSING if state.far_atoms is None else str(state.far_atoms),
            number(state.highest_filled_eV, 2, sign=True),
            number(state.lowest_empty_eV, 2, sign=True),
            number(state.magnetic_moment_muB, 2),
            row.positions,
            level_words(study),
            state.status,
        )
        for row in rows
        for state in row.states
        for condition in (row.conditions or ("",))
    ]
    columns = (
        "Defect", "Charge", "Atoms removed go to", "E_f at VBM / eV", "E_f at CBM / eV",
        "Uncorrected at VBM / eV", "Point charge / eV", "Alignment / eV", "Spread / V", "Slope",
        "Far atoms", "Highest filled / eV", "Lowest empty / eV", "Moment / mu_B", "Positions",
        "Level", "Status",
    )  # fmt: skip
    detail = ("Slope", "Far atoms", "Highest filled / eV", "Lowest empty / eV", "Moment / mu_B")
    foot = (*ABOUT, *dict.fromkeys(_notes(rows)))
    return Table(
        "Charged defects", columns, tuple(lines), foot, ("Positions", "Level", "Status"),
        detail=detail,
    )  # fmt: skip


def transitions_table(study: Study, rows: Sequence[ChargedDefectRow]) -> Table:
    """One pair of charge states per line."""
    lines = [
        (
            row.species,
            transition_words(each.charges),
            number(each.level_eV, 3, sign=True),
            number(each.below_cbm_eV, 3, sign=True),
            each.words,
            row.positions,
            level_words(study),
        )
        for row in rows
        for each in row.transitions
    ]
    columns = (
        "Defect", "Between", "Above VBM / eV", "Below CBM / eV", "Where", "Positions", "Level",
    )  # fmt: skip
    foot = (
        "Fermi level at which two charge states cost the same; below it the higher charge is the"
        " more stable one. Chemical potentials cancel.",
    )
    return Table("Transition levels", columns, tuple(lines), foot, ("Where", "Positions", "Level"))


def transition_words(charges: tuple[int, int]) -> str:
    """Two charges as in ``"+1/0"``."""
    return "/".join(map(charge_words, charges))


def _notes(rows: Sequence[ChargedDefectRow]) -> Iterator[str]:
    """Gap, permittivity and chemical potentials behind the rows."""
    for row in rows:
        if row.gap_eV is not None:
            yield f"Gap of {row.host} ({row.atoms} atoms): {row.gap_eV:.3f} eV."
        values = dict.fromkeys(f"{each:g}" for each in row.dielectric)
        kind = "static" if row.positions == "relaxed" else "electronic"
        yield (
            f"{row.species}, positions {row.positions}: {kind} permittivity"
            f" {', '.join(values if len(values) == 1 else [f'{x:g}' for x in row.dielectric])},"
            f" from {row.dielectric_source}."
        )
        for name, words in row.conditions.items():
            yield f"{name}: {words}."


def doubts(rows: Sequence[ChargedDefectRow]) -> list[str]:
    """Charge states that a check refuses."""
    return [
        f"{row.species} {charge_words(state.charge)}: {state.status}"
        for row in rows
        for state in row.states
        if refused(state)
    ]


def refused(state: ChargeRow) -> bool:
    """Whether a check has failed, and not a task."""
    return state.status.startswith("refused")
