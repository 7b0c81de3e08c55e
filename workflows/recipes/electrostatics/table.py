"""Table of work functions, dipole moments and their changes."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.tables import Table, number
from workflows.findings.findings import Findings
from workflows.findings.words import level_words
from workflows.recipes.electrostatics.rows import ElectrostaticsRow

_FOOT = (
    "Phi_top, Phi_bottom: work functions of the upper and of the lower face, vacuum level V minus"
    " Fermi level; where that lies in a gap without defects depends on the smearing. I_top:"
    " ionisation energy, vacuum level minus highest filled level, upper face.",
    "mu_z: dipole moment of the cell along its normal, positive if the positive end is on top,"
    " which lowers the potential energy of an electron there: V_top - V_bottom ="
    " -e mu_z / (eps0 area).",
    "dPhi_top, dPhi_bottom, dmu_z: covered minus bare slab. Helmholtz: -e dmu_z / (eps0 area),"
    " which must be dPhi_top - dPhi_bottom; deviation: the second minus the first. With one"
    " covered face dPhi_bottom vanishes if the slab is thick enough.",
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
            number(row.deviation_eV, 3, sign=True),
            level_words(found.study),
            row.status,
        )
        for row in rows
    ]
    columns = (
        "Slab", "Phi_top / eV", "Phi_bottom / eV", "I_top / eV", "mu_z / e A", "dPhi_top / eV",
        "dPhi_bottom / eV", "Helmholtz / eV", "Deviation / eV", "Level", "Status",
    )  # fmt: skip
    notes = tuple(f"{row.species}: {words}." for row in rows for words in row.remarks)
    title, below = "Work functions and surface dipoles", ("Level", "Status")
    return Table(title, columns, tuple(lines), _FOOT, below, warnings=notes)
