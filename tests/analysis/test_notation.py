"""Symbols and units in text, in headers of CSV files and in LaTeX."""

import pytest

from analysis.notation import csv_name, latex_text, readable, split_unit


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("E_b / eV", "binding_energy_eV"),
        ("Energy, D3(BJ) without Cs / eV", "energy_d3_bj_without_cs_eV"),
        ("Coverage / nm^-2", "coverage_per_nm2"),
        ("gamma, I-poor / J m^-2", "surface_energy_i_poor_J_per_m2"),
        ("dmu Cs / eV", "chemical_potential_cs_eV"),
        ("|m| / mu_B", "absolute_moment_muB"),
        ("E - E_min / eV", "energy_above_lowest_eV"),
        ("Lattice constant / A", "lattice_constant_A"),
        ("k-points", "k_points"),
    ],
)
def test_headers_become_snake_case_with_the_unit_at_the_end(header, name):
    assert csv_name(header) == name


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Cell / A", "Cell / Å"),
        ("OAm: Pb-N / A", "OAm: Pb-N / Å"),
        ("0.9 eV/A, 3.15 A deep, 1.89 eA", "0.9 eV/Å, 3.15 Å deep, 1.89 e Å"),
        ("2.53 nm^-2, 0.3 J m^-2", "2.53 nm⁻², 0.3 J m⁻²"),
        # Neither a site, nor an area, nor a name, nor a key of a study file.
        ("replaces an ion (A-site), 2 A-site ions", "replaces an ion (A-site), 2 A-site ions"),
        ("-e mu / (eps0 A), 2A, 'A and B'", "-e mu / (eps0 A), 2A, 'A and B'"),
        ("a larger molecule_vacuum_A", "a larger molecule_vacuum_A"),
        ("slab + 2 A -> slab.A", "slab + 2 A -> slab.A"),
        ("2 A + slab -> slab.A + 2 A", "2 A + slab -> slab.A + 2 A"),
        ("Sn2+ 1.10 A", "Sn2+ 1.10 Å"),
    ],
)
def test_units_are_those_of_readers(text, shown):
    assert readable(text) == shown


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("E_b", r"$E_\mathrm{b}$"),
        (
            "slab + 1/2 I2 -> slab.V_I",
            r"slab + $^1\!/_2$ I$_{2}$ $\rightarrow$ slab.V$_\mathrm{I}$",
        ),
        ("C18H38N+ and I-, 2.5 nm^-2", r"C$_{18}$H$_{38}$N$^{+}$ and I$^{-}$, 2.5 nm$^{-2}$"),
        ("|m|: x < 1 & |dn|", r"$|m|$: x $<$ 1 \& $|\Delta n|$"),
        ("15 deg, 3.15 A", r"15$^\circ$, 3.15~\AA{}"),
        (
            "-0.5 to -0.4; dE = -E_b; a - b",
            r"$-$0.5 to $-$0.4; $\Delta E$ = $-$$E_\mathrm{b}$; a $-$ b",
        ),
        # Words that only look like formulas or symbols.
        ("PBE-D3(BJ), HSE06, D4, I-poor", "PBE-D3(BJ), HSE06, D4, I-poor"),
        ("molecule_vacuum_A: B-X-B", r"molecule\_vacuum\_A: B-X-B"),
        ("'without Cs'", "`without Cs'"),
        ("d12 against the crystal / %", r"d12 against the crystal / \%"),
        ("mean B-X-B / deg^2", r"mean B-X-B ($^{\circ 2}$)"),
    ],
)
def test_latex_sets_symbols_formulas_and_signs(text, latex):
    assert latex_text(text) == latex


def test_only_known_units_are_split_from_headers():
    assert split_unit("Force / eV/A") == ("Force", "eV/A")
    assert split_unit("n / a") == ("n / a", "")
