"""What is loaded before anything is done: commands must start at once."""

import subprocess
import sys

import pytest

HEAVY = (
    "gpaw", "pymatgen", "snakemake", "rdkit", "spglib", "matplotlib", "plotly", "pandas", "jinja2",
)  # fmt: skip


def loaded(code):
    """Which of `HEAVY` are loaded after some code has run."""
    check = f"import sys; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    answer = subprocess.run(
        [sys.executable, "-c", f"{code}\n{check}"], capture_output=True, text=True, check=True
    )
    return answer.stdout.splitlines()[-1].split()


@pytest.mark.parametrize(
    "code",
    [
        "import workflows, analysis, slabs",
        "import workflows.recipes.registry",
        "import contextlib, sys\n"
        "sys.argv = ['passivant', '--help']\n"
        "from workflows.cli.main import app\n"
        "with contextlib.suppress(SystemExit):\n    app()",
        "import workflows.study.model",
    ],
    ids=["packages", "registry", "help", "study"],
)
def test_heavy_libraries_are_not_loaded(code):
    assert loaded(code) == []


def test_recipes_load_neither_gpaw_nor_what_draws():
    code = "from workflows.recipes.registry import recipes; recipes()"
    assert not {"gpaw", "snakemake", "matplotlib", "plotly", "pandas"} & set(loaded(code))


def test_public_names_are_found():
    code = "import slabs, analysis, workflows\n"
    code += "for p in (slabs, analysis, workflows):\n"
    code += "    for name in p.__all__: getattr(p, name)\n"
    code += "    assert dir(p) == sorted(p.__all__)"
    loaded(code)
