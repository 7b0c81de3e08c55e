"""Adsorption energies split into interaction and deformation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from analysis.energies.reactions import adsorption_equation
from analysis.energies.rows import adsorption_split
from analysis.result_values import SplitValues
from analysis.species_name import SpeciesName, head_of
from analysis.tables import Table, number
from slabs.structure import SURFACE_GROUP
from workflows.findings.findings import Findings
from workflows.findings.words import flag_sentences, level_words, status_words
from workflows.planning.cost import ONE_CYCLE
from workflows.planning.relaxations import SpeciesPlanner
from workflows.recipes.base import Recipe
from workflows.recipes.fragments import fragments_spec
from workflows.study.errors import StudyError
from workflows.study.model import Study


@dataclass(frozen=True)
class SplitRow:
    """The adsorption energy of one covered slab, in eV.

    Parameters
    ----------
    species
        The covered slab.
    interaction_eV
        E(whole) - sum of E(parts), all frozen; None while it is not known, as the others.
    deformation_eV
        By part, E(frozen) - E(relaxed).
    adsorption_eV
        The sum.
    flags
        Sentences on species whose relaxed structures are not what their names say.
    folder
        Folder of the task.
    status
        ``"done"``, or what is missing and why.
    """

    species: str
    interaction_eV: float | None
    deformation_eV: Mapping[str, float | None]
    adsorption_eV: float | None
    flags: tuple[str, ...]
    folder: str
    status: str


class SplitsRecipe(Recipe[tuple[str, ...], SplitRow]):
    """``[[splits]]``: the energies of the parts of covered slabs."""

    name: ClassVar[str] = "splits"
    title: ClassVar[str] = "Adsorption energies, split"

    def plan(self, planner: SpeciesPlanner) -> tuple[str, ...]:
        """Plan the fragments of each species, and everything its adsorption energy needs."""
        return tuple(
            _plan_split(planner, entry.species, f"splits.{number_}.species")
            for number_, entry in enumerate(planner.study.splits)
        )

    def evaluate(self, found: Findings) -> Sequence[SplitRow]:
        """One row per entry of the study."""
        planned = self.planned(found.plan)
        return [
            _row(found, entry.species, key)
            for entry, key in zip(found.study.splits, planned, strict=True)
        ]

    def tables(self, found: Findings) -> list[Table]:
        """One covered slab per row."""
        return [_table(found, self.rows(found))]

    def missing(self, found: Findings) -> list[str]:
        """Splits without a number."""
        return [
            f"split of {row.species}: {row.status}"
            for row in self.rows(found)
            if row.status != "done"
        ]


RECIPE = SplitsRecipe()


def _faces(study: Study, surface: str) -> int:
    return 2 if study.surfaces[surface].sides == "two" else 1


def _plan_split(planner: SpeciesPlanner, name: str, place: str) -> str:
    parents = planner.calculated(name, place)
    species = planner.species[name][0]
    spec = fragments_spec(planner, species, place)
    planner.balanced(adsorption_equation(name, _faces(planner.study, head_of(name))), place)
    if planner.builder.split(name)[2]:
        raise StudyError(f"{planner.file}: {place}: {name!r} must have no vacancies")
    iterations = ONE_CYCLE * (1 + len(spec["fragments"]))
    return planner.add(f"split {name}", "split", species, spec, parents, iterations=iterations)


def _row(found: Findings, species: str, key: str) -> SplitRow:
    name = SpeciesName.parse(species)
    faces, made = _faces(found.study, name.head), found.species
    counts = {SURFACE_GROUP: (name.head, 1)}
    counts |= {each: (each, faces * name.parts.count(each)) for each in name.parts}
    state = found.states[key]
    flags = tuple(flag for n in (species, name.head, *name.parts) for flag in made[n].flags)
    row = SplitRow(
        species,
        None,
        dict.fromkeys(counts),
        None,
        flags,
        str(state.folder),
        status_words(state.state, state.why),
    )
    references, missing = {}, []
    for group, (part, count) in counts.items():
        result = made[part].result
        if result is None:
            missing.append(f"{part} {made[part].state}")
        else:
            references[group] = count * result.energy_eV
    if missing:
        return replace(row, status=", ".join(missing))
    if state.result is None:
        return row
    fragments_eV = state.result.checked(SplitValues).fragment_energies_eV
    split = adsorption_split(fragments_eV, references)
    return replace(
        row,
        interaction_eV=split.interaction_eV,
        deformation_eV=dict(split.deformation_eV),
        adsorption_eV=split.adsorption_eV,
    )


def _table(found: Findings, rows: Sequence[SplitRow]) -> Table:
    lines = []
    for row in rows:
        ligands = [v for name, v in row.deformation_eV.items() if name != SURFACE_GROUP]
        known = [value for value in ligands if value is not None]
        lines.append(
            (
                row.species,
                number(row.interaction_eV, 3, sign=True),
                number(row.deformation_eV[SURFACE_GROUP], 3, sign=True),
                number(sum(known) if len(known) == len(ligands) else None, 3, sign=True),
                number(row.adsorption_eV, 3, sign=True),
                level_words(found.study),
                row.status,
            )
        )
    columns = (
        "Species", "Interaction / eV", "Deformation of slab / eV", "Deformation of ligands / eV",
        "dE / eV", "Level", "Status",
    )  # fmt: skip
    foot = (
        "Interaction: E(whole) - sum of E(parts), all frozen as they lie in the covered slab;"
        " deformation: E(part, frozen) - E(part, relaxed), for ligands from the box to the surface"
        " cell. Their sum dE is the adsorption energy of all ligands of the cell.",
    )
    flags = flag_sentences(flag for row in rows for flag in row.flags)
    below = ("Level", "Status")
    return Table(RECIPE.title, columns, tuple(lines), foot, below, warnings=flags)
