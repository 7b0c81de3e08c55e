"""Bars of ranked candidates, as the figure draws them."""

import pytest

from analysis.energies.ranked_figures import Quantity, plot_ranked


def test_every_quantity_has_its_bars_from_the_best_at_the_top_to_the_worst():
    """More quantities than candidates; signs and unknown values are kept."""
    quantities = [
        Quantity("binding energy / eV", (0.9, -0.1), (0.02, None)),
        Quantity("change of gap / eV", (None, 0.3)),
        Quantity("cost / core-s", (50.0, 40.0)),
    ]
    figure = plot_ranked(["MA", "H2O"], quantities, "ranked", flagged=[True, False])
    panels = figure.axes
    assert [panel.get_xlabel() for panel in panels] == [each.label for each in quantities]
    widths = [[bar.get_width() for bar in panel.containers[0].patches] for panel in panels]
    assert widths == [pytest.approx([0.9, -0.1]), pytest.approx([0.0, 0.3]), [50.0, 40.0]]
    assert [text.get_text().strip() for panel in panels for text in panel.texts] == ["no value"]
    bottom, top = panels[0].get_ylim()
    assert bottom > top  # row 0, the best one, is at the top
    assert [bool(bar.get_hatch()) for bar in panels[2].containers[0].patches] == [True, False]


@pytest.mark.parametrize("value", [-2.6, 2.6])
def test_words_for_what_is_not_known_stay_in_their_panel(value):
    quantities = [
        Quantity("binding energy / eV", (0.9, 0.2)),
        Quantity("change of work\nfunction / eV", (None, None)),
        Quantity("change of\ngap / eV", (value, None)),
    ]
    figure = plot_ranked(["GA", "MA"], quantities, "ranked", flagged=[False, False])
    figure.canvas.draw()
    for panel in figure.axes[1:]:
        edges = panel.get_window_extent()
        for text in panel.texts:
            words = text.get_window_extent()
            assert edges.x0 <= words.x0 < words.x1 <= edges.x1
