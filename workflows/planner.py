"""From a study to its plan: every recipe adds the tasks that it needs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from workflows.planning.plan import Plan
from workflows.planning.relaxations import SpeciesPlanner
from workflows.recipes.registry import recipes
from workflows.species.ahead import build_ahead
from workflows.species.builder import SpeciesBuilder
from workflows.species.store import STRUCTURES_FILE, load_species
from workflows.store import record_folder
from workflows.study.datasets import dataset_folders, missing_datasets
from workflows.study.errors import StudyError
from workflows.study.file import load_study
from workflows.study.level import BORROWED_DATASETS
from workflows.study.ligand_list import list_texts
from workflows.study.model import Study


def make_plan(
    file: Path, results: Path | None = None, tell: Callable[[str], None] = lambda name: None
) -> Plan:
    """Read a study file and plan it; nothing is written.

    Parameters
    ----------
    file
        Study file.
    results
        Results folder; structures that were built for a run of this very study are taken
        from there.
    tell
        Called with the name of each species before it is built.

    Raises
    ------
    StudyError
        If the file is not a study, a structure cannot be built, or a reaction is not
        balanced.
    """
    study, text = load_study(file)
    stored = None
    if results is not None:
        record = record_folder(file, text, list_texts(text, file), results)
        stored = load_species(record / STRUCTURES_FILE, study, text, file.parent)
    built, refused = stored or (None, None)
    builder = SpeciesBuilder(study, file, built, tell, refused)
    build_ahead(builder, study, text, file)
    return plan_study(study, text, file, builder)


def plan_study(study: Study, text: str, file: Path, builder: SpeciesBuilder | None = None) -> Plan:
    """Plan a validated study; see `make_plan`.

    A builder of a study that differs only in its level has built the same structures.
    """
    builder = builder or SpeciesBuilder(study, file)
    planner = SpeciesPlanner(study, file, builder)
    planned = {recipe.name: recipe.plan(planner) for recipe in recipes()}
    if not planner.tasks:
        raise StudyError(
            f"{file}: the study asks for no calculation; give [[reactions]],"
            " or name the structures to be built: passivant build STUDY slab"
        )
    _check_datasets(planner)
    return Plan(
        file,
        text,
        list_texts(text, file),
        study,
        planner.species,
        planner.tasks,
        planner.screen_keys,
        planner.relax_keys,
        planner.first_keys,
        planner.species_keys,
        builder.built,
        builder.refused,
        planned,
    )


def _check_datasets(planner: SpeciesPlanner) -> None:
    """Refuse elements that GPAW has no dataset for; their tasks could only fail."""
    study = planner.study
    levels = (study.level, study.single_point, study.screening)
    functionals = dict.fromkeys(level.functional for level in levels if level is not None)
    for name, made in planner.species.items():
        for functional in functionals:
            missing = missing_datasets(made[0].structure.atoms.symbols, functional)
            if missing:
                own = BORROWED_DATASETS.get(functional, functional)
                folders = ", ".join(map(str, dataset_folders()))
                raise StudyError(
                    f"{planner.file}: {name} contains {missing[0]}, for which GPAW has no PAW"
                    f" dataset of {own}; looked for in {folders}"
                )
