"""Reactions behind the energies over the coverage, and their species."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.energies.reactions import ARROW, Reaction, adsorption_equation
from analysis.species_name import SpeciesName
from workflows.planning.relaxations import SpeciesPlanner
from workflows.study.coverage_table import CoverageEntry
from workflows.study.errors import StudyError


@dataclass(frozen=True, eq=False)
class PlannedCoverage:
    """One coverage of an entry.

    Parameters
    ----------
    entry
        Number of the entry in the study, from 0.
    coverage
        Ligands per site.
    species
        The covered slab.
    ligands, added
        Number of ligands of the cell, on both faces if both carry them, and how many of them
        the next lower coverage lacks.
    adsorption
        All ligands onto the bare slab.
    differential
        The added ones onto the next lower coverage.
    lateral
        The same slab from slabs with one ligand each; None for a single one.
    """

    entry: int
    coverage: float
    species: str
    ligands: int
    added: int
    adsorption: Reaction
    differential: Reaction
    lateral: Reaction | None

    @property
    def behind(self) -> tuple[str, ...]:
        """The species whose total energies the row is made of."""
        reactions = (self.adsorption, self.differential, self.lateral)
        return tuple(dict.fromkeys(n for each in reactions if each for n in each.species))


def plan_coverage(
    planner: SpeciesPlanner, entry: CoverageEntry, number: int
) -> list[PlannedCoverage]:
    """Plan all coverages of an entry, and each of its ligands alone in the cell.

    Raises
    ------
    StudyError
        If a coverage gives no whole numbers of ligands, or a species cannot be calculated.
    """
    place = f"coverage.{number}"
    faces = 2 if planner.study.surfaces[entry.surface].sides == "two" else 1
    sites = planner.builder.sites(entry.surface, next(iter(entry.ligands)))
    planned: list[PlannedCoverage] = []
    before: Mapping[str, int] = {}
    lower = entry.surface
    for coverage in entry.coverage:
        counts = entry.numbers(coverage, sites)
        if counts is None:
            allowed = ", ".join(f"{share:g}" for share in entry.allowed(sites))
            raise StudyError(
                f"{planner.file}: {place}.coverage: {coverage:g} of {sites} sites gives no whole"
                f" numbers of {' and '.join(entry.ligands)}; allowed:"
                f" {allowed or 'none in this cell, choose a larger size'}"
            )
        parts = [name for name, count in counts.items() for _ in range(count)]
        species = str(SpeciesName(entry.surface).plus(*parts))
        if species in [each.species for each in planner.study.candidates]:
            raise StudyError(
                f"{planner.file}: {place}: {species!r} has candidates of its own in"
                " [[candidates]], which its arrangements would replace; leave one of them away"
            )
        added = {name: faces * (count - before.get(name, 0)) for name, count in counts.items()}
        single = len(parts) == 1
        planned.append(
            PlannedCoverage(
                number,
                coverage,
                species,
                faces * len(parts),
                sum(added.values()),
                planner.balanced(adsorption_equation(species, faces), place),
                planner.balanced(f"{_terms({lower: 1, **added})} {ARROW} {species}", place),
                None if single else planner.balanced(_lateral(entry, counts, species), place),
            )
        )
        before, lower = counts, species
    return planned


def _lateral(entry: CoverageEntry, counts: Mapping[str, int], species: str) -> str:
    """The equation of what ligands of one cell do to each other.

    Examples
    --------
    ``"2 slab.OAm + slab.OA -> slab.OAm.OAm.OA + 2 slab"``.
    """
    alone = {f"{entry.surface}.{name}": count for name, count in counts.items()}
    bare = {entry.surface: sum(counts.values()) - 1}
    return f"{_terms(alone)} {ARROW} {_terms({species: 1, **bare})}"


def _terms(counts: Mapping[str, int]) -> str:
    """One side of an equation; what is not there is left out."""
    terms = [name if n == 1 else f"{n} {name}" for name, n in counts.items() if n]
    return " + ".join(terms)
