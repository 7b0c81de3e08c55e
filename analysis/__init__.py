"""Physics over finished calculations: reads results, runs nothing."""

from typing import TYPE_CHECKING

from slabs.lazy import loader

if TYPE_CHECKING:
    from analysis.density.difference import DensityDifference, load_density_difference
    from analysis.dos.density_of_states import DensityOfStates, load_dos
    from analysis.electrostatics.potential import Electrostatics, load_electrostatics
    from analysis.energies.reactions import (
        LedgerError,
        Reaction,
        parse_reaction,
        reaction_energy_eV,
    )
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

__getattr__ = loader(
    __name__,
    {
        "DensityDifference": "analysis.density.difference",
        "DensityOfStates": "analysis.dos.density_of_states",
        "Electrostatics": "analysis.electrostatics.potential",
        "LedgerError": "analysis.energies.reactions",
        "Reaction": "analysis.energies.reactions",
        "ReactionRow": "analysis.energies.rows",
        "Result": "analysis.results",
        "Table": "analysis.tables",
        "load_density_difference": "analysis.density.difference",
        "load_dos": "analysis.dos.density_of_states",
        "load_electrostatics": "analysis.electrostatics.potential",
        "load_result": "analysis.results",
        "parse_reaction": "analysis.energies.reactions",
        "reaction_energy_eV": "analysis.energies.reactions",
        "reaction_row": "analysis.energies.rows",
        "render": "analysis.tables",
    },
)


def __dir__() -> list[str]:
    return __all__
