"""Ligands and point defects on surfaces of halide perovskites: all public names in one place.

Structures come from `slabs`, results from `analysis`, studies from `workflows`. A name is loaded
when it is used; none of them loads GPAW.
"""

from typing import TYPE_CHECKING, Any

import analysis
import slabs
import workflows
from slabs.lazy import loader

if TYPE_CHECKING:
    from analysis import (
        DensityDifference,
        DensityOfStates,
        Electrostatics,
        LedgerError,
        Reaction,
        ReactionRow,
        Result,
        Table,
        load_density_difference,
        load_dos,
        load_electrostatics,
        load_result,
        parse_reaction,
        reaction_energy_eV,
        reaction_row,
        render,
    )
    from slabs import (
        CATALOGUE,
        SITES,
        Adsorbate,
        DefectStart,
        DoesNotFitError,
        InputError,
        Ligand,
        Mixing,
        Search,
        Structure,
        adsorb,
        build_slab,
        cation_radius_for,
        closest_contact,
        conjugate_acid,
        distinct_vacancies,
        face_places,
        find_sites,
        in_box,
        interstices,
        ion_pair,
        layer_compositions,
        make_defect,
        make_ligand,
        operations,
        perovskite,
        prototype_crystal,
        prototype_source,
        read_crystal,
        remove_atom,
        stoichiometry_words,
        structure_metrics,
        tolerance_factor,
        write_picture,
        write_structure,
    )
    from workflows import (
        Findings,
        Plan,
        Study,
        StudyError,
        document,
        export_study,
        load_study,
        make_plan,
        run_plan,
        tables,
        task_states,
    )

    __version__: str

__all__ = [
    "CATALOGUE",
    "SITES",
    "Adsorbate",
    "DefectStart",
    "DensityDifference",
    "DensityOfStates",
    "DoesNotFitError",
    "Electrostatics",
    "Findings",
    "InputError",
    "LedgerError",
    "Ligand",
    "Mixing",
    "Plan",
    "Reaction",
    "ReactionRow",
    "Result",
    "Search",
    "Structure",
    "Study",
    "StudyError",
    "Table",
    "__version__",
    "adsorb",
    "build_slab",
    "cation_radius_for",
    "closest_contact",
    "conjugate_acid",
    "distinct_vacancies",
    "document",
    "export_study",
    "face_places",
    "find_sites",
    "in_box",
    "interstices",
    "ion_pair",
    "layer_compositions",
    "load_density_difference",
    "load_dos",
    "load_electrostatics",
    "load_result",
    "load_study",
    "make_defect",
    "make_ligand",
    "make_plan",
    "operations",
    "parse_reaction",
    "perovskite",
    "prototype_crystal",
    "prototype_source",
    "reaction_energy_eV",
    "reaction_row",
    "read_crystal",
    "remove_atom",
    "render",
    "run_plan",
    "stoichiometry_words",
    "structure_metrics",
    "tables",
    "task_states",
    "tolerance_factor",
    "write_picture",
    "write_structure",
]

_PACKAGES = {name: each.__name__ for each in (analysis, slabs, workflows) for name in each.__all__}
_load = loader(__name__, _PACKAGES)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("passivant")
    return _load(name)


def __dir__() -> list[str]:
    return __all__
