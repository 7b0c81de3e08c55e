"""Tables as a page shows them: signs of numbers, and units that stay in one line."""

from analysis.tables import Table
from workflows.report.tables import page_table


def test_negative_numbers_have_a_minus_sign_everywhere():
    table = Table(
        "Surface free energies",
        ("Where", "Species", "gamma / J m^-2"),
        (("With CsI: dmu I -1.350 eV", "slab", "-0.871"),),
        ("gamma of 'slab' falls to -0.871 J m^-2", "k-points 1x1x1, relax-Pb-1"),
        group=("Where",),
        warnings=("the slab lies -0.1 eV below",),
    )
    page = page_table(table, "key")
    ((heading, (row,)),) = page.groups
    assert heading.endswith("I \N{MINUS SIGN}1.350 eV")
    assert [cell.text for cell in row.cells] == ["\N{MINUS SIGN}0.871"]
    first, second, warning = page.footnotes
    assert "falls to \N{MINUS SIGN}0.871" in first
    assert second == "k-points 1x1x1, relax-Pb-1"  # names and words keep their hyphens
    assert "lies \N{MINUS SIGN}0.1" in warning


def test_a_unit_is_not_broken():
    columns = ("Where", "Uncertainty / J m^-2", "Jobs done")
    table = Table("T", columns, (("a", "0.1", "2"),))
    header = [text for text, _ in page_table(table, "key").columns]
    space = "\N{NO-BREAK SPACE}"
    assert header == ["Where", f"Uncertainty /{space}J{space}m⁻²", "Jobs done"]
