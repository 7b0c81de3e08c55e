"""Expected cost of a task, from measurements."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log, sqrt
from typing import Any

import numpy as np
from ase import Atoms
from ase.units import Bohr, Hartree

from slabs.elements import valence_electrons

#: Core-seconds of an SCF iteration: per plane wave; per plane wave and band; per plane wave
#: and pair of bands; per atom. The shape was fitted to 112 calculations of 1 to 43 atoms. The
#: relaxations of the benchmarks take this long on one slow core (Xeon at 2.8 GHz, GPAW's own
#: iterations of the 1x1 slab 0.8 s each), half of it on a fast one. With several ranks it
#: costs more.
SECONDS_PER_WAVE, SECONDS_PER_WAVE_BAND, SECONDS_PER_WAVE_PAIR = 1.5e-5, 2.2e-7, 3.3e-9
SECONDS_PER_ATOM = 0.024
#: Exact exchange: core-seconds per plane wave and pair of a band and an occupied orbital, at each
#: pair of k-points; how often an SCF iteration applies it. MgO and CsI, 2x2x2 to 4x4x4 k-points.
SECONDS_PER_WAVE_EXCHANGE, EXCHANGES_PER_ITERATION = 1.7e-7, 10
#: Spin-orbit coupling in all bands: its time over that of the bands, functions per atom, and arrays
#: of each, on the first rank of a k-point.
RESPONSE_SHARE, RESPONSES_PER_ATOM, RESPONSE_COPIES = 0.25, 10, 7
#: Memory of a rank without a calculation, and of a calculation: its wave functions with
#: work space, and its grids. Met the 317 calculations of the same machine within 25 per cent.
MB_PER_RANK, WAVE_FUNCTION_COPIES, MB_PER_WAVE = 220.0, 2.4, 0.0096
#: SCF iterations of one calculation from nothing, of each later ionic step, and of a displaced
#: atom; forces count as two.
ONE_CYCLE, NEXT_CYCLE, DISPLACED_CYCLE = 11, 6, 10
#: Ionic steps down to 0.05 eV/A, over the square root of the number of atoms that move; what a
#: limit that is e times larger saves, and the least share that stays. 36 relaxations of 2 to 80
#: atoms took 2 to 18 steps.
STEPS_PER_ROOT_OF_ATOMS, STEPS_PER_FOLD, LEAST_SHARE_OF_STEPS = 2.7, 0.25, 0.25
STEPS_FMAX_EV_PER_A = 0.05
#: A machine-learned potential: core-seconds until it is loaded, and per atom and ionic step; MB.
#: SevenNet-0 with dispersion, slabs of 40 to 90 atoms. Down to 0.02 eV/A it takes twice as many
#: steps as GPAW down to 0.05 eV/A.
SECONDS_TO_LOAD_POTENTIAL, SECONDS_PER_ATOM_OF_POTENTIAL, MB_OF_POTENTIAL = 11.0, 0.007, 1100.0
STEPS_OF_POTENTIAL = 2
#: A rank is worth starting for this many core-seconds per SCF iteration.
SECONDS_PER_RANK = 4.0
#: Beyond k-points and spins GPAW shares out plane waves and bands, with more talk between the
#: ranks; rules of thumb, not measured here.
MOST_RANKS_PER_KPOINT, MOST_RANKS = 16, 128


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

    def scaled(self, pace: float) -> Estimate:
        """The same task where calculations take `pace` times as long."""
        return replace(self, core_seconds=self.core_seconds * pace)


def electrons_of(atoms: Atoms) -> int:
    """Number of valence electrons of a neutral cell."""
    counts = Counter(atoms.get_chemical_symbols())
    return sum(count * valence_electrons(symbol) for symbol, count in counts.items())


def estimate(atoms: Atoms, spec: Mapping[str, Any], iterations: int) -> Estimate:
    """Cost of a task from its plane waves, bands, k-points, spins and SCF iterations.

    Memory counts what GPAW allocates: bands times plane waves times k-points and spins,
    real numbers at Gamma alone and complex ones otherwise.
    """
    if "potential" in spec.get("level", {}):
        steps = STEPS_OF_POTENTIAL * (iterations - ONE_CYCLE) / NEXT_CYCLE
        seconds = SECONDS_TO_LOAD_POTENTIAL + SECONDS_PER_ATOM_OF_POTENTIAL * len(atoms) * steps
        return Estimate(seconds, 1, int(MB_OF_POTENTIAL))
    wave_vector = np.sqrt(2 * spec.get("level", {}).get("ecut_eV", 300.0) / Hartree) / Bohr
    waves = atoms.get_volume() * wave_vector**3 / (6 * np.pi**2)
    bands = 0.6 * electrons_of(atoms) + 4 + spec.get("empty_bands", 0)
    grid = int(np.prod(spec["kpoints"]))
    spins = 2 if spec.get("spin_polarised") else 1
    copies = (grid + 1) // 2 * spins  # k and -k are one calculation
    numbers = 2 if grid > 1 else 1  # a complex number is two
    pairs = SECONDS_PER_WAVE_BAND * bands + SECONDS_PER_WAVE_PAIR * bands**2
    iteration = spins * (SECONDS_PER_WAVE * waves + SECONDS_PER_ATOM * len(atoms))
    iteration += copies * numbers * waves * pairs
    once = 0.0
    if "exchange" in spec.get("level", {}):
        pairs_of_states = copies * grid * bands * electrons_of(atoms) / 2
        once = SECONDS_PER_WAVE_EXCHANGE * waves * pairs_of_states
        if spec.get("kind") != "gap":  # self-consistent
            iteration += EXCHANGES_PER_ITERATION * once
            once = 0.0
    ranks = _ranks(iteration, copies)
    wave_functions_MB = 8e-6 * bands * waves * copies * numbers
    memory_MB = WAVE_FUNCTION_COPIES * wave_functions_MB + MB_PER_WAVE * waves * spins
    if "coupled_bands" in spec:
        iteration *= 1 + RESPONSE_SHARE
        functions = 2 * bands + RESPONSE_COPIES * RESPONSES_PER_ATOM * len(atoms)
        memory_MB += 8e-6 * functions * waves * numbers * min(ranks, copies)
    seconds = 3.0 + float(iteration) * iterations + once
    return Estimate(seconds, ranks, int(MB_PER_RANK * ranks + memory_MB))


def relaxation_iterations(atoms: Atoms, spec: Mapping[str, Any]) -> int:
    """SCF iterations of a relaxation, or of an equation of state."""
    if "strains" in spec:
        return ONE_CYCLE * len(spec["strains"])
    fixed = {int(n) for constraint in atoms.constraints for n in constraint.get_indices()}
    fmax = spec.get("fmax_eV_per_A", STEPS_FMAX_EV_PER_A)
    share = max(LEAST_SHARE_OF_STEPS, 1.0 - STEPS_PER_FOLD * log(fmax / STEPS_FMAX_EV_PER_A))
    steps = max(2.0, share * STEPS_PER_ROOT_OF_ATOMS * sqrt(len(atoms) - len(fixed)))
    if "further" in spec:
        steps /= 2
    return ONE_CYCLE + round(steps) * NEXT_CYCLE


def _ranks(iteration_s: float, copies: int) -> int:
    """MPI ranks that pay off: k-points and spins shared evenly before anything else is."""
    most = min(MOST_RANKS_PER_KPOINT * copies, MOST_RANKS)
    worth = min(max(1, round(iteration_s / SECONDS_PER_RANK)), most)
    if worth >= copies:
        return worth // copies * copies
    return max(n for n in range(1, worth + 1) if copies % n == 0)


def wall_seconds(
    estimates: Mapping[str, Estimate], parents: Mapping[str, Sequence[str]], cores: int
) -> float:
    """Wall time of tasks on a number of cores, each begun when its parents are done.

    Parameters
    ----------
    estimates
        By key, parents first.
    parents
        Keys of the tasks that each one needs.
    cores
        Cores that are free for them.
    """
    children: dict[str, list[str]] = {key: [] for key in estimates}
    missing = {key: len(parents[key]) for key in estimates}
    longest: dict[str, float] = {}
    for key, expected in reversed(list(estimates.items())):
        after = max((longest[child] for child in children[key]), default=0.0)
        longest[key] = expected.core_seconds + after
        for parent in parents[key]:
            children[parent].append(key)
    ready = [(-longest[key], key) for key, count in missing.items() if count == 0]
    heapq.heapify(ready)
    running: list[tuple[float, str]] = []
    now, free = 0.0, cores
    while ready or running:
        held = []
        while ready and free:
            entry = heapq.heappop(ready)
            expected = estimates[entry[1]]
            ranks = min(expected.ranks, cores)
            if ranks > free:
                held.append(entry)
                break  # the most urgent task gets the next cores
            free -= ranks
            heapq.heappush(running, (now + expected.core_seconds / ranks, entry[1]))
        for entry in held:
            heapq.heappush(ready, entry)
        now, ended = heapq.heappop(running)
        free += min(estimates[ended].ranks, cores)
        for child in children[ended]:
            missing[child] -= 1
            if missing[child] == 0:
                heapq.heappush(ready, (-longest[child], child))
    return now
