"""Regions of stability and energies over them, against numbers worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from analysis.energies.figures import plot_over_chemical_potential
from analysis.style import COLOURS, FORMATS, save
from analysis.thermodynamics.chemical_potentials import stability
from analysis.thermodynamics.competing_phases import CompetingPhase, StabilityError
from analysis.thermodynamics.linear_energies import (
    EV_PER_A2_IN_J_PER_M2,
    Linear,
    formation_energy,
    surface_energy,
)

# References: Cs -1, Pb -3, I -2 eV per atom (the molecule is 0.2 eV per I2 above the solid).
CS = CompetingPhase("Cs", {"Cs": 2}, -2.0)
PB = CompetingPhase("Pb", {"Pb": 1}, -3.0)
I2 = CompetingPhase("I2", {"I": 8}, -16.0)
MOLECULE = CompetingPhase("I2 molecule", {"I": 2}, -3.8)
# Formation energies per formula unit: CsI -3.5, PbI2 -2.5, Cs4PbI6 -17.3, alpha -6.5.
CSI = CompetingPhase("CsI", {"Cs": 1, "I": 1}, -6.5)
PBI2 = CompetingPhase("PbI2", {"Pb": 1, "I": 2}, -9.5)
CS4PBI6 = CompetingPhase("Cs4PbI6", {"Cs": 4, "Pb": 1, "I": 6}, -36.3)
ALPHA = CompetingPhase("alpha", {"Cs": 1, "Pb": 1, "I": 3}, -16.5)
COMPETING = (CS, MOLECULE, PB, I2, CSI, PBI2, CS4PBI6)
PHASES = (*COMPETING, ALPHA)
# With x, y, z the dmu of Cs, Pb, I and s = y + 2 z, the host demands x + y + 3 z = -6.5, so
# x = -6.5 - s - z. Then
#   PbI2 does not form while s <= -2.5,
#   Cs4PbI6 does not while 4 x + y + 6 z = -26 - 3 s <= -17.3, or s >= -2.9,
#   CsI would only form below s = -3,
#   z <= 0, and y = s - 2 z <= 0, or z >= s / 2; x < 0 follows.
# The corners of -2.9 <= s <= -2.5, s / 2 <= z <= 0:
CORNERS = {
    ("I2", "PbI2"): (-4.0, -2.5, 0.0),
    ("I2", "Cs4PbI6"): (-3.6, -2.9, 0.0),
    ("Pb", "PbI2"): (-2.75, 0.0, -1.25),
    ("Pb", "Cs4PbI6"): (-2.15, 0.0, -1.45),
}
REGION = stability(PHASES, "alpha")


def corners(region):
    return dict(zip(region.neighbours, region.corners_eV, strict=True))


def test_region_of_a_ternary_host_is_the_one_worked_out_by_hand():
    assert REGION.elements == ("Cs", "Pb", "I")
    assert REGION.references == {"Cs": "Cs", "Pb": "Pb", "I": "I2"}
    assert REGION.references_eV == pytest.approx({"Cs": -1.0, "Pb": -3.0, "I": -2.0})
    assert corners(REGION).keys() == CORNERS.keys()
    for neighbours, corner in CORNERS.items():
        assert corners(REGION)[neighbours] == pytest.approx(corner)
    assert REGION.potentials_eV("Pb") == pytest.approx(REGION.corners_eV[:, 1])
    assert REGION.notes == ()


def test_formation_energies_and_distances_from_the_hull_per_formula_unit():
    expected = {"Cs": 0, "Pb": 0, "I2": 0, "CsI": -3.5, "PbI2": -2.5, "Cs4PbI6": -17.3}
    expected |= {"I2 molecule": 0.2, "alpha": -6.5}
    assert REGION.formation_energies_eV == pytest.approx(expected)
    above = dict.fromkeys(expected, 0.0) | {"I2 molecule": 0.2}
    assert REGION.above_hull_eV == pytest.approx(above, abs=1e-9)


def test_decomposition_into_what_lies_lowest():
    # 1/4 (-17.3) + 3/4 (-2.5) = -6.2 lies below CsI + PbI2 at -6.0.
    assert REGION.decomposition == "1/4 Cs4PbI6 + 3/4 PbI2"
    assert REGION.decomposition_energy_eV == pytest.approx(-0.3)
    simple = stability((CS, PB, I2, CSI, PBI2, ALPHA), "alpha")
    assert simple.decomposition == "CsI + PbI2"
    assert simple.decomposition_energy_eV == pytest.approx(-0.5)
    alone = stability((CS, PB, I2, ALPHA), "alpha")
    assert alone.decomposition == "Cs + 3/2 I2 + Pb"
    assert alone.decomposition_energy_eV == pytest.approx(-6.5)
    # With elements only, each in turn takes all of the formation energy.
    assert np.sort(alone.corners_eV, axis=0) == pytest.approx(
        np.array([[-6.5, -6.5, -6.5 / 3], [0, 0, 0], [0, 0, 0]])
    )


def test_unstable_host_has_a_positive_distance_and_no_region():
    region = stability((*COMPETING, replace(ALPHA, energy_eV=-16.0)), "alpha")
    assert region.decomposition_energy_eV == pytest.approx(+0.2)  # -6.0 over -6.2
    assert region.above_hull_eV["alpha"] == pytest.approx(+0.2)
    assert region.decomposition == "1/4 Cs4PbI6 + 3/4 PbI2"
    assert region.corners_eV.shape == (0, 3)
    assert region.neighbours == ()
    message = r"'alpha' is stable at no .* 1/4 Cs4PbI6 \+ 3/4 PbI2 is 0\.200 eV lower"
    for ask in (
        lambda: region.potentials_eV("I"),
        lambda: Linear(1.0, {}).extremes(region),
        lambda: Linear(1.0, {"I": 1.0}).band(region, "I", np.zeros(1)),
        lambda: plot_over_chemical_potential({}, region, "I", ""),
    ):
        with pytest.raises(StabilityError, match=message):
            ask()


def test_a_phase_above_the_hull_sets_no_limit():
    extra = CompetingPhase("CsPb2I5", {"Cs": 2, "Pb": 4, "I": 10}, 2 * (-17.0 - 8.9))
    region = stability((*PHASES, extra), "alpha")
    # CsPbI3 + PbI2 lies at -9.0.
    assert region.above_hull_eV["CsPb2I5"] == pytest.approx(+0.1)
    assert region.corners_eV == pytest.approx(REGION.corners_eV)


def test_polymorphs_are_reported_and_take_no_part():
    lower = CompetingPhase("delta", {"I": 12, "Pb": 4, "Cs": 4}, 4 * -16.6)
    higher = replace(ALPHA, name="beta", energy_eV=-16.3)
    region = stability((lower, *PHASES, higher), "alpha")
    assert region.polymorph_energies_eV == pytest.approx({"delta": -0.1, "beta": +0.2})
    assert region.corners_eV == pytest.approx(REGION.corners_eV)
    assert region.neighbours == REGION.neighbours
    assert region.above_hull_eV["delta"] == pytest.approx(-0.1)
    assert region.above_hull_eV["beta"] == pytest.approx(+0.2)
    assert region.notes == (
        "'delta' is 0.100 eV lower per formula unit than 'alpha'; the stability region holds "
        "for the host as long as it does not transform",
    )
    assert stability((lower, *PHASES), "delta").decomposition_energy_eV == pytest.approx(-0.4)


def test_a_host_on_the_hull_of_others_has_no_region_and_an_equal_polymorph_no_note():
    # (Cs4PbI6 + 3 PbI2) / 4 lies at (-17.3 - 7.5) / 4 = -6.2 eV.
    border = stability((*COMPETING, replace(ALPHA, energy_eV=-16.2)), "alpha")
    assert border.decomposition_energy_eV == pytest.approx(0.0, abs=1e-9)
    assert border.corners_eV.shape == (0, 3)
    twin = stability((*PHASES, replace(ALPHA, name="twin")), "alpha")
    assert twin.polymorph_energies_eV == pytest.approx({"twin": 0.0})
    assert twin.notes == ()


def test_cell_size_reference_level_and_order_change_nothing():
    shift_eV = {"Cs": -500.0, "Pb": 20000.0, "I": -7000.0}
    phases = [
        CompetingPhase(
            p.name,
            {e: 3 * n for e, n in reversed(p.elements.items())},
            3 * (p.energy_eV + sum(n * shift_eV[e] for e, n in p.elements.items())),
        )
        for p in reversed(PHASES)
    ]
    region = stability(phases, "alpha")
    assert region.elements == ("I", "Pb", "Cs")  # as the host lists them
    found = {frozenset(names): corner[::-1] for names, corner in corners(region).items()}
    for neighbours, corner in CORNERS.items():
        assert found[frozenset(neighbours)] == pytest.approx(corner, abs=1e-6)


def test_region_of_a_binary_host():
    # CsI3 at -3.8: x + 3 z <= -3.8 with x = -3.5 - z gives z <= -0.15.
    csi3 = CompetingPhase("CsI3", {"Cs": 1, "I": 3}, -7.0 - 3.8)
    region = stability((CS, I2, CSI, csi3), "CsI")
    assert region.corners_eV == pytest.approx(np.array([[-3.35, -0.15], [0.0, -3.5]]))
    assert region.neighbours == (("CsI3",), ("Cs",))
    # 1/3 CsI3 + 2/3 Cs: -3.8 / 3
    assert region.decomposition == "2/3 Cs + 1/3 CsI3"
    assert region.decomposition_energy_eV == pytest.approx(-3.5 + 3.8 / 3)
    lower, upper = Linear(0.0, {"Cs": 1.0}).band(region, "I", np.array([-1.0]))
    assert lower == upper == pytest.approx([-2.5])


def test_more_phases_than_elements_meet_at_one_corner():
    # PbI4 at -2.5: y + 4 z <= -2.5 only touches the corner z = 0, y = -2.5.
    pbi4 = CompetingPhase("PbI4", {"Pb": 1, "I": 4}, -11.0 - 2.5)
    region = stability((*PHASES, pbi4), "alpha")
    assert region.corners_eV == pytest.approx(REGION.corners_eV)
    assert region.neighbours[0] == ("I2", "PbI2", "PbI4")


def test_potentials_of_a_foreign_element_are_refused():
    with pytest.raises(StabilityError, match="holds Cs, Pb, I and no Br"):
        REGION.potentials_eV("Br")


@pytest.mark.parametrize(
    ("phases", "host", "message"),
    [
        ((CS, I2, CSI, PBI2, ALPHA), "alpha", "no elemental phase of Pb .* for 'alpha'"),
        (PHASES, "gamma", "'gamma' is not among the phases Cs, "),
        (PHASES, "Pb", "'Pb' is an element"),
        ((*PHASES, PB), "alpha", "two phases have the name 'Pb'"),
        (
            (*PHASES, CompetingPhase("GAI", {"C": 1, "I": 1}, 0.0)),
            "alpha",
            "'GAI' holds C, which 'alpha'",
        ),
    ],
)
def test_phases_that_do_not_suffice_are_refused(phases, host, message):
    with pytest.raises(StabilityError, match=message):
        stability(phases, host)


@pytest.mark.parametrize(
    ("elements", "energy", "message"),
    [
        ({}, 0.0, "'x' needs at least one atom"),
        ({"Cs": 1, "I": 0}, 0.0, "'x' needs at least one atom"),
        ({"Cs": 1}, float("nan"), "'x' has the energy nan eV"),
    ],
)
def test_impossible_phases_are_refused(elements, energy, message):
    with pytest.raises(StabilityError, match=message):
        CompetingPhase("x", elements, energy)


def test_iodine_vacancy_follows_the_chemical_potential_of_iodine():
    vacancy = formation_energy(-95.0, -100.0, {"I": 1}, REGION)  # 5 - 2 + z
    rich, poor = {"I": 0.0}, {"I": REGION.potentials_eV("I").min()}
    assert vacancy.at(rich) == pytest.approx(3.0)
    assert vacancy.at(poor) == pytest.approx(3.0 - 1.45)
    assert vacancy.extremes(REGION) == pytest.approx((1.55, 3.0))
    dmu = np.array([-1.4, -0.7, 0.0])
    assert vacancy.band(REGION, "I", dmu) == (pytest.approx(3.0 + dmu), pytest.approx(3.0 + dmu))


def test_antisite_adds_one_atom_and_removes_another():
    # Pb on Cs: -103 + 100, plus Cs at -1 + x, minus Pb at -3 + y: -1 + x - y.
    antisite = formation_energy(-103.0, -100.0, {"Cs": 1, "Pb": -1}, REGION)
    assert antisite.at({"Cs": 0.0, "Pb": 0.0}) == pytest.approx(-1.0)
    # x - y at the corners: -1.5, -0.7, -2.75, -2.15
    assert antisite.extremes(REGION) == pytest.approx((-3.75, -1.7))


def test_band_is_the_cut_through_the_region():
    # x = -6.5 - s - z with s from -2.9 to the smaller of -2.5 and 2 z.
    lower, upper = Linear(10.0, {"Cs": 1.0}).band(
        REGION, "I", np.array([-1.5, -1.45, -1.35, -1.25, -0.5, 0.0, 0.1])
    )
    nan = np.nan
    assert lower == pytest.approx([nan, 7.85, 7.55, 7.25, 6.5, 6.0, nan], nan_ok=True)
    assert upper == pytest.approx([nan, 7.85, 7.75, 7.65, 6.9, 6.4, nan], nan_ok=True)


@pytest.mark.parametrize("seed", range(8))
def test_bands_agree_with_linear_programming_on_four_elements(seed):
    rng = np.random.default_rng(seed)
    elements = ("Cs", "Pb", "I", "Br")
    host = CompetingPhase("host", dict(zip(elements, (1, 1, 2, 1), strict=True)), -7.0)
    phases = [CompetingPhase(e, {e: 1}, 0.0) for e in elements]
    while len(phases) < 14:
        counts = rng.integers(0, 4, size=4)
        if np.count_nonzero(counts) > 1 and tuple(counts) != (1, 1, 2, 1):
            present = {e: int(n) for e, n in zip(elements, counts, strict=True) if n}
            energy = -1.2 * sum(present.values()) * rng.uniform(0.3, 1.0)
            phases.append(CompetingPhase(f"phase {len(phases)}", present, energy))
    region = stability([*phases, host], "host")
    energy = Linear(2.0, dict(zip(elements, rng.normal(size=4), strict=True)))
    gradient = [energy.coefficients[e] for e in elements]

    def extreme(sign, bounds):
        found = linprog(
            sign * np.array(gradient),
            A_ub=[[p.elements.get(e, 0) for e in elements] for p in phases],
            b_ub=[p.energy_eV for p in phases],
            A_eq=[[host.elements[e] for e in elements]],
            b_eq=[host.energy_eV],
            bounds=bounds,
        )
        return 2.0 + sign * found.fun

    free = [(None, None)] * 4
    assert energy.extremes(region) == pytest.approx((extreme(1, free), extreme(-1, free)))
    ends_eV = region.potentials_eV("I").min(), region.potentials_eV("I").max()
    values = np.linspace(*ends_eV, 7)[1:-1]
    lower, upper = energy.band(region, "I", values)
    for value, low, high in zip(values, lower, upper, strict=True):
        cut = [*free[:2], (value, value), free[3]]
        assert (low, high) == pytest.approx((extreme(1, cut), extreme(-1, cut)))


# Symmetric slabs of three layers on 40 A^2; together three formula units of the host.
PBI2_SLAB = surface_energy(-25.0, {"Cs": 1, "Pb": 2, "I": 5}, 40.0, REGION)
CSI_SLAB = surface_energy(-22.0, {"Cs": 2, "Pb": 1, "I": 4}, 40.0, REGION)


def test_surface_energies_of_two_terminations():
    # PbI2: -25 + 17 - (x + 2 y + 5 z) = -8 + 6.5 - s; CsI: -22 + 13 - (2 x + y + 4 z) = 4 + s.
    for dmu in CORNERS.values():
        at = dict(zip(REGION.elements, dmu, strict=True))
        s = at["Pb"] + 2 * at["I"]
        assert PBI2_SLAB.at(at) == pytest.approx((-1.5 - s) / 80)
        assert CSI_SLAB.at(at) == pytest.approx((4.0 + s) / 80)
        assert PBI2_SLAB.at(at) + CSI_SLAB.at(at) == pytest.approx(2.5 / 80)
    assert PBI2_SLAB.extremes(REGION) == pytest.approx((1.0 / 80, 1.4 / 80))
    assert CSI_SLAB.extremes(REGION) == pytest.approx((1.1 / 80, 1.5 / 80))


def test_a_stoichiometric_slab_has_one_surface_energy():
    # -32 for two formula units at -16.5: 1 eV on 2 x 25 A^2, 0.02 eV/A^2 or 0.32 J/m^2.
    slab = surface_energy(-32.0, {"Cs": 2, "Pb": 2, "I": 6}, 25.0, REGION)
    assert slab.extremes(REGION) == pytest.approx((0.02, 0.02))
    # 1.602177e-19 J on 1e-20 m^2
    assert pytest.approx(16.02177, rel=1e-6) == EV_PER_A2_IN_J_PER_M2


def test_energies_of_foreign_elements_are_refused():
    with pytest.raises(StabilityError, match="the slab needs a chemical potential of C, N"):
        surface_energy(-9.0, {"Cs": 1, "N": 1, "C": 1}, 40.0, REGION)
    with pytest.raises(StabilityError, match=r"the area of a face is -1\.0 A\^2"):
        surface_energy(-9.0, {"Cs": 1}, -1.0, REGION)
    with pytest.raises(StabilityError, match="the defect needs a chemical potential of Br"):
        formation_energy(-9.0, -9.0, {"I": 1, "Br": -1}, REGION)
    with pytest.raises(StabilityError, match="the energy needs a chemical potential of Br"):
        Linear(1.0, {"Br": 1.0}).extremes(REGION)


def test_plot_draws_the_bands_inside_the_region(tmp_path):
    figure = plot_over_chemical_potential(
        {"PbI2 face": PBI2_SLAB, "CsI face": CSI_SLAB},
        REGION,
        "I",
        "Faces of alpha",
        quantity="surface energy / J m$^{-2}$",
        factor=EV_PER_A2_IN_J_PER_M2,
    )
    starts = [file.read_bytes()[:5] for file in save(figure, tmp_path / "faces", FORMATS)]
    assert starts == [b"%PDF-", b"<?xml", b"\x89PNG\r"]
    (axis,) = figure.axes
    assert axis.get_xlim() == pytest.approx((-1.45, 0.0))
    assert axis.get_xlabel() == r"$\Delta\mu_\mathrm{I}$ / eV"
    assert axis.get_ylabel() == "surface energy / J m$^{-2}$"
    assert [text.get_text() for text in axis.texts] == ["I-poor", "I-rich"]
    assert [text.get_text() for text in axis.get_legend().texts] == ["PbI2 face", "CsI face"]
    lower, upper = axis.lines[:2]
    assert lower.get_color() == upper.get_color() == COLOURS[0]
    assert lower.get_xdata() == pytest.approx([-1.45, -1.25, 0.0])
    assert lower.get_ydata() == pytest.approx(16.02177 / 80 * np.array([1.4, 1.0, 1.0]))
    assert upper.get_ydata() == pytest.approx(16.02177 / 80 * np.array([1.4, 1.4, 1.4]))
