"""Reaction energies without and with spin-orbit coupling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from analysis.energies.reactions import Reaction, parse_reaction
from analysis.energies.rows import reaction_row
from analysis.result_values import SpinOrbitValues
from analysis.tables import Table, number
from workflows.findings.findings import Findings
from workflows.findings.words import flag_sentences, level_words
from workflows.planning.relaxations import SpeciesPlanner
from workflows.recipes.base import Recipe

if TYPE_CHECKING:
    from workflows.dft.kinds.spin_orbit import SpinOrbitSpec


@dataclass(frozen=True)
class SpinOrbitRow:
    """One reaction, energies in eV, None while they are not known.

    Parameters
    ----------
    name
        Name of the reaction.
    reaction_energy_eV
        dE without spin-orbit coupling.
    change_eV
        What the coupling adds to it.
    with_spin_orbit_eV
        The sum.
    flags
        Sentences on species whose relaxed structures are not what their names say.
    status
        ``"done"``, or what is missing and why.
    """

    name: str
    reaction_energy_eV: float | None
    change_eV: float | None
    with_spin_orbit_eV: float | None
    flags: tuple[str, ...]
    status: str


class SpinOrbitChecksRecipe(Recipe[Mapping[str, str], SpinOrbitRow]):
    """``[[spin_orbit_checks]]``: the size of the effect, for reactions of the study."""

    name: ClassVar[str] = "spin_orbit_checks"
    title: ClassVar[str] = "Spin-orbit coupling"
    chapter: ClassVar[str] = "reliability"

    def plan(self, planner: SpeciesPlanner) -> Mapping[str, str]:
        """Plan the coupling of all species of the reactions; returns its keys by species."""
        keys = {}
        for check in planner.study.spin_orbit_checks:
            for name in _reaction(planner, check.reaction).species:
                species, parents = planner.species[name][0], planner.species_keys[name]
                # The operator is part of what decides the result; see spin_orbit_states.
                spec: SpinOrbitSpec = {
                    **planner.specs.single_point(species, keep_moment=False),
                    "operator": "Koelling-Harmon",
                }
                keys[name] = planner.add(f"spin-orbit {name}", "spin-orbit", species, spec, parents)
        return keys

    def evaluate(self, found: Findings) -> Sequence[SpinOrbitRow]:
        """One row per entry of the study."""
        reactions = {entry.name: parse_reaction(entry.equation) for entry in found.study.reactions}
        return [
            self._row(found, check.reaction, reactions[check.reaction])
            for check in found.study.spin_orbit_checks
        ]

    def _row(self, found: Findings, name: str, reaction: Reaction) -> SpinOrbitRow:
        row = reaction_row(name, reaction, found.species)
        keys, change, open_ = self.planned(found.plan), 0.0, []
        for species, coefficient in reaction.coefficients:
            state = found.states[keys[species]]
            if state.result is None:
                open_.append(f"{state.task.label} {state.state}")
            else:
                change += float(coefficient) * state.result.checked(SpinOrbitValues).spin_orbit_eV
        scalar = row.reaction_energy_eV
        return SpinOrbitRow(
            name,
            scalar,
            None if open_ else change,
            None if open_ or scalar is None else scalar + change,
            row.flags,
            row.status if row.status != "done" else ", ".join(open_) or "done",
        )

    def tables(self, found: Findings) -> list[Table]:
        """One reaction per row."""
        rows = self.rows(found)
        lines = [
            (
                row.name,
                number(row.reaction_energy_eV, 3, sign=True),
                number(row.with_spin_orbit_eV, 3, sign=True),
                number(row.change_eV, 3, sign=True),
                level_words(found.study),
                row.status,
            )
            for row in rows
        ]
        columns = ("Reaction", "dE / eV", "dE with SOC / eV", "Change / eV", "Level", "Status")
        foot = (
            "Spin-orbit coupling (SOC) by perturbation at the same density and structure, in as"
            " many bands as the atoms have bound valence orbitals; a check of its size, good to"
            " about 0.1 eV.",
        )
        flags = flag_sentences(flag for row in rows for flag in row.flags)
        below = ("Level", "Status")
        return [Table(self.title, columns, tuple(lines), foot, below, warnings=flags)]

    def missing(self, found: Findings) -> list[str]:
        """Checks without a number."""
        return [
            f"spin-orbit {row.name}: {row.status}"
            for row in self.rows(found)
            if row.status != "done"
        ]


def _reaction(planner: SpeciesPlanner, name: str) -> Reaction:
    (entry,) = (entry for entry in planner.study.reactions if entry.name == name)
    return parse_reaction(entry.equation)


RECIPE = SpinOrbitChecksRecipe()
