"""The ledger: balance, levels and signs, with hand-computed answers."""

from fractions import Fraction

import pytest

from analysis.energies.reactions import (
    LedgerError,
    Term,
    adsorption_equation,
    check_balance,
    parse_reaction,
    passivation_equations,
    question,
    reaction_energy_eV,
)

SLAB = {"Cs": 1, "Pb": 2, "I": 5}
VACANT = {"Cs": 1, "Pb": 2, "I": 4}
GA = {"C": 1, "N": 3, "H": 6}


def both(a, b):
    return {e: a.get(e, 0) + b.get(e, 0) for e in {*a, *b}}


def term(energy, elements, charge=0, fingerprint="level"):
    return Term(energy, elements, charge, fingerprint)


def test_coefficients_are_exact():
    reaction = parse_reaction("slab -> slab.V_I + 1/2 I2")
    assert dict(reaction.coefficients) == {
        "slab": Fraction(-1),
        "slab.V_I": Fraction(1),
        "I2": Fraction(1, 2),
    }


@pytest.mark.parametrize(
    "text", ["slab", "a -> b -> c", "slab + -> b", "0 a -> b", "1/0 a -> b", "a -> a", "2a -> b; c"]
)
def test_texts_that_are_no_equation(text):
    with pytest.raises(LedgerError):
        parse_reaction(text)


def test_binding_gives_a_negative_reaction_energy():
    terms = {
        "slab": term(-100.0, SLAB),
        "GA": term(-40.0, GA),
        "slab.GA": term(-141.7, both(SLAB, GA)),
    }
    energy = reaction_energy_eV(parse_reaction("slab + GA -> slab.GA"), terms)
    assert energy == pytest.approx(-1.7)
    swapped = reaction_energy_eV(parse_reaction("slab.GA -> slab + GA"), terms)
    assert swapped == pytest.approx(+1.7)


def test_vacancy_formation_costs_half_an_iodine_molecule():
    terms = {
        "slab": term(-100.0, SLAB),
        "slab.V_I": term(-95.5, VACANT),
        "I2": term(-3.4, {"I": 2}),
    }
    energy = reaction_energy_eV(parse_reaction("slab -> slab.V_I + 1/2 I2"), terms)
    assert energy == pytest.approx(100.0 - 95.5 - 1.7)


#: Atoms and energies of made-up species; the slab loses Cs, I or gains ligands.
LEDGER = {
    "slab": term(-100.0, SLAB),
    "slab.V": term(-96.0, VACANT),
    "slab.L": term(-121.0, both(SLAB, {"N": 1})),
    "slab.M": term(-131.5, both(SLAB, {"O": 1})),
    "slab.L.M": term(-152.0, both(SLAB, {"N": 1, "O": 1})),
    "slab.L.V": term(-116.0, both(VACANT, {"N": 1})),
    "slab.GA": term(-141.7, both(SLAB, GA)),
    "slab.GAI": term(-145.5, both(SLAB, {**GA, "I": 1})),
    "slab.GAx": term(-140.0, both({"Pb": 2, "I": 5}, GA)),
    "slab.Ox": term(-128.0, both(VACANT, {"O": 1})),
    "L": term(-20.0, {"N": 1}),
    "M": term(-31.0, {"O": 1}),
    "OH": term(-33.0, {"O": 1, "H": 1}),
    "HI": term(-5.5, {"H": 1, "I": 1}),
    "GA": term(-40.0, GA),
    "GAI": term(-44.0, {**GA, "I": 1}),
    "CsI": term(-6.0, {"Cs": 1, "I": 1}),
    "I2": term(-3.4, {"I": 2}),
}


@pytest.mark.parametrize(
    ("equation", "expected", "asks"),
    [
        ("slab + L -> slab.L", -121.0 + 100.0 + 20.0, "Adsorption"),
        ("slab + L + M -> slab.L.M", -152.0 + 100.0 + 20.0 + 31.0, "Adsorption"),
        ("slab.L + slab.M -> slab.L.M + slab", -152.0 - 100.0 + 121.0 + 131.5, "Adsorption"),
        ("slab + GAI -> slab.GAI", -145.5 + 100.0 + 44.0, "Adsorption"),
        ("slab + GAI -> slab.GAx + CsI", -140.0 - 6.0 + 100.0 + 44.0, "Exchange"),
        ("slab + OH -> slab.Ox + HI", -128.0 - 5.5 + 100.0 + 33.0, "Exchange"),
        ("slab.V + GAI -> slab.GA", -141.7 + 96.0 + 44.0, "Vacancy repair"),
        ("slab -> slab.V + 1/2 I2", -96.0 - 1.7 + 100.0, "Vacancy formation"),
        ("slab.L -> slab.L.V + 1/2 I2", -116.0 - 1.7 + 121.0, "Vacancy formation"),
        ("slab.L + slab.V -> slab.L.V + slab", -116.0 - 100.0 + 121.0 + 96.0, "Vacancy transfer"),
    ],
)
def test_ledger_by_hand(equation, expected, asks):
    reaction = parse_reaction(equation)
    assert reaction_energy_eV(reaction, LEDGER) == pytest.approx(expected)
    assert question(reaction, ["V"]).startswith(asks)
    # Any two species that change places on the two sides change the answer.
    left, right = equation.split(" -> ")
    backwards = parse_reaction(f"{right} -> {left}")
    assert reaction_energy_eV(backwards, LEDGER) == pytest.approx(-expected)
    for one in left.split(" + "):
        for other in right.split(" + "):
            swapped = equation.replace(one, "@", 1).replace(other, one, 1).replace("@", other, 1)
            try:
                changed = reaction_energy_eV(parse_reaction(swapped), LEDGER)
            except LedgerError:
                continue
            assert changed != pytest.approx(expected)


def test_wrong_coefficient_is_refused_with_what_is_left_over():
    elements = {"slab": SLAB, "slab.V_I": VACANT, "I2": {"I": 2}}
    charges = dict.fromkeys(elements, 0)
    with pytest.raises(LedgerError, match=r"I \+1"):
        check_balance(parse_reaction("slab -> slab.V_I + I2"), elements, charges)


def test_missing_electron_is_refused():
    elements = {"slab": SLAB, "GA": GA, "slab.GA": both(SLAB, GA)}
    charges = {"slab": 0, "GA": 1, "slab.GA": 0}
    with pytest.raises(LedgerError, match="charge -1"):
        check_balance(parse_reaction("slab + GA -> slab.GA"), elements, charges)


def test_two_levels_are_refused():
    terms = {"A": term(-1.0, {"I": 1}), "B": term(-2.0, {"I": 1}, fingerprint="other")}
    with pytest.raises(LedgerError, match="mixes 2 levels"):
        reaction_energy_eV(parse_reaction("A -> B"), terms)


def test_equations_of_covered_slabs_count_ligands_and_faces():
    assert adsorption_equation("slab.OAm") == "slab + OAm -> slab.OAm"
    assert adsorption_equation("slab.OAm.OA") == "slab + OAm + OA -> slab.OAm.OA"
    assert adsorption_equation("slab.OAm.OAm.OA") == "slab + 2 OAm + OA -> slab.OAm.OAm.OA"
    both_faces = "slab + 2 OAm + 2 OA -> slab.OAm.OA"
    assert adsorption_equation("slab.OAm.OA", faces=2) == both_faces


def test_equations_of_passivation_by_hand():
    assert passivation_equations("s", ["A", "A.B", "A.A"], {"V": 1}) == [
        ("V beside A", "s.A + s.V -> s.A.V + s"),
        ("V beside A.B", "s.A.B + s.V -> s.A.B.V + s"),
        ("A and B together", "s.A + s.B -> s.A.B + s"),
        ("V beside A.A", "s.A.A + s.V -> s.A.A.V + s"),
    ]
