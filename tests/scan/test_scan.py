"""Hundreds of structures that nobody chose, judged by an independent checker.

Every structure is built and sound, or refused in one sentence. `make scan` builds all of them and
prints how many of each kind were built and refused; the usual tests take every tenth.
"""

import csv
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import pytest

from slabs.adsorption.adsorb import adsorb
from slabs.adsorption.placement import Adsorbate
from slabs.crystals.perovskite import perovskite
from slabs.errors import InputError
from slabs.ligands.ligand import make_ligand
from slabs.surfaces.slab import build_slab
from tests.scan.checker import faults

EVERY = 10
LIGANDS = Path(__file__).with_name("ligands.csv")


def ligands():
    """SMILES, SMARTS of the head group, site and family of some three hundred ligands."""
    with LIGANDS.open(newline="") as lines:
        return [tuple(row.values()) for row in csv.DictReader(lines)]


@cache
def surface(material="CsPbI3", phase="alpha", termination="PbI2", size=(2, 2)):
    return build_slab(
        perovskite(material, phase=phase), termination=termination, layers=3, size=size
    )


def placed(smiles, head, site, bare):
    """A ligand alone and on a surface: what is wrong with either."""
    ligand = make_ligand(smiles=smiles, anchor_smarts=head)
    alone = faults(ligand.atoms, [(0, ligand.graph)])
    (built,) = adsorb(bare, [Adsorbate("L", ligand, site)], 10.0)
    first = int(built.indices("L")[0])
    anchors = {ligand.atoms.symbols[n] for n in ligand.anchors}
    return alone, faults(built.atoms, [(first, ligand.graph)], anchors)


def scan(entries):
    """Count what was built and refused; the faults of what was built."""
    counts = defaultdict(Counter)
    wrong, refused = [], []
    for smiles, head, site, family in entries:
        try:
            alone, on_surface = placed(smiles, head, site, surface())
        except InputError as error:
            counts[family]["refused"] += 1
            refused.append(f"{smiles} at {site}: {error.message}")
            continue
        counts[family]["built"] += 1
        if alone or on_surface:
            wrong.append(f"{smiles} at {site}: {alone} {on_surface}")
    return counts, wrong, refused


def show(counts, refused):
    for family, numbers in sorted(counts.items()):
        print(f"{family:20s} built {numbers['built']:4d}  refused {numbers['refused']:4d}")
    print(*refused, sep="\n")


@pytest.mark.parametrize("part", range(3))
def test_every_tenth_ligand(part):
    counts, wrong, refused = scan(ligands()[part * 3 :: EVERY])
    assert wrong == []
    assert all("\n" not in each for each in refused)
    assert sum(n["built"] for n in counts.values()) > 0.8 * (len(refused) + 1)


@pytest.mark.scan
def test_all_ligands():
    counts, wrong, refused = scan(ligands())
    show(counts, refused)
    assert wrong == []
