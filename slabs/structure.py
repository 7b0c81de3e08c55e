"""A structure together with what the builder knows about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from ase.formula import Formula
from numpy.typing import NDArray

SURFACE_GROUP = "surface"


@dataclass(frozen=True, eq=False)
class Structure:
    """Atoms, the part of the system each belongs to, and how it came about.

    Parameters
    ----------
    atoms
        Positions in angstrom, cell, periodicity and constraints.
    groups
        One name per atom: ``"surface"`` or the name of the ligand it belongs to.
    charge
        Total charge of the cell in units of e.
    notes
        Sentences a reader of the energy must know (truncation, charge state, site).
    ligands
        Number of ligands on the upper face of the cell.
    placement
        How its ligands and vacancies were placed, in words.
    score_eV
        Score of the placement, see `slabs.adsorption.score.judge`; None without ligands.
    vacancies
        Element, or name of a molecular ion, and place, in angstrom, of all that was removed.
    added
        Element and place of every atom that a point defect added, or put in place of an ion.
    site
        Kind and place of the site of its first ligand, in words; empty without ligands.
    """

    atoms: Atoms
    groups: tuple[str, ...]
    charge: int = 0
    notes: tuple[str, ...] = field(default=())
    ligands: int = 0
    placement: str = ""
    score_eV: float | None = None
    vacancies: tuple[tuple[str, tuple[float, float, float]], ...] = ()
    added: tuple[tuple[str, tuple[float, float, float]], ...] = ()
    site: str = ""

    def __post_init__(self) -> None:
        if len(self.groups) != len(self.atoms):
            raise ValueError(f"{len(self.groups)} group names for {len(self.atoms)} atoms")

    @property
    def electrons(self) -> int:
        """Number of electrons, core included."""
        return int(self.atoms.numbers.sum()) - self.charge

    @property
    def area_nm2(self) -> float:
        """Area of the surface cell in nm^2; zero for anything but a slab."""
        if tuple(self.atoms.pbc) != (True, True, False):
            return 0.0
        a, b = self.atoms.cell.array[:2]
        return float(np.linalg.norm(np.cross(a, b))) / 100.0

    @property
    def coverage_per_nm2(self) -> float:
        """Ligands per nm^2 of the upper face; zero for anything but a slab."""
        return self.ligands / self.area_nm2 if self.area_nm2 else 0.0

    @property
    def vacancies_A(self) -> NDArray[np.float64]:
        """Where ions were removed, in angstrom, shape=(n, 3)."""
        return np.array([place for _, place in self.vacancies]).reshape(-1, 3)

    @property
    def defective(self) -> bool:
        """Whether it holds a point defect."""
        return bool(self.vacancies or self.added)

    @property
    def added_A(self) -> NDArray[np.float64]:
        """Where atoms were added or put in place of ions, in angstrom, shape=(n, 3)."""
        return np.array([place for _, place in self.added]).reshape(-1, 3)

    def indices(self, group: str) -> NDArray[np.intp]:
        """Indices of the atoms that belong to `group`, shape=(n,)."""
        return np.flatnonzero(np.array(self.groups) == group)


def electron_parity(atoms: Atoms, charge: int) -> int:
    """0 for an even number of electrons, 1 for an odd number."""
    return (int(atoms.numbers.sum()) - charge) % 2


def formula(atoms: Atoms | Sequence[int]) -> str:
    """Formula in the order metals, then alphabetical, e.g. ``CsPb2I5``."""
    numbers = atoms.numbers if isinstance(atoms, Atoms) else atoms
    counts = Counter(chemical_symbols[n] for n in numbers)
    return str(Formula.from_dict(counts).format("metal"))
