"""Polygons, reservoirs and planes of chemical potentials, against values worked out by hand."""

import numpy as np
import pytest
from scipy.optimize import linprog

from analysis.thermodynamics.chemical_potentials import stability
from analysis.thermodynamics.competing_phases import CompetingPhase, StabilityError
from analysis.thermodynamics.half_planes import area, clipped, lowest_cells, rectangle
from analysis.thermodynamics.linear_energies import Linear, combination, surface_energy
from analysis.thermodynamics.potential_plane import conditions, potential_plane
from analysis.thermodynamics.reservoirs import molecules_taken, reservoir_potential_eV
from analysis.thermodynamics.surface_free_energies import both_faces, combined_faces

#: Made up: Cs -1, Pb -3, I -2 eV per atom; formation energies -3.5, -2.5 and -6.2 eV.
PHASES = [
    CompetingPhase("CsPbI3", {"Cs": 1, "Pb": 1, "I": 3}, -16.2),
    CompetingPhase("CsI", {"Cs": 1, "I": 1}, -6.5),
    CompetingPhase("PbI2", {"Pb": 1, "I": 2}, -9.5),
    CompetingPhase("Pb", {"Pb": 1}, -3.0),
    CompetingPhase("Cs", {"Cs": 1}, -1.0),
    CompetingPhase("I2", {"I": 2}, -4.0),
]
STABLE = stability(PHASES, "CsPbI3")
HOST = ("Cs", "Pb", "I")


def corners(polygon):
    return sorted(tuple(np.round(corner, 6) + 0.0) for corner in polygon)


def plane(axes, equilibrium=(), ranges=None, fixed=None):
    return potential_plane(
        PHASES, STABLE, axes, equilibrium=equilibrium, ranges_eV=ranges or {}, fixed_eV=fixed or {}
    )


def test_a_triangle_is_cut_from_a_square():
    square = rectangle((0.0, 1.0), (0.0, 1.0))
    triangle = clipped(square, [(-1.0, 1.0, 1.0)])  # x + y <= 1
    assert corners(triangle) == [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0)]
    assert area(triangle) == pytest.approx(0.5)
    # What only touches a corner, and what lies outside, is nothing.
    for offset in (0.0, 0.1):
        assert clipped(square, [(offset, 1.0, 1.0)]).shape == (0, 2)
    # A line along an edge leaves the square as it is.
    assert corners(clipped(square, [(-1.0, 1.0, 0.0)])) == corners(square)


def test_lowest_of_three_functions():
    # 0, x and y over [-1, 1]^2: zero is lowest where both are positive; x = y divides the rest.
    square = rectangle((-1.0, 1.0), (-1.0, 1.0))
    zero, x, y = lowest_cells([(0.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)], square)
    assert corners(zero) == [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)]
    assert corners(x) == [(-1.0, -1.0), (-1.0, 1.0), (0.0, 0.0), (0.0, 1.0)]
    assert area(x) == pytest.approx(1.5)
    assert sum(map(area, (zero, x, y))) == pytest.approx(4.0)
    (never,) = lowest_cells([(0.0, 0.0, 0.0), (1.0, 0.0, 0.0)], square)[1:]
    assert never.shape == (0, 2)


def test_region_of_the_host_by_hand_and_by_a_linear_program():
    found = plane(("I", "Cs"))
    # i = 0 and i + c = -3.5 (CsI) or -3.7 (PbI2); lead metal, 6.2 + c + 3 i = 0, on the other end.
    assert corners(found.region) == [(-1.35, -2.15), (-1.25, -2.45), (0.0, -3.7), (0.0, -3.5)]
    assert found.affine_eV["Pb"] == pytest.approx((-6.2, -3.0, -1.0))
    low, high = found.window[0], found.window[2]
    assert low == pytest.approx([-1.35 - 0.135, -3.7 - 0.155])
    assert high == pytest.approx([0.135, -2.15 + 0.155])
    # Variables Cs, Pb, I; the lowest and highest of any direction lie at the same corners.
    units = [[phase.formula_unit.get(e, 0) for e in HOST] for phase in PHASES]
    formed = [STABLE.formation_energies_eV[phase.name] for phase in PHASES]
    for direction in ((1.0, 0.0), (0.0, 1.0), (0.3, -1.0), (-1.0, -0.7)):
        best = linprog(
            [direction[1], 0.0, direction[0]],
            A_ub=units[1:], b_ub=formed[1:], A_eq=units[:1], b_eq=formed[:1],
            bounds=[(None, 0)] * 3,
        )  # fmt: skip
        assert (found.region @ direction).min() == pytest.approx(best.fun)


def test_a_phase_in_equilibrium_takes_the_place_of_an_axis():
    found = plane(("I", "L"), ["CsI"], {"L": (-2.0, 0.0)})
    # Along CsI from lead metal to iodine, at any dmu of the ligand.
    assert corners(found.region) == [(-1.35, -2.0), (-1.35, 0.0), (0.0, -2.0), (0.0, 0.0)]
    assert found.affine_eV["Cs"] == pytest.approx((-3.5, -1.0, 0.0))
    assert found.affine_eV["L"] == (0.0, 0.0, 1.0)
    fixed = plane(("I", "Cs"), fixed={"L": -0.4})
    assert fixed.over(Linear(1.0, {"L": 2.0, "Pb": 1.0})) == pytest.approx((-6.0, -3.0, -1.0))


@pytest.mark.parametrize(
    ("axes", "equilibrium", "words"),
    [
        (("I", "L"), [], "the 3 chemical potentials of Cs, Pb, I need as many independent"
         " conditions; these 2 are given: CsPbI3, I"),
        (("I", "Cs"), ["CsI"], "these 4 are given: CsPbI3, CsI, I, Cs"),
        (("I", "L"), ["I2"], "these 3 are given: CsPbI3, I2, I"),
        (("I", "L"), ["Cs"], "'CsPbI3' is stable nowhere in equilibrium with Cs"),
    ],
)  # fmt: skip
def test_conditions_that_do_not_fit_are_refused(axes, equilibrium, words):
    with pytest.raises(StabilityError, match=words):
        plane(axes, equilibrium, {"L": (-2.0, 0.0)})


def test_conditions_are_phases_and_axes():
    units = {"CsPbI3": {"Cs": 1, "Pb": 1, "I": 3}, "CsI": {"Cs": 1, "I": 1}}
    assert conditions(HOST, units, ["Pb"]).tolist() == [[1, 1, 3], [1, 0, 1], [0, 1, 0]]


AMINE, ACID = {"C": 1, "N": 1, "H": 5}, {"C": 1, "H": 2, "O": 2}
HI, SALT = {"H": 1, "I": 1}, {"C": 1, "N": 1, "H": 6, "I": 1}
SLAB = {"Cs": 1, "Pb": 2, "I": 5}


@pytest.mark.parametrize(
    ("more", "reservoirs", "taken"),
    [
        ({}, {"L": AMINE}, {"L": 0}),
        ({"C": 2, "N": 2, "H": 10}, {"L": AMINE}, {"L": 2}),
        # Ammonium in place of caesium, from the salt; from the amine and HI.
        ({"C": 1, "N": 1, "H": 6, "Cs": 0}, {"S": SALT}, {"S": 1}),
        ({"C": 1, "N": 1, "H": 6, "Cs": 0}, {"L": AMINE, "HI": HI}, {"L": 1, "HI": 1}),
        # Formate in place of iodide gives its proton to the iodide.
        ({"C": 1, "H": 1, "O": 2, "I": 4}, {"A": ACID, "HI": HI}, {"A": 1, "HI": -1}),
    ],
)
def test_molecules_are_counted_by_the_elements_that_the_host_lacks(more, reservoirs, taken):
    assert molecules_taken("slab.x", SLAB | more, HOST, reservoirs) == taken


@pytest.mark.parametrize(
    ("more", "reservoirs", "words"),
    [
        ({"Mn": 1}, {}, "'slab.x' holds 1 Mn, which no whole number of molecules of a reservoir"),
        ({"C": 1, "H": 1, "O": 2}, {"A": ACID}, "holds 1 C, 1 H, 2 O, which no whole number"),
        ({}, {"L": AMINE, "S": SALT, "HI": HI}, "of L, S, HI depend on each other"),
        ({}, {"I2": {"I": 2}}, "of I2 depend on each other: beside the elements of the host they"
         " hold nothing"),
    ],
)  # fmt: skip
def test_molecules_that_cannot_be_counted_are_refused(more, reservoirs, words):
    with pytest.raises(StabilityError, match=words):
        molecules_taken("slab.x", SLAB | more, HOST, reservoirs)


def test_activity_lowers_the_chemical_potential():
    # kT at 300 K is 25.852 meV; ln 10 = 2.302585.
    assert reservoir_potential_eV(1.0, 300.0) == 0.0
    assert reservoir_potential_eV(0.1, 300.0) == pytest.approx(-0.025852 * 2.302585, abs=1e-6)
    assert reservoir_potential_eV(0.1, 300.0, -0.5) == pytest.approx(-0.559527, abs=1e-5)


def test_energy_of_both_faces_by_hand():
    molecules = {"L": (-20.0, AMINE)}
    bare = both_faces("slab", -30.0, SLAB, 40.0, taken={"L": 0}, molecules=molecules,
                      stability=STABLE)  # fmt: skip
    # -30 + 1 + 6 + 10 = -13; the same as two faces of the surface energy without molecules.
    assert bare.per_A2.constant_eV == pytest.approx(-13.0 / 40.0)
    mean = surface_energy(-30.0, SLAB, 40.0, STABLE)
    at = {"Cs": -3.0, "Pb": -0.7, "I": -0.5, "L": -0.3}
    assert bare.per_A2.at(at) == pytest.approx(2 * mean.at(at))
    covered = both_faces("slab.L", -51.0, SLAB | AMINE, 40.0, taken={"L": 1}, molecules=molecules,
                         stability=STABLE)  # fmt: skip
    more = combined_faces([(1.0, covered), (-1.0, bare)])
    # Bound by 1.0 eV; one molecule costs -0.3 eV from its reservoir.
    assert more.per_A2.at(at) == pytest.approx((-1.0 + 0.3) / 40.0)
    assert {n: round(40 * w, 9) for n, w in more.own.items() if w} == {
        "slab.L": 1.0, "slab": -1.0, "L": -1.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("area_A2", "taken", "words"),
    [(0.0, {"L": 1}, "area of a face is 0.0"), (40.0, {"L": 0}, "needs a chemical potential of C")],
)
def test_faces_without_an_energy_are_refused(area_A2, taken, words):
    with pytest.raises(StabilityError, match=words):
        both_faces("slab.L", -51.0, SLAB | AMINE, area_A2, taken=taken,
                   molecules={"L": (-20.0, AMINE)}, stability=STABLE)  # fmt: skip


def test_combination_of_linear_energies():
    found = combination([(2.0, Linear(1.0, {"I": 1.0})), (-1.0, Linear(0.5, {"I": 2.0, "L": 3.0}))])
    assert (found.constant_eV, found.coefficients) == (1.5, {"I": 0.0, "L": -3.0})
