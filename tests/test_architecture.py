"""Rules that the source obeys: which way imports point, and that data is never executed."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ALLOWED = {
    "slabs": {"slabs"},
    "analysis": {"analysis", "slabs"},
    "workflows": {"workflows", "analysis", "slabs"},
}
FILES = [file for package in ALLOWED for file in sorted((ROOT / package).rglob("*.py"))]


def imported(file):
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


@pytest.mark.parametrize("file", FILES, ids=lambda f: f"{f.parent.name}/{f.stem}")
def test_imports_follow_the_arrows(file):
    package = file.relative_to(ROOT).parts[0]
    assert (set(imported(file)) & set(ALLOWED)) <= ALLOWED[package]


@pytest.mark.parametrize("file", [f for f in FILES if "workflows" not in f.relative_to(ROOT).parts])
def test_only_workflows_knows_gpaw(file):
    assert "gpaw" not in set(imported(file))


#: What runs, unpickles or listens to what it is given; modules, and names of functions.
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal", "joblib"}
FORBIDDEN_NAMES = {"eval", "exec", "__import__"}
FORBIDDEN_CALLS = {
    "os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "yaml.load",
    "yaml.unsafe_load", "yaml.full_load", "yaml.load_all", "socket.socket",
    "socket.create_server", "pandas.read_pickle", "pd.read_pickle", "torch.load",
}  # fmt: skip
#: Only one module may let ASE guess the format of what it reads; it names the format.
STRUCTURE_READER = "slabs/read.py"
EVERYTHING = [*FILES, *sorted((ROOT / "cluster_scripts").rglob("*.py"))]


def dotted(node):
    """``"os.system"`` of the expression, or an empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def keyword(call, name):
    """Value of a keyword of a call, or None."""
    return next((k.value for k in call.keywords if k.arg == name), None)


def offences(tree):
    """Calls and imports that could run what is only data."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names]
            modules = {getattr(node, "module", None) or "", *names}
            yield from modules & FORBIDDEN_MODULES
        if isinstance(node, ast.Name) and node.id in FORBIDDEN_NAMES:
            yield node.id
        if not isinstance(node, ast.Call):
            continue
        name = dotted(node.func)
        if name in FORBIDDEN_CALLS or name.split(".")[-1] in ("bind", "listen"):
            yield name
        shell = keyword(node, "shell")
        if shell is not None and not (isinstance(shell, ast.Constant) and shell.value is False):
            yield f"{name}(shell=...)"
        if name in ("np.load", "numpy.load"):
            allowed = keyword(node, "allow_pickle")
            if not (isinstance(allowed, ast.Constant) and allowed.value is False):
                yield f"{name} without allow_pickle=False"


@pytest.mark.parametrize("file", EVERYTHING, ids=lambda f: str(f.relative_to(ROOT)))
def test_data_is_never_executed(file):
    assert list(offences(ast.parse(file.read_text(encoding="utf-8")))) == []


def test_only_one_module_reads_structure_files():
    readers = set()
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "ase.io":
                names = {alias.name for alias in node.names}
                readers |= {str(file.relative_to(ROOT))} if names & {"read", "iread"} else set()
            if isinstance(node, ast.Call) and dotted(node.func).endswith(".from_file"):
                readers.add(str(file.relative_to(ROOT)))
    assert readers == {STRUCTURE_READER}


def test_offences_are_found():
    for text in (
        "import pickle", "from pickle import loads", "eval('1')", "os.system(x)",
        "subprocess.run(x, shell=True)", "yaml.load(x)", "np.load(x)", "server.listen(5)",
    ):  # fmt: skip
        assert list(offences(ast.parse(text)))
