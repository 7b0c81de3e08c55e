"""Relaxed slabs and molecules that are no longer what their names say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ase import Atoms

from analysis.geometry.bond_changes import BondChanges, bond_changes
from analysis.geometry.ligands import LigandAtoms, LigandGeometry, ligand_geometries, slab_parts
from analysis.geometry.surface_relaxation import faces_differ_A
from slabs.elements import BOND_FACTOR, dative_length_A
from slabs.structure import SURFACE_GROUP, Structure

#: A dative bond is lost beyond this factor times its length: for N and O on Pb a little
#: beyond the sum of the van der Waals radii.
LOST_FACTOR = 1.5
#: A ligand without dative bond and without hydrogen bonds to the surface has left once its
#: anchors are this much higher than planned.
LEFT_RISE_A = 2.0
#: The faces of a slab differ if an atom is this far from where the symmetry puts it.
FACES_A = 0.1
#: The limits in one sentence, to be printed with the flags.
LIMITS = (
    f"A ligand has left its metal beyond {LOST_FACTOR:g} lengths of a dative bond, and the surface"
    f" if it is {LEFT_RISE_A:g} A higher than planned without dative or hydrogen bonds to it."
    f" Covalent bonds end at {BOND_FACTOR:g} times the covalent radii; a proton belongs to the atom"
    " that is nearest in units of them."
)


@dataclass(frozen=True)
class Flag:
    """One way in which a relaxed structure is not what it is called.

    Parameters
    ----------
    kind
        ``"left"``: a ligand left its metal or the surface; ``"broken"``: a covalent bond
        broke; ``"proton"``: a proton moved to another atom; ``"new"``: a ligand formed a
        covalent bond; ``"faces"``: two faces that were planned equal differ.
    words
        What happened, with the names of the ligands.
    """

    kind: str
    words: str


def geometry_flags(
    planned: Structure, relaxed: Atoms, ligands: tuple[LigandAtoms, ...], *, two_sided: bool = False
) -> list[Flag]:
    """What became of the ligands and faces of a relaxed structure.

    Parameters
    ----------
    planned
        The structure before its relaxation. Its groups name the atoms in the flags.
    relaxed
        The same atoms relaxed.
    ligands
        Ligands of a slab; none for a molecule, of which only the bonds are compared.
    two_sided
        The faces of the slab are planned as images of each other.
    """
    found = list(_bond_flags(planned, bond_changes(planned.atoms, relaxed)))
    if ligands:
        parts = slab_parts(planned)
        before = ligand_geometries(planned.atoms, ligands, parts)
        after = ligand_geometries(relaxed, ligands, parts)
        for ligand, was, now in zip(ligands, before, after, strict=True):
            # Not by its counter-ion, which may leave with it.
            ends = [n for bond in now.bonds for n in (bond.donor, bond.acceptor)]
            held = any(planned.groups[n] == SURFACE_GROUP for n in ends)
            found += _left(planned.atoms, ligand, was, now, held)
    gap_A = faces_differ_A(planned.atoms, relaxed) if two_sided else None
    if gap_A is not None and gap_A > FACES_A:
        found.append(Flag("faces", f"the two faces differ, by up to {gap_A:.2f} A"))
    return list(dict.fromkeys(found))


def _left(
    atoms: Atoms, ligand: LigandAtoms, was: LigandGeometry, now: LigandGeometry, held: bool
) -> Iterator[Flag]:
    """Whether a ligand left; `held`: by a hydrogen bond to the surface."""
    if was.height_A is None or now.height_A is None:
        return
    risen_A = now.height_A - was.height_A
    away = "" if held else ", and holds no hydrogen bond to the surface"
    if ligand.dative and _bound(atoms, was):
        if not _bound(atoms, now):
            limit_A, pair = _limit_A(atoms, now), _pair(atoms, now)
            yield Flag(
                "left",
                f"{ligand.name} left its metal, nearest {pair} {now.metal_distance_A:.2f} A,"
                f" beyond {limit_A:.2f} A{away}",
            )
    elif risen_A > LEFT_RISE_A and not held and not (ligand.dative and _bound(atoms, now)):
        yield Flag(
            "left",
            f"{ligand.name} left the surface, {risen_A:.2f} A above its planned height{away}",
        )


def _bound(atoms: Atoms, geometry: LigandGeometry) -> bool:
    distance_A = geometry.metal_distance_A
    return distance_A is not None and distance_A <= _limit_A(atoms, geometry)


def _limit_A(atoms: Atoms, geometry: LigandGeometry) -> float:
    assert geometry.metal is not None
    assert geometry.anchor is not None
    metal, anchor = atoms.numbers[[geometry.metal, geometry.anchor]]
    return LOST_FACTOR * dative_length_A(metal, anchor)


def _pair(atoms: Atoms, geometry: LigandGeometry) -> str:
    return f"{atoms.symbols[geometry.metal]}-{atoms.symbols[geometry.anchor]}"


def _bond_flags(planned: Structure, changes: BondChanges) -> Iterator[Flag]:
    """Broken bonds, moved protons and new bonds in words."""
    symbols, groups = planned.atoms.symbols, planned.groups

    def of(n: int) -> str:
        return f"{symbols[n]} of {groups[n]}"

    for bond in changes.broken:
        pair = f"{symbols[bond.first]}-{symbols[bond.second]}"
        words = f"{groups[bond.first]} dissociated, its bond {pair} is {bond.length_A:.2f} A long"
        yield Flag("broken", words)
    for proton in changes.protons:
        where = "nothing" if proton.after is None else of(proton.after)
        yield Flag("proton", f"a proton moved from {of(proton.before)} to {where}")
    for bond in changes.new:
        names = (groups[bond.first], groups[bond.second])
        if set(names) == {SURFACE_GROUP}:
            continue  # halides of the surface that approach each other belong to no ligand
        pair = f"{symbols[bond.first]}-{symbols[bond.second]}"
        where = f"in {names[0]}" if names[0] == names[1] else f"between {' and '.join(names)}"
        yield Flag("new", f"new bond {pair} of {bond.length_A:.2f} A {where}")
