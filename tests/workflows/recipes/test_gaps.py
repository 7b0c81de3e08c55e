"""Gaps of HSE06, from real GPAW, with a relaxed structure that is made up."""

import json
import subprocess
from dataclasses import replace

import pytest

from analysis.result_values import GapValues
from analysis.results import load_result
from tests.conftest import HCL, LEVEL
from tests.findings import documents_of, findings_of, rows_of, table_of
from tests.workflows.dft.test_functionals import HYBRID
from workflows.execution.engine import environment, prepare
from workflows.findings.states import task_folder, task_states
from workflows.planner import make_plan
from workflows.recipes.registry import recipe
from workflows.store import write_result
from workflows.study.errors import StudyError

IODIDE = """
[crystals.CsI]
material = "CsI"
prototype = "cesiumchloride"
lattice_constants_A = [4.567]
kpoint_length_A = 8.0

[[gaps]]
species = "CsI"
spin_orbit = true
"""


@pytest.fixture(scope="module")
def iodide(tmp_path_factory):
    """The gap of CsI at its measured lattice constant, and what belongs to it."""
    base = tmp_path_factory.mktemp("gap")
    file = base / "study.toml"
    level = LEVEL.format(ecut=250.0, fmax=0.1, max_steps=5, dispersion="none", vacuum=4.0)
    file.write_text(level + HYBRID.replace("400.0", "250.0") + IODIDE)
    plan, results = make_plan(file), base / "results"
    prepare(plan, results)
    (key,) = plan.planned["gaps"]
    (parent,) = plan.tasks[key].parents
    task = plan.tasks[parent]
    values = {
        "structure": task.spec["structure"], "energy_eV": 0.0, "charge": 0,
        "fingerprint": "",
    }  # fmt: skip
    write_result(task_folder(task, results), task.kind, parent, values)
    (waiting,) = rows_of("gaps", plan, task_states(plan, results))
    assert waiting.gap_eV is None
    folder = task_folder(plan.tasks[key], results)
    command = ["gpaw", "python", "-m", "workflows.dft.task", str(folder)]
    done = subprocess.run(command, env=environment(), timeout=280, check=False)
    assert done.returncode == 0, load_result(folder)
    return plan, task_states(plan, results)


def test_gap_of_an_iodide_with_and_without_spin_orbit_coupling(iodide):
    (row,) = rows_of("gaps", *iodide)
    assert row.status == "done"
    assert tuple(row.kpoints) == (2, 2, 2)
    # GPAW as it comes, with 4x4x4 k-points: HSE06 4.79 eV between these eight of them, PBE 3.89.
    assert row.density_gap_eV == pytest.approx(3.85, abs=0.05)
    assert row.gap_eV == pytest.approx(4.79, abs=0.03)
    assert row.direct_gap_eV > row.gap_eV + 0.05
    assert row.gap_eV - 0.4 < row.coupled_gap_eV < row.gap_eV - 0.1
    assert abs(row.coupled_gap_change_eV) < 0.005
    # The direct gap is at Gamma, between 5p of I and an s band. 5p splits by 0.943 eV in the atom
    # (NIST), and its j = 3/2 lies a third of that above the middle.
    plan, states = iodide
    values = states[plan.planned["gaps"][0]].result.checked(GapValues)
    lift_eV = values.edges.direct_gap_eV - values.soc_edges.direct_gap_eV
    assert lift_eV == pytest.approx(0.943 / 3, abs=0.03)


def test_table_says_what_the_gap_is(iodide):
    plan, states = iodide
    (row,) = rows_of("gaps", plan, states)
    table = table_of("gaps", plan, states)
    assert table.columns[:6] == (
        "Species", "Gap / eV", "Direct gap / eV", "Gap with SOC / eV", "Gap, PBE / eV", "k-points",
    )  # fmt: skip
    assert float(table.rows[0][1]) == pytest.approx(row.gap_eV, abs=0.006)
    assert table.rows[0][5] == "2x2x2"
    assert table.footnotes[0] == (
        "Gaps between the levels at these k-points: those of HSE06 of the orbitals and the density"
        " of PBE, not self-consistent."
    )
    assert "CsI, spin-orbit: the gap changes by " in table.footnotes[1]
    (about,) = documents_of("gaps", plan, states)
    json.dumps(about, allow_nan=False)
    found = findings_of(plan, states)
    assert recipe("gaps").notices(found) == []
    doubtful = findings_of(plan, states)
    doubtful.once("rows of gaps", lambda: [replace(row, coupled_gap_change_eV=-0.04)])
    (notice,) = recipe("gaps").notices(doubtful)
    assert notice.lines[0].endswith("-0.040 eV from half of the empty bands to all; not converged,"
                                    " raise empty_bands.")  # fmt: skip


def test_gaps_go_with_a_hybrid(write_study):
    gap = '\n[[gaps]]\nspecies = "HCl"\n'
    with pytest.raises(StudyError, match=r"gaps: goes with HSE06 in single_point.functional"):
        make_plan(write_study(HCL, gap))
    plan = make_plan(write_study(HCL, HYBRID, gap))
    spec = plan.tasks[plan.planned["gaps"][0]].spec
    assert spec["level"]["exchange"] == "nearest image"
    assert "coupled_bands" not in spec
    with pytest.raises(StudyError, match=r"dos: .* \[\[gaps\]\] gives gaps of HSE06"):
        make_plan(write_study(HCL, HYBRID, '\n[[dos]]\nspecies = "HCl"\n'))
