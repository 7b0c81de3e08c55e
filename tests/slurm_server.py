"""A SLURM of one node on this machine, for tests; needs the Debian packages of SLURM."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

#: Where jobs look for it: the executor of Snakemake removes SLURM_CONF from their environment.
CONFIGURATION = Path("/etc/slurm/slurm.conf")
PROGRAMS = ("slurmctld", "slurmd", "squeue", "sbatch", "scancel")


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
            "ProctrackType": "proctrack/linuxproc",
            "TaskPlugin": "task/none",
            "MpiDefault": "none",
            "ReturnToService": 2,
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
        self.ask("scancel", "--user", "root")
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

    def ask(self, *command):
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False
        ).stdout

    def wait_for(self, state):
        wait(lambda: self.ask("sinfo", "-h", "-o", "%T").startswith(state), 60, f"node {state}")

    def jobs(self):
        """Names, states and rules of the jobs in the queue."""
        lines = self.ask("squeue", "-h", "-o", "%j|%T|%k").splitlines()
        return [tuple(line.split("|")) for line in lines]


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
