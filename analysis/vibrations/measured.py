"""Measured entropies of gases."""

from __future__ import annotations

from ase import Atoms

CODATA = "CODATA Key Values for Thermodynamics (1989)"
CRC = "CRC Handbook of Chemistry and Physics"
#: Standard entropies at 298.15 K and 1 bar in J/(mol K), by Hill formulas that mean one molecule.
_ENTROPIES = {
    CODATA: {
        "H2": 130.680, "N2": 191.609, "O2": 205.152, "F2": 202.791, "Cl2": 223.081,
        "Br2": 245.468, "I2": 260.687, "FH": 173.779, "ClH": 186.902, "BrH": 198.700,
        "HI": 206.590, "H2O": 188.835, "H3N": 192.77, "CO": 197.660, "CO2": 213.785,
    },
    CRC: {"CH4": 186.3, "CH5N": 242.9},
}  # fmt: skip
STANDARD_K = 298.15


def measured_entropy_J_per_mol_K(atoms: Atoms) -> tuple[float, str] | None:
    """Standard entropy of a gas at 298.15 K and 1 bar, and its source; None if not listed."""
    hill = str(atoms.symbols.formula.format("hill"))
    return next(
        ((values[hill], source) for source, values in _ENTROPIES.items() if hill in values), None
    )
