"""Relaxed structures of all species, with energy, forces and what they were calculated with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from numpy.typing import NDArray

from analysis.energies.dipole_images import without_images
from analysis.last_step import last_step
from analysis.results import Result
from slabs.text import unused_name
from workflows.findings.structure_files import level_info
from workflows.study.level import BORROWED_DATASETS, Level

if TYPE_CHECKING:
    from workflows.findings.findings import Findings
    from workflows.planning.plan import Task
    from workflows.species.species import Species

#: Array of forces that do not belong to the energy: those of a relaxation at another level.
RELAXATION_FORCES = "relaxation_forces_eV_per_A"
#: What calculates.
PROGRAM = "GPAW"
OWN_FORCES = "of the calculation of the energy"


@dataclass(frozen=True, eq=False)
class Relaxed:
    """One finished candidate of a species.

    Parameters
    ----------
    name
        Species and number of the candidate, as in ``slab.OAm-1``; no two have the same.
    species
        What was planned.
    task
        The calculation of its energy.
    result
        Its result; molecules without the interaction with their periodic images.
    atoms
        The structure with energy, forces and moments as a calculator of ASE, groups of atoms,
        fixed atoms, and `about` as its info.
    """

    name: str
    species: Species
    task: Task
    result: Result
    atoms: Atoms

    @property
    def about(self) -> dict[str, Any]:
        """What the structure is; units in the names, as `Result` has them."""
        return dict(self.atoms.info)

    @property
    def chosen(self) -> bool:
        """Whether it stands for the species in the reactions."""
        return bool(self.atoms.info["chosen"])

    @property
    def forces(self) -> str:
        """Where its forces are from, or why there are none."""
        return str(self.atoms.info["forces_are"])

    @property
    def relaxation_forces_eV_per_A(self) -> NDArray[np.float64] | None:
        """Forces at the level of the relaxation if that is not the level of the energy."""
        found: NDArray[np.float64] | None = self.atoms.arrays.get(RELAXATION_FORCES)
        return found

    @property
    def parameters(self) -> dict[str, Any]:
        """All settings of the calculation of the energy."""
        return parameters(self.task, self.result)


def relaxed_structures(found: Findings) -> list[Relaxed]:
    """Every finished candidate of every species, then those of screenings, in their order."""
    return found.once("relaxed structures", lambda: _named_apart(found))


def _named_apart(found: Findings) -> list[Relaxed]:
    """All of them; the same candidate in another tilt basin has a number behind its name."""
    made: dict[str, Relaxed] = {}
    for each in (*_at_the_level(found), *_at_the_screening_level(found)):
        name = unused_name(each.name, made)
        made[name] = replace(each, name=name)
    return list(made.values())


def _at_the_level(found: Findings) -> Iterator[Relaxed]:
    """Every finished candidate at the level of the study."""
    plan, study = found.plan, found.study
    for name, candidates in found.candidates.items():
        chosen = found.species[name]
        keys = zip(plan.species_keys[name], plan.relax_keys[name], strict=True)
        for place, (each, (key, relax_key)) in enumerate(zip(candidates, keys, strict=True)):
            if each.result is None or each.taken:
                continue
            species = plan.held(name, place, each.result)
            number = species.candidate + 1 if name in plan.screen_keys else place + 1
            about = {
                "candidate": number,
                "chosen": chosen.result is not None and chosen.folder == each.folder,
                **level_info(study.level_name, study.caveat),
            }
            stem, tasks = f"{name}-{number}", (key, relax_key)
            yield _relaxed(found, stem, species, each.result, keys=tasks, about=about)


def _at_the_screening_level(found: Findings) -> Iterator[Relaxed]:
    """Every finished candidate at the level of the screening, whose energies only rank."""
    plan, level = found.plan, found.study.screening
    if not isinstance(level, Level):  # energies of a machine-learned potential stay inside
        return
    for name, keys in plan.screen_keys.items():
        numbers = plan.tasks[plan.relax_keys[name][0]].spec["candidates"]
        for number, key in zip(numbers, keys, strict=True):
            result = found.states[key].result
            if result is None:
                continue
            species = plan.built[name][number - 1]
            if species.kind == "molecule":
                result = without_images(result)
            about = {
                "candidate": number,
                "chosen": False,
                **level_info(level.name, "; ".join(level.caveats)),
            }
            stem = f"{name}-{number}-screening"
            yield _relaxed(found, stem, species, result, keys=(key, key), about=about)


def _relaxed(
    found: Findings,
    stem: str,
    species: Species,
    result: Result,
    *,
    keys: tuple[str, str],
    about: Mapping[str, Any],
) -> Relaxed:
    """One candidate, from the tasks of its energy and of its relaxation."""
    key, relax_key = keys
    task, relaxation = (found.states[one].task for one in keys)
    atoms = result.atoms
    step = last_step(found.states[relax_key].folder, atoms)
    forces = step.why
    results = _results(result.values)
    if step.forces_eV_per_A is not None and key == relax_key:
        results |= {"forces": step.forces_eV_per_A, "magmoms": step.moments_muB}
        forces = OWN_FORCES
    elif step.forces_eV_per_A is not None:
        atoms.set_array(RELAXATION_FORCES, step.forces_eV_per_A)
        forces = f"of the relaxation at level {found.study.level.name!r}, not of the energy"
    own = result.values.get("forces_eV_per_A")
    if own is not None:  # of a single point
        results["forces"] = np.array(own)
        forces = OWN_FORCES
    if not atoms.get_initial_magnetic_moments().any():
        del atoms.arrays["initial_magmoms"]
    atoms.set_array("group", np.array(species.structure.groups))
    atoms.info = {
        "species": species.name,
        **about,
        "kind": species.kind,
        "shown": "relaxed",
        "fingerprint": result.fingerprint,
        "folder": f"tasks/{task.folder}",
        "relaxation_folder": f"tasks/{relaxation.folder}",
        "forces_are": forces,
        **_energies(result.values),
    }
    atoms.calc = SinglePointCalculator(atoms, **results)
    atoms.calc.name = PROGRAM.lower()
    atoms.calc.parameters = parameters(task, result)
    return Relaxed(stem, species, task, result, atoms)


def _results(values: Mapping[str, Any]) -> dict[str, Any]:
    """Results of a calculator of ASE without its forces."""
    dipole = values.get("dipole_moment_eA")
    return {
        "energy": values["energy_eV"],
        "free_energy": values.get("free_energy_eV"),
        "magmom": values.get("magnetic_moment_muB"),
        "dipole": None if dipole is None or None in dipole else dipole,
    }


def _energies(values: Mapping[str, Any]) -> dict[str, float]:
    """The energy of the tables, that of the calculation, and what lies between them, in eV."""
    images_eV = values.get("dipole_image_energy_eV", 0.0)
    energies = {
        "energy_eV": values["energy_eV"],
        "raw_energy_eV": values["energy_eV"] + images_eV,
        "dipole_image_energy_eV": images_eV,
        "dispersion_energy_eV": values.get("dispersion_energy_eV"),
        "fmax_eV_per_A": values.get("fmax_eV_per_A"),
    }
    return {key: float(value) for key, value in energies.items() if value is not None}


def parameters(task: Task, result: Result) -> dict[str, Any]:
    """All settings of a calculation: level with versions, datasets, k-points, spin, charge."""
    level, spec = result.values["level"], task.spec
    functional = level["functional"]
    own = ("kpoints", "charge", "spin_polarised", "dipole_layer", "fixed_moment_muB")
    return {
        "program": PROGRAM,
        **level,
        "datasets": f"gpaw-data {level['codes']['gpaw-data']},"
        f" {BORROWED_DATASETS.get(functional, functional)}",
        **{key: spec[key] for key in own if key in spec},
        "fingerprint": result.fingerprint,
    }
