"""A relaxation with CP2K, set up as its users set it up for large covered slabs.

What the input asks for, and why:

- DZVP-MOLOPT-SR-GTH, the smallest basis set with polarisation that CP2K has for all elements
  here, with short-ranged functions made for solids. PBE and D3(BJ), as in the studies.
- The orbital transformation (OT), which needs occupied orbitals alone: FULL_ALL is the
  preconditioner for systems of this size, DIIS the faster minimiser.
- EPS_SCF of 1E-5 is as far as forces of 0.05 eV/A need, EPS_DEFAULT of 1E-10 belongs to it.
- 350 Ry on the finest grid and 50 Ry per Gaussian. With 280 and 40 Ry methylamine on CsPbI3 took
  as long per iteration, and more steps (197 core-seconds instead of 180).
- The first wave functions of a step are extrapolated from those before (ASPC).
- BFGS, with the model Hessian that CP2K starts from.
- The slab is periodic in all directions with a surface dipole correction, as in GPAW.
"""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
from ase.io import read
from ase.units import Bohr, Hartree

from workflows.codes.cp2k import CP2K

INPUT = """\
&GLOBAL
  PROJECT relax
  RUN_TYPE GEO_OPT
  PRINT_LEVEL LOW
&END GLOBAL
&MOTION
  &GEO_OPT
    OPTIMIZER BFGS
    MAX_ITER {max_steps}
    ! The largest component, small enough for any largest force; the harness ends the run as soon
    ! as the largest force is below the limit that all programs have.
    MAX_FORCE {max_component:.8f}
    RMS_FORCE 1.0
    MAX_DR 1.0
    RMS_DR 1.0
  &END GEO_OPT
  &CONSTRAINT
    {fixed}
  &END CONSTRAINT
  &PRINT
    &TRAJECTORY
      FORMAT XYZ
    &END TRAJECTORY
    &FORCES
      FORMAT XYZ
    &END FORCES
    &RESTART OFF
    &END RESTART
    &RESTART_HISTORY OFF
    &END RESTART_HISTORY
  &END PRINT
&END MOTION
&FORCE_EVAL
  METHOD QS
  &DFT
    BASIS_SET_FILE_NAME BASIS_MOLOPT
    POTENTIAL_FILE_NAME GTH_POTENTIALS
    {spin}
    {dipole}
    &MGRID
      CUTOFF 350
      REL_CUTOFF 50
    &END MGRID
    &QS
      EPS_DEFAULT 1.0E-10
      EXTRAPOLATION ASPC
    &END QS
    &POISSON
      PERIODIC XYZ
    &END POISSON
    &SCF
      SCF_GUESS ATOMIC
      EPS_SCF 1.0E-5
      MAX_SCF 30
      &OT
        PRECONDITIONER FULL_ALL
        MINIMIZER DIIS
      &END OT
      &OUTER_SCF
        EPS_SCF 1.0E-5
        MAX_SCF 10
      &END OUTER_SCF
      &PRINT
        &RESTART OFF
        &END RESTART
      &END PRINT
    &END SCF
    &XC
      &XC_FUNCTIONAL PBE
      &END XC_FUNCTIONAL
      &VDW_POTENTIAL
        POTENTIAL_TYPE PAIR_POTENTIAL
        &PAIR_POTENTIAL
          TYPE DFTD3(BJ)
          REFERENCE_FUNCTIONAL PBE
          PARAMETER_FILE_NAME dftd3.dat
          R_CUTOFF 16.0
        &END PAIR_POTENTIAL
      &END VDW_POTENTIAL
    &END XC
  &END DFT
  &SUBSYS
    &CELL
      {cell}
      PERIODIC XYZ
    &END CELL
    &COORD
      {places}
    &END COORD
    {kinds}
  &END SUBSYS
&END FORCE_EVAL
"""

FIXED = """\
&FIXED_ATOMS
      LIST {numbers}
    &END FIXED_ATOMS"""

#: Valence electrons of the pseudopotentials.
ELECTRONS = {"H": 1, "C": 4, "N": 5, "O": 6, "I": 7, "Cs": 9, "Pb": 4}
INPUT_FILE, OUTPUT_FILE = "cp2k.inp", "cp2k.out"
TRAJECTORY_FILE, FORCES_FILE = "relax-pos-1.xyz", "relax-frc-1.xyz"
MAX_STEPS = 300
POLL_S = 0.1
_ENERGY = re.compile(r"^ ENERGY\| Total FORCE_EVAL \( QS \) energy \[a\.u\.\]:\s*(\S+)", re.M)
_CYCLE = re.compile(r"outer SCF loop .*? iterations or\s+(\d+) steps")


def input_text(atoms, spec):
    """Input of a relaxation.

    Parameters
    ----------
    atoms
        The start; its constraints fix atoms.
    spec
        Specification of the task of passivant that relaxes the same.
    """
    fixed = fixed_atoms(atoms)
    electrons = sum(ELECTRONS[symbol] for symbol in atoms.symbols)
    force_unit = Hartree / Bohr
    return INPUT.format(
        max_steps=MAX_STEPS,
        max_component=spec["fmax_eV_per_A"] / np.sqrt(3) / force_unit,
        fixed=FIXED.format(numbers=" ".join(str(n + 1) for n in fixed)) if fixed else "",
        spin=f"UKS TRUE\n    MULTIPLICITY {1 + electrons % 2}" if spec["spin_polarised"] else "",
        dipole="SURFACE_DIPOLE_CORRECTION TRUE" if spec["dipole_layer"] else "",
        cell="\n      ".join(
            f"{name} {' '.join(f'{x:.10f}' for x in vector)}"
            for name, vector in zip("ABC", atoms.cell.array, strict=True)
        ),
        places="\n      ".join(
            f"{atom.symbol} {' '.join(f'{x:.10f}' for x in atom.position)}" for atom in atoms
        ),
        kinds="\n    ".join(
            f"&KIND {symbol}\n      BASIS_SET DZVP-MOLOPT-SR-GTH\n"
            f"      POTENTIAL GTH-PBE-q{ELECTRONS[symbol]}\n    &END KIND"
            for symbol in sorted(set(atoms.symbols))
        ),
    )


def fixed_atoms(atoms):
    """Indices of the atoms that constraints fix."""
    return sorted({int(n) for each in atoms.constraints for n in each.get_indices()})


def largest_force(file, free):
    """Length of the largest force in the last frame of a file in eV/A."""
    forces = read(file, -1, format="xyz").positions[free] * Hartree / Bohr
    return float(np.linalg.norm(forces, axis=1).max())


def relax(atoms, spec, folder):
    """Effort of CP2K and where it ends; see `tests.benchmarks.naive.relax`."""
    folder = Path(folder) / "cp2k"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / INPUT_FILE).write_text(input_text(atoms, spec))
    free = np.setdiff1d(np.arange(len(atoms)), fixed_atoms(atoms))
    with (folder / OUTPUT_FILE).open("w") as log:
        process = subprocess.Popen(
            [CP2K.required(), "-i", INPUT_FILE], cwd=folder, stdout=log, stderr=log,
            env={**os.environ, "GFORTRAN_UNBUFFERED_PRECONNECTED": "y"},  # it is killed at its end
        )  # fmt: skip
        try:
            used, converged = _watch(process, folder, free, spec["fmax_eV_per_A"])
        finally:
            process.kill()
            process.wait()
    return {**_outcome(folder, converged), "core_seconds": used}


def _watch(process, folder, free, fmax_eV_per_A):
    """Core-seconds until the largest force is below the limit, and whether it was."""
    forces, size, used = folder / FORCES_FILE, 0, 0.0
    while process.poll() is None:
        used = _cpu_s(process.pid) or used
        if forces.exists() and forces.stat().st_size != size:
            time.sleep(POLL_S)  # the frame may have been half written
            size = forces.stat().st_size
            if largest_force(forces, free) < fmax_eV_per_A:
                return used, True
        time.sleep(POLL_S)
    return used, forces.exists() and largest_force(forces, free) < fmax_eV_per_A


def _cpu_s(pid):
    """User and system time of a process in seconds, 0 if it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _outcome(folder, converged):
    """Steps, iterations, energies in eV and the last structure of a run."""
    frames = read(folder / TRAJECTORY_FILE, ":", format="xyz")  # without the start
    output = (folder / OUTPUT_FILE).read_text()
    energies = [float(each) * Hartree for each in _ENERGY.findall(output)]
    cycles = _CYCLE.findall(output)
    return {
        "energy_eV": energies[len(frames)] if converged else None,
        "first_energy_eV": energies[0],
        "ionic_steps": len(frames),
        "scf_iterations": sum(map(int, cycles)),
        "positions": frames[-1].positions.tolist(),
    }
