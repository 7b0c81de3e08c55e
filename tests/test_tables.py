"""Rows and tables: signs, missing energies and every format."""

import csv
import io
from pathlib import Path

import pytest
from ase import Atoms

from analysis.energies import Calculated, Published, reaction_row
from analysis.reactions import parse_reaction
from analysis.results import Result, atoms_to_dict
from analysis.tables import Table, number, render
from slabs.structure import Structure


def calculated(symbols, energy, fingerprint="a"):
    atoms = Atoms(symbols)
    structure = Structure(atoms, ("x",) * len(atoms))
    if energy is None:
        return Calculated(structure, Path("folder"), "unconverged", "forces")
    values = {
        "energy_eV": energy,
        "charge": 0,
        "fingerprint": fingerprint,
        "structure": atoms_to_dict(atoms),
    }
    result = Result(Path("folder"), "relax", "key", values)
    return Calculated(structure, Path("folder"), "done", result=result)


ADSORPTION = parse_reaction("slab + L -> slab.L")


def test_binding_energy_is_minus_the_reaction_energy():
    species = {
        "slab": calculated("Pb", -10.0),
        "L": calculated("N", -5.0),
        "slab.L": calculated("PbN", -15.9),
    }
    row = reaction_row("x", ADSORPTION, species, Published(0.7, "binding", "someone"))
    assert row.reaction_energy_eV == pytest.approx(-0.9)
    assert row.binding_energy_eV == pytest.approx(+0.9)
    assert row.difference_eV == pytest.approx(+0.2)
    row = reaction_row("x", ADSORPTION, species, Published(-0.7, "reaction", "someone"))
    assert row.difference_eV == pytest.approx(-0.2)


def test_unconverged_species_give_no_number():
    species = {
        "slab": calculated("Pb", -10.0),
        "L": calculated("N", -5.0),
        "slab.L": calculated("PbN", None),
    }
    row = reaction_row("x", ADSORPTION, species)
    assert row.reaction_energy_eV is None
    assert row.binding_energy_eV is None
    assert row.status == "slab.L unconverged"


def test_mixed_levels_give_no_number():
    species = {
        "slab": calculated("Pb", -10.0),
        "L": calculated("N", -5.0, "b"),
        "slab.L": calculated("PbN", -15.9),
    }
    row = reaction_row("x", ADSORPTION, species)
    assert row.reaction_energy_eV is None
    assert "mixes 2 levels" in row.status


def test_number_has_sign_and_no_negative_zero():
    assert number(-0.0001, 3, sign=True) == "+0.000"
    assert number(1.23456, 3) == "1.235"
    assert number(None, 3) == "-"


TABLE = Table("Title", ("Name & x", "dE / eV"), (("a_b", "-0.5"), ("c, d", "+1.0")), ("A note.",))


def test_csv_reads_back():
    rows = list(csv.reader(io.StringIO(render([TABLE], "csv"))))
    assert rows == [["Name & x", "dE / eV"], ["a_b", "-0.5"], ["c, d", "+1.0"]]


def test_latex_escapes_and_uses_booktabs():
    text = render([TABLE], "latex")
    assert r"\toprule" in text
    assert r"a\_b & -0.5" in text
    assert r"Name \& x" in text


def test_markdown_and_text_hold_title_rows_and_notes():
    for style in ("md", "text"):
        text = render([TABLE], style)
        for words in ("Title", "a_b", "-0.5", "+1.0", "A note."):
            assert words in text
