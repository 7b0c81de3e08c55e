"""A relaxation as a short script does it: ``python -m tests.benchmarks.naive CASE ECUT FILE``.

Crude start, GPAW's own convergence criteria, BFGS of ASE as it comes. The level of theory is
that of the study, so that the energies may be compared. With a results folder as fourth
argument: one SCF cycle at each structure that passivant has relaxed there.
"""

import json
import re
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from ase.calculators.mixing import SumCalculator
from ase.optimize import BFGS
from dftd3.ase import DFTD3
from gpaw import GPAW

from analysis.results import load_result
from tests.benchmarks.cases import CASES, crude_start
from workflows.findings.states import task_folder
from workflows.planner import make_plan

MAX_STEPS = 300


def calculator(spec, log, **options):
    """GPAW as it comes, with the dispersion correction of the benchmarks."""
    level = spec["level"]
    if spec["dipole_layer"]:
        options["poissonsolver"] = {"dipolelayer": "xy"}
    gpaw = GPAW(
        mode={"name": "pw", "ecut": level["ecut_eV"]},
        xc=level["functional"],
        kpts={"size": tuple(spec["kpoints"]), "gamma": True},
        occupations={"name": "fermi-dirac", "width": level["smearing_eV"]},
        spinpol=spec["spin_polarised"],
        symmetry={"point_group": False},
        txt=str(log),
        **options,
    )
    return SumCalculator([gpaw, DFTD3(method=level["functional"], damping="d3bj")])


def relax(atoms, spec, folder, steps=MAX_STEPS, optimizer=BFGS, **options):
    """Energy in eV with the effort it took, of one structure.

    Parameters
    ----------
    atoms
        The start, which moves.
    spec
        Specification of the task of passivant that relaxes the same.
    folder
        For the log.
    steps
        Ionic steps before it gives up; 0 for one SCF cycle.
    optimizer
        Of ASE.
    options
        Arguments of GPAW.
    """
    log = Path(folder) / "gpaw.txt"
    atoms.calc = calculator(spec, log, **options)
    used, began = cpu_s(), time.monotonic()
    first_eV = atoms.get_potential_energy()
    optimizer = optimizer(atoms, logfile=None)
    if steps:
        converged = optimizer.run(fmax=spec["level"]["fmax_eV_per_A"], steps=steps)
    else:
        converged = np.isfinite(atoms.get_potential_energy())
    iterations = [int(n) for n in re.findall(r"Converged in (\d+) steps", log.read_text())]
    return {
        "energy_eV": atoms.get_potential_energy() if converged else None,
        "first_energy_eV": first_eV,
        "core_seconds": cpu_s() - used,
        "wall_s": time.monotonic() - began,
        "ionic_steps": optimizer.nsteps,
        "scf_iterations": sum(iterations),
        "positions": atoms.positions.tolist(),
    }


def cpu_s():
    """User and system time of this process in seconds."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    """Treat every structure of a case in turn; the file holds those that are done."""
    case, ecut_eV, output = CASES[sys.argv[1]], float(sys.argv[2]), Path(sys.argv[3])
    results = Path(sys.argv[4]) if len(sys.argv) > 4 else None
    done = json.loads(output.read_text()) if output.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "study.toml"
        file.write_text(case.study(sys.argv[1], ecut_eV))
        plan = make_plan(file)
        for name, (key,) in plan.relax_keys.items():
            if name in done:
                continue
            spec, (species,) = plan.tasks[key].spec, plan.species[name]
            atoms = species.structure.atoms.copy()
            if results is not None:
                atoms = load_result(task_folder(plan.tasks[key], results)).atoms
            elif "." in name:
                atoms = crude_start(plan, species)
            done[name] = relax(atoms, spec, folder, 0 if results else MAX_STEPS)
            output.write_text(json.dumps(done, indent=1) + "\n")


if __name__ == "__main__":
    main()
