"""Made-up results for the tests of the report: no calculation, but files as tasks write them."""

import json

import numpy as np

from analysis.density.difference import INTEGRAL_TOLERANCE_E, save_density_difference
from analysis.dos.density_of_states import COUPLED, DOS_FILE, structure_to_dict
from analysis.dos.spectrum import broadened
from analysis.electrostatics.potential import POTENTIAL_FILE
from analysis.results import atoms_to_dict
from workflows.execution.engine import prepare
from workflows.findings.states import task_folder
from workflows.store import write_result

WIDTH_EV = 0.2
FILLED, BANDS = 12, 20


def pretend_results(plan, results, energies, more=None, others=None):
    """Energies of species, by name, as results of their tasks.

    Parameters
    ----------
    plan, results
        Plan and results folder.
    energies
        Energy of the first candidate of each species in eV.
    more
        More values of some of them.
    others
        Energy of the second candidate of some species in eV, or None for no result.
    """
    prepare(plan, results)
    stored = [(name, 0, energy) for name, energy in energies.items()]
    stored += [(name, 1, energy) for name, energy in (others or {}).items() if energy is not None]
    for name, place, energy in stored:
        key = plan.species_keys[name][place]
        task = plan.tasks[key]
        structure = plan.species[name][place].structure.atoms
        values = {
            "energy_eV": energy,
            "structure": atoms_to_dict(structure),
            **{k: task.spec[k] for k in ("level", "fingerprint", "charge")},
            **(more or {}).get(name, {}),
        }
        write_result(task_folder(task, results), task.kind, key, values)


def pretend_dos(plan, results, name, place=0):
    """Levels on a ladder with a gap of 1.5 eV, shared by all atoms; the entry with this place."""
    task = plan.tasks[plan.planned["dos"][place]]
    structure = plan.species[name][0].structure
    atoms = len(structure.atoms)
    energies = np.linspace(-8.0, 6.0, 400)
    levels = np.where(np.arange(BANDS) < FILLED, -4.0, -2.5) + 0.25 * np.arange(BANDS)
    arrays = {"energies_eV": energies, "potentials_eV": np.zeros(atoms)}
    values = {}
    for prefix in ("", COUPLED):
        copies = 2 if prefix else 1
        own = np.repeat(levels, copies)
        shares = np.full((atoms, 3, 1, len(own)), 0.3 / atoms)
        arrays |= {
            f"{prefix}total_per_eV": broadened(
                energies, own, np.full((1, len(own)), 2.0 / copies), WIDTH_EV
            ),
            f"{prefix}projections_per_eV": broadened(energies, own, shares, WIDTH_EV),
            f"{prefix}eigenvalues_eV": own[None, None],
            f"{prefix}occupations": (np.arange(len(own)) < FILLED * copies)[None, None] * 1.0,
            f"{prefix}kpoint_weights": np.ones(1),
            f"{prefix}shares": shares,
        }
        values |= {f"{prefix}fermi_level_eV": -0.5, f"{prefix}complete_to_eV": float(levels[-1])}
    values |= {
        "planned": structure_to_dict(structure),
        "spin_orbit": True,
        "valence_electrons": 2.0 * FILLED,
        "vacuum_eV": {"above": 4.0, "below": 4.5},
        "width_eV": WIDTH_EV,
    }
    folder = task_folder(task, results)
    np.savez(folder / DOS_FILE, **arrays)
    write_result(folder, task.kind, task.key, values)


def pretend_density(plan, results, name):
    """Electrons that move from the ligand to the slab; two blobs around the contact."""
    task = plan.tasks[plan.planned["density_differences"][0]]
    structure = plan.species[name][0].structure
    atoms = structure.atoms
    fragments = {
        group: structure.indices(group).tolist() for group in dict.fromkeys(structure.groups)
    }
    contact = atoms.positions[fragments[structure.groups[-1]]][0]
    grid = np.stack(np.meshgrid(*(np.arange(n) / n for n in (24, 24, 60)), indexing="ij"), axis=-1)
    places = grid @ atoms.cell.array - contact
    places -= (
        np.round(places[..., :2] @ np.linalg.inv(atoms.cell.array[:2, :2])) @ (atoms.cell.array[:2])
    )
    blobs = [np.exp(-((places - [0, 0, z]) ** 2).sum(axis=-1)) for z in (-1.2, 1.2)]
    difference = 0.08 * (blobs[0] - blobs[1] * blobs[0].sum() / blobs[1].sum())
    folder = task_folder(task, results)
    save_density_difference(folder, difference, atoms, fragments)
    electrons = {"whole": int(atoms.numbers.sum())}
    electrons |= {g: int(atoms.numbers[own].sum()) for g, own in fragments.items()}
    values = {
        "difference": " - ".join(f"n({part})" for part in electrons),
        "parts": {
            part: {"formula": part, "electrons": n, "electrons_on_grid": float(n)}
            for part, n in electrons.items()
        },
        "electrons": {part: float(n) for part, n in electrons.items()},
        "integral_e": 0.0,
        "integral_tolerance_e": INTEGRAL_TOLERANCE_E,
        "moved_e": 0.25,
        "gained_e": dict(zip(fragments, (0.25, -0.25), strict=True)),
    }
    write_result(folder, task.kind, task.key, values)


def pretend_potentials(plan, results):
    """A smooth well, for the covered and for the bare slab."""
    keys = [key for each in plan.planned["electrostatics"] for key in (each.own, each.bare)]
    for key in dict.fromkeys(keys):
        task = plan.tasks[key]
        name = task.label.removeprefix("electrostatics ")
        atoms = plan.species[name][0].structure.atoms
        z = np.linspace(0.6, atoms.cell.array[2, 2] - 0.6, 80)
        middle = atoms.positions[:, 2].mean()
        well = -10.0 * np.exp(-(((z - middle) / 4.0) ** 2))
        folder = task_folder(task, results)
        np.savez(folder / POTENTIAL_FILE, z_A=z, planar_eV=well, macroscopic_eV=0.8 * well)
        faces = {
            f"{quantity}_{face}_{unit}": value
            for face in ("top", "bottom")
            for quantity, unit, value in (
                ("vacuum", "eV", 0.0),
                ("work_function", "eV", 4.5),
                ("ionisation_energy", "eV", 5.5),
                ("slope", "eV_per_A", 0.2),
            )
        }
        values = {
            "structure": atoms_to_dict(atoms),
            "fermi_level_eV": -4.5,
            "highest_filled_eV": -5.5,
            "layer_period_A": 6.3,
            "area_A2": float(atoms.cell.volume / atoms.cell.array[2, 2]),
            "dipole_eA": 0.0,
            "step_eV": 0.0,
            "helmholtz_step_eV": 0.0,
            **faces,
        }
        write_result(folder, task.kind, task.key, values)


def pretend_convergence(plan, results):
    """One reaction at three cutoffs, as `passivant converge` writes it."""
    energies = (-0.5, -0.55, -0.56)
    points = [
        {
            "value": 300.0 + 100.0 * n,
            "own": n == 0,
            "reaction_energy_eV": energy,
            "change_eV": energy - energies[n - 1] if n else None,
            "status": "done",
        }
        for n, energy in enumerate(energies)
    ]
    line = {
        "name": plan.study.reactions[0].name,
        "points": points,
        "extrapolated_eV": -0.5625,
        "not_extrapolated_because": "",
        "last_change_eV": -0.01,
        "converged": True,
    }
    data = {
        "title": plan.study.title,
        "level": plan.study.level_name,
        "tolerance_eV": 0.02,
        "parameters": {"ecut_eV": [line]},
    }
    (results / "convergence").mkdir()
    (results / "convergence" / "convergence.json").write_text(json.dumps(data))


def pretend_study(plan, results):
    """Results of the tasks of a shipped study, but for third candidates and further spectra."""
    energies, more, others = {}, {}, {}
    for name, keys in plan.species_keys.items():
        atoms = plan.species[name][0].structure.atoms
        # Atoms, then what compounds and contacts gain.
        compound = 0.5 * len(atoms) * (len(set(atoms.numbers)) > 1)
        energies[name] = -3.0 * len(atoms) - compound - 0.4 * name.count(".")
        level = plan.tasks[keys[0]].spec["level"]
        more[name] = {
            "dispersion_sensitivity_eV": {
                method: -share * len(atoms)
                for method, share in (("none", 0.0), (level["dispersion"], 0.05), ("D4", 0.06))
            },
            "magnetic_moment_muB": 1.0,
            "absolute_moment_muB": 1.2,
            "lattice_constant_A": float(atoms.cell.lengths()[0]),
        }
        if len(keys) > 1:
            others[name] = energies[name] + 0.05
    pretend_results(plan, results, energies, more, others)
    for task in plan.tasks.values():
        name = task.label.split()[-1]
        if task.kind == "spin-orbit":
            write_result(task_folder(task, results), task.kind, task.key, {"spin_orbit_eV": -0.1})
        elif task.kind == "split":
            groups = dict.fromkeys(plan.species[name][0].structure.groups, -20.0)
            values = {"fragment_energies_eV": {"whole": -41.0, **groups}}
            write_result(task_folder(task, results), task.kind, task.key, values)
    pretend_dos(plan, results, plan.study.dos[0].species)
    if plan.study.density_differences:
        pretend_density(plan, results, plan.study.density_differences[0].species)
    pretend_potentials(plan, results)
