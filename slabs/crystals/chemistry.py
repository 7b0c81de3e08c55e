"""Whether a crystal is what chemistry allows: distances, bonds to halides, charges, no vacuum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers
from ase.neighborlist import neighbor_list
from numpy.typing import NDArray

from slabs.composition import charge_e, formula_words, reduced
from slabs.elements import ELEMENTS, HALOGENS, MOLECULAR_ELEMENTS, bond_radii_A
from slabs.errors import InputError
from slabs.molecular_units import molecular_units, unit_names

#: Shortest distances as shares of the sum of covalent radii: bonds between non-metals (0.76 in
#: CO), two halogens (0.95 in Br2), two metals (0.84 in CsCl), a metal and a non-metal (0.93 in
#: SnI4); and of ionic radii where both are known (0.80 in SnI4, 0.85 in PbI2).
NON_METALS, TWO_HALOGENS, TWO_METALS, METAL_AND_OTHER, IONS = 0.70, 0.90, 0.75, 0.85, 0.78
#: Metals and alkali ions have a halide within this share of the sum of their ionic radii.
FARTHEST_HALIDE = {"metal": 1.25, "alkali metal": 1.45}
#: The same for hydrogen and a non-metal: 0.97 in OH.
WITH_HYDROGEN = 0.85
#: Radius in angstrom of metals that the table has none for.
USUAL_METAL_A = 1.2
#: An empty layer of a cell that is thicker is a vacuum.
THICKEST_GAP_A = 7.0
#: A charge per ion above this share cannot be a defect in a large cell.
CHARGE_PER_ION_E = 0.05
#: Other charges that metals have in halides.
OTHER_CHARGES_E = {
    "Pb": (4,), "Sn": (4,), "Ge": (4,), "Sb": (5,), "Bi": (5,), "Tl": (3,), "In": (1,), "Cu": (2,),
    "Au": (3,), "Fe": (3,), "Cr": (3,), "Mn": (3, 4), "Co": (3,), "Eu": (3,), "Ti": (2, 3),
    "V": (3, 4), "Ga": (1,), "Te": (4,), "Pd": (4,), "Pt": (4,), "Hg": (1,), "Mo": (3, 4),
    "Ce": (3, 4), "U": (3, 4, 6), "Th": (4,),
}  # fmt: skip
#: Lengths in angstrom of single bonds, from which valences are estimated: Pauling, J. Am. Chem.
#: Soc. 69, 542 (1947), with a slope of 0.3 angstrom.
SINGLE_BONDS_A = {
    "C": {"C": 1.53, "N": 1.47, "O": 1.43, "S": 1.82, "H": 1.09, "F": 1.36, "Cl": 1.77, "Br": 1.94,
          "I": 2.14, "P": 1.84, "Si": 1.87, "B": 1.58, "Se": 1.95},
    "N": {"C": 1.47, "N": 1.45, "O": 1.40, "S": 1.69, "H": 1.01, "P": 1.70, "Si": 1.74, "B": 1.58},
}  # fmt: skip
PAULING_A = 0.3
#: Atoms with less have lost their hydrogen: any carbon and nitrogen (1.7 without hydrogen in
#: guanidinium, 2.5 in azide), and those between two others (without hydrogen carbon 3.3 in
#: pyridine, nitrogen 2.0 in dimethylamine; complete 3.8 in acetonitrile and 2.9 in an imine).
LOWEST_VALENCE = {"C": 2.6, "N": 2.0}
LOWEST_BETWEEN_TWO = {"C": 3.5, "N": 2.3}


def crystal_fault(atoms: Atoms) -> str:
    """The first thing about a crystal that chemistry does not allow; empty if there is none.

    Parameters
    ----------
    atoms
        Crystal, periodic along all three cell vectors.
    """
    return (
        distance_fault(atoms)
        or hydrogen_fault(atoms)
        or vacuum_fault(atoms)
        or halide_fault(atoms)
        or charge_fault(atoms)
    )


def check_lattice(crystal: Atoms, constants_A: Sequence[float]) -> None:
    """Refuse lattice constants with distances that chemistry does not allow.

    Raises
    ------
    InputError
        With the distance that is wrong.
    """
    fault = distance_fault(crystal) or halide_fault(crystal)
    if fault:
        given = ", ".join(f"{x:g}" for x in constants_A)
        raise InputError(f"with [{given}] {fault}", "lattice_constants_A")


def distance_fault(atoms: Atoms) -> str:
    """Two atoms that are closer than their elements ever are, in words."""
    radii = bond_radii_A(atoms.numbers)
    symbols = np.array(atoms.get_chemical_symbols())
    i, j, d = neighbor_list("ijd", atoms, radii * 1.05)
    for n in np.argsort(d, kind="stable"):
        one, other = str(symbols[i[n]]), str(symbols[j[n]])
        limit_A = shortest_distance_A(one, other)
        if d[n] < limit_A:
            return f"{one} and {other} are {d[n]:.2f} A apart; at least {limit_A:.2f} A is possible"
    return ""


def shortest_distance_A(one: str, other: str) -> float:
    """Shortest distance of two elements in any crystal, in angstrom."""
    first, second = bond_radii_A(np.array([atomic_numbers[one], atomic_numbers[other]]))
    covalent = float(first + second)
    metals = [s not in MOLECULAR_ELEMENTS and s not in HALOGENS for s in (one, other)]
    if all(metals):
        return TWO_METALS * covalent
    if not any(metals):
        both = one in HALOGENS and other in HALOGENS
        share = TWO_HALOGENS if both else WITH_HYDROGEN if "H" in (one, other) else NON_METALS
        return share * covalent
    radii = [ELEMENTS[s].radius_A if s in ELEMENTS else None for s in (one, other)]
    limit = METAL_AND_OTHER * covalent
    known = [r for r in radii if r is not None]
    return min(limit, IONS * sum(known)) if len(known) == len(radii) else limit


def hydrogen_fault(atoms: Atoms) -> str:
    """A carbon or nitrogen atom whose bonds do not make up its valence, in words."""
    symbols = np.array(atoms.get_chemical_symbols())
    for element, name, usual in (("C", "carbon", 4), ("N", "nitrogen", 3)):
        singles = SINGLE_BONDS_A[element]
        pairs = {(element, other): 1.25 * length for other, length in singles.items()}
        i, j, d = neighbor_list("ijd", atoms, pairs)
        own = symbols[i] == element  # pairs come both ways
        single_A = np.array([singles.get(s, np.nan) for s in symbols[j[own]]])
        orders = np.exp((single_A - d[own]) / PAULING_A)
        valence = np.bincount(i[own], weights=orders, minlength=len(atoms))
        partners = np.bincount(i[own], minlength=len(atoms))
        lowest = np.where(partners == 2, LOWEST_BETWEEN_TWO[element], LOWEST_VALENCE[element])
        poor = (symbols == element) & (valence < lowest)
        if element == "N":
            poor &= partners > 0  # a nitride has no such bonds
        if poor.any():
            return (
                f"a {name} atom has bonds of a total order of"
                f" {valence[np.flatnonzero(poor)[0]]:.1f} instead of {usual}; the file seems to"
                " lack hydrogen atoms"
            )
    return ""


def vacuum_fault(atoms: Atoms) -> str:
    """A cell that is empty over a thick layer, in words."""
    scaled = atoms.get_scaled_positions()
    heights_A = 1.0 / np.linalg.norm(atoms.cell.reciprocal().array, axis=1)
    for n, name in enumerate(("first", "second", "third")):
        z = np.sort(scaled[:, n] % 1.0)
        gap_A = float(np.diff([*z, z[0] + 1.0]).max() * heights_A[n])
        # One plane of atoms per cell is a crystal that is stretched, not a slab.
        if gap_A > THICKEST_GAP_A and gap_A < heights_A[n] - 1e-6:
            return (
                f"its cell is empty over {gap_A:.1f} A along the {name} cell vector: it is a slab"
                " or a molecule, not a crystal; a slab of your own is given as slab_file of one"
                " of [surfaces]"
            )
    return ""


def halide_fault(atoms: Atoms) -> str:
    """A metal or alkali ion that is too far from every halide of its crystal, in words."""
    symbols = np.array(atoms.get_chemical_symbols())
    halide = np.isin(symbols, HALOGENS)
    if not halide.any():
        return ""
    reach_A = 16.0
    for element in dict.fromkeys(symbols[~halide].tolist()):
        kind = ELEMENTS[element].role if element in ELEMENTS else "metal"
        if kind not in FARTHEST_HALIDE:
            continue
        own_A = (ELEMENTS[element].radius_A if element in ELEMENTS else None) or USUAL_METAL_A
        pairs = {(element, x): reach_A for x in dict.fromkeys(symbols[halide].tolist())}
        i, j, d = neighbor_list("ijd", atoms, pairs)
        ratio = np.full(len(atoms), np.inf)
        radii = [ELEMENTS[s].radius_A if s in HALOGENS else np.nan for s in symbols]
        where = symbols[i] == element
        sums_A = own_A + np.array(radii, dtype=float)[j[where]]
        np.minimum.at(ratio, i[where], d[where] / sums_A)
        nearest = np.full(len(atoms), np.inf)
        np.minimum.at(nearest, i[where], d[where])
        others = _other_partners(atoms, element)
        far = (symbols == element) & ~others & (ratio > FARTHEST_HALIDE[kind])
        if far.any():
            atom = int(np.flatnonzero(far)[0])
            gap = f"{nearest[atom]:.2f}" if np.isfinite(nearest[atom]) else f"more than {reach_A:g}"
            return (
                f"the halide nearest to {element} is {gap} A away; at most"
                f" {FARTHEST_HALIDE[kind]:g} times the ionic radii is possible (are the lattice"
                " constants in angstrom, and of one cell?)"
            )
    return ""


def _other_partners(atoms: Atoms, element: str) -> NDArray[np.bool_]:
    """Atoms of an element that are bonded to something other than halides."""
    symbols = np.array(atoms.get_chemical_symbols())
    radii = bond_radii_A(atoms.numbers) * 1.25
    i, j, _ = neighbor_list("ijd", atoms, radii)
    anions = np.isin(symbols, [e for e in MOLECULAR_ELEMENTS if e != "H"])
    found = np.zeros(len(atoms), dtype=bool)
    found[i[(symbols[i] == element) & anions[j]]] = True
    return found


def charge_fault(atoms: Atoms) -> str:
    """Ions whose charges cannot cancel, in words; nothing for crystals without halides."""
    symbols = set(atoms.get_chemical_symbols())
    if not symbols & set(HALOGENS) or symbols <= set(HALOGENS):
        return ""
    names = unit_names(atoms, molecular_units(atoms))
    counts = Counter(names.values())
    totals = {0}
    words = []
    for name, number in counts.items():
        try:
            charges = (charge_e(name), *_other_charges_e(name, symbols))
        except InputError:
            return ""  # its charge is not known
        totals = {total + number * charge for total in totals for charge in charges}
        words.append(f"{name} {' or '.join(f'{c:+d}' for c in charges)}")
    least = min(totals, key=abs)
    if abs(least) <= CHARGE_PER_ION_E * sum(counts.values()):
        return ""
    formula = formula_words(reduced(names.values()))
    return f"the charges of {formula} do not cancel: {', '.join(words)}"


def _other_charges_e(name: str, symbols: set[str]) -> tuple[int, ...]:
    """Further charges of an ion; tetravalent lead oxidises bromide and iodide."""
    if name == "Pb" and not symbols & {"F", "Cl", "O"}:
        return ()
    return OTHER_CHARGES_E.get(name, ())
