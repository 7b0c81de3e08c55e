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


def dotted(node):
    """``"os.system"`` of the expression, or an empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


DFT = ROOT / "workflows" / "dft"
OUTSIDE = [file for file in FILES if DFT not in file.parents]


@pytest.mark.parametrize("file", OUTSIDE, ids=lambda f: str(f.relative_to(ROOT)))
def test_only_dft_knows_gpaw(file):
    assert "gpaw" not in set(imported(file))


def run_time_imports(node):
    """Modules that a file imports when it is loaded or run; not those for the type checker."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and dotted(child.test) == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield child.module or ""
        else:
            yield from run_time_imports(child)


@pytest.mark.parametrize("file", OUTSIDE, ids=lambda f: str(f.relative_to(ROOT)))
def test_dft_is_started_as_a_program_and_never_imported(file):
    names = run_time_imports(ast.parse(file.read_text(encoding="utf-8")))
    assert not [name for name in names if name.startswith("workflows.dft")]


#: What a package of workflows may import of the others, lower ones last. `dft` stands apart.
LAYERS = (
    "cli", "export", "report", "convergence", "verify", "summary", "trace", "planner", "execution",
    "recipes", "figure_files", "findings", "planning", "species", "store", "codes", "study",
    "task_file",
)  # fmt: skip


@pytest.mark.parametrize("file", [f for f in OUTSIDE if f.is_relative_to(ROOT / "workflows")])
def test_imports_of_workflows_point_down(file):
    own = file.relative_to(ROOT / "workflows").parts[0].removesuffix(".py")
    if own == "__init__":
        return
    names = run_time_imports(ast.parse(file.read_text(encoding="utf-8")))
    used = {name.split(".")[1] for name in names if name.startswith("workflows.")}
    assert {name for name in used if LAYERS.index(name) < LAYERS.index(own)} == set()


def test_dft_uses_only_what_lies_below_it():
    for file in sorted(DFT.rglob("*.py")):
        names = run_time_imports(ast.parse(file.read_text(encoding="utf-8")))
        used = {name.split(".")[1] for name in names if name.startswith("workflows.")}
        assert used <= {"dft", "store", "codes", "study", "task_file"}, file


def test_every_kind_of_task_has_the_same_run_function():
    found = {}
    for file in sorted((DFT / "kinds").glob("*.py")):
        if file.stem != "__init__":
            for node in ast.parse(file.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.FunctionDef) and node.name == "run":
                    (argument,) = node.args.args
                    about = ast.unparse(argument.annotation), ast.unparse(node.returns)
                    found[file.stem] = (argument.arg, about[0].split("[")[0], about[1])
    assert set(found.values()) == {("job", "Job", "Values")}
    assert set(found) == {f.stem for f in (DFT / "kinds").glob("*.py") if f.stem != "__init__"}
    assert len(found) >= 8


def chain(module, graph, known):
    """Number of modules in the longest chain of imports that begins with a module."""
    if module not in known:
        known[module] = 1 + max((chain(each, graph, known) for each in graph[module]), default=0)
    return known[module]


def test_chains_of_imports_in_workflows_are_short():
    files = {
        ".".join(f.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): f
        for f in FILES
        if f.is_relative_to(ROOT / "workflows")
    }
    graph = {
        name: {
            used
            for used in run_time_imports_at_the_top(ast.parse(file.read_text(encoding="utf-8")))
            if used in files and used != name
        }
        for name, file in files.items()
    }
    longest = max(chain(name, graph, {}) for name in graph)
    assert longest <= 12, longest


def run_time_imports_at_the_top(tree):
    """Modules that are imported when a file is loaded."""
    kept = [n for n in tree.body if not isinstance(n, ast.FunctionDef | ast.ClassDef)]
    return run_time_imports(ast.Module(kept, []))


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
