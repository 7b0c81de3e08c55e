"""The reference of the public names, for mkdocstrings."""

from __future__ import annotations

import inspect
from importlib import import_module

HEAD = """# Python

`import passivant` offers all names of this page; each is loaded when it is used, and none of them
loads GPAW. [Use it from Python](../how-to/python.md) shows them at work. The same names come from
the packages `slabs` (structures), `analysis` (results) and `workflows` (studies).

"""
TITLES = {"slabs": "Structures", "analysis": "Results", "workflows": "Studies"}


def names_page() -> str:
    """The whole page in Markdown, with the instructions that mkdocstrings replaces."""
    lines = [HEAD]
    for package, title in TITLES.items():
        module = import_module(package)
        lines += [f"## {title}", ""]
        for name in module.__all__:
            value = getattr(module, name)
            documented = inspect.isclass(value) or inspect.isfunction(value)
            where = value.__module__ if documented else _module_of(package, name)
            lines += [
                f"::: {where}.{name}",
                "    options:",
                f"      heading: {name}",
                f"      toc_label: {name}",
                "",
            ]
    return "\n".join(lines)


def _module_of(package: str, name: str) -> str:
    """Where a public constant is defined, as its package imports it for the type checker."""
    import ast

    tree = ast.parse(inspect.getsource(import_module(package)))
    return next(
        node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and node.module is not None
        and name in {alias.name for alias in node.names}
    )
