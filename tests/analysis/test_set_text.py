"""Symbols and formulas in HTML, in figures, and in files of figures."""

import pytest
from matplotlib.figure import Figure

from analysis.notation import SYMBOLS
from analysis.set_text import drawn_text, html_text
from analysis.style import save


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("E_b / eV", "<i>E</i><sub>b</sub> / eV"),
        ("dE of V_I", "Δ<i>E</i> of V<sub>I</sub>"),
        ("slab + 1/2 I2 -> slab.V_I", "slab + ½ I<sub>2</sub> → slab.V<sub>I</sub>"),
        ("GA+ on PbI2 & <b>", "GA<sup>+</sup> on PbI<sub>2</sub> &amp; &lt;b&gt;"),
        ("dPhi_top", "ΔΦ<sub>top</sub>"),
        ("-T dS", "\N{MINUS SIGN}<i>T</i>Δ<i>S</i>"),
        ("<S_z>", "⟨<i>S</i><sub>z</sub>⟩"),
        # Words that only look like formulas or symbols.
        ("PBE-D3(BJ), HSE06, I-poor", "PBE-D3(BJ), HSE06, I-poor"),
        ("cell_height_A, mu_B", "cell_height_A, mu_B"),
    ],
)
def test_html_has_symbols_and_nothing_unescaped(text, html):
    assert html_text(text) == html


def test_every_symbol_has_html_without_commands():
    for symbol in SYMBOLS:
        assert not set("\\${}^") & set(html_text(symbol)), symbol


def test_figures_set_indices_and_leave_formulas_alone():
    assert drawn_text("V_I on PbI2") == r"V$_\mathregular{I}$ on PbI$_\mathregular{2}$"
    assert drawn_text("anion+ for Cs+") == "anion+ for Cs$^\\mathregular{+}$"
    assert drawn_text(r"PbI2: $\Phi_I2$, \$ 5") == r"PbI$_\mathregular{2}$: $\Phi_I2$, \$ 5"
    for text in (r"$E_\mathrm{F}$ / eV", r"5 \$", "slab.OAm, E_b"):
        assert drawn_text(text) == text


def test_saved_figures_hold_indices_in_every_text(tmp_path):
    figure = Figure()
    axes = figure.subplots()
    axes.set_title("CsPbI3")
    axes.barh([0], [1.0], label="PbI2")
    axes.set_yticks([0], ["V_Br beside Py"])
    axes.legend()
    (file,) = save(figure, tmp_path / "figure", ("svg",))
    text = file.read_text(encoding="utf-8")
    for plain in (">V_Br", "V_Br beside Py</text>", ">PbI2<", ">CsPbI3<"):
        assert plain not in text.partition("</metadata>")[2]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["V_Br beside Py"]
    assert axes.get_title() == "CsPbI3"
