"""Rows of the energy tables with hand-computed answers."""

from dataclasses import replace
from pathlib import Path

import pytest
from ase import Atoms

from analysis.energies.reactions import parse_reaction
from analysis.energies.rows import Calculated, adsorption_split, lowest, reaction_row
from analysis.results import Result, atoms_to_dict
from slabs.structure import Structure


def slab(symbols, ligands=0, energy_eV=0.0, side_A=10.0, state="done"):
    """A finished slab with a surface cell of `side_A` squared; 10 A give 1 nm^2."""
    atoms = Atoms(symbols, cell=[side_A, side_A, 20.0], pbc=(True, True, False))
    structure = Structure(atoms, ("surface",) * len(atoms), ligands=ligands)
    values = {
        "energy_eV": energy_eV, "charge": 0, "fingerprint": "a", "structure": atoms_to_dict(atoms),
    }  # fmt: skip
    result = Result(Path(symbols), "relax", "key", values) if state == "done" else None
    return Calculated(structure, Path(symbols), state, result=result)


def test_coverage_is_that_of_the_most_covered_slab_and_atoms_those_of_the_largest_species():
    species = {
        "slab": slab("Pb2"),
        "L": replace(slab("N"), structure=Structure(Atoms("N"), ("L",))),
        "slab.L": slab("Pb2N", ligands=1),
        "slab.L.L": slab("Pb2N2", ligands=2),
    }
    row = reaction_row("one", parse_reaction("slab + L -> slab.L"), species)
    assert row.coverage_per_nm2 == pytest.approx(1.0)
    assert row.atoms == 3
    row = reaction_row("two", parse_reaction("slab.L + L -> slab.L.L"), species)
    assert row.coverage_per_nm2 == pytest.approx(2.0)
    assert row.atoms == 4
    row = reaction_row("desorption", parse_reaction("slab.L.L -> slab.L + L"), species)
    assert row.coverage_per_nm2 == pytest.approx(2.0)
    narrow = {**species, "slab.L": slab("Pb2N", ligands=1, side_A=5.0)}
    row = reaction_row("narrow", parse_reaction("slab + L -> slab.L"), narrow)
    assert row.coverage_per_nm2 == pytest.approx(4.0)


def test_the_lowest_candidate_stands_for_a_species():
    low, high = slab("Pb", energy_eV=-3.0), slab("Pb", energy_eV=-2.0)
    for candidates in ([low, high], [high, low]):
        best = lowest("slab", candidates)
        assert best.result.energy_eV == -3.0
        assert best.structure.notes == ("slab: lowest of 2 candidates",)
    failed, running = slab("Pb", state="failed"), slab("Pb", state="running")
    best = lowest("slab", [failed, high, low])
    assert best.result.energy_eV == -3.0
    assert best.structure.notes == (
        "slab: lowest of 2 candidates; 1 more did not converge and are left out",
    )
    unknown = lowest("slab", [low, running, failed])
    assert (unknown.result, unknown.state) == (None, "running")
    assert unknown.why == "1 of 3 candidates done"
    assert lowest("slab", [failed, failed]).state == "failed"


def test_interaction_and_deformation_add_up_to_the_adsorption_energy():
    # Attraction -1.1 eV; the slab pays 0.3 eV for its geometry and the ligand 0.1 eV.
    split = adsorption_split(
        {"whole": -16.8, "surface": -10.7, "L": -5.0}, {"surface": -11.0, "L": -5.1}
    )
    assert split.interaction_eV == pytest.approx(-1.1)
    assert split.deformation_eV == pytest.approx({"surface": 0.3, "L": 0.1})
    assert split.adsorption_eV == pytest.approx(-16.8 + 11.0 + 5.1)
