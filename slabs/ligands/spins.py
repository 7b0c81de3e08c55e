"""Unpaired electrons of isolated molecules: radicals, triplets, magnetic ions."""

from __future__ import annotations

import numpy as np
from ase import Atoms
from ase.data import ground_state_magnetic_moments

from slabs.elements import HIGH_SPIN, MOLECULAR_ELEMENTS
from slabs.errors import InputError
from slabs.ligands.molecules import parse_smiles, split_salt
from slabs.ligands.toolkit import Chem
from slabs.structure import electron_parity

#: Diatomic molecules, and CH2, whose ground state is a triplet: Huber and Herzberg, Constants of
#: Diatomic Molecules (1979). Hill formulas.
TRIPLETS = (
    "O2", "S2", "Se2", "Te2", "OS", "OSe", "OTe", "SSe", "STe", "SeTe", "B2", "Al2", "Si2", "Ge2",
    "Sn2", "Pb2", "BN", "CH2", "HN", "FN", "ClN", "BrN", "IN", "HP", "FP", "ClP", "BrP", "AsH",
    "HSb", "BiH",
)  # fmt: skip
LARGEST_MULTIPLICITY = 11


def multiplicity_of(atoms: Atoms, given: int | None, name: str) -> tuple[int, str]:
    """Spin multiplicity of a neutral molecule, and what a reader must know of it.

    Parameters
    ----------
    atoms
        All atoms of the molecule.
    given
        Multiplicity 2S + 1 that the user wants; None for the default: that of the ground state of
        `TRIPLETS` and of free atoms, else 1 for an even and 2 for an odd number of electrons.
    name
        Of the molecule, for the sentence.

    Raises
    ------
    InputError
        If `given` does not fit the number of electrons, or is missing for a magnetic ion.
    """
    parity = electron_parity(atoms, 0)
    hill = str(atoms.symbols.formula.format("hill"))
    if given is not None:
        allowed = [n for n in range(1, LARGEST_MULTIPLICITY + 1) if (n - 1) % 2 == parity]
        if given not in allowed:
            raise InputError(
                f"multiplicity = {given} does not fit {name} ({hill}), whose number of electrons is"
                f" {'odd' if parity else 'even'}; allowed: {', '.join(map(str, allowed))}",
                "multiplicity",
            )
        return given, f"{name}: multiplicity {given} as given" if given > 1 else ""
    metals = [s for s in dict.fromkeys(atoms.symbols) if s in HIGH_SPIN]
    if metals:
        ion, moment = HIGH_SPIN[metals[0]]
        raise InputError(
            f"{name} ({hill}) contains {metals[0]}, whose ions are magnetic: give its multiplicity"
            f" 2S + 1, for example {moment + 1} for {moment} unpaired electrons of {ion}",
            "multiplicity",
        )
    found = 3 if hill in TRIPLETS else 1
    if len(atoms) == 1:
        moment = ground_state_magnetic_moments[atoms.numbers[0]]  # not known of Lr
        found = round(float(np.nan_to_num(moment))) + 1
    if found > 2 and (found - 1) % 2 == parity:
        return found, f"{name}: multiplicity {found}, the ground state of {hill}"
    if parity:
        return 2, f"{name}: a radical, with one unpaired electron"
    return 1, ""


def paired_words(mol: Chem.Mol, multiplicity: int, name: str) -> tuple[str, ...]:
    """What a reader must know of a SMILES with more unpaired electrons than its multiplicity has.

    Parameters
    ----------
    mol
        The molecule as it was drawn.
    multiplicity
        With which it is calculated.
    name
        Of the molecule, for the sentence.
    """
    drawn = sum(
        atom.GetNumRadicalElectrons()
        for atom in mol.GetAtoms()
        if atom.GetSymbol() in MOLECULAR_ELEMENTS
    )
    if drawn < max(2, multiplicity):
        return ()
    return (
        f"{name}: its SMILES has {drawn} unpaired electrons, of which all but {multiplicity - 1}"
        f" pair; multiplicity = {drawn + 1} leaves them unpaired",
    )


def drawn_words(smiles: str, atoms: Atoms, name: str) -> tuple[str, ...]:
    """The same of a molecule at its default multiplicity, from its SMILES and its atoms."""
    whole, _ = split_salt(smiles)
    return paired_words(parse_smiles(whole), multiplicity_of(atoms, None, name)[0], name)


def spread_moments(atoms: Atoms, unpaired: int) -> None:
    """Put the moments of unpaired electrons on magnetic ions, else on all heavy atoms, in place.

    Parameters
    ----------
    atoms
        A molecule.
    unpaired
        Number of unpaired electrons.
    """
    magnetic = np.isin(atoms.symbols, list(HIGH_SPIN))
    heavy = atoms.numbers > 1
    where = magnetic if magnetic.any() else heavy if heavy.any() else np.ones(len(atoms), bool)
    atoms.set_initial_magnetic_moments(unpaired * where / where.sum())
