"""The package `passivant`: all public names, in a working copy and when it is installed."""

import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FACADE = ROOT / "workflows" / "public"
USER = """
from importlib.metadata import version
from pathlib import Path

import passivant
from passivant import Ligand, make_ligand, parse_reaction

ligand: Ligand = make_ligand("OA")
weights = parse_reaction("slab + OA -> slab.OA").weights
assert weights == {"slab": -1, "OA": -1, "slab.OA": 1}
assert passivant.__version__ == version("passivant") != ""
import sys

assert "gpaw" not in sys.modules
print(Path(passivant.__file__).resolve())
"""


def python(program, *arguments, path="", cwd=None):
    """Output of a Python program with a search path of its own."""
    environment = {**os.environ, "PYTHONPATH": path}
    answer = subprocess.run(
        [program, *arguments],
        capture_output=True, text=True, check=False, env=environment, cwd=cwd,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def test_all_public_names_are_offered_and_gpaw_is_not_loaded(tmp_path):
    code = (
        "import analysis, passivant, slabs, sys, workflows\n"
        "heavy = {'gpaw', 'pymatgen', 'rdkit', 'matplotlib', 'snakemake'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "names = {*analysis.__all__, *slabs.__all__, *workflows.__all__, '__version__'}\n"
        "assert set(passivant.__all__) == names and len(passivant.__all__) == len(names)\n"
        "for name in names: getattr(passivant, name)\n"
        "assert passivant.build_slab is slabs.build_slab\n"
        "assert 'gpaw' not in sys.modules\n"
        "try: passivant.no_such_name\n"
        "except AttributeError as error: print(error)\n"
    )
    printed = python(sys.executable, "-c", code, path=f"{ROOT}:{FACADE}", cwd=tmp_path)
    assert printed == "module 'passivant' has no attribute 'no_such_name'\n"


@pytest.fixture
def copy(tmp_path):
    """What an installation needs of the working tree."""
    folder = tmp_path / "source"
    folder.mkdir()
    for name in ("slabs", "analysis", "workflows"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.mark.skipif(
    int(version("setuptools").split(".")[0]) < 77,
    reason="an older setuptools; make env installs it",
)
@pytest.mark.parametrize("editable", [True, False], ids=["editable", "normal"])
def test_package_is_installed(copy, tmp_path, editable):
    venv = tmp_path / "venv"
    # The libraries of this environment, without its passivant, which the new one hides.
    python(sys.executable, "-m", "venv", "--without-pip", str(venv))
    (site,) = venv.glob("lib/python3*/site-packages")
    options = ["--no-deps", "--no-build-isolation", "--no-index", "-q"]
    python(
        sys.executable, "-m", "pip", "--python", str(venv / "bin" / "python"), "install", *options,
        *(["-e"] if editable else []), str(copy),
        path=":".join(p for p in sys.path if p.endswith("site-packages")),
    )  # fmt: skip
    libraries = [p for p in sys.path if p.endswith("site-packages")]
    (site / "libraries.pth").write_text("\n".join(libraries) + "\n", encoding="utf-8")
    (tmp_path / "user.py").write_text(USER, encoding="utf-8")
    printed = python(str(venv / "bin" / "python"), "-I", "user.py", cwd=tmp_path)
    where = copy / "workflows" / "public" if editable else site
    assert Path(printed.strip()) == where.resolve() / "passivant" / "__init__.py"
    if not editable:
        assert (site / "passivant" / "py.typed").is_file()
        assert not (site / "workflows" / "public").exists()
