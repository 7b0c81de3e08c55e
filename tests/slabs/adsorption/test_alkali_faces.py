"""Ligands above caesium: distances as in its compounds."""

import numpy as np
import pytest

from slabs.adsorption.adsorb import adsorb
from slabs.adsorption.placement import Adsorbate
from slabs.crystals.perovskite import perovskite
from slabs.elements import dative_length_A
from slabs.ligands.ligand import make_ligand
from slabs.surfaces.slab import build_slab
from workflows.species.parts import default_site
from workflows.study.ligand_tables import LigandEntry

CSI = build_slab(perovskite("CsPbI3"), termination="CsI", layers=3, size=(2, 2))
PBI2 = build_slab(perovskite("CsPbI3"), termination="PbI2", layers=3, size=(2, 2))


def nearest_A(structure, symbol, other):
    atoms = structure.atoms
    ligand = np.array(structure.groups) != "surface"
    mine = np.flatnonzero(ligand & (atoms.symbols == symbol))
    theirs = np.flatnonzero(~ligand & (atoms.symbols == other))
    return min(atoms.get_distances(n, theirs, mic=True).min() for n in mine)


# Sums of the radii of Shannon (1976): Cs+ 1.67, N3- 1.46, O2- 1.40, I- 2.20, Rb+ 1.52.
@pytest.mark.parametrize(
    ("ion", "other", "length_A"),
    [(55, 7, 3.13), (55, 8, 3.07), (55, 53, 3.87), (37, 8, 2.92), (53, 55, 3.87)],
)
def test_lengths_of_ionic_bonds(ion, other, length_A):
    assert dative_length_A(ion, other) == pytest.approx(length_A)


@pytest.mark.parametrize(
    ("name", "symbol", "length_A"),
    [("BA", "N", 3.13), ("BzA", "N", 3.13), ("PEA", "N", 3.13), ("AcOH", "O", 3.07),
     ("TOPO", "O", 3.07)],
)  # fmt: skip
def test_lewis_bases_above_caesium(name, symbol, length_A):
    ligand = make_ligand(name, state="neutral")
    (found,) = adsorb(CSI, [Adsorbate("L", ligand, "A-top")], 10.0)
    assert nearest_A(found, symbol, "Cs") == pytest.approx(length_A, abs=0.01)


def test_carboxylate_holds_caesium_with_both_oxygen_atoms():
    ligand = make_ligand("AcOH", state="anion")
    (found,) = adsorb(CSI, [Adsorbate("L", ligand, "A-top")], 10.0)
    assert 2.9 < nearest_A(found, "O", "Cs") < 3.2


def test_halide_beside_a_cation_above_caesium():
    ligand = make_ligand("MA", state="cation")
    (found,) = adsorb(CSI, [Adsorbate("L", ligand, "X-top", counter_ion="I")], 10.0)
    # In CsI it is 3.96 A.
    assert nearest_A(found, "I", "Cs") == pytest.approx(3.87, abs=0.01)


@pytest.mark.parametrize(
    ("name", "settings", "on_csi", "on_pbi2"),
    [
        ("BA", {}, "A-top", "metal-top"),
        ("AcOH", {"state": "anion", "balance": "electron"}, "A-top", "metal-top"),
        ("GA", {"balance": "electron"}, "X-top", "hollow"),
        ("MA", {"state": "cation", "balance": "counter-ion", "counter_ion": "I"}, "X-top",
         "hollow"),
        ("MA", {"state": "cation", "balance": "substitution"}, "A-site", "A-site"),
        ("AcOH", {"state": "anion", "balance": "substitution"}, "X-site", "X-site"),
    ],
)  # fmt: skip
def test_default_sites_suit_the_face(name, settings, on_csi, on_pbi2):
    entry = LigandEntry(molecule=name, **settings)
    ligand = make_ligand(name, state=settings.get("state"))
    assert [default_site(entry, ligand, face) for face in (CSI, PBI2)] == [on_csi, on_pbi2]


def test_cation_points_its_hydrogen_to_an_iodide():
    ligand = make_ligand("MA", state="cation")
    (found,) = adsorb(CSI, [Adsorbate("L", ligand, "X-top")], 10.0)
    assert 2.2 < nearest_A(found, "H", "I") < 3.2
