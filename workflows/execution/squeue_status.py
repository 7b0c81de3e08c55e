"""Which jobs of Snakemake have ended, for its executor for SLURM.

The executor of the plugin asks squeue or sacct. SLURM forgets an ended job after ``MinJobAge``,
and without accounting sacct knows none: the executor then waits for ever. Here a job that squeue
no longer knows has ended, and Snakemake looks for its result as it does after any other job.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any

from workflows.execution.job_log import last_error
from workflows.execution.slurm import ClusterError, states_of_jobs
from workflows.store import JOB_LOG_FILE

SUCCESS = "COMPLETED"
FAILURES = (
    "BOOT_FAIL", "CANCELLED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED",
    "TIMEOUT",
)  # fmt: skip
#: States from which SLURM may start a job again, if the site wants that.
REQUEUED = ("NODE_FAIL", "PREEMPTED")
#: Answers in a row that lack a job: one could come from a controller that has just started.
ANSWERS_WITHOUT_JOB = 2


async def check_active_jobs(executor: Any, active_jobs: Sequence[Any]) -> AsyncIterator[Any]:
    """Report the jobs that have ended and yield the others.

    Parameters
    ----------
    executor
        Of the plugin.
    active_jobs
        Jobs that were submitted, as Snakemake describes them.
    """
    if not active_jobs:
        return
    clusters = sorted(executor._submitted_job_clusters)
    try:
        async with executor.status_rate_limiter:
            states = await asyncio.to_thread(states_of_jobs, executor.run_uuid, clusters)
    except (ClusterError, TimeoutExpired) as error:
        executor.logger.warning(f"SLURM does not answer, jobs count as running: {error}")
        for job in active_jobs:
            yield job
        return
    settings = executor.workflow.executor_settings
    for job in active_jobs:
        state = states.get(job.external_jobid)
        job.aux["answers_without"] = 0 if state else job.aux.get("answers_without", 0) + 1
        if state == SUCCESS:
            if not settings.keep_successful_logs:
                job.aux["slurm_logfile"].unlink(missing_ok=True)
            executor.report_job_success(job)
        elif state in FAILURES and not (state in REQUEUED and settings.requeue):
            words = f"SLURM ended job {job.external_jobid} with the state {state}"
            _note(job, words, last=state != "FAILED")
            executor.report_job_error(
                job, msg=f"{words}. ", aux_logs=[str(job.aux["slurm_logfile"])]
            )
        elif job.aux["answers_without"] >= ANSWERS_WITHOUT_JOB:
            words = f"SLURM has forgotten job {job.external_jobid}"
            executor.logger.info(f"{words}; its result is looked for")
            _note(job, words, last=False)
            executor.report_job_success(job)  # Snakemake looks for the result
        else:
            yield job


def _note(job: Any, words: str, *, last: bool) -> None:
    """Write into the log of a task how its job ended, always or if there are no other words."""
    log = Path(job.job.output[0]).with_name(JOB_LOG_FILE)
    if last or not last_error(log):
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{words}\n")


def decide_by_squeue() -> None:
    """Make the executor of the plugin find out in this way which jobs have ended."""
    from snakemake_executor_plugin_slurm import Executor

    Executor.check_active_jobs = check_active_jobs
