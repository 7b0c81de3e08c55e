"""Species of a plan with what is known about each so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.energies.dipole_images import without_images
from analysis.energies.rows import Calculated, lowest
from analysis.results import Result
from analysis.species_name import head_of
from slabs.structure import Structure, electron_parity
from workflows.findings.basins import basin_flags
from workflows.findings.geometry import flags_of
from workflows.findings.strain import strain_notes
from workflows.findings.words import lost_moment

if TYPE_CHECKING:
    from workflows.findings.flag_store import FlagStore
    from workflows.findings.states import TaskState
    from workflows.planning.plan import Plan
    from workflows.species.species import Species

#: Smaller interactions of a molecule with its images are not said.
SMALLEST_IMAGE_ENERGY_EV = 0.005
#: Cell heights that differ by less are the same.
SAME_HEIGHT_A = 0.01


def calculated_candidates(
    plan: Plan, states: Mapping[str, TaskState]
) -> dict[str, list[Calculated]]:
    """Every candidate of every species of a plan with its result, if there is one."""
    found = {}
    for name, keys in plan.species_keys.items():
        found[name] = [
            Calculated(
                _structure(plan, name, place, state.result),
                state.folder,
                state.state,
                state.why,
                _result(plan, name, state.result),
            )
            for place, state in enumerate(states[key] for key in keys)
        ]
    return found


def _result(plan: Plan, name: str, result: Result | None) -> Result | None:
    """A result; that of a molecule without the interaction with its periodic images."""
    if result is None or plan.species[name][0].kind != "molecule":
        return result
    return without_images(result)


def _structure(plan: Plan, name: str, place: int, result: Result | None) -> Structure:
    """What one of the calculations of a species holds, with a note if it was screened."""
    structure = plan.held(name, place, result).structure
    screened = plan.screen_keys.get(name)
    if screened is None or plan.study.screening is None:
        return structure
    note = (
        f"{name}: {len(plan.first_keys[name])} of {len(screened)} candidates promoted by their"
        f" energies at {plan.study.screening.name!r}"
    )
    return replace(structure, notes=(*structure.notes, note))


def calculated_species(
    plan: Plan, candidates: Mapping[str, Sequence[Calculated]], store: FlagStore
) -> dict[str, Calculated]:
    """Every species of a plan, the lowest of its candidates, with its flags."""
    found = {}
    for name, made in candidates.items():
        chosen = lowest(name, made)
        flags = flags_of(plan, candidate_of(plan, name, made, chosen), chosen.result, store)
        found[name] = replace(chosen, flags=tuple(f"{name}: {flag.words}" for flag in flags))
    store.save()
    for name, flag in basin_flags(plan, candidates, found).items():
        found[name] = replace(found[name], flags=(*found[name].flags, flag))
    return _with_spins(plan, _with_dipoles(_with_heights(_with_strain(plan, found))))


def _with_spins(plan: Plan, found: Mapping[str, Calculated]) -> dict[str, Calculated]:
    """The species, with a flag on those whose unpaired electrons have lost their moment."""
    flagged = dict(found)
    for name, each in found.items():
        moment_muB = each.result.values.get("magnetic_moment_muB") if each.result else None
        atoms = each.structure.atoms
        odd = electron_parity(atoms, each.structure.charge)
        started_muB = max(odd, abs(float(atoms.get_initial_magnetic_moments().sum())))
        words = lost_moment(started_muB, moment_muB)
        if words and plan.species[name][0].kind != "crystal":
            flagged[name] = replace(each, flags=(*each.flags, f"{name}: {words}"))
    return flagged


def _with_dipoles(found: Mapping[str, Calculated]) -> dict[str, Calculated]:
    """The species, with a note on molecules whose images in the box matter."""
    noted = dict(found)
    for name, each in found.items():
        values = {} if each.result is None else each.result.values
        images_eV = values.get("dipole_image_energy_eV", 0.0)
        if abs(images_eV) >= SMALLEST_IMAGE_ENERGY_EV:
            dipole_eA = float(np.linalg.norm(values["dipole_moment_eA"]))
            note = (
                f"{name}: dipole moment {dipole_eA:.2f} eA; its interaction with the periodic"
                f" images in the box, {images_eV:+.3f} eV, is subtracted"
            )
            structure = replace(each.structure, notes=(*each.structure.notes, note))
            noted[name] = replace(each, structure=structure)
    return noted


#: How the cells of two slabs become equally high.
SAME_CELL = "cell_height_A of the surface gives both the same"


def _with_heights(found: Mapping[str, Calculated]) -> dict[str, Calculated]:
    """The species, with a note on slabs whose cell is higher than that of the bare slab."""
    noted = dict(found)
    for name, each in found.items():
        bare = found.get(head_of(name))
        if bare is None or bare is each:
            continue
        own_A, bare_A = (float(one.structure.atoms.cell.array[2, 2]) for one in (each, bare))
        if abs(own_A - bare_A) > SAME_HEIGHT_A:
            note = (
                f"{name}: cell {own_A:g} A high, that of {head_of(name)} {bare_A:g} A; {SAME_CELL}"
            )
            structure = replace(each.structure, notes=(*each.structure.notes, note))
            noted[name] = replace(each, structure=structure)
    return noted


def _with_strain(plan: Plan, found: Mapping[str, Calculated]) -> dict[str, Calculated]:
    """The species, with a note on slabs that are strained against the relaxed crystal."""
    crystals = {name: found[name].result for name in plan.study.crystals if name in found}
    strained = strain_notes(plan.study, crystals)
    noted = dict(found)
    for name, each in found.items():
        if head_of(name) in strained:
            notes = (*each.structure.notes, strained[head_of(name)])
            noted[name] = replace(each, structure=replace(each.structure, notes=notes))
    return noted


def candidate_of(
    plan: Plan, name: str, candidates: Sequence[Calculated], chosen: Calculated
) -> Species:
    """The species of a plan that is the chosen candidate."""
    place = [each.folder for each in candidates].index(chosen.folder)
    return plan.held(name, place, chosen.result)
