"""Sign conventions of tables: binding, formation and reaction energies."""

from __future__ import annotations

from analysis.energies.rows import ReactionRow

SIGNS = (
    "dE = E(products) - E(reactants), at the coefficients of the equation. Binding energy E_b ="
    " -dE: positive if bound. Formation energy E_f = dE: positive if it costs energy."
)
#: By the quantity of a reaction its sign against dE and its name in headings.
_QUANTITIES = {
    "binding": (-1.0, "binding energy E_b"),
    "formation": (1.0, "formation energy E_f"),
    "reaction": (1.0, "reaction energy dE"),
}


def quantity_words(row: ReactionRow) -> str:
    """Name and symbol of the energy that tables show for a reaction."""
    return _QUANTITIES[row.quantity][1]


def signed_eV(row: ReactionRow, reaction_energy_eV: float | None) -> float | None:
    """A reaction energy dE in the sign convention of a row, in eV."""
    sign = _QUANTITIES[row.quantity][0]
    return None if reaction_energy_eV is None else sign * reaction_energy_eV


def published_eV(row: ReactionRow) -> float | None:
    """The published value in the sign convention of a row, in eV."""
    if row.published is None:
        return None
    given_as = -1.0 if row.published.quantity == "binding" else 1.0
    return signed_eV(row, given_as * row.published.value_eV)


def difference_eV(row: ReactionRow) -> float | None:
    """Energy minus published value in the sign convention of a row, in eV."""
    own, given = signed_eV(row, row.reaction_energy_eV), published_eV(row)
    return None if own is None or given is None else own - given
