"""Comparisons beyond the reactions: dispersion, passivation, basin checks, splits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from analysis.energies.rows import Calculated, ReactionRow, adsorption_split, reaction_row
from analysis.tables import Table, number
from slabs.structure import SURFACE_GROUP
from workflows.findings.calculated import calculated_candidates, calculated_species
from workflows.findings.states import TaskState
from workflows.findings.words import flag_sentences, level_words, status_words
from workflows.planning.plan import Plan


def dispersion_table(plan: Plan, rows: Sequence[ReactionRow]) -> Table:
    """Reaction energies with every dispersion correction at the same geometries."""
    methods = list(dict.fromkeys(method for row in rows for method in row.by_dispersion_eV))
    lines = [
        (
            row.name,
            *(number(row.by_dispersion_eV.get(method), 3, sign=True) for method in methods),
            level_words(plan.study),
        )
        for row in rows
        if row.by_dispersion_eV
    ]
    columns = ("Energy", *(f"dE, {method} / eV" for method in methods), "Level")
    foot = (
        "The same relaxed geometries, with other dispersion corrections added to the energy."
        " D3 takes Cs for a neutral atom and overestimates its share; 'without Cs' leaves all of"
        " it out.",
        *flag_sentences(flag for row in rows if row.by_dispersion_eV for flag in row.flags),
    )
    return Table("Dispersion", columns, tuple(lines), foot, below=("Level",))


def passivation_rows(plan: Plan, states: Mapping[str, TaskState]) -> list[ReactionRow]:
    """Rows of the passivation matrices of a study."""
    species = calculated_species(plan, calculated_candidates(plan, states))
    return [reaction_row(name, reaction, species) for name, reaction in plan.passivation]


def passivation_table(plan: Plan, states: Mapping[str, TaskState]) -> Table:
    """Vacancies beside ligands against the clean surface; no chemical potential enters."""
    found = passivation_rows(plan, states)
    rows = [
        (
            row.name,
            row.reaction.equation,
            number(row.reaction_energy_eV, 3, sign=True),
            level_words(plan.study),
            row.status,
        )
        for row in found
    ]
    columns = ("What", "Reaction", "dE / eV", "Level", "Status")
    foot = (
        "'V beside L': E(L.V) + E(clean) - E(L) - E(V) > 0 means that the vacancy costs more"
        " beside the ligands than on the clean surface; 'A and B together': > 0 means that the two"
        " ligands repel each other.",
        *flag_sentences(flag for row in found for flag in row.flags),
    )
    return Table("Passivation", columns, tuple(rows), foot, below=("Reaction", "Level", "Status"))


def basin_rows(plan: Plan, states: Mapping[str, TaskState]) -> list[dict[str, Any]]:
    """What the basin checks of a study found.

    For each: the energy of the bare slab relaxed from the covered one minus that of the
    slab relaxed from its own start, in eV (negative: the covered slab knows a better basin,
    and its energy is the reference of all reactions), and the shape of both.
    """
    rows = []
    made = calculated_candidates(plan, states)
    for spec in plan.study.basin_checks:
        surface = spec.species.split(".", maxsplit=1)[0]
        placements = [each.structure.placement for each in plan.species[surface]]
        own = made[surface][0]
        stripped = made[surface][placements.index(f"from {spec.species}, ligands taken away")]
        change = None
        if own.result is not None and stripped.result is not None:
            change = stripped.result.energy_eV - own.result.energy_eV
        rows.append(
            {
                "surface": surface,
                "from": spec.species,
                "change_eV": change,
                "own_angle_deg": _mean_angle_deg(own),
                "stripped_angle_deg": _mean_angle_deg(stripped),
                "folder": str(stripped.folder),
                "status": stripped.state if not stripped.why else stripped.why,
            }
        )
    return rows


def _mean_angle_deg(calculated: Calculated) -> float | None:
    """Mean metal-halide-metal angle after the relaxation."""
    from slabs.crystals.metrics import structure_metrics

    if calculated.result is None:
        return None
    return structure_metrics(calculated.result.atoms).numbers()["angle_mean_deg"]


def basin_table(plan: Plan, states: Mapping[str, TaskState]) -> Table:
    """Whether bare and covered slabs lie in the same basin of octahedral tilts."""
    rows = [
        (
            row["surface"],
            row["from"],
            number(row["change_eV"], 3, sign=True),
            number(row["own_angle_deg"], 1),
            number(row["stripped_angle_deg"], 1),
            level_words(plan.study),
            row["status"],
        )
        for row in basin_rows(plan, states)
    ]
    columns = (
        "Surface", "Relaxed from", "E - E_own / eV", "Own B-X-B / deg", "Found B-X-B / deg",
        "Level", "Status",
    )  # fmt: skip
    foot = (
        "The bare slab was relaxed once more from where the ligands left it; a negative change"
        " means that the covered slab lies in a better basin, and that the lower energy is used as"
        " the reference everywhere.",
    )
    return Table("Basin checks", columns, tuple(rows), foot, below=("Level", "Status"))


def split_rows(plan: Plan, states: Mapping[str, TaskState]) -> list[dict[str, Any]]:
    """Adsorption energies split into interaction and deformation, in eV."""
    rows = []
    made = calculated_species(plan, calculated_candidates(plan, states))
    for spec, key in zip(plan.study.splits, plan.output_keys["split"], strict=True):
        surface, *ligands = spec.species.split(".")
        faces = 2 if plan.study.surfaces[surface].sides == "two" else 1
        counts = {SURFACE_GROUP: (surface, 1)}
        counts |= {each: (each, faces * ligands.count(each)) for each in ligands}
        state = states[key]
        row: dict[str, Any] = {
            "species": spec.species,
            "interaction_eV": None,
            "deformation_eV": dict.fromkeys(counts),
            "adsorption_eV": None,
            "flags": [
                flag for name in (spec.species, surface, *ligands) for flag in made[name].flags
            ],
            "folder": str(state.folder),
            "status": status_words(state.state, state.why),
        }
        missing = [name for name, _ in counts.values() if made[name].result is None]
        if missing:
            row["status"] = ", ".join(f"{name} {made[name].state}" for name in missing)
        elif state.result is not None:
            references = {
                group: n * made[name].result.energy_eV  # type: ignore[union-attr]
                for group, (name, n) in counts.items()
            }
            found = adsorption_split(state.result.values["fragment_energies_eV"], references)
            row["interaction_eV"] = found.interaction_eV
            row["deformation_eV"] = dict(found.deformation_eV)
            row["adsorption_eV"] = found.adsorption_eV
        rows.append(row)
    return rows


def split_table(plan: Plan, states: Mapping[str, TaskState]) -> Table:
    """Interaction and deformation parts of adsorption energies."""
    rows = []
    found = split_rows(plan, states)
    for row in found:
        deformation = row["deformation_eV"]
        ligands = [v for name, v in deformation.items() if name != SURFACE_GROUP]
        total = None if None in ligands else sum(ligands)
        rows.append(
            (
                row["species"],
                number(row["interaction_eV"], 3, sign=True),
                number(deformation[SURFACE_GROUP], 3, sign=True),
                number(total, 3, sign=True),
                number(row["adsorption_eV"], 3, sign=True),
                level_words(plan.study),
                row["status"],
            )
        )
    columns = (
        "Species", "Interaction / eV", "Deformation of slab / eV", "of ligands / eV",
        "Sum, dE / eV", "Level", "Status",
    )  # fmt: skip
    foot = (
        "Interaction: E(whole) - sum of E(parts), all frozen as they lie in the covered slab;"
        " deformation: E(part, frozen) - E(part, relaxed), for ligands from the box to the surface"
        " cell. The sum is the adsorption energy of all ligands of the cell.",
        *flag_sentences(flag for row in found for flag in row["flags"]),
    )
    title = "Adsorption energies, split"
    return Table(title, columns, tuple(rows), foot, below=("Level", "Status"))


def spin_orbit_rows(plan: Plan, states: Mapping[str, TaskState]) -> list[dict[str, Any]]:
    """Reaction energies with spin-orbit coupling, in eV."""
    species = calculated_species(plan, calculated_candidates(plan, states))
    reactions = {
        spec.name: reaction
        for spec, reaction in zip(plan.study.reactions, plan.reactions, strict=True)
    }
    rows = []
    for check in plan.study.spin_orbit_checks:
        reaction = reactions[check.reaction]
        row = reaction_row(check.reaction, reaction, species)
        tasks = {name: states[plan.spin_orbit_keys[name]] for name in reaction.species}
        open_ = [
            f"{state.task.label} {state.state}" for state in tasks.values() if not state.result
        ]
        change = None
        if not open_:
            change = sum(
                float(n) * tasks[name].result.values["spin_orbit_eV"]  # type: ignore[union-attr]
                for name, n in reaction.coefficients
            )
        scalar = row.reaction_energy_eV
        both = scalar is not None and change is not None
        rows.append(
            {
                "name": check.reaction,
                "reaction_energy_eV": scalar,
                "change_eV": change,
                "with_spin_orbit_eV": scalar + change if both else None,  # type: ignore[operator]
                "flags": list(row.flags),
                "status": row.status if row.status != "done" else ", ".join(open_) or "done",
            }
        )
    return rows


def spin_orbit_table(plan: Plan, states: Mapping[str, TaskState]) -> Table:
    """Reaction energies without and with spin-orbit coupling."""
    found = spin_orbit_rows(plan, states)
    rows = [
        (
            row["name"],
            number(row["reaction_energy_eV"], 3, sign=True),
            number(row["with_spin_orbit_eV"], 3, sign=True),
            number(row["change_eV"], 3, sign=True),
            level_words(plan.study),
            row["status"],
        )
        for row in found
    ]
    columns = ("Energy", "dE / eV", "dE with SOC / eV", "Change / eV", "Level", "Status")
    foot = (
        "Spin-orbit coupling (SOC) by perturbation at the same density and structure, in as many"
        " bands as the atoms have bound valence orbitals; a check of its size, good to about"
        " 0.1 eV.",
        *flag_sentences(flag for row in found for flag in row["flags"]),
    )
    return Table("Spin-orbit coupling", columns, tuple(rows), foot, below=("Level", "Status"))
