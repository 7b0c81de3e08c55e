"""Binding energies of one ligand at several sites, each from the lowest candidate there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from analysis.energies.matrices import Cell, EnergyMatrix
from analysis.energies.rows import Calculated, ReactionRow, lowest, reaction_row
from analysis.species_name import SpeciesName
from analysis.tables import Table, number
from workflows.findings.calculated import candidate_of
from workflows.findings.findings import Findings
from workflows.findings.geometry import flags_of
from workflows.findings.words import flag_sentences, level_words
from workflows.recipes.reactions import RECIPE as REACTIONS

if TYPE_CHECKING:
    from workflows.study.model import Study

QUANTITY = "binding energy / eV\n(positive: bound)"
FOOT = (
    "Of the lowest candidate at each site, once none is waiting there, in the first reaction of the"
    " study that binds it. A site is where the ligand was put; the relaxation may have moved it."
)


@dataclass(frozen=True, eq=False)
class SiteEnergy:
    """The binding energy of a ligand at one site.

    Parameters
    ----------
    surface, ligand
        Names in the study.
    site
        Kind and place of the site, in words, as in `slabs.structure.Structure`.
    row
        The reaction of the study, with the lowest candidate at this site.
    """

    surface: str
    ligand: str
    site: str
    row: ReactionRow


def site_energies(found: Findings) -> list[SiteEnergy]:
    """Binding energies by site, of all slabs with one ligand that the study binds.

    Evaluated once. A site whose candidates are not all finished, or all failed, has no energy.
    """
    return found.once("energies of sites", lambda: list(_site_energies(found)))


def _site_energies(found: Findings) -> Iterator[SiteEnergy]:
    seen = set()
    for row in REACTIONS.rows(found):
        name, *others = [name for name, n in row.reaction.coefficients if n > 0]
        parsed = SpeciesName.parse(name)
        one_ligand = len(parsed.parts) == 1 and parsed.last in found.study.ligands
        if row.quantity != "binding" or others or not one_ligand or name in seen:
            continue
        seen.add(name)
        sites: dict[str, list[Calculated]] = {}
        for each in found.candidates[name]:
            if not each.taken:
                sites.setdefault(each.structure.site, []).append(each)
        for site, candidates in sites.items():
            placed = {**found.species, name: _flagged(found, name, lowest(name, candidates))}
            energy = reaction_row(row.name, row.reaction, placed, quantity=row.quantity)
            yield SiteEnergy(parsed.head, parsed.last, site, energy)


def _flagged(found: Findings, name: str, best: Calculated) -> Calculated:
    """The lowest candidate at a site with the flags of its geometry."""
    species = candidate_of(found.plan, name, found.candidates[name], best)
    flags = flags_of(found.plan, species, best.result, found.flags)
    words = (f"{name}, {best.structure.site}: {flag.words}" for flag in flags)
    return replace(best, flags=tuple(words))


def site_table(found: Findings) -> Table:
    """The energies of the ligands that are bound at several sites."""
    shown = [each for rows in _by_surface(found).values() for each in rows]
    lines = [
        (
            each.row.name,
            each.site,
            number(each.row.binding_energy_eV, 3, sign=True),
            level_words(found.study),
            each.row.status,
        )
        for each in shown
    ]
    return Table(
        "Binding energies by site",
        ("Reaction", "Site", "E_b / eV", "Level", "Status"),
        tuple(lines),
        (FOOT,),
        below=("Level", "Status"),
        group=("Reaction",),
        warnings=flag_sentences(flag for each in shown for flag in each.row.flags),
    )


def site_matrices(found: Findings) -> dict[str, EnergyMatrix]:
    """By surface the energies of its ligands, over sites; those with at least one energy."""
    matrices = {
        surface: _matrix(found.study, surface, rows) for surface, rows in _by_surface(found).items()
    }
    return {surface: each for surface, each in matrices.items() if not each.empty}


def _by_surface(found: Findings) -> dict[str, list[SiteEnergy]]:
    """The energies of each surface with a ligand at several sites."""
    surfaces: dict[str, list[SiteEnergy]] = {}
    for each in site_energies(found):
        surfaces.setdefault(each.surface, []).append(each)
    return {surface: rows for surface, rows in surfaces.items() if _differ(found.study, rows)}


def _differ(study: Study, rows: Sequence[SiteEnergy]) -> bool:
    """Whether a ligand stands at several sites."""
    places = {(_ligand_key(study, each.ligand), each.site) for each in rows}
    return len(places) > len({ligand for ligand, _ in places})


def _ligand_key(study: Study, name: str) -> str:
    """Equal for ligands that differ only in the site that the study names."""
    return study.ligands[name].model_dump_json(exclude={"site"})


def _matrix(study: Study, surface: str, rows: Sequence[SiteEnergy]) -> EnergyMatrix:
    names: dict[str, dict[str, None]] = {}
    for each in rows:
        key = _ligand_key(study, each.ligand)
        names.setdefault(key, {})[study.label_of(each.ligand)] = None
    labels = _short({each.site for each in rows})
    sites = list(dict.fromkeys(labels[each.site] for each in rows))
    cells = {
        (_ligand_key(study, each.ligand), labels[each.site]): Cell(
            each.row.binding_energy_eV, flagged=bool(each.row.flags)
        )
        for each in rows
    }
    return EnergyMatrix(
        f"Ligands at the sites of {study.label_of(surface)} ({level_words(study)})",
        QUANTITY,
        tuple(" / ".join(own) for own in names.values()),
        tuple(sites),
        tuple(tuple(cells.get((key, site), Cell(None)) for site in sites) for key in names),
        has_uncertainties=False,
    )


def _short(sites: set[str]) -> Mapping[str, str]:
    """Sites without their places, where the kind alone tells them apart."""
    kinds = {site: site.split(" at ")[0] for site in sites}
    several = [kind for kind in kinds.values() if list(kinds.values()).count(kind) > 1]
    return {
        site: re.sub(" at x (.*), y (.*) A", r" (\1, \2 Å)", site) if kind in several else kind
        for site, kind in kinds.items()
    }
