"""Effort of other programs from the start of passivant: ``python -m tests.benchmarks.same_start``.

    make bench-relaxation PEER=cp2k
    make bench-relaxation PEER="cp2k script skilled" CASES="butylamine"

All relax the largest structure of a case from where passivant starts, with the same atoms
fixed, until its largest force is below the same limit, one after the other on one core with
the same BLAS. Peers:

cp2k
    CP2K with DZVP-MOLOPT-SR-GTH; see `tests.benchmarks.cp2k`.
script
    GPAW and BFGS of ASE as they come.
skilled
    The same by someone who knows both: ``mixer={"beta": 0.25}`` and `OPTIMIZER` of ASE.

What is done stays in the folder ``bench``; delete a file there to repeat its part.
"""

import argparse
import ctypes
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from ase.io import read
from ase.optimize import GoodOldQuasiNewton
from rich.console import Console
from rich.table import Table

from analysis.results import load_result
from tests.benchmarks import cp2k, naive
from tests.benchmarks.cases import CASES
from tests.benchmarks.relaxation import ENVIRONMENT, ours
from workflows.dft.optimise.checkpoints import TRAJECTORY_FILE, read_frames
from workflows.findings.states import task_folder
from workflows.planner import make_plan

OPTIMIZER = GoodOldQuasiNewton
PEERS = {
    "cp2k": cp2k.relax,
    "script": naive.relax,
    "skilled": lambda atoms, spec, folder: naive.relax(
        atoms, spec, folder, optimizer=OPTIMIZER, mixer={"beta": 0.25}
    ),
}


def largest(plan):
    """Name and relaxation of the species with the most atoms."""
    counts = {name: len(made[0].structure.atoms) for name, made in plan.species.items()}
    name = max(plan.relax_keys, key=counts.__getitem__)
    (key,) = plan.relax_keys[name]
    return name, plan.tasks[key]


def compare(case, ecut_eV, folder, peers):
    """Rows of one case: passivant first.

    Returns
    -------
    list of dict
        Of each program ``core_seconds``, ``ionic_steps``, ``scf_iterations``, its own gain of
        energy ``gain_eV`` (None if it did not converge), what GPAW makes of its end, as a gain
        from the same start, ``gpaw_gain_eV``, and in A root mean square and maximum of the
        distances of free atoms from where passivant ended.
    """
    folder.mkdir(parents=True, exist_ok=True)
    own = ours(case, ecut_eV, folder)
    plan = make_plan(folder / "study.toml")
    name, task = largest(plan)
    done = task_folder(task, folder / "results")
    start, end = read_frames(done / TRAJECTORY_FILE)[0], load_result(done).atoms
    free = np.setdiff1d(np.arange(len(start)), cp2k.fixed_atoms(start))
    runs = {"passivant": {**own[name], "positions": end.positions.tolist()}}
    for peer in peers:
        runs[peer] = _separately(peer, start, task.spec, folder / f"{peer}.json")
    energies = {}
    for label, positions in {
        "start": start.positions,
        **{label: run["positions"] for label, run in runs.items()},
    }.items():
        frozen = start.copy()
        frozen.set_positions(positions, apply_constraint=False)
        one = _separately("energy", frozen, task.spec, folder / f"energy-{label}.json")
        energies[label] = one["energy_eV"]
    rows = []
    for label, run in runs.items():
        apart_A = np.linalg.norm((np.array(run["positions"]) - end.positions)[free], axis=1)
        gain = energies[label] - energies["start"]
        own_gain = gain
        if label != "passivant":
            ended = run["energy_eV"]
            own_gain = None if ended is None else ended - run["first_energy_eV"]
        rows.append(
            {
                "program": label,
                **{k: run[k] for k in ("core_seconds", "ionic_steps", "scf_iterations")},
                "gain_eV": own_gain,
                "gpaw_gain_eV": gain,
                "rms_A": float(np.sqrt((apart_A**2).mean())),
                "largest_A": float(apart_A.max()),
            }
        )
    return rows


def _separately(what, atoms, spec, file):
    """Outcome of a peer, or of one SCF cycle of GPAW, in a process of its own."""
    if not file.exists():
        work = file.with_suffix("")
        work.mkdir(exist_ok=True)
        atoms.write(work / "start.traj")
        (work / "spec.json").write_text(json.dumps(spec))
        command = [sys.executable, "-m", "tests.benchmarks.same_start", "--run", what, str(work)]
        subprocess.run(command, check=True, env=ENVIRONMENT)
    return json.loads(file.read_text())


def _run(what, work):
    """What `_separately` starts."""
    atoms = read(work / "start.traj")
    atoms.calc = None
    spec = json.loads((work / "spec.json").read_text())
    done = naive.relax(atoms, spec, work, 0) if what == "energy" else PEERS[what](atoms, spec, work)
    work.with_suffix(".json").write_text(json.dumps(done, indent=1) + "\n")


def blas_kernels():
    """Kernels of the OpenBLAS of the system, which GPAW and CP2K share, or an empty string."""
    try:
        library = ctypes.CDLL("libopenblas.so.0")
    except OSError:
        return ""
    library.openblas_get_corename.restype = ctypes.c_char_p
    return library.openblas_get_corename().decode()


def table(cases, ecut_eV, folder, peers):
    """Table of all cases."""
    columns = "Case", "Program", "Core-s", "ours / it", "Steps", "SCF", "Gain", "in GPAW", "Apart"
    found = Table(*columns)
    for case in cases:
        rows = compare(case, ecut_eV, folder / f"{case}-{ecut_eV:g}", peers)
        for row in rows:
            gain = row["gain_eV"]
            found.add_row(
                f"{case}, {CASES[case].atoms}" if row is rows[0] else "",
                row["program"],
                f"{row['core_seconds']:.0f}",
                f"{rows[0]['core_seconds'] / row['core_seconds']:.2f}",
                str(row["ionic_steps"]),
                str(row["scf_iterations"]),
                "not converged" if gain is None else f"{gain:.3f}",
                f"{row['gpaw_gain_eV']:.3f}",
                f"{row['rms_A']:.2f} / {row['largest_A']:.2f}",
                end_section=row is rows[-1],
            )
    return found


def main():
    """Run the cases and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--cases", default="methylamine")
    parser.add_argument("--ecut", type=float, default=340.0, help="plane-wave cutoff in eV")
    parser.add_argument("--folder", type=Path, default=Path("bench"))
    parser.add_argument("--peer", default="cp2k", help=f"one or more of {', '.join(PEERS)}")
    options = parser.parse_args()
    if options.run:
        _run(options.run[0], Path(options.run[1]))
        return
    peers = options.peer.split()
    unknown = [peer for peer in peers if peer not in PEERS]
    if unknown:
        parser.error(f"--peer {unknown[0]!r} is none of {', '.join(PEERS)}")
    if "cp2k" in peers and cp2k.CP2K.command() is None:
        parser.error(cp2k.CP2K.missing)
    Console(width=110).print(table(options.cases.split(), options.ecut, options.folder, peers))
    print(
        "Gain: energy of the end less that of the start in eV, in the program itself and in GPAW."
    )
    print(
        "Apart: distance of free atoms from the end of passivant in A, root mean square / largest."
    )
    print(f"Kernels of the OpenBLAS of this system: {blas_kernels() or 'none'}.")


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
