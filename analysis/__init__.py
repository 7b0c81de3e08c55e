"""Physics over finished calculations: reads results, runs nothing."""

from analysis.density.difference import DensityDifference, load_density_difference
from analysis.dos.density_of_states import DensityOfStates, load_dos
from analysis.electrostatics.potential import Electrostatics, load_electrostatics
from analysis.energies.reactions import LedgerError, Reaction, parse_reaction, reaction_energy_eV
from analysis.energies.rows import ReactionRow, reaction_row
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
