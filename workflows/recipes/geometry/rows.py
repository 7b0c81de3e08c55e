"""Geometry of the relaxed slabs of a study in numbers, as planned and as relaxed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from ase import Atoms

from analysis.energies.rows import lowest
from analysis.geometry.flags import Flag
from analysis.geometry.ligands import LigandGeometry, ligand_geometries, slab_parts
from analysis.geometry.surface_relaxation import LayerRelaxation, layer_relaxation
from analysis.geometry.vacancy_relaxation import VacancyRelaxation
from analysis.species_name import head_of
from slabs.crystals.metrics import structure_metrics
from slabs.structure import SURFACE_GROUP, Structure
from workflows.findings.calculated import candidate_of
from workflows.findings.findings import Findings
from workflows.findings.geometry import ancestor, cut_slab, flags_of, ligands_of, vacancies_of
from workflows.planning.plan import Plan
from workflows.species.species import Species

Measured = TypeVar("Measured")


@dataclass(frozen=True)
class BeforeAfter(Generic[Measured]):
    """The same quantity as planned and as relaxed."""

    planned: Measured
    relaxed: Measured


@dataclass(frozen=True)
class HydrogenBondRow:
    """A hydrogen bond: elements and groups of its ends, H...acceptor length, D-H...A angle."""

    donor: str
    donor_of: str
    acceptor: str
    acceptor_of: str
    length_A: float
    angle_deg: float


@dataclass(frozen=True)
class LigandShapeRow:
    """Where a ligand is; see `analysis.geometry.ligands.LigandGeometry`."""

    metal: str | None
    anchor: str | None
    metal_distance_A: float | None
    height_A: float | None
    tilt_deg: float | None
    plane_tilt_deg: float | None
    hydrogen_bonds: tuple[HydrogenBondRow, ...]


@dataclass(frozen=True)
class LigandRow:
    """A ligand of the upper face, as planned and as relaxed."""

    ligand: str
    planned: LigandShapeRow
    relaxed: LigandShapeRow


@dataclass(frozen=True)
class LayersRow:
    """Layers from the upper face inward; see `analysis.geometry.surface_relaxation`."""

    bulk_spacings_A: Sequence[float]
    spacings_A: Sequence[float]
    changes_percent: Sequence[float]
    rumplings_A: Sequence[float | None]


@dataclass(frozen=True)
class NeighbourRow:
    """An atom near a vacancy; see `analysis.geometry.vacancy_relaxation.Neighbour`."""

    element: str
    atom: int
    distance_A: float
    towards_A: float
    moved_A: float
    bonded: bool


@dataclass(frozen=True)
class VacancyRow:
    """A vacancy; see `analysis.geometry.vacancy_relaxation.VacancyRelaxation`."""

    element: str
    across: tuple[str, ...]
    across_before_A: float | None
    across_after_A: float | None
    neighbours: tuple[NeighbourRow, ...]


#: Numbers of the B-X network by name, as in `slabs.crystals.metrics.Metrics.numbers`.
Network = Mapping[str, float | None]


@dataclass(frozen=True)
class GeometryRow:
    """Geometry of a finished slab, of its lowest candidate; lengths in angstrom, angles in degrees.

    Parameters
    ----------
    species
        The slab.
    candidate
        Number of the candidate, from 1.
    ligands
        Ligands of the upper face.
    network
        Numbers of the B-X network.
    layers
        Layers of the upper face; None where there is nothing to measure.
    vacancies
        Vacancies of the upper face against the relaxed slab without them.
    flags
        How the relaxed structure is not what its name says.
    level
        Name of the level of the relaxation.
    folder
        Folder of its task.
    """

    species: str
    candidate: int
    ligands: tuple[LigandRow, ...]
    network: BeforeAfter[Network]
    layers: BeforeAfter[LayersRow | None]
    vacancies: tuple[VacancyRow, ...]
    flags: tuple[Flag, ...]
    level: str
    folder: str


def geometry_rows(found: Findings) -> list[GeometryRow]:
    """Geometry of every finished slab of a study."""
    rows = []
    cuts: dict[str, Atoms | None] = {}
    plan = found.plan
    for name, candidates in found.candidates.items():
        chosen = lowest(name, candidates)
        if plan.species[name][0].kind != "slab" or chosen.result is None:
            continue
        surface = head_of(name)
        if surface not in cuts:
            cuts[surface] = cut_slab(plan, found.states, surface)
        species = candidate_of(plan, name, candidates, chosen)
        planned, relaxed = species.structure, chosen.result.atoms
        rows.append(
            GeometryRow(
                name,
                species.candidate + 1,
                _ligands(plan, planned, relaxed),
                _network(planned, relaxed),
                _layers(plan, species, relaxed, cuts[surface]),
                tuple(
                    _vacancy(relaxed, each)
                    for each in vacancies_of(plan, found.states, species, relaxed)
                ),
                flags_of(plan, species, chosen.result, found.flags),
                found.study.level.name,
                str(chosen.folder),
            )
        )
    return rows


def _network(planned: Structure, relaxed: Atoms) -> BeforeAfter[Network]:
    surface = planned.indices(SURFACE_GROUP)
    before, after = (
        structure_metrics(atoms[surface]).numbers() for atoms in (planned.atoms, relaxed)
    )
    return BeforeAfter(before, after)


def _layers(
    plan: Plan, species: Species, relaxed: Atoms, cut: Atoms | None
) -> BeforeAfter[LayersRow | None]:
    if cut is None:
        return BeforeAfter(None, None)
    _, origin = ancestor(plan, species, head_of(species.name))
    before, after = (
        _layers_row(layer_relaxation(cut, atoms, origin))
        for atoms in (species.structure.atoms, relaxed)
    )
    return BeforeAfter(before, after)


def _layers_row(found: LayerRelaxation | None) -> LayersRow | None:
    if found is None:
        return None
    return LayersRow(
        found.bulk_spacings_A.tolist(),
        found.spacings_A.tolist(),
        found.changes_percent.tolist(),
        [None if np.isnan(x) else float(x) for x in found.rumplings_A],
    )


def _ligands(plan: Plan, planned: Structure, relaxed: Atoms) -> tuple[LigandRow, ...]:
    """Ligands of the upper face."""
    ligands = tuple(each for each in ligands_of(plan, planned) if each.upper)
    parts = slab_parts(planned)
    before, after = (ligand_geometries(atoms, ligands, parts) for atoms in (planned.atoms, relaxed))
    return tuple(
        LigandRow(each.name, _shape(planned, before[n]), _shape(planned, after[n]))
        for n, each in enumerate(ligands)
    )


def _shape(planned: Structure, geometry: LigandGeometry) -> LigandShapeRow:
    symbols, groups = planned.atoms.symbols, planned.groups
    return LigandShapeRow(
        None if geometry.metal is None else symbols[geometry.metal],
        None if geometry.anchor is None else symbols[geometry.anchor],
        geometry.metal_distance_A,
        geometry.height_A,
        geometry.tilt_deg,
        geometry.plane_tilt_deg,
        tuple(
            HydrogenBondRow(
                symbols[bond.donor],
                groups[bond.donor],
                symbols[bond.acceptor],
                groups[bond.acceptor],
                bond.length_A,
                bond.angle_deg,
            )
            for bond in geometry.bonds
        ),
    )


def _vacancy(relaxed: Atoms, found: VacancyRelaxation) -> VacancyRow:
    symbols = relaxed.symbols
    return VacancyRow(
        found.element,
        tuple(symbols[n] for n in found.across),
        found.across_before_A,
        found.across_after_A,
        tuple(
            NeighbourRow(
                symbols[each.atom],
                each.atom,
                each.distance_A,
                each.towards_A,
                each.moved_A,
                each.bonded,
            )
            for each in found.neighbours
        ),
    )
