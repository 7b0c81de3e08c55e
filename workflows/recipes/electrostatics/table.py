"""Table of work functions, dipole moments and their changes."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.tables import Table, number
from workflows.findings.findings import Findings
from workflows.findings.words import level_words
from workflows.recipes.electrostatics.rows import ElectrostaticsRow

_FOOT = (
    "Phi_t, Phi_b: work functions of the upper and of the lower face, vacuum level minus Fermi"
    " level; where that lies in a gap without defects is a matter of the smearing. I_t: vacuum"
    " level minus highest filled level, upper face.",
    "mu: dipole moment of the cell along z, positive if the positive end is on top, which lowers"
    " the potential of an electron there: V_t - V_b = -e mu / (eps0 A), Helmholtz.",
    "dPhi_t, dPhi_b, dmu: covered minus bare slab. Helmholtz: -e dmu / (eps0 A), which must be"
    " dPhi_t - dPhi_b; 'off' is the difference. With one covered face dPhi_b vanishes if the slab"
    " is thick enough.",
)


def electrostatics_table(found: Findings, rows: Sequence[ElectrostaticsRow]) -> Table:
    """One slab per row."""
    lines = [
        (
            row.species,
            number(row.work_function_top_eV, 2),
            number(row.work_function_bottom_eV, 2),
            number(row.ionisation_energy_top_eV, 2),
            number(row.dipole_eA, 3, sign=True),
            number(row.work_function_top_change_eV, 2, sign=True),
            number(row.work_function_bottom_change_eV, 2, sign=True),
            number(row.helmholtz_change_eV, 2, sign=True),
            number(row.off_eV, 3, sign=True),
            level_words(found.study),
            row.status,
        )
        for row in rows
    ]
    columns = (
        "Slab", "Phi_t / eV", "Phi_b / eV", "I_t / eV", "mu / e A", "dPhi_t / eV", "dPhi_b / eV",
        "Helmholtz / eV", "off / eV", "Level", "Status",
    )  # fmt: skip
    notes = (f"{row.species}: {words}." for row in rows for words in row.remarks)
    title = "Work functions and surface dipoles"
    return Table(title, columns, tuple(lines), (*_FOOT, *notes), below=("Level", "Status"))
