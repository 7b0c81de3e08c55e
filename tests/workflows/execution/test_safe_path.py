"""Python files that lie in the folder of the results are not taken for ours."""

import subprocess
import sys
from pathlib import Path

from tests.conftest import HCL
from tests.workflows.cli.test_main import passivant

SHADOWS = ("analysis.py", "numpy.py", "snakemake.py", "workflows/__init__.py", "slabs/__init__.py")
DRIVER = Path(__file__).parents[3] / "cluster_scripts" / "slurm" / "driver.sh"


def shadow(folder):
    """Put modules of known names that cannot be loaded into a folder."""
    for name in SHADOWS:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"raise SystemExit('{name} was loaded')\n", encoding="utf-8")


def test_tasks_load_our_modules_whatever_lies_around(write_study, tmp_path):
    file = write_study(HCL, ecut=200.0, fmax=0.9)
    here = tmp_path / "here"
    shadow(here)
    shadow(tmp_path / "results")
    answer = passivant("run", file, "--results", tmp_path / "results", cwd=here)
    assert answer.returncode == 0, answer.stderr
    assert "was loaded" not in answer.stderr + answer.stdout


def test_driver_of_a_cluster_loads_our_modules(write_study, tmp_path):
    shadow(tmp_path)
    file = write_study(HCL)
    command = ["bash", str(DRIVER), sys.executable, str(file), str(tmp_path / "r"), str(tmp_path)]
    answer = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert answer.returncode == 2
    assert "has no config.yaml" in answer.stderr
