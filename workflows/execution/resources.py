"""What a task asks of a machine: MPI ranks, memory and wall time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from slabs.errors import InputError
from slabs.text import one_line
from workflows.planning.cost import Estimate

#: Memory a job asks for beyond the estimate, and its wall time over the estimate.
MEMORY_FACTOR, TIME_FACTOR, SHORTEST_JOB_MIN = 1.5, 4.0, 30
#: What a site may fix in its profile, for all kinds of tasks or for one.
FIXED = ("ranks", "mem_mb", "runtime_min")
#: Kinds of tasks in which one rank starts another program.
ONE_RANK_KINDS = ("abinit", "cp2k", "potential")
MAX_PROFILE_BYTES = 100_000


@dataclass(frozen=True)
class JobResources:
    """Of one job.

    Parameters
    ----------
    ranks
        MPI ranks.
    mem_mb
        Memory of all ranks together in MB.
    runtime_min
        Wall time in minutes.
    """

    ranks: int
    mem_mb: int
    runtime_min: int


def site_settings(profile: Path) -> dict[str, Any]:
    """Settings of a cluster profile, as in its ``config.yaml``.

    Raises
    ------
    InputError
        If it is not YAML with settings by name.
    """
    file = profile / "config.yaml"
    try:
        with file.open(encoding="utf-8") as stream:
            text = stream.read(MAX_PROFILE_BYTES + 1)
        if len(text) > MAX_PROFILE_BYTES:
            raise InputError(f"{file}: larger than {MAX_PROFILE_BYTES} bytes; not a profile")
        settings = yaml.safe_load(text) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        words = " ".join(str(error).split())
        raise InputError(f"{file}: cannot be read: {words}") from error
    if not isinstance(settings, dict):
        raise InputError(f"{file}: holds no settings by name")
    if "__use_yte__" in settings:
        raise InputError(f"{file}: __use_yte__: templates are not allowed here; write them out")
    given = settings.get("config", [])
    if not isinstance(given, list) or not all(isinstance(entry, str) for entry in given):
        raise InputError(f"{file}: config must be a list of settings such as 'ranks=4'")
    return settings


def fixed_resources(profile: Path) -> dict[str, int]:
    """What a profile fixes under ``config``: ``ranks=4``, ``runtime_min_relax=1440``, ...

    Raises
    ------
    InputError
        If a value is not a whole number above zero.
    """
    fixed = {}
    for entry in site_settings(profile).get("config", []):
        name, _, value = entry.partition("=")
        if not name.startswith(FIXED):
            continue  # another setting, such as mpi
        if not value.isascii() or not value.isdigit() or int(value) == 0:
            raise InputError(
                f"{profile / 'config.yaml'}: config: {one_line(name, 80)} ="
                f" {one_line(repr(value), 80)} must be a whole number above zero"
            )
        fixed[name] = int(value)
    return fixed


def most_ranks(
    estimates: Mapping[str, Estimate], parents: Mapping[str, Sequence[str]], cores: int
) -> int:
    """Largest number of ranks of a task on one machine, so that its cores are shared out well.

    Ranks of one task lose time to each other, tasks beside each other do not: a task gets more
    than one core only where too few tasks can run at once to fill them. That is the core-seconds
    of all tasks over those of the longest chain of them.

    Parameters
    ----------
    estimates
        Of the tasks that wait, by key, parents first.
    parents
        Keys of the tasks that each one needs; those that are done do not count.
    cores
        Cores that are free for them.
    """
    longest: dict[str, float] = {}
    for key, expected in estimates.items():
        before = max((longest[each] for each in parents[key] if each in longest), default=0.0)
        longest[key] = before + expected.core_seconds
    at_once = sum(each.core_seconds for each in estimates.values()) / max(longest.values())
    return max(1, round(cores / at_once))


def job_resources(
    kind: str, estimate: Estimate, max_ranks: int, fixed: Mapping[str, int]
) -> JobResources:
    """Resources of a task, from its estimate or as the site has fixed them.

    Parameters
    ----------
    kind
        Of the task.
    estimate
        Expected cost.
    max_ranks
        Largest number of ranks.
    fixed
        See `fixed_resources`; what is fixed for the kind wins.
    """

    def site(name: str, default: int) -> int:
        return fixed.get(f"{name}_{kind.replace('-', '_')}", fixed.get(name, default))

    ranks = 1 if kind in ONE_RANK_KINDS else min(site("ranks", estimate.ranks), max_ranks)
    minutes = estimate.core_seconds / ranks / 60
    return JobResources(
        ranks,
        site("mem_mb", int(estimate.memory_MB * MEMORY_FACTOR)),
        site("runtime_min", max(SHORTEST_JOB_MIN, int(minutes * TIME_FACTOR))),
    )
