"""Work functions and surface dipoles of a study, and their changes by ligands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analysis.electrostatics.potential import (
    E_OVER_EPS0_V_A,
    FLAT_EV_PER_A,
    HELMHOLTZ_TOLERANCE_EV,
    helmholtz_step_eV,
)
from analysis.tables import Table, number
from workflows.findings.states import TaskState
from workflows.findings.words import level_words, status_words
from workflows.planning.plan import Plan

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


def electrostatics_rows(plan: Plan, states: Mapping[str, TaskState]) -> list[dict[str, Any]]:
    """Potentials of slabs: energies in eV for an electron, dipole moments in e angstrom.

    A slab with anything on it or missing from it has also the changes against the bare slab
    of its surface, and ``off_eV``: (dPhi_top - dPhi_bottom) minus the Helmholtz step of the
    change of its dipole moment.
    """
    rows = []
    keys = zip(
        plan.study.electrostatics,
        plan.output_keys["electrostatics"],
        plan.output_keys["electrostatics of bare slabs"],
        strict=True,
    )
    for spec, key, bare_key in keys:
        state, bare = states[key], states[bare_key]
        row: dict[str, Any] = {
            "species": spec.species,
            "folder": str(state.folder),
            "status": status_words(state.state, state.why),
        }
        if state.result is not None:
            values = dict(state.result.values)
            row |= {k: v for k, v in values.items() if k not in ("structure", "file")}
            row["remarks"] = _remarks(values)
            if bare.result is not None and key != bare_key:
                row |= _changes(values, bare.result.values)
                surface = plan.study.surfaces[spec.species.split(".", maxsplit=1)[0]]
                if surface.sides == "two":
                    density = -row["work_function_top_change_eV"] / E_OVER_EPS0_V_A
                    row["face_dipole_density_e_per_A"] = density
                    row["remarks"].append(
                        f"both faces are covered and their dipoles cancel; Helmholtz's relation"
                        f" gives {density:+.4f} e/A for each, positive outwards"
                    )
        rows.append(row)
    return rows


def _changes(values: Mapping[str, Any], bare: Mapping[str, Any]) -> dict[str, float]:
    top, bottom = (
        values[f"work_function_{face}_eV"] - bare[f"work_function_{face}_eV"]
        for face in ("top", "bottom")
    )
    dipole_eA = values["dipole_eA"] - bare["dipole_eA"]
    step = helmholtz_step_eV(dipole_eA, values["area_A2"])
    return {
        "work_function_top_change_eV": top,
        "work_function_bottom_change_eV": bottom,
        "ionisation_energy_top_change_eV": values["ionisation_energy_top_eV"]
        - bare["ionisation_energy_top_eV"],
        "dipole_change_eA": dipole_eA,
        "dipole_density_change_e_per_A": dipole_eA / values["area_A2"],
        "helmholtz_change_eV": step,
        "off_eV": top - bottom - step,
    }


def _remarks(values: Mapping[str, Any]) -> list[str]:
    found = []
    for face in ("top", "bottom"):
        slope = values[f"slope_{face}_eV_per_A"]
        if slope > FLAT_EV_PER_A:
            found.append(
                f"the potential still changes by {slope:.2f} eV/A at the {face} of the cell, above"
                f" {FLAT_EV_PER_A:g} eV/A; give more vacuum_A"
            )
    off = values["step_eV"] - values["helmholtz_step_eV"]
    if abs(off) > HELMHOLTZ_TOLERANCE_EV:
        found.append(
            f"the vacuum levels differ by {off:+.3f} eV from what the dipole moment says, above"
            f" {HELMHOLTZ_TOLERANCE_EV:g} eV; the grid of the density is coarse"
        )
    return found


def electrostatics_table(plan: Plan, states: Mapping[str, TaskState]) -> Table:
    """Work functions, dipole moments and their changes."""
    rows, notes = [], []
    for row in electrostatics_rows(plan, states):
        rows.append(
            (
                row["species"],
                number(row.get("work_function_top_eV"), 2),
                number(row.get("work_function_bottom_eV"), 2),
                number(row.get("ionisation_energy_top_eV"), 2),
                number(row.get("dipole_eA"), 3, sign=True),
                number(row.get("work_function_top_change_eV"), 2, sign=True),
                number(row.get("work_function_bottom_change_eV"), 2, sign=True),
                number(row.get("helmholtz_change_eV"), 2, sign=True),
                number(row.get("off_eV"), 3, sign=True),
                level_words(plan.study),
                row["status"],
            )
        )
        notes += [f"{row['species']}: {words}." for words in row.get("remarks", [])]
    columns = (
        "Slab", "Phi_t / eV", "Phi_b / eV", "I_t / eV", "mu / e A", "dPhi_t / eV", "dPhi_b / eV",
        "Helmholtz / eV", "off / eV", "Level", "Status",
    )  # fmt: skip
    title = "Work functions and surface dipoles"
    return Table(title, columns, tuple(rows), (*_FOOT, *notes), below=("Level", "Status"))
