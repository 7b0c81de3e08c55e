"""Rough cost of a task, before it runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ase import Atoms
from ase.data import atomic_numbers

#: Valence electrons of the PAW datasets; for other elements those beyond the noble gas.
VALENCE = {"Cs": 9, "Pb": 14, "I": 7, "Br": 7, "Cl": 7, "C": 4, "N": 5, "O": 6, "H": 1}
_NOBLE_GASES = (2, 10, 18, 36, 54, 86)

#: Core-seconds per SCF iteration, band and cubic angstrom at 250 eV. Median of several
#: runs on one core of a current x86 machine; good to a factor of two.
SECONDS_PER_BAND_A3 = 2e-5
SCF_ITERATIONS = {"first": 15, "next": 6}
IONIC_STEPS = 20
#: A rank is worth starting for this many core-seconds per SCF iteration.
SECONDS_PER_RANK = 4.0


@dataclass(frozen=True)
class Estimate:
    """Expected cost of a task.

    Parameters
    ----------
    core_seconds
        Total over all ranks.
    ranks
        Number of MPI ranks that pays off.
    memory_MB
        Total over all ranks.
    """

    core_seconds: float
    ranks: int
    memory_MB: int


def valence_electrons(atoms: Atoms) -> int:
    """Number of valence electrons of a neutral cell."""
    total = 0
    for symbol, count in Counter(atoms.get_chemical_symbols()).items():
        number = atomic_numbers[symbol]
        core = max((n for n in _NOBLE_GASES if n < number), default=0)
        total += count * VALENCE.get(symbol, number - core)
    return total


def estimate(kind: str, atoms: Atoms, spec: Mapping[str, Any]) -> Estimate:
    """Cost of a task from its bands, volume, k-points, spins and expected steps."""
    ecut = spec.get("level", {}).get("ecut_eV", 300.0)
    bands = valence_electrons(atoms) / 2 + spec.get("empty_bands", 0)
    n1, n2, n3 = spec["kpoints"]
    kpoints = (n1 * n2 * n3 + 1) // 2
    spins = 2 if spec.get("spin_polarised") or spec.get("spin_orbit") else 1
    volume = atoms.get_volume()
    scale = (ecut / 250.0) ** 1.5 * kpoints * spins
    iteration = SECONDS_PER_BAND_A3 * bands * volume * scale
    first, following = SCF_ITERATIONS["first"], SCF_ITERATIONS["next"]
    relaxation = first + IONIC_STEPS * following
    iterations = {
        "relax": relaxation,
        "crystal": first * len(spec["strains"]) if "strains" in spec else relaxation,
        "single-point": first,
        "spin-orbit": first,
        "dos": first,
        # A filled vacancy has two fragments: the slab without the atom, and the atom.
        "density-difference": first * (1 + (len(spec.get("fragments", [])) or 2)),
        "electrostatics": 0,
        "split": first * (1 + len(spec.get("fragments", []))),
    }[kind]
    # Wave functions (complex, with work space) and about 20 real-space arrays.
    plane_waves = volume * 0.02 * (ecut / 250.0) ** 1.5
    grid = volume * 64 * (ecut / 250.0) ** 1.5
    memory = (plane_waves * bands * kpoints * spins * 48 * 3 + grid * 20 * 8) / 1e6
    ranks = max(1, round(iteration / SECONDS_PER_RANK))
    return Estimate(3.0 + iteration * iterations, ranks, int(300 * ranks + memory))
