"""SCF cycles of a relaxation, converged no further than the remaining forces need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes
from gpaw.convergence_criteria import Energy, dict2criterion
from gpaw.new.ase_interface import ASECalculator

from workflows.task_file import Physics

#: Typical error of the worst force, in eV/angstrom, for a density that is off by one electron per
#: valence electron: 3 to 34 in slabs with methylamine, acetic acid, guanidinium and a vacancy.
FORCE_ERROR_EV_PER_A = 10.0
#: What that error may be, as a share of the largest force.
SHARE = 0.15
#: Beyond this change of the density per valence electron forces mean little.
LOOSEST_DENSITY = 0.006
#: Forces are kept if their SCF cycle was looser than they need by no more than this factor.
NEAR_ENOUGH = 2.0


class ScfAccuracy(Calculator):
    """Calculator whose SCF cycles are converged as far as the forces that come out need.

    Parameters
    ----------
    calculator
        Calculator of the structure: `gpaw`, or a sum of which it is a part.
    gpaw
        Set up with the tolerances of the level.
    level
        Level of theory.
    follows
        Whether the tolerances follow the forces; otherwise they are those of the level.
    """

    implemented_properties = ["energy", "forces"]  # noqa: RUF012

    def __init__(self, calculator: Any, gpaw: ASECalculator, level: Physics, follows: bool) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calculator, self.gpaw = calculator, gpaw
        self.tolerances = {
            "energy": level["scf_energy_eV"],
            "density": level["scf_density"],
            "eigenstates": level["scf_eigenstates_eV2"],
        }
        self.loosest = max(1.0, LOOSEST_DENSITY / level["scf_density"]) if follows else 1.0
        self.factor = self.last_factor = self.loosest

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: Sequence[str] = ("energy",),
        system_changes: Sequence[str] = tuple(all_changes),
    ) -> None:
        """Energy and forces; the SCF cycle goes on if it was too loose for the forces."""
        super().calculate(atoms, properties, system_changes)  # type: ignore[no-untyped-call]
        if getattr(self.gpaw, "dft", None) is None:
            self.gpaw.create_new_calculation(self.atoms)
        self._tolerate()
        forces = self.calculator.get_forces(self.atoms)
        needed = self._needed(self.atoms, forces)
        if needed * NEAR_ENOUGH < self.factor:
            self._go_on(needed)
            forces = self.calculator.get_forces(self.atoms)
        self.results = {
            "energy": self.calculator.get_potential_energy(self.atoms),
            "forces": forces,
        }
        self.last_factor, self.factor = self.factor, self._needed(self.atoms, forces)

    def tighten(self) -> bool:
        """Let the last SCF cycle go on to the level's tolerances when it is asked again.

        Returns
        -------
        bool
            False if it has met them already.
        """
        if self.last_factor <= 1.0:
            return False
        self._go_on(1.0)
        self.reset()  # type: ignore[no-untyped-call]
        return True

    def _needed(self, atoms: Any, forces: Any) -> float:
        """Tolerances that forces need, as a multiple of those of the level."""
        free = np.array(forces)
        for constraint in atoms.constraints:
            constraint.adjust_forces(atoms, free)
        largest = float(np.linalg.norm(free, axis=1).max())
        density = SHARE * largest / FORCE_ERROR_EV_PER_A
        return min(max(density / float(self.tolerances["density"]), 1.0), self.loosest)

    def _go_on(self, factor: float) -> None:
        """Make ready for more iterations with other tolerances."""
        self.factor = factor
        self._tolerate()
        self.gpaw.dft.results.clear()
        self.calculator.results.clear()

    def _tolerate(self) -> None:
        """Set the tolerances; residuals follow the square of the density's error."""
        criteria = self.gpaw.dft.scf_loop.convergence
        for name, power in (("energy", 1), ("density", 1), ("eigenstates", 2)):
            criteria[name] = dict2criterion({name: self.tolerances[name] * self.factor**power})
            criteria[name].reset()
        if self.factor > 1.0:
            criteria["energy"] = Energy(criteria["energy"].tol, n_old=2)
            criteria["energy"].reset()
