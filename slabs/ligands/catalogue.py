"""Ligands as the field abbreviates them, in their charge states, with their head groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from slabs.errors import InputError

#: How a ligand binds: which kind of place on the surface its anchor goes to.
BINDINGS = {
    "L": "Lewis base on a metal atom",
    "X": "anion on a halide site",
    "A": "cation on an A site",
}
ORIENTATIONS = {
    "upright": "the chain points away from the surface",
    "flat": "the plane of the ligand is parallel to the surface",
}


@dataclass(frozen=True)
class ChargeState:
    """One charge state of a ligand and the way it binds.

    Parameters
    ----------
    smiles
        SMILES of the whole molecule or ion.
    anchor_smarts
        SMARTS of the head group. Its atoms that carry a map number (``:1``, ``:2``) are
        the anchors in the order of their numbers; without any, its first atom is.
    binding
        One of `BINDINGS`.
    orientation
        One of `ORIENTATIONS`.
    """

    smiles: str
    anchor_smarts: str
    binding: str
    orientation: str = "upright"


@dataclass(frozen=True)
class CatalogueEntry:
    """A ligand as the field knows it.

    Parameters
    ----------
    title
        Usual name.
    states
        Charge states by name: ``"neutral"``, ``"cation"``, ``"anion"`` or
        ``"zwitterion"``; the first is the default.
    """

    title: str
    states: Mapping[str, ChargeState]


AMINE = "[NX3;H2,H1,H0;!$(N-C=O)]"
AMMONIUM = "[NX4;+1]"
ACID = "[OX1]=[CX3]-[OX2H1]"
CARBOXYLATE = "[OX1:1]=[CX3]-[O-:2]"
PHOSPHONIC_ACID = "[OX1]=[PX4]([OX2H1])[OX2H1]"
PHOSPHONATE = "[O-:1]-[PX4](=[OX1:2])[OX2H1]"
SULFONIC_ACID = "[OX1]=[SX4](=[OX1])[OX2H1]"
SULFONATE = "[O-:1]-[SX4](=[OX1:2])=[OX1]"


def _amine(title: str, rest: str, first: str = "neutral") -> CatalogueEntry:
    """A primary amine; `rest` is the SMILES without its nitrogen, which comes last."""
    states = {
        "neutral": ChargeState(f"{rest}N", AMINE, "L"),
        "cation": ChargeState(f"{rest}[NH3+]", AMMONIUM, "A"),
    }
    return CatalogueEntry(title, {first: states[first], **states})


def _acid(title: str, rest: str) -> CatalogueEntry:
    """A carboxylic acid and its anion; `rest` is the SMILES without the head group."""
    states = {
        "neutral": ChargeState(f"{rest}C(=O)O", ACID, "L"),
        "anion": ChargeState(f"{rest}C(=O)[O-]", CARBOXYLATE, "X"),
    }
    return CatalogueEntry(title, states)


def _phosphonic_acid(title: str, rest: str) -> CatalogueEntry:
    """A phosphonic acid and its anion of charge -1."""
    states = {
        "neutral": ChargeState(f"{rest}P(=O)(O)O", PHOSPHONIC_ACID, "L"),
        "anion": ChargeState(f"{rest}P(=O)(O)[O-]", PHOSPHONATE, "X"),
    }
    return CatalogueEntry(title, states)


def _thiol(title: str, rest: str) -> CatalogueEntry:
    """A thiol and its thiolate."""
    states = {
        "neutral": ChargeState(f"{rest}S", "[SX2H1]", "L"),
        "anion": ChargeState(f"{rest}[S-]", "[S-]", "X"),
    }
    return CatalogueEntry(title, states)


def _one(title: str, state: str, *described: str) -> CatalogueEntry:
    """A ligand with a single charge state."""
    return CatalogueEntry(title, {state: ChargeState(*described)})


CATALOGUE: Mapping[str, CatalogueEntry] = {
    # The three of CsPbI3 quantum dots.
    "OAm": _amine("oleylamine", r"CCCCCCCC/C=C\CCCCCCCC"),
    "OA": _acid("oleic acid", r"CCCCCCCC/C=C\CCCCCCC"),
    "GA": CatalogueEntry(
        "guanidinium",
        {
            "cation": ChargeState("NC(N)=[NH2+]", "[CX3](N)(N)=[N+]", "A", "flat"),
            "neutral": ChargeState("NC(N)=N", "[NX2]=[CX3](N)N", "L"),
        },
    ),
    # Small A-site cations.
    "FA": _one("formamidinium", "cation", "NC=[NH2+]", "[CX3](N)=[N+]", "A", "flat"),
    "MA": _amine("methylamine", "C", first="cation"),
    "EA": _amine("ethylamine", "CC", first="cation"),
    "DMA": _one("dimethylammonium", "cation", "C[NH2+]C", AMMONIUM, "A"),
    # Amines.
    "BA": _amine("butylamine", "CCCC"),
    "OcAm": _amine("octylamine", "CCCCCCCC"),
    "DDA": _amine("dodecylamine", "CCCCCCCCCCCC"),
    "BzA": _amine("benzylamine", "c1ccccc1C"),
    "PEA": _amine("phenethylamine", "c1ccccc1CC"),
    "FPEA": _amine("4-fluorophenethylamine", "Fc1ccc(cc1)CC"),
    "R-MBA": _amine("(R)-alpha-methylbenzylamine", "c1ccccc1[C@@H](C)"),
    "S-MBA": _amine("(S)-alpha-methylbenzylamine", "c1ccccc1[C@H](C)"),
    "Py": _one("pyridine", "neutral", "c1ccncc1", "[nX2]", "L"),
    # Quaternary ammonium.
    "CTA": _one("hexadecyltrimethylammonium", "cation", f"{'C' * 16}[N+](C)(C)C", AMMONIUM, "A"),
    "DDDMA": _one(
        "didodecyldimethylammonium", "cation", f"{'C' * 12}[N+](C)(C){'C' * 12}", AMMONIUM, "A"
    ),
    "TOA": _one(
        "tetraoctylammonium",
        "cation",
        f"{'C' * 8}[N+]({'C' * 8})({'C' * 8}){'C' * 8}",
        AMMONIUM,
        "A",
    ),
    # Carboxylic acids.
    "AcOH": _acid("acetic acid", "C"),
    "TFA": _acid("trifluoroacetic acid", "FC(F)(F)"),
    "BuA": _acid("butyric acid", "CCC"),
    "OctA": _acid("octanoic acid", "CCCCCCC"),
    "BzOH": _acid("benzoic acid", "c1ccccc1"),
    # Acids of phosphorus and sulfur.
    "OPA": _phosphonic_acid("octylphosphonic acid", "C" * 8),
    "TDPA": _phosphonic_acid("tetradecylphosphonic acid", "C" * 14),
    "DBSA": CatalogueEntry(
        "4-dodecylbenzenesulfonic acid",
        {
            "neutral": ChargeState(f"{'C' * 12}c1ccc(cc1)S(=O)(=O)O", SULFONIC_ACID, "L"),
            "anion": ChargeState(f"{'C' * 12}c1ccc(cc1)S(=O)(=O)[O-]", SULFONATE, "X"),
        },
    ),
    # Phosphines and thiols.
    "TOP": _one("trioctylphosphine", "neutral", f"{'C' * 8}P({'C' * 8}){'C' * 8}", "[PX3]", "L"),
    "TOPO": _one(
        "trioctylphosphine oxide",
        "neutral",
        f"{'C' * 8}P(=O)({'C' * 8}){'C' * 8}",
        "[OX1]=[PX4]",
        "L",
    ),
    "OcSH": _thiol("octanethiol", "C" * 8),
    "DDT": _thiol("dodecanethiol", "C" * 12),
    # Zwitterions.
    "SB": _one(
        "3-(N,N-dimethyloctadecylammonio)propanesulfonate",
        "zwitterion",
        f"{'C' * 18}[N+](C)(C)CCCS(=O)(=O)[O-]",
        "[O-]-[SX4](=[OX1])=[OX1]",
        "L",
    ),
    "AVA": CatalogueEntry(
        "5-aminovaleric acid",
        {
            "neutral": ChargeState("NCCCCC(=O)O", ACID, "L"),
            "zwitterion": ChargeState("[NH3+]CCCCC(=O)[O-]", CARBOXYLATE, "L"),
            "cation": ChargeState("[NH3+]CCCCC(=O)O", AMMONIUM, "A"),
        },
    ),
}


def look_up(molecule: str, state: str | None = None) -> tuple[str, ChargeState]:
    """Title of a catalogue molecule and one of its charge states, by default the first.

    Raises
    ------
    InputError
        If the molecule is not in the catalogue or has no such state.
    """
    if molecule not in CATALOGUE:
        same = [
            name
            for name, entry in CATALOGUE.items()
            if molecule.strip().casefold() in (name.casefold(), entry.title.casefold())
        ]
        meant = f", where {CATALOGUE[same[0]].title} is {same[0]!r}" if same else ""
        raise InputError(
            f"{molecule!r} is not in the catalogue{meant}; allowed: {', '.join(CATALOGUE)},"
            " or give smiles and anchor_smarts",
            "molecule",
        )
    entry = CATALOGUE[molecule]
    state = next(iter(entry.states)) if state is None else state
    if state not in entry.states:
        raise InputError(
            f"{molecule} has no state {state!r}; allowed: {', '.join(entry.states)}", "state"
        )
    return entry.title, entry.states[state]
