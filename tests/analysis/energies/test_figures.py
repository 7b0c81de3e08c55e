"""What figures of energies draw: heights, signs, error bars, labels and sizes."""

import pytest
from matplotlib.colors import to_hex

from analysis.energies.bar_figures import (
    FLAGGED,
    NOT_CONVERGED,
    CoveragePoint,
    EnergyBar,
    EnergyPanel,
    plot_energies,
    plot_over_coverage,
    value_words,
)
from analysis.energies.matrices import Cell, EnergyMatrix
from analysis.energies.matrix_figures import plot_matrix
from analysis.palette import LIGHTEST, curve_styles, line_colour, luminance
from analysis.style import SMALLEST_PT, save, set_caption, title_of, without_title
from slabs.elements import colour_of, rgb_of

BARS = (
    EnergyBar("bound", 0.472, 0.010, 0.9),
    EnergyBar("not bound", -0.25, None, converged=False),
    EnergyBar("other shape", 1.5, 0.2, flagged=True),
    EnergyBar("running", None),
)


def drawn(columns="double"):
    panel = EnergyPanel("Adsorption", "binding energy / eV", BARS)
    return plot_energies([panel], "A study", columns, lower_bounds=True)


@pytest.mark.parametrize(("columns", "width_cm"), [("single", 8.6), ("double", 17.8)])
def test_bars_are_as_long_as_the_energies_and_in_their_order(columns, width_cm):
    figure = drawn(columns)
    (axis,) = figure.axes
    assert [bar.get_width() for bar in axis.patches] == [0.472, -0.25, 1.5]
    assert [bar.get_y() + bar.get_height() / 2 for bar in axis.patches] == pytest.approx([0, 1, 2])
    assert [t.get_text() for t in axis.get_yticklabels()] == [bar.label for bar in BARS]
    low, high = axis.get_ylim()
    assert low > high  # the first is on top
    assert axis.get_xlabel() == "binding energy / eV"
    assert figure.get_size_inches()[0] * 2.54 == pytest.approx(width_cm)


def test_only_known_uncertainties_have_error_bars():
    (axis,) = drawn().axes
    ends = [each.get_children()[-1].get_segments()[0][:, 0] for each in axis.containers
            if type(each).__name__ == "ErrorbarContainer"]  # fmt: skip
    assert len(ends) == 2
    assert ends[0] == pytest.approx([0.462, 0.482])
    assert ends[1] == pytest.approx([1.3, 1.7])
    words = [text.get_text() for text in axis.texts]
    assert words[:4] == [
        "+0.47 ± 0.01",
        "\N{MINUS SIGN}0.25 (± not known)",
        "+1.50 ± 0.20",
        "no value yet",
    ]
    assert value_words(EnergyBar("small", 0.2, 0.001)) == "+0.20 ± <0.01"
    assert value_words(EnergyBar("exact", 0.0, 0.0)) == "+0.00 ± 0.00"


def test_doubtful_bars_look_different_and_the_legend_says_why():
    figure = drawn()
    (axis,) = figure.axes
    assert [bar.get_hatch() for bar in axis.patches] == [None, NOT_CONVERGED, FLAGGED]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "this work", "this work, not converged", "this work, flagged", "published",
        "uncertainty (lower bound)",
    ]  # fmt: skip
    published = [line for line in axis.lines if line.get_marker() == "D"]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in published] == [(0.9, 0)]


def test_points_over_the_coverage_are_sorted():
    points = [CoveragePoint(2.5, 0.4, 0.1), CoveragePoint(0.6, 0.9), CoveragePoint(1.2, -0.1)]
    figure = plot_over_coverage({"OAm": points}, "A study")
    (axis,) = figure.axes
    line = next(line for line in axis.lines if line.get_label() == "OAm")
    assert list(line.get_xdata()) == [0.6, 1.2, 2.5]
    assert list(line.get_ydata()) == [0.9, -0.1, 0.4]
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "without error bar: uncertainty not known" in labels


def test_a_matrix_prints_values_in_its_cells():
    cells = ((Cell(0.24, 0.03), Cell(-0.5, None, flagged=True)), (Cell(None), Cell(0.1, 0.2)))
    rows, columns = ("V_I", "V_Pb"), ("OAm", "OA")
    figure = plot_matrix(EnergyMatrix("A matrix", "change / eV", rows, columns, cells))
    axis = figure.axes[0]
    words = {t.get_position(): t.get_text() for t in axis.texts}
    assert words == {
        (0, 0): "+0.24\n± 0.03",
        (1, 0): "\N{MINUS SIGN}0.50*\n(± not known)",
        (0, 1): "no value",
        (1, 1): "+0.10\n± 0.20",
    }
    (picture,) = axis.images
    assert picture.get_clim() == (-0.5, 0.5)
    assert to_hex(picture.cmap(picture.norm(-0.5))) == "#d55e00"
    assert to_hex(picture.cmap(picture.norm(0.5))) == "#0072b2"
    assert [t.get_text() for t in axis.get_yticklabels()] == ["V_I", "V_Pb"]
    assert figure.get_size_inches()[0] * 2.54 == pytest.approx(8.6)


def test_no_text_is_smaller_than_journals_allow():
    for columns in ("single", "double"):
        figure = drawn(columns)
        texts = [t for axis in figure.axes for t in [*axis.texts, *axis.get_xticklabels(),
                 *axis.get_yticklabels(), axis.xaxis.label]]  # fmt: skip
        texts += figure.legends[0].get_texts()
        assert {t.get_fontsize() for t in texts} == {SMALLEST_PT}


def test_titles_go_and_captions_stay(tmp_path):
    figure = drawn()
    set_caption(figure, "First.", "", "Second.")
    assert title_of(figure) == "A study"
    (file,) = save(without_title(figure), tmp_path / "energies", ["svg"])
    assert title_of(figure) == ""
    text = file.read_text()
    assert "First. Second." in text
    assert "A study" not in text
    assert "not bound" in text


def test_elements_have_one_colour_and_orbitals_their_dashes():
    assert line_colour("Pb") == colour_of("Pb")  # dark enough as it is
    assert luminance(*rgb_of("H")) > LIGHTEST
    assert line_colour("H") != colour_of("H")
    lead_s, lead_p, head, iodine = curve_styles(
        [("Pb", "s"), ("Pb", "p"), ("OAm, head", None), ("I", "p")]
    )
    assert lead_s.colour == lead_p.colour == line_colour("Pb") != iodine.colour
    assert (lead_s.dashes, lead_p.dashes, head.dashes) == ("--", "-", "-")
    assert (lead_s.dashes_of_page, lead_p.dashes_of_page) == ("dash", "solid")
    assert head.colour not in {lead_s.colour, iodine.colour}
