"""Charge-density difference of a relaxed structure and its frozen fragments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import numpy as np
from ase import Atoms
from ase.units import Bohr
from gpaw.mpi import world
from gpaw.new.ase_interface import ASECalculator
from numpy.typing import NDArray

from analysis.density.difference import (
    CUBE_FILE,
    DENSITY_FILE,
    ELECTRONS_TOLERANCE_E,
    INTEGRAL_TOLERANCE_E,
    integral_e,
    save_density_difference,
    unbalanced,
)
from analysis.density.hirshfeld import FreeAtom, hirshfeld_electrons
from analysis.result_values import DensityDifferenceValues, PartValues
from analysis.results import Result
from slabs.structure import formula
from workflows.dft.errors import PhysicsError
from workflows.dft.fragments import FragmentsSpec, frozen_part
from workflows.dft.job import Job, Values
from workflows.dft.parents import place_of
from workflows.task_file import ElectronsSpec

WHOLE = "whole"


@dataclass(frozen=True, eq=False)
class _Part:
    """Density of some atoms alone, the electrons of each atom, and what the atoms are."""

    density_e_per_A3: NDArray[np.float64]
    hirshfeld: NDArray[np.float64]
    about: PartValues


class FillingSpec(ElectronsSpec):
    """A slab without one of its atoms, and that atom."""

    #: For each candidate the atom that is removed.
    removed: list[int]
    #: Name of the vacancy.
    vacancy: str
    spin_all: bool


class CountingSpec(TypedDict):
    """How electrons are counted."""

    #: For each candidate the groups of atoms whose electrons are counted.
    groups: list[dict[str, list[int]]]
    grid_refinement: int


class OfFragmentsSpec(FragmentsSpec, CountingSpec):
    """The difference of a covered slab and its parts."""


class OfFillingSpec(FillingSpec, CountingSpec):
    """The difference of a slab and its parts when a vacancy is filled."""


class DensityDifferenceSpec(ElectronsSpec, CountingSpec):
    """Any of the two."""

    spin_all: bool
    fragments: NotRequired[dict[str, list[int]]]
    removed: NotRequired[list[int]]
    vacancy: NotRequired[str]


def fragments_of(spec: DensityDifferenceSpec, parent: Result, atoms: Atoms) -> dict[str, list[int]]:
    """Names and atoms of the fragments: surface and ligands, or vacancy and removed atom."""
    if "removed" not in spec:
        return dict(spec["fragments"])
    # Each candidate of the species may lose another atom.
    gone = spec["removed"][place_of(spec, parent)]
    rest = [n for n in range(len(atoms)) if n != gone]
    return {f"slab with {spec['vacancy']}": rest, f"{atoms.symbols[gone]} atom": [gone]}


def run(job: Job[DensityDifferenceSpec]) -> Values:
    """Density of the whole minus the densities of its fragments, positions frozen.

    All densities are all-electron densities in the same cell on the same grid, each from
    a calculation of its own that starts and converges in the same way; each fragment is
    a neutral cell, spin-polarised if its electrons are odd. Written as a cube file
    (electrons/bohr^3) and as an array (electrons/angstrom^3).

    Returns
    -------
    dict
        What the whole and each fragment are; their electrons on the grid; the integral of
        the difference; the electrons that each atom and each group of atoms gains from
        fragment to whole, by Hirshfeld's partition of each density.

    Raises
    ------
    PhysicsError
        If a density does not hold its electrons, or the difference not zero.
    """
    folder, spec, parent = job.folder, job.spec, job.origin
    atoms = parent.atoms
    fragments = fragments_of(spec, parent, atoms)
    whole = _part(job, atoms, range(len(atoms)))
    difference, gained = whole.density_e_per_A3, whole.hirshfeld.copy()
    about = {WHOLE: whole.about}
    for name, indices in fragments.items():
        part = _part(job, atoms, indices)
        if part.density_e_per_A3.shape != difference.shape:
            raise RuntimeError("the fragments of a density difference are on different grids")
        difference -= part.density_e_per_A3
        gained[indices] -= part.hirshfeld
        about[name] = part.about
    electrons = {name: each.electrons_on_grid for name, each in about.items()}
    expected = {name: each.electrons for name, each in about.items()}
    integral = integral_e(difference, atoms)
    if why := unbalanced(electrons, expected, integral):
        raise PhysicsError(why)
    if world.rank == 0:
        save_density_difference(folder, difference, atoms, fragments)
    world.barrier()
    groups = {**fragments, **spec["groups"][place_of(spec, parent)]}
    return DensityDifferenceValues(
        **job.about,
        file=DENSITY_FILE,
        cube=CUBE_FILE,
        difference=" - ".join(f"n({name})" for name in about),
        parts=about,
        electrons=electrons,
        electrons_tolerance_e=ELECTRONS_TOLERANCE_E,
        integral_e=integral,
        integral_tolerance_e=INTEGRAL_TOLERANCE_E,
        moved_e=integral_e(np.abs(difference), atoms) / 2,
        hirshfeld_charges_e=(atoms.numbers - whole.hirshfeld).tolist(),
        gained_by_atom_e=gained.tolist(),
        groups=groups,
        gained_e={name: float(gained[own].sum()) for name, own in groups.items()},
    )


def _part(job: Job[DensityDifferenceSpec], relaxed: Atoms, indices: Sequence[int]) -> _Part:
    """All-electron density of some atoms where they are, on the grid of the whole cell."""
    part = frozen_part(job, relaxed, list(indices))
    calc = part.calc
    density = np.asarray(calc.get_all_electron_density(gridrefinement=job.spec["grid_refinement"]))
    about = PartValues(
        formula=formula(part),
        charge=0,
        electrons=int(part.numbers.sum()),
        electrons_on_grid=integral_e(density, part),
        spin_polarised=calc.get_number_of_spins() == 2,
        magnetic_moment_muB=float(calc.get_magnetic_moment()),
    )
    return _Part(density, _hirshfeld(calc, part), about)


def _hirshfeld(calc: ASECalculator, part: Atoms) -> NDArray[np.float64]:
    """Electrons of each atom; finer grids change them by less than 0.001 e."""
    density = calc.get_all_electron_density()
    electrons = np.zeros(len(part))
    if world.rank == 0:
        electrons[:] = hirshfeld_electrons(density, part, free_atoms(calc))
    world.broadcast(electrons, 0)
    return electrons


def free_atoms(calc: ASECalculator) -> dict[str, FreeAtom]:
    """The free atoms behind the PAW datasets of a calculation: neutral, spherical, spinless."""
    found = {}
    for setup in calc.setups:
        data = setup.data
        orbitals = sum(f * phi**2 for f, phi in zip(data.f_j, data.phi_jg, strict=False))
        density = orbitals / (4 * np.pi) + data.nc_g / np.sqrt(4 * np.pi)
        found[setup.symbol] = FreeAtom(data.rgd.r_g * Bohr, density / Bohr**3)
    return found
