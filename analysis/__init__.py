"""Physics over finished calculations: reads results, runs nothing."""

from analysis.density import DensityDifference, load_density_difference
from analysis.dos import DensityOfStates, load_dos
from analysis.electrostatics import Electrostatics, load_electrostatics
from analysis.energies import ReactionRow, reaction_row
from analysis.reactions import LedgerError, Reaction, parse_reaction, reaction_energy_eV
from analysis.results import Result, load_result
from analysis.tables import Table, render

__all__ = [
    "DensityDifference",
    "DensityOfStates",
    "Electrostatics",
    "LedgerError",
    "Reaction",
    "ReactionRow",
    "Result",
    "Table",
    "load_density_difference",
    "load_dos",
    "load_electrostatics",
    "load_result",
    "parse_reaction",
    "reaction_energy_eV",
    "reaction_row",
    "render",
]
