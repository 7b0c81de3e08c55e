"""Geometry of the relaxed slabs of a study in numbers, as planned and as relaxed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from ase import Atoms

from analysis.energies.rows import lowest
from analysis.geometry.ligands import LigandGeometry, ligand_geometries, slab_parts
from analysis.geometry.surface_relaxation import LayerRelaxation, layer_relaxation
from analysis.geometry.vacancy_relaxation import VacancyRelaxation
from slabs.crystals.metrics import structure_metrics
from slabs.structure import SURFACE_GROUP, Structure
from workflows.findings.calculated import calculated_candidates, candidate_of
from workflows.findings.geometry import ancestor, cut_slab, flags_of, ligands_of, vacancies_of
from workflows.findings.states import TaskState
from workflows.planning.plan import Plan
from workflows.species.builder import Species


def geometry_rows(plan: Plan, states: Mapping[str, TaskState]) -> list[dict[str, Any]]:
    """Geometry of every finished slab species, of its lowest candidate.

    For each: ``ligands`` of the upper face, numbers of the B-X ``network`` (see
    `slabs.crystals.metrics.Metrics.numbers`) and ``layers`` from the upper face inward, each
    ``planned`` and ``relaxed``; ``vacancies`` of the upper face against the relaxed slab
    without them; and ``flags``. Lengths in angstrom, angles in degrees; None where there
    is nothing to measure.
    """
    rows = []
    cuts: dict[str, Atoms | None] = {}
    for name, candidates in calculated_candidates(plan, states).items():
        chosen = lowest(name, candidates)
        if plan.species[name][0].kind != "slab" or chosen.result is None:
            continue
        surface = name.split(".", maxsplit=1)[0]
        if surface not in cuts:
            cuts[surface] = cut_slab(plan, states, surface)
        species = candidate_of(plan, name, candidates, chosen)
        rows.append(
            {
                "species": name,
                "candidate": species.candidate + 1,
                **_geometry(plan, states, species, chosen.result.atoms, cuts[surface]),
                "flags": [asdict(flag) for flag in flags_of(plan, species, chosen.result)],
                "level": plan.study.level.name,
                "folder": str(chosen.folder),
            }
        )
    return rows


def _geometry(
    plan: Plan,
    states: Mapping[str, TaskState],
    species: Species,
    relaxed: Atoms,
    cut: Atoms | None,
) -> dict[str, Any]:
    planned = species.structure
    both = {"planned": planned.atoms, "relaxed": relaxed}
    surface = planned.indices(SURFACE_GROUP)
    layers: dict[str, Any] = dict.fromkeys(both)
    if cut is not None:
        _, origin = ancestor(plan, species, species.name.split(".", maxsplit=1)[0])
        layers = {
            when: _layers(layer_relaxation(cut, atoms, origin)) for when, atoms in both.items()
        }
    return {
        "ligands": _ligands(plan, planned, both),
        "network": {
            when: structure_metrics(atoms[surface]).numbers() for when, atoms in both.items()
        },
        "layers": layers,
        "vacancies": [
            _vacancy(relaxed, each) for each in vacancies_of(plan, states, species, relaxed)
        ],
    }


def _ligands(plan: Plan, planned: Structure, both: Mapping[str, Atoms]) -> list[dict[str, Any]]:
    """Ligands of the upper face."""
    ligands = tuple(each for each in ligands_of(plan, planned) if each.upper)
    parts = slab_parts(planned)
    found = {when: ligand_geometries(atoms, ligands, parts) for when, atoms in both.items()}
    return [
        {
            "ligand": each.name,
            **{when: _ligand(planned, geometries[n]) for when, geometries in found.items()},
        }
        for n, each in enumerate(ligands)
    ]


def _ligand(planned: Structure, geometry: LigandGeometry) -> dict[str, Any]:
    symbols, groups = planned.atoms.symbols, planned.groups
    return {
        "metal": None if geometry.metal is None else symbols[geometry.metal],
        "anchor": None if geometry.anchor is None else symbols[geometry.anchor],
        "metal_distance_A": geometry.metal_distance_A,
        "height_A": geometry.height_A,
        "tilt_deg": geometry.tilt_deg,
        "plane_tilt_deg": geometry.plane_tilt_deg,
        "hydrogen_bonds": [
            {
                "donor": symbols[bond.donor],
                "donor_of": groups[bond.donor],
                "acceptor": symbols[bond.acceptor],
                "acceptor_of": groups[bond.acceptor],
                "length_A": bond.length_A,
                "angle_deg": bond.angle_deg,
            }
            for bond in geometry.bonds
        ],
    }


def _layers(found: LayerRelaxation | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "bulk_spacings_A": found.bulk_spacings_A.tolist(),
        "spacings_A": found.spacings_A.tolist(),
        "changes_percent": found.changes_percent.tolist(),
        "rumplings_A": [None if np.isnan(x) else float(x) for x in found.rumplings_A],
    }


def _vacancy(relaxed: Atoms, found: VacancyRelaxation) -> dict[str, Any]:
    symbols = relaxed.symbols
    return {
        "element": found.element,
        "across": [symbols[n] for n in found.across],
        "across_before_A": found.across_before_A,
        "across_after_A": found.across_after_A,
        "neighbours": [
            {"element": symbols[each.atom], **asdict(each)} for each in found.neighbours
        ],
    }
