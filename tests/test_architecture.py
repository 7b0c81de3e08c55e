"""The arrows between the packages: workflows -> analysis -> slabs, never back."""

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
