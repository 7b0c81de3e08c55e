"""The table of elements and ions: roles, charges, radii, electrons, colours.

Everything that depends on an element being an alkali metal, a metal of a perovskite, a halogen or
part of molecules is decided here. A new ion is one line.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ase.data import atomic_numbers, chemical_symbols, covalent_radii, vdw_radii
from ase.data.colors import jmol_colors
from numpy.typing import NDArray


@dataclass(frozen=True)
class Element:
    """What is known of an element.

    Parameters
    ----------
    role
        ``"alkali metal"``: ions on A sites; ``"metal"``: ions on B sites; ``"halogen"``: ions on
        X sites, or bonded in molecules; ``"non-metal"``: part of molecules.
    radius_A
        Radius of the ion with six neighbours in angstrom: Shannon, Acta Cryst. A 32, 751 (1976);
        Sn2+, which he does not list: Kieslich et al., Chem. Sci. 6, 3430 (2015).
    in_perovskites
        Whether formulas ABX3 may contain it.
    valence_electrons
        Those of its PAW dataset; None: those beyond the noble gas before it.
    colour
        In pictures, as in CSS; None: that of Jmol.
    charge_e
        Formal charge of its ion; None: that of its role in `ROLE_CHARGES_E`.
    """

    role: str
    radius_A: float | None = None
    in_perovskites: bool = False
    valence_electrons: int | None = None
    colour: str | None = None
    charge_e: int | None = None


#: Elements that are neither here nor in molecules count as metals. Colours are easier to tell
#: apart, and on light and dark ground, than those of Jmol.
ELEMENTS = {
    "Li": Element("alkali metal", 0.76),
    "Na": Element("alkali metal", 1.02),
    "K": Element("alkali metal", 1.38),
    "Cs": Element("alkali metal", 1.67, True, 9, "#1fa187"),
    "Rb": Element("alkali metal", 1.52, True),
    "Pb": Element("metal", 1.19, True, 14, "#6b7f99"),
    "Sn": Element("metal", 1.10, True),
    "Ge": Element("metal", 0.73, True),
    "Ag": Element("metal", 1.15, charge_e=1),
    "Cu": Element("metal", charge_e=1),
    "Au": Element("metal", charge_e=1),
    "Tl": Element("metal", charge_e=1),
    "Bi": Element("metal", 1.03, colour="#d9a404", charge_e=3),
    "Sb": Element("metal", 0.76, charge_e=3),
    "In": Element("metal", 0.80, charge_e=3),
    "Al": Element("metal", charge_e=3),
    "Ga": Element("metal", charge_e=3),
    "Sc": Element("metal", charge_e=3),
    "Y": Element("metal", charge_e=3),
    "La": Element("metal", charge_e=3),
    "Ti": Element("metal", charge_e=4),
    "Zr": Element("metal", charge_e=4),
    "Hf": Element("metal", charge_e=4),
    "F": Element("halogen", 1.33),
    "Cl": Element("halogen", 1.81, True, 7),
    "Br": Element("halogen", 1.96, True, 7),
    "I": Element("halogen", 2.20, True, 7, "#a04bb5"),
    "H": Element("non-metal", valence_electrons=1, colour="#e6e6e6", charge_e=1),
    "B": Element("non-metal"),
    "C": Element("non-metal", valence_electrons=4, colour="#8d8d8d"),
    "N": Element("non-metal", valence_electrons=5, colour="#3f6fff", charge_e=-3),
    "O": Element("non-metal", valence_electrons=6, colour="#f0443a", charge_e=-2),
    "Si": Element("non-metal"),
    "P": Element("non-metal", charge_e=-3),
    "S": Element("non-metal", charge_e=-2),
    "Se": Element("non-metal", charge_e=-2),
}


#: Formal charge of the ions of a role in units of e, where `ELEMENTS` has no other.
ROLE_CHARGES_E = {"alkali metal": 1, "metal": 2, "halogen": -1, "non-metal": 0}


@dataclass(frozen=True)
class MolecularCation:
    """A molecular ion of charge +1 on A sites.

    Parameters
    ----------
    hill
        Formula of the molecule.
    radius_A
        Effective radius: Kieslich, Sun and Cheetham, Chem. Sci. 5, 4712 (2014).
    """

    hill: str
    radius_A: float


@dataclass(frozen=True)
class MolecularAnion:
    """A molecular ion on X sites.

    Parameters
    ----------
    hill
        Formula of the molecule.
    charge_e
        Formal charge.
    """

    hill: str
    charge_e: int = -1


#: Methylammonium, formamidinium and guanidinium.
MOLECULAR_CATIONS = {
    "MA": MolecularCation("CH6N", 2.17),
    "FA": MolecularCation("CH5N2", 2.53),
    "GA": MolecularCation("CH6N3", 2.78),
}
#: Pseudohalides, carboxylates, and other anions that crystals with halides contain.
MOLECULAR_ANIONS = {
    "SCN": MolecularAnion("CNS"),
    "SeCN": MolecularAnion("CNSe"),
    "OCN": MolecularAnion("CNO"),
    "N3": MolecularAnion("N3"),
    "CN": MolecularAnion("CN"),
    "HCOO": MolecularAnion("CHO2"),
    "CH3COO": MolecularAnion("C2H3O2"),
    "CF3COO": MolecularAnion("C2F3O2"),
    "C2H5COO": MolecularAnion("C3H5O2"),
    "NO3": MolecularAnion("NO3"),
    "NO2": MolecularAnion("NO2"),
    "OH": MolecularAnion("HO"),
    "SH": MolecularAnion("HS"),
    "BH4": MolecularAnion("BH4"),
    "BF4": MolecularAnion("BF4"),
    "PF6": MolecularAnion("F6P"),
    "ClO4": MolecularAnion("ClO4"),
    "CO3": MolecularAnion("CO3", -2),
    "SO4": MolecularAnion("O4S", -2),
    "PO4": MolecularAnion("O4P", -3),
}


def elements_with(role: str) -> tuple[str, ...]:
    """Symbols of the elements of a role, in the order of `ELEMENTS`."""
    return tuple(symbol for symbol, element in ELEMENTS.items() if element.role == role)


def ionic_radii_A(role: str) -> dict[str, float]:
    """Radii of the ions of a role in angstrom, by symbol."""
    return {
        symbol: element.radius_A
        for symbol, element in ELEMENTS.items()
        if element.role == role and element.radius_A is not None
    }


ALKALI_METALS = elements_with("alkali metal")
HALOGENS = elements_with("halogen")
#: Elements that form molecules; all others are ions of their own.
MOLECULAR_ELEMENTS = elements_with("non-metal")
METAL_RADII_A = ionic_radii_A("metal")
HALIDE_RADII_A = ionic_radii_A("halogen")
ALKALI_RADII_A = ionic_radii_A("alkali metal")
#: Ions of each site in formulas ABX3.
IONS = {
    site: tuple(s for s in elements_with(role) if ELEMENTS[s].in_perovskites) + molecules
    for site, role, molecules in (
        ("A", "alkali metal", tuple(MOLECULAR_CATIONS)),
        ("B", "metal", ()),
        ("X", "halogen", ()),
    )
}

#: Used for elements without a tabulated van der Waals radius.
DEFAULT_VDW_RADIUS_A = 2.0
#: Atoms of molecules are bonded up to this factor times the sum of their covalent radii.
BOND_FACTOR = 1.25
#: Hydrogen of N-H, O-H and S-H stays farther than this share of the van der Waals radii from
#: halides: H...I is 2.4 angstrom and longer, H...Cl 2.1.
HYDROGEN_BONDED, HYDROGEN_BOND_RATIO = ("Cl", "Br", "I"), 0.75
#: Dative bonds are longer than the sum of covalent radii by about this factor
#: (Pb-N about 2.5 angstrom, Pb-O about 2.5 angstrom).
DATIVE_FACTOR = 1.15
#: Radii of donor atoms next to an alkali ion in angstrom, those of N3-, O2-, S2- and Se2-:
#: Shannon, Acta Cryst. A 32, 751 (1976).
DONOR_RADII_A = {"N": 1.46, "O": 1.40, "S": 1.84, "Se": 1.98}

#: Radii in angstrom that replace those of Cordero where bonds are longer than these allow: F-F
#: is 1.41 A long; Pyykko and Atsumi, Chem. Eur. J. 15, 186 (2009).
_BOND_RADII_A = {"F": 0.64}

#: Ions with open d or f shells and their usual high-spin moments in Bohr magnetons: unpaired
#: electrons of the octahedral high-spin ion, or of the free ion of a lanthanide.
HIGH_SPIN = {
    "Ti": ("Ti2+", 2), "V": ("V2+", 3), "Cr": ("Cr2+", 4), "Mn": ("Mn2+", 5), "Fe": ("Fe2+", 4),
    "Co": ("Co2+", 3), "Ni": ("Ni2+", 2), "Cu": ("Cu2+", 1), "Ce": ("Ce3+", 1), "Pr": ("Pr3+", 2),
    "Nd": ("Nd3+", 3), "Pm": ("Pm3+", 4), "Sm": ("Sm3+", 5), "Eu": ("Eu2+", 7), "Gd": ("Gd3+", 7),
    "Tb": ("Tb3+", 6), "Dy": ("Dy3+", 5), "Ho": ("Ho3+", 4), "Er": ("Er3+", 3), "Tm": ("Tm3+", 2),
    "Yb": ("Yb3+", 1),
}  # fmt: skip

_NOBLE_GASES = (2, 10, 18, 36, 54, 86)


def valence_electrons(symbol: str) -> int:
    """Number of valence electrons of a neutral atom."""
    element = ELEMENTS.get(symbol)
    if element is not None and element.valence_electrons is not None:
        return element.valence_electrons
    number = atomic_numbers[symbol]
    return number - max((n for n in _NOBLE_GASES if n < number), default=0)


def vdw_radii_A(numbers: NDArray[np.int_]) -> NDArray[np.float64]:
    """Van der Waals radii by atomic number in angstrom, shape=(n,)."""
    radii = np.asarray(vdw_radii[numbers], dtype=float)
    return np.asarray(np.where(np.isnan(radii), DEFAULT_VDW_RADIUS_A, radii))


def bond_radii_A(numbers: NDArray[np.int_]) -> NDArray[np.float64]:
    """Covalent radii by atomic number in angstrom, shape=(n,), that decide what is bonded.

    Atoms are bonded up to `BOND_FACTOR` times the sum of their radii: Cordero et al., Dalton
    Trans. 2832 (2008).
    """
    radii = np.array(covalent_radii[numbers], dtype=float)
    for symbol, radius_A in _BOND_RADII_A.items():
        radii[np.asarray(numbers) == atomic_numbers[symbol]] = radius_A
    return radii


def dative_length_A(first: int, second: int) -> float:
    """Length of a dative bond between two atoms, given by atomic number, in angstrom.

    `DATIVE_FACTOR` times the covalent radii; of an alkali ion and a donor atom or a halide,
    whose bond is ionic, the sum of Shannon's radii (Cs-O 3.07, Cs-N 3.13, Cs-I 3.87).
    """
    symbols = [chemical_symbols[n] for n in (first, second)]
    if any(s in ALKALI_METALS for s in symbols):
        radii = ALKALI_RADII_A | HALIDE_RADII_A | DONOR_RADII_A
        if all(s in radii for s in symbols):
            return sum(radii[s] for s in symbols)
    return DATIVE_FACTOR * float(covalent_radii[first] + covalent_radii[second])


def rgb_of(symbol: str) -> tuple[float, float, float]:
    """Colour of an element in pictures: red, green and blue from 0 to 1."""
    element = ELEMENTS.get(symbol)
    if element is None or element.colour is None:
        red, green, blue = jmol_colors[atomic_numbers[symbol]]
        return float(red), float(green), float(blue)
    red, green, blue = (int(element.colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    return red, green, blue


def colour_of(symbol: str) -> str:
    """The same as in CSS."""
    return "#" + "".join(f"{round(255 * share):02x}" for share in rgb_of(symbol))
