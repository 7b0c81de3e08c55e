"""Figures as files: captions beside them, with and without titles."""

import pytest

from analysis.energies.bar_figures import EnergyBar, EnergyPanel, plot_energies
from analysis.style import set_caption
from workflows.figure_files import write_figures


@pytest.mark.parametrize("titles", [True, False])
def test_captions_keep_the_title_that_a_figure_loses(tmp_path, titles):
    panel = EnergyPanel("Adsorption", "binding energy / eV", (EnergyBar("OAm", 0.4),))
    figure = plot_energies([panel], "My study", "single", lower_bounds=False)
    set_caption(figure, "Not converged.")
    picture, caption = write_figures({"energies": figure}, tmp_path / "new", ["svg"], titles=titles)
    assert picture.name == "energies.svg"
    assert caption.read_text() == "My study. Not converged.\n"
    assert (">My study</text>" in picture.read_text()) == titles
