"""SCF cycles of a relaxation, converged no further than the remaining forces need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gpaw.convergence_criteria import dict2criterion
from gpaw.new.ase_interface import ASECalculator

#: Tolerances are at most this many times those of the level. An error in the density of
#: 1e-4 per electron is one of 0.005 eV/angstrom in the forces (slab with methylamine).
LOOSEST = 20.0
#: Beyond this change of the density per valence electron forces mean little.
LOOSEST_DENSITY = 0.003


class ScfAccuracy:
    """Tolerances of a calculator that follow the largest force.

    Parameters
    ----------
    calculator
        Calculator of the structure: `gpaw`, or a sum of which it is a part.
    gpaw
        Set up with the tolerances of the level.
    level
        Level of theory.
    target_eV_per_A
        Largest force at the end of the relaxation.
    """

    def __init__(
        self,
        calculator: Any,
        gpaw: ASECalculator,
        level: Mapping[str, Any],
        target_eV_per_A: float,
    ) -> None:
        self.calculator, self.gpaw = calculator, gpaw
        self.target_eV_per_A = target_eV_per_A
        self.tolerances = {
            "energy": level["scf_energy_eV"],
            "density": level["scf_density"],
            "eigenstates": level["scf_eigenstates_eV2"],
        }
        self.factor = self.last_factor = 1.0

    def follow(self, fmax_eV_per_A: float) -> None:
        """Loosen the next SCF cycles as far as the largest force allows.

        The error of the forces grows in proportion to that of the density, whose square
        the residual of the eigenstates follows.
        """
        self.last_factor = self.factor
        most = min(LOOSEST, LOOSEST_DENSITY / self.tolerances["density"])
        self._set(max(min(fmax_eV_per_A / self.target_eV_per_A, most), 1.0))

    def tighten(self) -> bool:
        """Go back to the level's tolerances; True if the last SCF cycle was looser.

        The calculator then goes on from that cycle when it is asked again.
        """
        loose = self.last_factor > 1.0
        self.last_factor = 1.0
        self._set(1.0)
        if loose:
            self.gpaw.dft.results.clear()
            self.calculator.results.clear()
        return loose

    def _set(self, factor: float) -> None:
        self.factor = factor
        criteria = self.gpaw.dft.scf_loop.convergence
        for name, power in (("energy", 1), ("density", 1), ("eigenstates", 2)):
            criteria[name] = dict2criterion({name: self.tolerances[name] * factor**power})
            criteria[name].reset()
