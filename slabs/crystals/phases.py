"""Perovskite phases and measured lattice constants, each with its source."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from slabs.composition import parse_perovskite
from slabs.errors import InputError


@dataclass(frozen=True)
class Phase:
    """A perovskite phase.

    Parameters
    ----------
    space_group
        International symbol and number.
    constants
        Names of the independent lattice constants.
    transformation
        Rows: cell vectors in units of the pseudo-cubic ones.
    """

    space_group: str
    constants: tuple[str, ...]
    transformation: tuple[tuple[int, int, int], ...]


PHASES = {
    "alpha": Phase("Pm-3m (221), cubic", ("a",), ((1, 0, 0), (0, 1, 0), (0, 0, 1))),
    "beta": Phase(
        "P4/mbm (127), in-phase tilt about c", ("a", "c"), ((1, -1, 0), (1, 1, 0), (0, 0, 1))
    ),
    "gamma": Phase(
        "Pbnm (62), out-of-phase tilt about b and in-phase tilt about c",
        ("a", "b", "c"),
        ((1, -1, 0), (1, 1, 0), (0, 0, 2)),
    ),
}


@dataclass(frozen=True)
class Lattice:
    """Measured lattice constants.

    Parameters
    ----------
    values_A
        In angstrom, in the order of `Phase.constants`.
    source
        Where they were published, with the temperature.
    measured
        False if they follow from those of other materials.
    """

    values_A: tuple[float, ...]
    source: str
    measured: bool = True

    @property
    def words(self) -> str:
        """What they are, for a note."""
        kind = "measured lattice constants of" if self.measured else "lattice constants by"
        return f"{kind} {self.source}"


_SCHUELLER = "Schueller et al., Inorg. Chem. 57, 695 (2018)"
_MARRONNIER = "Marronnier et al., ACS Nano 12, 3477 (2018)"
_CHUNG = "Chung et al., J. Am. Chem. Soc. 134, 8579 (2012)"
_POGLITSCH = "Poglitsch and Weber, J. Chem. Phys. 87, 6373 (1987)"
_WEBER = "Weber, Z. Naturforsch. B 33, 862 (1978)"

#: Measured lattice constants by material and phase. Those of FAPbBr3 and FASnI3 in the
#: beta phase are not here: they leave no room for the tilt, which has to be given.
LATTICES = {
    ("CsPbI3", "alpha"): Lattice(
        (6.29,), "Trots and Myagkota, J. Phys. Chem. Solids 69, 2520 (2008), 634 K"
    ),
    ("CsPbI3", "beta"): Lattice((8.827, 6.299), f"{_MARRONNIER}, 510 K"),
    ("CsPbI3", "gamma"): Lattice(
        (8.577, 8.856, 12.472), "Sutton et al., ACS Energy Lett. 3, 1787 (2018), room temperature"
    ),
    ("CsPbBr3", "alpha"): Lattice(
        (5.874,), "Sakata et al., J. Phys. Soc. Jpn. 47, 232 (1979), 425 K"
    ),
    ("CsPbBr3", "gamma"): Lattice(
        (8.207, 8.255, 11.759),
        "Rodova et al., J. Therm. Anal. Calorim. 71, 667 (2003), room temperature",
    ),
    ("CsPbCl3", "alpha"): Lattice((5.605,), "Moller, Nature 182, 1436 (1958), above 320 K"),
    ("CsSnI3", "alpha"): Lattice((6.206,), f"{_CHUNG}, 500 K"),
    ("CsSnI3", "beta"): Lattice((8.718, 6.191), f"{_CHUNG}, 380 K"),
    ("CsSnI3", "gamma"): Lattice((8.638, 8.688, 12.378), f"{_CHUNG}, 300 K"),
    ("CsSnBr3", "alpha"): Lattice(
        (5.795,),
        "Donaldson et al., J. Chem. Soc. Dalton Trans. 1500 (1975), room temperature",
    ),
    ("RbGeI3", "alpha"): Lattice(
        (5.994,), "Thiele et al., Z. Anorg. Allg. Chem. 571, 60 (1989), above 517 K"
    ),
    ("MAPbI3", "alpha"): Lattice((6.329,), f"{_POGLITSCH}, above 327 K"),
    ("MAPbI3", "gamma"): Lattice(
        (8.577, 8.866, 12.629), "Weller et al., Chem. Commun. 51, 4180 (2015), 100 K"
    ),
    ("MAPbBr3", "alpha"): Lattice((5.901,), f"{_POGLITSCH}, above 237 K"),
    ("MAPbCl3", "alpha"): Lattice((5.675,), f"{_POGLITSCH}, above 179 K"),
    ("FAPbI3", "alpha"): Lattice(
        (6.362,), "Weller et al., J. Phys. Chem. Lett. 6, 3209 (2015), 298 K"
    ),
    ("FAPbBr3", "alpha"): Lattice((5.986,), f"{_SCHUELLER}, 275 K"),
    ("FASnI3", "alpha"): Lattice((6.310,), f"{_SCHUELLER}, 275 K"),
    ("MASnI3", "alpha"): Lattice((6.243,), "Takahashi et al., Dalton Trans. 40, 5563 (2011)"),
    ("MASnBr3", "alpha"): Lattice((5.89,), _WEBER),
}


def tabulated_lattice(material: str, phase: str) -> Lattice:
    """Lattice constants of a material, of a mixture by Vegard's rule from its end members.

    Each end member has one of the ions on each site and counts with the product of their
    shares: L. Vegard, Z. Phys. 5, 17 (1921).

    Raises
    ------
    InputError
        If `material` is no perovskite, or those of an end member are not tabulated.
    """
    shares = parse_perovskite(material).shares
    weights = {
        f"{a}{b}{x}3": shares["A"][a] * shares["B"][b] * shares["X"][x]
        for a, b, x in product(shares["A"], shares["B"], shares["X"])
    }
    missing = [end for end in weights if (end, phase) not in LATTICES]
    if missing:
        why = ""
        if len(weights) > 1:
            why = f", and Vegard's rule needs those of its end member {' and '.join(missing)}"
        known = ", ".join(sorted(m for m, p in LATTICES if p == phase))
        raise InputError(
            f"no lattice constants are tabulated for {material!r} in the {phase} phase{why}"
            f" (tabulated: {known}); give lattice_constants_A ="
            f" [{', '.join(PHASES[phase].constants)}]",
            "lattice_constants_A",
        )
    ends = {end: LATTICES[end, phase] for end in weights}
    if len(ends) == 1:
        return next(iter(ends.values()))
    values_A = tuple(
        round(sum(weights[end] * lattice.values_A[n] for end, lattice in ends.items()), 4)
        for n in range(len(PHASES[phase].constants))
    )
    words = ", ".join(f"{end} ({lattice.source})" for end, lattice in ends.items())
    return Lattice(values_A, f"Vegard's rule from those measured of {words}", measured=False)
