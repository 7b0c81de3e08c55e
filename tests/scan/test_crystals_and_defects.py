"""Crystals, cuts, ligands on many faces, and point defects, judged by an independent checker."""

from collections import Counter, defaultdict

import numpy as np
import pytest
from ase.data import chemical_symbols

from slabs.crystals.phases import LATTICES
from slabs.ligands.ligand import make_ligand
from tests.scan.checker import covalent_A, faults
from workflows.species.builder import SpeciesBuilder
from workflows.study.errors import StudyError
from workflows.study.file import parse_study

STUDY = """
title = "scan"
molecule_vacuum_A = 6.0
[level]
base = "draft"
[surfaces.slab]
material = "{material}"
phase = "{phase}"
termination = "{termination}"
size = {size}
layers = {layers}
vacuum_A = 10.0
{more}
{tables}
"""
LIGANDS = {
    "amine": 'molecule = "BA"',
    "acid": 'molecule = "AcOH"',
    "ammonium": 'molecule = "BA"\nstate = "cation"\nbalance = "substitution"',
    "guanidinium": 'molecule = "GA"\nbalance = "electron"',
    "acetate": 'molecule = "AcOH"\nstate = "anion"\nbalance = "substitution"',
    "ring": 'molecule = "Py"',
    "iodide": 'smiles = "CCCC[NH3+].[I-]"\nanchor_smarts = "[NX4]"',
    "quaternary": 'smiles = "CCCC[N+](C)(C)C"\nanchor_smarts = "[NX4]"\nbalance = "substitution"',
}
DEFECTS = {
    "V_X": 'kind = "vacancy"\nelement = "{X}"',
    "V_B": 'kind = "vacancy"\nelement = "{B}"',
    "V_A": 'kind = "vacancy"\nelement = "{A}"',
    "X_int": 'kind = "interstitial"\nelement = "{X}"',
    "B_int": 'kind = "interstitial"\nelement = "{B}"',
    "X_ad": 'kind = "adatom"\nelement = "{X}"',
    "B_X": 'kind = "antisite"\nelement = "{B}"\non = "{X}"',
    "Zn_B": 'kind = "substitution"\nelement = "Zn"\non = "{B}"',
}
CUTS = [("BX2", 3, "[2, 2]", ""), ("AX", 3, "[2, 2]", ""), ("BX2", 5, "[1, 1]", ""),
        ("BX2", 3, "'sqrt2xsqrt2'", ""), ("BX2", 3, "[2, 1]", "miller = [1, 1, 0]")]  # fmt: skip


def organic_bonds(atoms):
    """Pairs of non-metals that are bonded within molecules of the crystal, by distance."""
    light = [n for n in range(len(atoms)) if atoms.symbols[n] in ("H", "C", "N", "O", "S")]
    found = set()
    for at, i in enumerate(light):
        for j in light[:at]:
            limit = 1.3 * (covalent_A(atoms.symbols[i]) + covalent_A(atoms.symbols[j]))
            if atoms.get_distance(i, j, mic=True) < limit:
                found.add((j, i))
    return found


def ions_of(material):
    """Names of A, B and X in a formula of this scan."""
    a = next(n for n in ("Cs", "Rb", "MA", "FA", "GA") if material.startswith(n))
    b = next(n for n in ("Pb", "Sn", "Ge") if n in material)
    return {"A": a, "B": b, "X": material[len(a) + len(b) :].rstrip("3")}


def species_of(tmp_path, settings, name):
    study = parse_study(STUDY.format(**settings))
    return SpeciesBuilder(study, tmp_path / "study.toml").build(name)[0].structure


def judged(structure, entry=None, slack=1.0):
    """Faults of a structure; the bonds of its only ligand are known, others found by distance."""
    atoms = structure.atoms
    graphs, anchors = [], set()
    own = structure.indices("L")
    if len(own) and entry is not None:
        ligand = entry
        first = int(own[len(own) - len(ligand.atoms)])
        graphs = [(first, ligand.graph)]
        anchors = {chemical_symbols[ligand.atoms.numbers[n]] for n in ligand.anchors}
    surface = atoms[structure.indices("surface")]
    known = organic_bonds(surface) if set(surface.symbols) & {"C", "N"} else set()
    index = structure.indices("surface")
    skip = {tuple(sorted((int(index[i]), int(index[j])))) for i, j in known}
    return faults(atoms, graphs, anchors, skip, slack)


def scan(tmp_path, cases):
    counts, wrong, refused = defaultdict(Counter), [], []
    for family, settings, name, ligand in cases:
        try:
            structure = species_of(tmp_path, settings, name)
        except StudyError as error:
            counts[family]["refused"] += 1
            refused.append(f"{settings['material']} {settings['termination']} {name}: {error}")
            continue
        counts[family]["built"] += 1
        found = judged(structure, ligand, 0.9 if structure.added else 1.0)
        if found:
            wrong.append((settings["material"], settings["phase"], settings["termination"],
                          settings["more"], name, family, found))  # fmt: skip
    return counts, wrong, refused


def cases():
    """Families, settings of the study, species and ligand."""
    made = []
    for material, phase in LATTICES:
        for termination, layers, size, more in CUTS:
            if "miller" in more and phase != "gamma":
                continue
            settings = {"material": material, "phase": phase, "termination": termination,
                        "layers": layers, "size": size, "more": more, "tables": ""}  # fmt: skip
            made.append(("bare", settings, "slab", None))
            if size != "[2, 2]":
                continue
            for family, entry in LIGANDS.items():
                tables = f"[ligands.L]\n{entry}\n"
                own = parse_ligand(entry)
                made.append((f"ligand: {family}", settings | {"tables": tables}, "slab.L", own))
            for name, entry in DEFECTS.items():
                tables = f"[defects.{name}]\n{entry.format(**ions_of(material))}\n"
                made.append(
                    (f"defect: {name}", settings | {"tables": tables}, f"slab.{name}", None)
                )
    return made


def parse_ligand(entry):
    keys = dict(line.split(" = ") for line in entry.split("\n"))
    text = {k: v.strip('"') for k, v in keys.items()}
    if "molecule" in text:
        return make_ligand(text["molecule"], state=text.get("state"))
    return make_ligand(smiles=text["smiles"].split(".")[0], anchor_smarts=text["anchor_smarts"])


def show(counts, refused):
    for family, numbers in sorted(counts.items()):
        print(f"{family:22s} built {numbers['built']:4d}  refused {numbers['refused']:4d}")
    for message, number in Counter(r.split(": ", 1)[1][-150:] for r in refused).most_common(40):
        print(number, message)


def test_some_crystals_and_defects(tmp_path):
    chosen = np.random.default_rng(1).choice(len(cases()), 40, replace=False)
    every = cases()
    _, wrong, refused = scan(tmp_path, [every[n] for n in chosen])
    assert wrong == []
    assert all("\n" not in each for each in refused)


@pytest.mark.scan
def test_all_crystals_and_defects(tmp_path):
    counts, wrong, refused = scan(tmp_path, cases())
    show(counts, refused)
    assert wrong == []
