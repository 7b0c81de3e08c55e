"""Head groups by which ligands bind, found in a molecule that nobody has named the anchor of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slabs.errors import InputError
from slabs.ligands.catalogue import (
    ACID,
    AMMONIUM,
    CARBOXYLATE,
    PHOSPHONATE,
    PHOSPHONIC_ACID,
    SULFONATE,
    SULFONIC_ACID,
)
from slabs.ligands.toolkit import Chem

#: What `anchor_smarts` is where the head group is to be found.
AUTO = "auto"


@dataclass(frozen=True)
class HeadGroup:
    """One kind of head group.

    Parameters
    ----------
    name
        What it is called.
    smarts
        Its atoms with a map number, else the first one, touch the surface.
    orientation
        ``"upright"`` or ``"flat"``, see `slabs.ligands.catalogue.ORIENTATIONS`.
    """

    name: str
    smarts: str
    orientation: str = "upright"


#: Groups with a positive charge, in the order in which they are looked for.
CATIONS = (
    HeadGroup("guanidinium", "[CX3](N)(N)=[N+]", "flat"),
    HeadGroup("amidinium", "[CX3](N)=[N+]", "flat"),
    HeadGroup("ammonium", AMMONIUM),
    HeadGroup("aromatic N-H cation", "[nX3;+1]"),
    HeadGroup("phosphonium", "[PX4;+1]"),
    HeadGroup("sulfonium", "[SX3;+1]"),
)
#: Groups with a negative charge.
ANIONS = (
    HeadGroup("carboxylate", CARBOXYLATE),
    HeadGroup("phosphonate", PHOSPHONATE),
    HeadGroup("sulfonate", SULFONATE),
    HeadGroup("dithiocarboxylate", "[SX1:1]=[CX3]-[S-:2]"),
    HeadGroup("thiolate", "[S-]"),
    HeadGroup("alkoxide", "[O-;$([O-]-[#6])]"),
)
#: Groups without a charge: lone pairs of N and P, acids, then weaker donors.
DONORS = (
    HeadGroup("amine", "[NX3;!$(N-[#6,#16]=[O,S,N]);!$(N-a);!$(N-O);!$(N-N=*)]"),
    HeadGroup("imine", "[NX2;$(N=[#6])]"),
    HeadGroup("aromatic nitrogen", "[nX2]"),
    HeadGroup("phosphine", "[PX3;!$(P-[O,N,F,Cl,Br,I])]"),
    HeadGroup("phosphonic acid", PHOSPHONIC_ACID),
    HeadGroup("sulfonic acid", SULFONIC_ACID),
    HeadGroup("carboxylic acid", ACID),
    HeadGroup("phosphine oxide or phosphate", "[OX1]=[PX4]"),
    HeadGroup("sulfoxide", "[OX1]=[SX3]"),
    HeadGroup("amide or urea", "[OX1]=[CX3][NX3]"),
    HeadGroup("aromatic amine", "[NX3;$(N-a)]"),
    HeadGroup("thione", "[SX1]=[CX3]"),
    HeadGroup("thiol", "[SX2;H1,H2]"),
    HeadGroup("nitrile", "[NX1]#[CX2]"),
    HeadGroup("carbonyl", "[OX1]=[CX3]"),
    HeadGroup("thioether", "[SX2;H0;$(S([#6])[#6])]"),
    HeadGroup("alcohol or water", "[OX2;H1,H2]"),
    HeadGroup("ether", "[OX2;$(O([#6])[#6])]"),
)


#: Note on a head group that was found.
FOUND = "binds through its {}, the first head group that was found"


def head_groups(charge: int) -> Sequence[HeadGroup]:
    """The head groups that are looked for in a molecule of a charge, in this order.

    A zwitterion binds through its anion.
    """
    if charge > 0:
        return CATIONS
    return ANIONS if charge < 0 else (*ANIONS, *DONORS)


def find_head_group(mol: Chem.Mol) -> HeadGroup:
    """The first head group, in the order of `head_groups`, that a molecule has.

    Raises
    ------
    InputError
        If it has none of them.
    """
    wanted = head_groups(Chem.GetFormalCharge(mol))
    for group in wanted:
        if mol.HasSubstructMatch(Chem.MolFromSmarts(group.smarts)):
            return group
    raise InputError(
        f"{Chem.MolToSmiles(Chem.RemoveHs(mol))!r} has none of the {len(wanted)} head groups that"
        " are looked for; give anchor_smarts",
        "anchor_smarts",
    )


def head_of_molecule(
    mol: Chem.Mol, anchor_smarts: str, orientation: str | None
) -> tuple[str, str | None, list[str]]:
    """SMARTS and orientation of a head group as given, or found for `AUTO`, with a note then."""
    if anchor_smarts != AUTO:
        return anchor_smarts, orientation, []
    group = find_head_group(mol)
    return group.smarts, orientation or group.orientation, [FOUND.format(group.name)]


def named_group(note: str) -> str | None:
    """The head group that a note of `head_of_molecule` names, or None for another note.

    Examples
    --------
    >>> named_group("MA: binds through its amine, the first head group that was found")
    'amine'
    """
    before, behind = FOUND.split("{}")
    _, _, rest = note.partition(before)
    return rest.removesuffix(behind) if rest.endswith(behind) else None
