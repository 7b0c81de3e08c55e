"""Rows and tables: signs, missing energies and every format."""

import csv
import io
from pathlib import Path

import pytest
from ase import Atoms

from analysis.energies.reactions import parse_reaction
from analysis.energies.rows import Calculated, Published, reaction_row
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


def test_dispersion_is_exchanged_at_the_same_geometry_by_hand():
    species = {
        "slab": calculated("Pb", -10.0),
        "L": calculated("N", -5.0),
        "slab.L": calculated("PbN", -15.9),
    }
    parts = {"slab": (-0.5, -0.4), "L": (-0.1, -0.1), "slab.L": (-0.9, -0.7)}
    for name, (d3, d4) in parts.items():
        values = species[name].result.values
        values["level"] = {"dispersion": "D3(BJ)"}
        values["dispersion_sensitivity_eV"] = {"none": 0.0, "D3(BJ)": d3, "D4": d4}
    row = reaction_row("x", ADSORPTION, species)
    assert row.by_dispersion_eV["D3(BJ)"] == pytest.approx(-0.9)
    assert row.by_dispersion_eV["none"] == pytest.approx(-0.9 + 0.3)  # D3 part: -0.9 + 0.5 + 0.1
    # D4 part: -0.7 + 0.4 + 0.1 = -0.2 in place of -0.3
    assert row.by_dispersion_eV["D4"] == pytest.approx(-0.9 + 0.1)
    del species["L"].result.values["dispersion_sensitivity_eV"]
    assert reaction_row("x", ADSORPTION, species).by_dispersion_eV == {}


def test_ensemble_members_are_subtracted_one_by_one():
    species = {
        "slab": calculated("Pb", -10.0),
        "L": calculated("N", -5.0),
        "slab.L": calculated("PbN", -15.9),
    }
    members = {"slab": [5.0, -5.0], "L": [1.0, -1.0], "slab.L": [6.1, -6.1]}
    for name, values in members.items():
        species[name].result.values["ensemble_eV"] = values
    row = reaction_row("x", ADSORPTION, species)
    assert row.functional_error_eV == pytest.approx(0.1)  # 6.1 - 5 - 1, with both signs
    del species["L"].result.values["ensemble_eV"]
    assert reaction_row("x", ADSORPTION, species).functional_error_eV is None


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
    assert r"a\_b & $-$0.5" in text
    assert r"\footnotesize A note." in text
    assert r"Name \& x" in text


GROUPED = Table(
    "Title",
    ("Question", "Energy", "dE / eV"),
    (("Adsorption", "a > b", "-0.5"), ("Adsorption", "c", "+1.0"), ("Repair", "d", "+2.0")),
    group=("Question",),
)


def test_rows_stand_below_their_question():
    lines = [line.strip() for line in render([GROUPED], "text").splitlines()]
    order = [line.split()[0] for line in lines if line and line[0] in "ARac+d"]
    assert order == ["dE", "Adsorption", "a", "c", "Repair", "d"]
    latex = render([GROUPED], "latex")
    assert latex.count(r"\multicolumn{2}{l}{\emph{Adsorption}}") == 1
    assert r"a \textgreater{} b & $-$0.5 \\" in latex
    assert list(csv.reader(io.StringIO(render([GROUPED], "csv"))))[1][0] == "Adsorption"


def test_markdown_and_text_hold_title_rows_and_notes():
    for style in ("md", "text"):
        text = render([TABLE], style)
        for words in ("Title", "a_b", "-0.5", "+1.0", "A note."):
            assert words in text
