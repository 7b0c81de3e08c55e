"""Surface free energies of a study, and which slab is stable where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.energies.uncertainty import significant
from analysis.species_name import head_of
from analysis.thermodynamics.competing_phases import StabilityError
from analysis.thermodynamics.half_planes import Polygon, lowest_cells
from analysis.thermodynamics.linear_energies import EV_PER_A2_IN_J_PER_M2
from analysis.thermodynamics.potential_plane import PotentialPlane, potential_plane
from analysis.thermodynamics.reservoirs import reservoir_potential_eV
from analysis.thermodynamics.surface_free_energies import (
    SurfaceFreeEnergy,
    both_faces,
    combined_faces,
)
from workflows.findings.uncertainty import uncertainty_of
from workflows.recipes.chemical_potentials.thermodynamics import Thermodynamics, elements_of
from workflows.recipes.chemical_potentials.tilts import tilt_words
from workflows.recipes.surface_phases.planning import PlannedDiagram
from workflows.recipes.surface_phases.rows import DiagramRow, PointRow, SurfaceRow
from workflows.study.surface_phases import SurfacePhasesEntry

if TYPE_CHECKING:
    from workflows.findings.findings import Findings


@dataclass(frozen=True, eq=False)
class Diagram:
    """A phase diagram of surfaces.

    Parameters
    ----------
    row
        In numbers.
    plane
        The chemical potentials; None without a diagram.
    cells
        For each slab the polygon in which it is the most stable one.
    made_of
        For each of `DiagramRow.points` the species whose total energies it is made of.
    """

    row: DiagramRow
    plane: PotentialPlane | None = None
    cells: Mapping[str, Polygon] | None = None
    made_of: tuple[tuple[str, ...], ...] = ()


def reservoir_potentials_eV(entry: SurfacePhasesEntry) -> dict[str, float]:
    """The dmu of each reservoir that the study gives."""
    found = {}
    for name, each in entry.reservoirs.items():
        if each.activity is None:
            assert each.dmu_eV is not None
            found[name] = each.dmu_eV
        else:
            assert entry.temperature_K is not None
            found[name] = reservoir_potential_eV(
                each.activity, entry.temperature_K, each.standard_free_energy_eV
            )
    return found


def diagram(known: Findings, found: Thermodynamics, planned: PlannedDiagram) -> Diagram:
    """A phase diagram as far as its energies are there."""
    entry = planned.entry
    fixed_eV = reservoir_potentials_eV(entry)
    axes = (entry.axes[0], entry.axes[1])
    empty = DiagramRow(
        entry.name,
        axes,
        planned.against,
        tuple(entry.equilibrium),
        fixed_eV,
        _status(known, found, planned),
        tuple(_surface(known, planned, name) for name in entry.species),
        remarks=_remarks(found, planned),
    )
    if empty.status != "done":
        return Diagram(empty)
    assert found.stability is not None
    assert found.weights is not None
    try:
        plane = potential_plane(
            list(found.weights.phases.values()),
            found.stability,
            axes,
            equilibrium=entry.equilibrium,
            ranges_eV={n: each.range_eV for n, each in entry.reservoirs.items() if n in axes},
            fixed_eV={n: value for n, value in fixed_eV.items() if n not in axes},
        )
    except StabilityError as error:
        return Diagram(replace(empty, status=f"refused: {error}"))
    faces = _faces(known, found, planned)
    upper = {name: _upper_face(known, planned, faces, name) for name in entry.species}
    energies = [plane.over(each.per_A2) for each in upper.values()]
    cells = dict(zip(upper, lowest_cells(energies, plane.window), strict=True))
    inside = dict(zip(upper, lowest_cells(energies, plane.region), strict=True))
    points = _points(known, found, empty, faces, upper)
    row = replace(
        empty,
        surfaces=tuple(
            replace(
                each,
                stable_eV=_ranges(axes, inside[each.species]),
                cell_eV=_corners(cells[each.species]),
            )
            for each in empty.surfaces
        ),
        points=tuple(point for point, _ in points),
        region_eV=_corners(plane.region),
        window_eV=_corners(plane.window),
    )
    return Diagram(row, plane, cells, tuple(species for _, species in points))


def _status(known: Findings, found: Thermodynamics, planned: PlannedDiagram) -> str:
    if not found.stable:
        return found.status if found.stability is None else f"{found.entry.host} is not stable"
    names = [*planned.taken, *planned.entry.reservoirs]
    results = {name: known.species[name].result for name in names}
    missing = [f"{n} {known.species[n].state}" for n, result in results.items() if result is None]
    if missing:
        return ", ".join(missing)
    levels = {
        r.fingerprint for r in (*results.values(), known.species[found.entry.host].result) if r
    }
    return "done" if len(levels) == 1 else f"refused: {len(levels)} levels of theory"


def _surface(known: Findings, planned: PlannedDiagram, name: str) -> SurfaceRow:
    item = known.species[name]
    coverage = item.structure.coverage_per_nm2
    status = "done" if item.result is not None else item.state
    return SurfaceRow(name, planned.taken[name], coverage, None, (), item.flags, status)


def _remarks(found: Thermodynamics, planned: PlannedDiagram) -> tuple[str, ...]:
    """Surfaces whose energies against the bulk are doubtful."""
    surfaces = dict.fromkeys(head_of(name) for name in planned.entry.species)
    if planned.against is not None and len(surfaces) == 1:
        return ()
    return tuple(filter(None, (tilt_words(found, name) for name in surfaces)))


def _faces(
    known: Findings, found: Thermodynamics, planned: PlannedDiagram
) -> dict[str, SurfaceFreeEnergy]:
    """Energies of both faces of the slabs and of their bare slabs."""
    assert found.stability is not None
    molecules = {}
    for name in planned.entry.reservoirs:
        result = known.species[name].result
        assert result is not None
        molecules[name] = (result.energy_eV, elements_of(known.species[name]))
    faces = {}
    for name, taken in planned.taken.items():
        item = known.species[name]
        assert item.result is not None
        area_A2 = float(np.linalg.norm(np.cross(*item.result.atoms.cell.array[:2])))
        faces[name] = both_faces(
            name,
            item.result.energy_eV,
            elements_of(item),
            area_A2,
            taken=taken,
            molecules=molecules,
            stability=found.stability,
        )
    return faces


def _upper_face(
    known: Findings,
    planned: PlannedDiagram,
    faces: Mapping[str, SurfaceFreeEnergy],
    name: str,
) -> SurfaceFreeEnergy:
    """Energy of one face of a slab: its own, or against the bare slab with the same lower face."""
    share = 0.5 if known.study.surfaces[head_of(name)].sides == "two" else 1.0
    if planned.against is not None:
        return combined_faces([(share, faces[name]), (-share, faces[planned.against])])
    terms = [(share, faces[name])]
    if share == 1.0:  # the lower face, which is half of the bare slab
        terms.append((-0.5, faces[head_of(name)]))
    return combined_faces(terms)


def _points(
    known: Findings,
    found: Thermodynamics,
    row: DiagramRow,
    faces: Mapping[str, SurfaceFreeEnergy],
    upper: Mapping[str, SurfaceFreeEnergy],
) -> list[tuple[PointRow, tuple[str, ...]]]:
    """All slabs at each corner of the region in which the host is stable, and their species."""
    stable, weights = found.stability, found.weights
    assert stable is not None
    assert weights is not None
    rows: list[tuple[PointRow, tuple[str, ...]]] = []
    shown = [
        corner
        for corner, phases in enumerate(stable.neighbours)
        if set(row.equilibrium) <= set(phases)
    ]
    own = [stable.elements.index(axis) for axis in row.axes if axis in stable.elements]
    for corner in sorted(shown, key=lambda corner: tuple(stable.corners_eV[corner, own])):
        potentials = stable.corners_eV[corner]
        dmu_eV = dict(zip(stable.elements, map(float, potentials), strict=True)) | dict(
            row.fixed_eV
        )
        lowest = min(upper, key=lambda name: upper[name].per_A2.at(dmu_eV))

        def value(energy: SurfaceFreeEnergy, at: Mapping[str, float] = dmu_eV) -> float:
            return EV_PER_A2_IN_J_PER_M2 * energy.per_A2.at(at)

        def shares(energy: SurfaceFreeEnergy, at: int = corner) -> dict[str, float]:
            own = energy.weights(weights, stable.elements, at)
            return {name: EV_PER_A2_IN_J_PER_M2 * weight for name, weight in own.items()}

        made = []
        for name, energy in upper.items():
            above = combined_faces([(1.0, energy), (-1.0, upper[lowest])])
            point = PointRow(
                stable.neighbours[corner],
                dmu_eV,
                name,
                value(energy),
                uncertainty_of(known, shares(energy)),
                value(faces[name]),
                value(above),
                uncertainty_of(known, shares(above)),
            )
            # The slab itself even where its energy is zero by definition.
            used = [name, *significant(shares(energy)), *significant(shares(above))]
            made.append((point, tuple(dict.fromkeys(used))))
        rows += sorted(made, key=lambda each: each[0].above_lowest_J_per_m2)
    return rows


def _corners(polygon: Polygon) -> tuple[tuple[float, float], ...]:
    return tuple((float(x), float(y)) for x, y in polygon)


def _ranges(axes: Sequence[str], cell: Polygon) -> dict[str, tuple[float, float]] | None:
    if not len(cell):
        return None
    return {axis: (float(cell[:, n].min()), float(cell[:, n].max())) for n, axis in enumerate(axes)}
