"""Structure types other than the perovskites and measured crystals of each, with sources."""

from __future__ import annotations

from dataclasses import dataclass

#: Fractional coordinates of one atom of each kind; symmetry makes the others.
Coordinates = tuple[tuple[float, float, float], ...]


@dataclass(frozen=True)
class StructureType:
    """A structure type.

    Parameters
    ----------
    formula
        General formula, ions in the order in which materials are written.
    counts
        Number of atoms of each ion in `formula`.
    about
        What it is, with the space group.
    space_group
        Number in the International Tables.
    constants
        Names of the independent lattice constants.
    ions
        Place in `formula` of the ion on each of `coordinates`.
    coordinates
        In units of the conventional cell, in the standard setting (hexagonal axes). Empty
        if symmetry fixes all atoms.
    """

    formula: str
    counts: tuple[int, ...]
    about: str
    space_group: int
    constants: tuple[str, ...] = ("a",)
    ions: tuple[int, ...] = ()
    coordinates: Coordinates = ()


@dataclass(frozen=True)
class KnownCrystal:
    """Lattice constants of a material.

    Parameters
    ----------
    values_A
        In angstrom, in the order of `StructureType.constants`.
    source
        Where they come from, with the temperature.
    coordinates
        Of this material; without them those of its `StructureType`.
    """

    values_A: tuple[float, ...]
    source: str
    coordinates: Coordinates | None = None


#: Structure types of one and of several ions, without the perovskites.
TYPES = {
    "cesiumchloride": StructureType("AB", (1, 1), "cubic, space group Pm-3m", 221),
    "rocksalt": StructureType("AB", (1, 1), "cubic, space group Fm-3m", 225),
    "fcc": StructureType("A", (1,), "face-centred cubic metal, space group Fm-3m", 225),
    "bcc": StructureType("A", (1,), "body-centred cubic metal, space group Im-3m", 229),
    "diamond": StructureType("A", (1,), "as grey tin, space group Fd-3m", 227),
    "CdI2": StructureType(
        "AB2",
        (1, 2),
        "layers as in 2H-PbI2, space group P-3m1",
        164,
        ("a", "c"),
        (0, 1),
        ((0, 0, 0), (1 / 3, 2 / 3, 0.2675)),
    ),
    "iodine": StructureType(
        "X2",
        (2,),
        "solid halogen, space group Cmce",
        64,
        ("a", "b", "c"),
        (0,),
        ((0, 0.15485, 0.1175),),
    ),
    # Calculated: those measured for Cs4PbBr6 in 1960 make Pb-Br 2.74 A, which is too short.
    "K4CdCl6": StructureType(
        "A4BX6",
        (4, 1, 6),
        "isolated octahedra as in Cs4PbI6, space group R-3c",
        167,
        ("a", "c"),
        (0, 0, 1, 2),
        ((0, 0, 0.25), (0.3760, 0, 0.25), (0, 0, 0), (0.0284, 0.1920, 0.3988)),
    ),
    "K2NiF4": StructureType(
        "A2BX4",
        (2, 1, 4),
        "layers of corner-sharing octahedra (Ruddlesden-Popper, n = 1), space group I4/mmm",
        139,
        ("a", "c"),
        (0, 1, 2, 2),
        ((0, 0, 0.352), (0, 0, 0), (0, 0.5, 0), (0, 0, 0.151)),
    ),
    # With a quarter both octahedra are of the same size.
    "elpasolite": StructureType(
        "A2BB'X6",
        (2, 1, 1, 6),
        "double perovskite such as Cs2AgBiBr6, space group Fm-3m",
        225,
        ("a",),
        (0, 1, 2, 3),
        ((0.25, 0.25, 0.25), (0, 0, 0), (0.5, 0.5, 0.5), (0.25, 0, 0)),
    ),
    "NH4CdCl3": StructureType(
        "ABX3",
        (1, 1, 3),
        "double chains as in delta-CsPbI3, space group Pnma with b the shortest axis",
        62,
        ("a", "b", "c"),
        (0, 1, 2, 2, 2),
        (
            (0.41564, 0.25, 0.67090),
            (0.16039, 0.25, 0.43797),
            (0.16322, 0.25, 0.00160),
            (0.29910, 0.25, 0.28729),
            (0.03191, 0.25, 0.61449),
        ),
    ),
}

_NBS = "Natl. Bur. Stand. Circ. 539"
_BARRETT = "Barrett, Acta Cryst. 9, 671 (1956), 5 K"
_MCCLURE = "McClure et al., Chem. Mater. 28, 1348 (2016), room temperature; X at x = 0.25"
_MOLLER = (
    "Moller, Mat. Fys. Medd. Dan. Vid. Selsk. 32, no. 3 (1960), room temperature;"
    " calculated coordinates of Cs4PbBr6, Materials Project"
)

#: Lattice constants by material and structure type.
KNOWN = {
    ("CsI", "cesiumchloride"): KnownCrystal((4.5679,), f"{_NBS}, vol. 4 (1955), 299 K"),
    ("CsBr", "cesiumchloride"): KnownCrystal((4.296,), f"{_NBS}, vol. 3 (1954), 298 K"),
    ("CsCl", "cesiumchloride"): KnownCrystal((4.123,), f"{_NBS}, vol. 2 (1953), 298 K"),
    ("RbI", "rocksalt"): KnownCrystal(
        (7.342,), "Wyckoff, Crystal Structures, vol. 1 (1963), room temperature"
    ),
    ("Pb", "fcc"): KnownCrystal((4.9505,), f"{_NBS}, vol. 1 (1953), 298 K"),
    ("Cs", "bcc"): KnownCrystal((6.045,), _BARRETT),
    ("Rb", "bcc"): KnownCrystal((5.585,), _BARRETT),
    ("Sn", "diamond"): KnownCrystal((6.4892,), "Thewlis and Davey, Nature 174, 1011 (1954), 293 K"),
    ("Ge", "diamond"): KnownCrystal((5.6576,), f"{_NBS}, vol. 1 (1953), 298 K"),
    ("PbI2", "CdI2"): KnownCrystal(
        (4.558, 6.986),
        "Palosz et al., J. Phys.: Condens. Matter 2, 5285 (1990), room temperature",
    ),
    ("I2", "iodine"): KnownCrystal(
        (7.1191, 4.6600, 9.7956),
        "Petrillo et al., Physica B 180, 639 (1992), low temperature",
    ),
    ("Br2", "iodine"): KnownCrystal(
        (6.67, 4.48, 8.72),
        "Vonnegut and Warren, J. Am. Chem. Soc. 58, 2459 (1936), 123 K",
        ((0, 0.135, 0.110),),
    ),
    ("Cl2", "iodine"): KnownCrystal(
        (6.24, 4.48, 8.26), "Collin, Acta Cryst. 5, 431 (1952), 113 K", ((0, 0.130, 0.100),)
    ),
    ("Cs4PbCl6", "K4CdCl6"): KnownCrystal((13.18, 16.64), _MOLLER),
    ("Cs4PbBr6", "K4CdCl6"): KnownCrystal((13.73, 17.32), _MOLLER),
    ("Cs4PbI6", "K4CdCl6"): KnownCrystal(
        (14.54, 18.34), "not measured: Cs4PbBr6, scaled to a Pb-I distance of 3.20 A"
    ),
    ("K2NiF4", "K2NiF4"): KnownCrystal(
        (4.006, 13.076), "Balz and Plieth, Z. Elektrochem. 59, 545 (1955), room temperature"
    ),
    ("Cs2AgBiBr6", "elpasolite"): KnownCrystal((11.2711,), _MCCLURE),
    ("Cs2AgBiCl6", "elpasolite"): KnownCrystal((10.7769,), _MCCLURE),
    ("CsPbI3", "NH4CdCl3"): KnownCrystal(
        (10.4342, 4.7905, 17.7610), "Stoumpos et al., Inorg. Chem. 52, 9019 (2013), 293 K"
    ),
    ("CsSnI3", "NH4CdCl3"): KnownCrystal(
        (10.3495, 4.7632, 17.684),
        "Chung et al., J. Am. Chem. Soc. 134, 8579 (2012), room temperature",
        (
            (0.91383, 0.75, 0.66957),
            (0.34301, 0.25, 0.56297),
            (0.53063, 0.75, 0.61820),
            (0.16658, 0.75, 0.50068),
            (0.20395, 0.25, 0.70871),
        ),
    ),
    ("RbPbI3", "NH4CdCl3"): KnownCrystal(
        (10.276, 4.779, 17.393),
        "Trots and Myagkota, J. Phys. Chem. Solids 69, 2520 (2008), room temperature;"
        " coordinates of CsPbI3",
    ),
}
