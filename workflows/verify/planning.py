"""The tasks of a verification: every species of one reaction with GPAW and with another program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from analysis.energies.reactions import Reaction, question
from analysis.energies.rows import ReactionRow
from analysis.results import SCHEMA, Result
from slabs.structure import electron_parity, formula
from workflows.codes.registry import CODES
from workflows.codes.spec import CodeSpec, PartSpec
from workflows.findings.calculated import candidate_of
from workflows.findings.findings import Findings
from workflows.planning.cost import ONE_CYCLE, estimate
from workflows.planning.plan import Plan, Task
from workflows.planning.specs import Specs
from workflows.recipes.reactions import RECIPE as REACTIONS
from workflows.species.species import Species
from workflows.study.errors import StudyError
from workflows.study.level import Level, digest
from workflows.verify.settings import Settings
from workflows.verify.verification import Parts, Verification

#: Core-seconds of a single point of another program over those expected of GPAW.
COST = {"abinit": 4.0, "cp2k": 8.0}


def plan_verification(found: Findings, name: str, settings: Settings, version: str) -> Verification:
    """Plan single points of all species of a reaction at their relaxed structures.

    Parameters
    ----------
    found
        What is known of the study.
    name
        Name of the reaction.
    settings
        What is calculated with.
    version
        Of the other program.

    Raises
    ------
    StudyError
        If there is no such reaction, a species is not finished, or the other program cannot
        calculate it.
    """
    row = _row(found, name)
    plan, study = found.plan, found.study
    level = settings.gpaw_level(study.energy_level)
    code_level = settings.code_level(level, version)
    specs = Specs(study.model_copy(update={"single_point": level}), plan.file)
    corrected = settings.corrected and _is_adsorption(found, row.reaction)
    tasks = _Tasks(plan, level)
    gpaw, code, parts = {}, {}, {}
    symbols: set[str] = set()
    for each in row.reaction.species:
        calculated = found.species[each]
        assert calculated.result is not None
        if calculated.result.charge:
            raise StudyError(
                f"{plan.file}: {name!r}: {each!r} has the charge {calculated.result.charge:+d};"
                " only neutral cells are compared"
            )
        symbols.update(calculated.result.atoms.symbols)
        CODES[settings.code].check(symbols, code_level)
        species = candidate_of(plan, each, found.candidates[each], calculated)
        spec = specs.single_point(species)
        gpaw[each] = tasks.add(f"verify {each}", "single-point", spec, calculated.result)
        own: CodeSpec = {
            "level": code_level,
            "fingerprint": digest(code_level),
            "charge": spec["charge"],
            "kpoints": spec["kpoints"],
            "spin_polarised": spec["spin_polarised"],
        }
        if "fixed_moment_muB" in spec:
            own["fixed_moment_muB"] = spec["fixed_moment_muB"]
        label = f"verify {each} with {settings.program.name}"
        code[each] = tasks.add(label, settings.code, own, calculated.result)
        if corrected:
            parts[each] = _parts(tasks, label, own, species, calculated.result)
    return Verification(
        row, settings, tasks.plan(), level, gpaw, code, parts, tuple(sorted(symbols))
    )


def _row(found: Findings, name: str) -> ReactionRow:
    """The reaction of a study that is finished."""
    rows = {row.name: row for row in REACTIONS.rows(found)}
    file = found.plan.file
    if name not in rows:
        raise StudyError(
            f"{file}: there is no reaction {name!r}; names: {', '.join(map(repr, rows)) or 'none'}"
        )
    row = rows[name]
    if any(term.energy_eV is None for term in row.terms):
        raise StudyError(
            f"{file}: {name!r} is not finished ({row.status}); passivant run calculates it"
        )
    return row


def _is_adsorption(found: Findings, reaction: Reaction) -> bool:
    """Whether ligands are only added: then their basis functions help the covered slab alone."""
    known = found.study.point_defects
    vacancies = [name for name, each in known.items() if each.kind == "vacancy"]
    others = [name for name in known if name not in vacancies]
    return question(reaction, vacancies, others) == "Adsorption"


class _Tasks:
    """Collects the tasks of a verification.

    Parameters
    ----------
    plan
        The plan of the study.
    level
        Whose limits the tasks have.
    """

    def __init__(self, plan: Plan, level: Level) -> None:
        self._plan, self._level = plan, level
        self._made: dict[str, Task] = {}

    def add(self, label: str, kind: str, spec: Mapping[str, Any], start: Result) -> str:
        """Add a task that starts from a result; returns its key."""
        atoms = start.atoms
        whole = {"schema": SCHEMA, "kind": kind, **spec, "parents": [start.key]}
        key = digest(whole)
        like_gpaw = {**spec, "level": {"ecut_eV": self._level.ecut_eV}}
        expected = estimate(atoms, like_gpaw, ONE_CYCLE)
        if kind in COST:
            expected = replace(expected.scaled(COST[kind]), ranks=1)
        folder = f"{kind}-{formula(atoms)}-{key[:12]}"
        limits = self._level.limits()
        self._made[key] = Task(label, kind, whole, key, folder, (start.key,), limits, expected)
        return key

    def plan(self) -> Plan:
        """The plan of the study with these tasks and what they start from, and no others."""
        known = self._plan.tasks
        needed = _ancestors(known, (p for task in self._made.values() for p in task.parents))
        tasks = {key: task for key, task in known.items() if key in needed} | self._made
        return replace(
            self._plan,
            tasks=tasks,
            species={},
            relax_keys={},
            first_keys={},
            species_keys={},
            planned={},
        )


def _ancestors(tasks: Mapping[str, Task], keys: Iterable[str]) -> set[str]:
    """Some tasks and all that they start from."""
    found: set[str] = set()
    left = list(keys)
    while left:
        key = left.pop()
        if key not in found:
            found.add(key)
            left += tasks[key].parents
    return found


def _parts(
    tasks: _Tasks, label: str, own: CodeSpec, species: Species, start: Result
) -> dict[str, Parts]:
    """Plan the parts of a covered slab; none of what has only one. Ligands of one name are one."""
    groups = np.array(species.structure.groups)
    names = list(dict.fromkeys(species.structure.groups))
    if len(names) == 1:
        return {}
    made = {}
    for name in names:
        atoms = np.flatnonzero(groups == name)
        odd = electron_parity(start.atoms[atoms], 0) == 1
        keys = []
        for ghosts in (False, True):
            part: PartSpec = {"atoms": atoms.tolist(), "ghosts": ghosts}
            spec: CodeSpec = {**own, "charge": 0, "spin_polarised": odd, "part": part}
            spec.pop("fixed_moment_muB", None)
            words = f"{label}, {name}{' with ghost atoms' if ghosts else ' alone'}"
            keys.append(tasks.add(words, own["level"]["code"], spec, start))
        made[name] = Parts(*keys)
    return made
