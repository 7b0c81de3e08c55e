"""Effort of relaxations against a short script: ``python -m tests.benchmarks.relaxation``.

    make bench-relaxation                                 the cheapest cases, at 340 eV
    make bench-relaxation CASES="butylamine" ECUT=500     others; see tests/benchmarks/cases.py

Both run one after the other on this machine, on one core. What is done stays in the folder
``bench``; delete a file there to repeat its part.
"""

import argparse
import json
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from analysis.results import load_result
from tests.benchmarks.cases import CASES
from workflows.execution.engine import environment
from workflows.findings.states import task_folder
from workflows.planner import make_plan

ENVIRONMENT = {**environment(), "OMP_NUM_THREADS": "1"}


def naive(name, ecut_eV, file, *results):
    """Effort of the short script for every structure of a case, or of one SCF cycle each."""
    command = [sys.executable, "-m", "tests.benchmarks.naive", name, str(ecut_eV), str(file)]
    subprocess.run([*command, *map(str, results)], check=True, env=ENVIRONMENT)
    return json.loads(file.read_text())


def ours(name, ecut_eV, folder):
    """Effort of passivant for every structure of a case, and of the engine around them."""
    file, study, results = folder / "passivant.json", folder / "study.toml", folder / "results"
    if file.exists():
        return json.loads(file.read_text())
    study.write_text(CASES[name].study(name, ecut_eV))
    before = children_s()
    command = [str(Path(sys.executable).parent / "passivant"), "run", str(study), "--cores", "1"]
    subprocess.run([*command, "--results", str(results)], check=True, env=ENVIRONMENT)
    total = children_s() - before
    plan = make_plan(study)
    done = {}
    for species, (key,) in plan.relax_keys.items():
        where = task_folder(plan.tasks[key], results)
        result = load_result(where)
        log = (where / "gpaw.txt").read_text()
        cycles = re.findall(r"Converged in (\d+) steps", log)
        done[species] = {
            "energy_eV": result.energy_eV,
            "core_seconds": result.values["last_attempt_core_s"],
            "ionic_steps": result.values["steps"],
            "scf_iterations": sum(int(n) for n in cycles),
        }
    done["engine"] = {"core_seconds": total - sum(d["core_seconds"] for d in done.values())}
    file.write_text(json.dumps(done, indent=1) + "\n")
    return done


def children_s():
    """User and system time of all ended children in seconds."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main():
    """Run the cases and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", default="methylamine vacancy acetic-acid guanidinium")
    parser.add_argument("--ecut", type=float, default=340.0, help="plane-wave cutoff in eV")
    parser.add_argument("--folder", type=Path, default=Path("bench"))
    options = parser.parse_args()
    table = Table(
        "Case",
        "Species",
        "Core-s",
        "of naive",
        "of 1 SCF",
        "Steps",
        "SCF",
        "E - 1 SCF",
        "E - naive",
    )
    for name in options.cases.split():
        folder = options.folder / f"{name}-{options.ecut:g}"
        folder.mkdir(parents=True, exist_ok=True)
        baseline = naive(name, options.ecut, folder / "naive.json")
        own = ours(name, options.ecut, folder)
        single = naive(name, options.ecut, folder / "one-scf.json", folder / "results")
        for species, there in baseline.items():
            here = own[species]
            failed = there["energy_eV"] is None
            table.add_row(
                name,
                species,
                f"{here['core_seconds']:.0f} / {there['core_seconds']:.0f}",
                f"{here['core_seconds'] / there['core_seconds']:.2f}",
                f"{here['core_seconds'] / single[species]['core_seconds']:.1f}",
                f"{here['ionic_steps']} / {there['ionic_steps']}",
                f"{here['scf_iterations']} / {there['scf_iterations']}",
                f"{1e3 * (here['energy_eV'] - single[species]['energy_eV']):+.1f}",
                "not converged"
                if failed
                else f"{1e3 * (here['energy_eV'] - there['energy_eV']):+.1f}",
            )
        whole = [sum(each["core_seconds"] for each in d.values()) for d in (own, baseline)]
        table.add_row(
            name, "all", f"{whole[0]:.0f} / {whole[1]:.0f}", f"{whole[0] / whole[1]:.2f}",
            end_section=True,
        )  # fmt: skip
    Console(width=110).print(table)
    print("Core-s, Steps and SCF: passivant / short script; 'all' has the engine in it.")
    print("1 SCF: one cycle of GPAW as it comes, at the structure that passivant found. E in meV.")


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
