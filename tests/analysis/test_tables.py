"""Rows and tables: signs, missing energies and every format."""

import csv
import io
from pathlib import Path

import pytest
from ase import Atoms
from rich.console import Console

from analysis.energies.reactions import parse_reaction
from analysis.energies.rows import Calculated, Published, reaction_row
from analysis.results import Result, atoms_to_dict
from analysis.tables import Shown, Table, number, render
from analysis.text_tables import TextTable
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
    assert rows == [["name_x", "reaction_energy_eV"], ["a_b", "-0.5"], ["c, d", "+1.0"]]


def test_csv_holds_unrounded_numbers_and_nothing_for_what_is_missing():
    ends = Shown("+0.1 to +0.2", 0.123456789, 0.2)
    rows = (("a", number(1 / 3, 2), ends), ("b", "-", number(0.5, 1)), ("c", "-", "-"))
    table = Table("Title", ("Name", "E_f / eV", "gamma / J m^-2"), rows)
    assert list(csv.reader(io.StringIO(render([table], "csv")))) == [
        [
            "name", "formation_energy_eV", "surface_energy_low_J_per_m2",
            "surface_energy_high_J_per_m2",
        ],
        ["a", repr(1 / 3), "0.123456789", "0.2"],
        ["b", "", "0.5", "0.5"],
        ["c", "", "", ""],
    ]  # fmt: skip


def test_latex_has_caption_label_packages_and_columns_of_numbers():
    text = render([TABLE], "latex")
    assert r"\usepackage{booktabs,siunitx,tabularx}" in text.splitlines()[0]
    assert r"\caption{Title}" in text
    assert r"\label{tab:title}" in text
    assert r"Name \& x & {$\Delta E$} \\" in text
    assert r"& {(eV)} \\" in text
    assert r"S[retain-explicit-plus,table-format=+1.1]" in text
    assert r"a\_b & -0.5 \\" in text
    assert r"{\raggedright A note.\par}" in text


LEVELS = Table(
    "Title",
    ("Name", "|m| / mu_B", "Folder", "Level", "Status"),
    tuple((name, "1.0", f"tasks/{name}", "draft: no", "done") for name in ("a", "b")),
    below=("Folder", "Level"),
)


def test_what_all_rows_share_is_a_note():
    latex = render([LEVELS], "latex")
    assert "Level draft: no." in latex
    assert "done" not in latex
    assert r"a & 1.0 \\" in latex
    assert "% a: tasks/a" in latex.splitlines()
    assert latex.count("tasks/") == 2
    assert r"$|m|$" in latex
    text = render([LEVELS], "text").splitlines()
    assert text[0] == "Title (draft: no)"
    assert text[1] == "Name  |m| / \N{GREEK SMALL LETTER MU}_B"
    assert "  In all rows: status done." in text
    assert "Level: draft: no. Status: done." in render([LEVELS], "md")
    rows = list(csv.DictReader(io.StringIO(render([LEVELS], "csv"))))
    assert [row["level"] for row in rows] == ["draft: no", "draft: no"]


def test_a_status_that_differs_stands_in_its_row():
    rows = (("a", "1.0", "draft", "done"), ("b", "-", "draft", "waiting"))
    table = Table("T", ("Name", "x / eV", "Level", "Status"), rows, below=("Level", "Status"))
    lines = [line.plain for line in TextTable(table, brief=True).lines(80)]
    assert lines[0] == "T (draft)"
    assert lines[lines.index("b          -") + 1] == "    waiting"
    one = Table("T", table.columns, rows[1:], below=table.below)
    assert next(TextTable(one, brief=True).lines(80)).plain == "T (draft; waiting)"


def test_columns_that_do_not_fit_follow_below():
    names = ("Name", *(f"Quantity{n} / eV" for n in range(9)))
    table = Table("Title", names, (("row", *(f"{n}.5" for n in range(9))),))
    text = [line.plain for line in TextTable(table).lines(40)]
    assert sum(line.startswith("Name") for line in text) > 1
    assert sum(line.startswith("row") for line in text) > 1
    shown = " ".join(text)
    assert all(f" {n}.5" in shown and f"Quantity{n} " in shown for n in range(9))
    assert max(map(len, text)) <= 40


def test_a_terminal_without_unicode_gets_other_letters():
    table = Table("T", ("Name", "Coverage / nm^-2", "a / A"), (("x", "2.5", "6.3"),))
    page = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    Console(file=page, width=80).print(TextTable(table))
    page.flush()
    lines = page.buffer.getvalue().decode("ascii").splitlines()
    assert lines[1].split() == ["Name", "Coverage", "/", "nm^-2", "a", "/", "A"]
    assert set(lines[2].strip()) == {"-"}


GROUPED = Table(
    "Title",
    ("Question", "Quantity", "Energy", "dE / eV"),
    (
        ("Adsorption", "E_b", "a > b", "-0.5"), ("Adsorption", "E_b", "c", "+1.0"),
        ("Repair", "dE", "d", "+2.0"),
    ),
    group=("Question", "Quantity"),
    only_in_csv=("dE / eV",),
)  # fmt: skip


def test_rows_stand_below_their_question():
    lines = [line.strip() for line in render([GROUPED], "text").splitlines()]
    assert lines[3:] == ["Adsorption (E_b)", "a > b", "c", "Repair (dE)", "d", ""]
    latex = render([GROUPED], "latex")
    assert latex.count(r"\emph{Adsorption ($E_\mathrm{b}$)}") == 1
    assert r"a $>$ b \\" in latex
    assert "0.5" not in latex + render([GROUPED], "md")
    header, first, *_ = csv.reader(io.StringIO(render([GROUPED], "csv")))
    assert header == ["question", "quantity", "energy", "reaction_energy_eV"]
    assert first == ["Adsorption", "E_b", "a > b", "-0.5"]


def test_markdown_and_text_hold_title_rows_and_notes():
    for style in ("md", "text"):
        text = render([TABLE], style)
        for words in ("Title", "a_b", "-0.5", "+1.0", "A note."):
            assert words in text
