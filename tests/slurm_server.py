"""A SLURM of one node on this machine, for tests; needs the Debian packages of SLURM."""

import os
import re
import shutil
import socket
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil

#: Where jobs look for it: the executor of Snakemake removes SLURM_CONF from their environment.
CONFIGURATION = Path("/etc/slurm/slurm.conf")
PROGRAMS = ("slurmctld", "slurmd", "squeue", "sbatch", "scancel")
#: After so long without an answer a node counts as dead; SLURM's own default is 300 s.
DEAD_AFTER_S = 20


def missing():
    """Programs of SLURM that this machine lacks."""
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    return [name for name in PROGRAMS if shutil.which(name, path=path) is None]


class Slurm:
    """Starts on entering and stops on leaving; processes are its own children."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.before = CONFIGURATION.read_bytes() if CONFIGURATION.exists() else None
        self.host = socket.gethostname().split(".")[0]

    def __enter__(self):
        for name in ("state", "spool"):
            (self.folder / name).mkdir(parents=True)
        settings = {
            "ClusterName": "test",
            "SlurmctldHost": self.host,
            "SlurmUser": "root",
            "SlurmctldPort": free_port(),
            "SlurmdPort": free_port(),
            "AuthType": "auth/none",
            "CredType": "cred/none",
            "ProctrackType": "proctrack/pgid",
            "TaskPlugin": "task/none",
            "MpiDefault": "none",
            "ReturnToService": 2,
            "SlurmdTimeout": DEAD_AFTER_S,
            "StateSaveLocation": self.folder / "state",
            "SlurmdSpoolDir": self.folder / "spool",
            "SlurmctldPidFile": self.folder / "slurmctld.pid",
            "SlurmdPidFile": self.folder / "slurmd.pid",
            "SlurmctldLogFile": self.folder / "slurmctld.log",
            "SlurmdLogFile": self.folder / "slurmd.log",
            "SchedulerType": "sched/backfill",
            "SelectType": "select/cons_tres",
            "SelectTypeParameters": "CR_Core",
            "AccountingStorageType": "accounting_storage/none",
            "JobAcctGatherType": "jobacct_gather/none",
            "MinJobAge": 300,
            "KillWait": 5,
            "SlurmdParameters": "config_overrides",
        }
        lines = [f"{key}={value}" for key, value in settings.items()]
        lines += [
            f"NodeName={self.host} CPUs=4 Boards=1 SocketsPerBoard=1 CoresPerSocket=4"
            " ThreadsPerCore=1 RealMemory=8000",
            "PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP",
        ]
        CONFIGURATION.parent.mkdir(exist_ok=True)
        CONFIGURATION.write_text("\n".join([*lines, ""]))
        self.environment = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
        self.controller = self._start("slurmctld", "-D")
        self.node = self._start("slurmd", "-D", "-N", self.host)
        self.wait_for("idle")
        return self

    def __exit__(self, *error):
        with suppress(AssertionError):
            self.empty()
        for process in (self.node, self.controller):
            process.terminate()
        for process in (self.node, self.controller):
            process.wait(timeout=30)
        if self.before is None:
            CONFIGURATION.unlink()
        else:
            CONFIGURATION.write_bytes(self.before)

    def _start(self, *command):
        log = (self.folder / f"{command[0]}.out").open("a")
        with log:
            return subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)

    def configure(self, **settings):
        """Change settings of the running SLURM."""
        text = CONFIGURATION.read_text()
        for key, value in settings.items():
            text, found = re.subn(rf"(?m)^{key}=.*$", f"{key}={value}", text)
            assert found == 1
        CONFIGURATION.write_text(text)
        self.ask("scontrol", "reconfigure")
        wait(lambda: self.has(settings), 30, f"{settings}")

    def has(self, settings):
        shown = self.ask("scontrol", "show", "config")
        return all(
            re.search(rf"(?m)^{key}\s*= {value}\b", shown) for key, value in settings.items()
        )

    def kill_node(self):
        """What a power cut does to a node: slurmd and all processes of all jobs are gone."""
        steps = [p for p in psutil.process_iter() if has(p, lambda p: p.name() == "slurmstepd")]
        dead = [psutil.Process(self.node.pid), *steps]
        dead += [child for step in steps for child in step.children(recursive=True)]
        for process in dead:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.node.wait()

    def boot_node(self):
        """Start the node again; with -b it tells SLURM that it was rebooted."""
        self.node = self._start("slurmd", "-b", "-D", "-N", self.host)

    def ask(self, *command):
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False
        ).stdout

    def wait_for(self, state):
        wait(lambda: self.ask("sinfo", "-h", "-o", "%T").startswith(state), 90, f"node {state}")

    def empty(self):
        """Cancel all jobs and wait until they are gone."""
        self.ask("scancel", "--user", "root")
        wait(lambda: not self.jobs(), 30, "an empty queue")

    def jobs(self, *options):
        """Names, states and rules of the jobs in the queue, or of those that were."""
        lines = self.ask("squeue", "-h", *options, "-o", "%j|%T|%k").splitlines()
        return [tuple(line.split("|")) for line in lines]

    def ended(self, state):
        """Rules of the jobs that ended so in the last minutes, such as ``"TIMEOUT"``."""
        return [rule for _, _, rule in self.jobs("--states", state)]


class TaskWatch:
    """Sees the task programs that work below a folder while it is entered.

    ``jobs`` holds for each task's folder the jobs that worked in it, in order, as the numbers
    of their sessions; ``shared`` the folders that two of them were in at the same time.
    """

    def __init__(self, below):
        self.below, self.jobs, self.shared = below, {}, set()

    def __enter__(self):
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._end.set()
        self._thread.join()

    def _look(self):
        while not self._end.wait(0.2):
            now = {}
            for process in ranks(self.below):
                with suppress(psutil.Error, ProcessLookupError):
                    folder = Path(process.cwd()) / process.cmdline()[-1]
                    now.setdefault(folder, set()).add(os.getsid(process.pid))
            for folder, sessions in now.items():
                seen = self.jobs.setdefault(folder, [])
                seen += sorted(sessions - set(seen))
                if len(sessions) > 1:
                    self.shared.add(folder)


def processes(below):
    """Processes whose working directory is a folder or below it."""
    return [
        p for p in psutil.process_iter() if has(p, lambda p: Path(p.cwd()).is_relative_to(below))
    ]


def ranks(below):
    """Processes of task programs that work below a folder, one for each MPI rank."""

    def is_rank(process):
        command = process.cmdline()
        return command[-2:-1] == ["workflows.dft.task"] and "python" in Path(command[0]).name

    return [process for process in processes(below) if has(process, is_rank)]


def has(process, property_):
    try:
        return property_(process)
    except psutil.Error:  # it has ended
        return False


def free_port():
    with socket.socket() as probe:
        probe.bind(("", 0))
        return probe.getsockname()[1]


def wait(condition, limit_s, what):
    """Wait until a condition holds; fails after a time."""
    end = time.monotonic() + limit_s
    while not (found := condition()):
        assert time.monotonic() < end, f"waited {limit_s} s for: {what}"
        time.sleep(0.5)
    return found
