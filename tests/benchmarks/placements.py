"""Placements ranked by a potential against all of them by GPAW: ``make bench-placements``.

    make bench-placements                               all cases, at 220 eV
    make bench-placements CASES="methylamine" ECUT=300  others; the names are in `CASES`

Each case relaxes all placements of a ligand with GPAW at a coarse level, and again only the two
that the potential ranks lowest. It is a hit if the lowest energies agree within 0.05 eV. All runs
on one core; what is done stays in the folder ``bench``, so that a stopped run goes on.
"""

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from analysis.energies.funnel import funnel_check
from analysis.energies.ranking import ranking
from analysis.results import load_result
from workflows.execution.engine import environment
from workflows.findings.states import task_folder
from workflows.planner import make_plan

ENVIRONMENT = {**environment(), "OMP_NUM_THREADS": "1"}
#: The lowest minimum was found within this.
HIT_EV = 0.05

STUDY = """
title = "Placements: {name}"
molecule_vacuum_A = 4.0

[level]
name = "coarse"
caveat = "only orders placements"
functional = "PBE"
ecut_eV = {ecut}
kpoint_length_A = 12.0
smearing_eV = 0.1
dispersion = "D3(BJ)"
scf_energy_eV = 1e-3
scf_density = 1e-3
scf_eigenstates_eV2 = 1e-6
fmax_eV_per_A = 0.1
max_steps = 200

[surfaces.slab]
material = "{material}"
termination = "{termination}"
size = {size}
layers = {layers}
vacuum_A = 6.0
{surface}

[ligands.L]
{ligand}

[placement]
diversity_A = 0.3

[[candidates]]
species = "slab.L"
count = {count}
"""
FUNNEL = """promote = 2

[screening]
potential = "{potential}"
"""


@dataclass(frozen=True)
class Case:
    """A ligand on a surface; the fields are keys of a study."""

    ligand: str
    size: str = "[1, 1]"
    layers: int = 1
    material: str = "CsPbI3"
    termination: str = "PbI2"
    surface: str = ""


NEUTRAL = 'state = "neutral"\norientation = "any"'
ION_PAIR = 'state = "cation"\nbalance = "counter-ion"\ncounter_ion = "I"'
#: From cheap to dear.
CASES = {
    "methylamine": Case(f'molecule = "MA"\n{NEUTRAL}'),
    "ethylamine": Case('smiles = "CCN"\nanchor_smarts = "[NX3]"\norientation = "any"'),
    "methylamine-CsI": Case(f'molecule = "MA"\n{NEUTRAL}', termination="CsI"),
    "methylamine-Br": Case(f'molecule = "MA"\n{NEUTRAL}', material="CsPbBr3", termination="PbBr2"),
    "formic-acid": Case('smiles = "OC=O"\nanchor_smarts = "[OX1]"\norientation = "any"'),
    "methanethiol": Case('smiles = "CS"\nanchor_smarts = "[SX2]"\norientation = "any"'),
    "pyridine": Case('smiles = "c1ccncc1"\nanchor_smarts = "n"\norientation = "any"'),
    "methylammonium-iodide": Case(f'molecule = "MA"\n{ION_PAIR}', size="[2, 1]"),
    "guanidinium-iodide": Case(f'molecule = "GA"\n{ION_PAIR}', size="[2, 1]"),
    "methylamine-2x1": Case(f'molecule = "MA"\n{NEUTRAL}', size="[2, 1]"),
    "acetic-acid-2x1": Case('molecule = "OA"\ntruncate_to_carbons = 2', size="[2, 1]"),
    "acetic-acid-CsI": Case(
        'molecule = "OA"\ntruncate_to_carbons = 2', "[2, 1]", 1, "CsPbI3", "CsI"
    ),
    "butylamine-2x1": Case('molecule = "OAm"\ntruncate_to_carbons = 4', size="[2, 1]"),
    "butylammonium-iodide": Case(f'molecule = "BA"\n{ION_PAIR}', size="[2, 1]"),
    "phenethylammonium-iodide": Case(f'molecule = "PEA"\n{ION_PAIR}', size="[2, 1]"),
    "methylamine-3-layers": Case(f'molecule = "MA"\n{NEUTRAL}', layers=3),
    "guanidinium-exchange": Case('molecule = "GA"\nbalance = "substitution"', "[2, 2]", 3),
    "butylamine-3-layers": Case('molecule = "OAm"\ntruncate_to_carbons = 4', "[2, 2]", 3),
    "octylamine": Case('molecule = "OAm"\ntruncate_to_carbons = 8', "[2, 2]"),
    "octanoic-acid": Case('molecule = "OA"\ntruncate_to_carbons = 8', "[2, 2]"),
    "oleylamine": Case('molecule = "OAm"', "[2, 2]"),
    "oleic-acid": Case('molecule = "OA"', "[2, 2]"),
}


def relaxed(study, results):
    """Run a study; the results of its tasks by their key, of its plan."""
    command = [str(Path(sys.executable).parent / "passivant"), "run", str(study), "--cores", "1"]
    subprocess.run([*command, "--results", str(results)], env=ENVIRONMENT, check=False)
    plan = make_plan(study)
    return plan, {k: load_result(task_folder(t, results)) for k, t in plan.tasks.items()}


def core_seconds(results):
    """Of several tasks together."""
    return sum(each.values["last_attempt_core_s"] for each in results if each is not None)


def compared(name, options):
    """What the funnel finds and costs against all placements by GPAW."""
    folder = options.folder / f"{name}-{options.ecut:g}-{options.potential}"
    folder.mkdir(parents=True, exist_ok=True)
    settings = {**vars(CASES[name]), **vars(options), "name": name}
    full, funnel, results = folder / "all.toml", folder / "funnel.toml", folder / "results"
    full.write_text(STUDY.format(**settings))
    funnel.write_text(full.read_text() + FUNNEL.format(**settings))
    plan, found = relaxed(full, results)
    every = [found[key] for key in plan.relax_keys["slab.L"]]
    plan, found = relaxed(funnel, results)
    screened = [found[key] for key in plan.screen_keys["slab.L"]]
    promoted = [found[key] for key in plan.relax_keys["slab.L"]]
    if None in every + screened + promoted:
        return {"failed": sum(each is None for each in every + screened + promoted)}
    lowest = [min(each.energy_eV for each in group) for group in (every, promoted)]
    order = ranking(screened)
    kept = [n for n in order.order if n not in order.unrelaxed]
    check = funnel_check(
        [screened[n].energy_eV for n in kept], [every[n].energy_eV for n in kept], []
    )
    return {
        "atoms": len(every[0].atoms),
        "placements": len(every),
        "above_lowest_eV": lowest[1] - lowest[0],
        "core_seconds": [core_seconds(every), core_seconds(screened), core_seconds(promoted)],
        "torn": len(order.unrelaxed),
        "rank_correlation": check.rank_correlation,
        "largest_change_eV": check.largest_change_eV,
    }


def main():
    """Run the cases and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", default=" ".join(CASES))
    parser.add_argument("--potential", default="7net-0")
    parser.add_argument("--ecut", type=float, default=220.0, help="plane-wave cutoff in eV")
    parser.add_argument("--count", type=int, default=5, help="placements of each case")
    parser.add_argument("--folder", type=Path, default=Path("bench"))
    options = parser.parse_args()
    columns = (
        "Case",
        "Atoms",
        "Placements",
        "Torn",
        "Above lowest / eV",
        "Cost / all",
        "Rank corr.",
    )
    table, hits, done = Table(*columns), 0, 0
    for name in options.cases.split():
        file = options.folder / f"{name}-{options.ecut:g}-{options.potential}.json"
        if not file.exists():
            document = compared(name, options)
            file.write_text(json.dumps(document, indent=1) + "\n")
        row = json.loads(file.read_text())
        if "failed" in row:
            table.add_row(name, *"-----", f"{row['failed']} tasks failed")
            continue
        every, screening, rest = row["core_seconds"]
        correlation = row["rank_correlation"]
        table.add_row(
            name, str(row["atoms"]), str(row["placements"]), str(row["torn"]),
            f"{row['above_lowest_eV']:+.3f}", f"{(screening + rest) / every:.2f}",
            "-" if correlation is None else f"{correlation:+.2f}",
        )  # fmt: skip
        done += 1
        hits += row["above_lowest_eV"] <= HIT_EV
    Console(width=110).print(table)
    print(f"lowest minimum within {HIT_EV} eV in {hits} of {done} cases")


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
