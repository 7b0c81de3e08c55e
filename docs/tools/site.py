"""Hooks of MkDocs: pages that are written from the code, and the navigation."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))  # for `mkdocs build`; `python -m mkdocs build` has it
#: Section of pages that the navigation does not name.
OTHERS = "How-to guides"


def generated_pages() -> dict[str, str]:
    """Pages of the reference by their place in the site."""
    from docs.tools.catalogue import catalogue_page
    from docs.tools.commands import commands_page
    from docs.tools.names import names_page
    from docs.tools.study_keys import study_page

    return {
        "reference/study-file.md": study_page(),
        "reference/ligands.md": catalogue_page(),
        "reference/commands.md": commands_page(),
        "reference/python.md": names_page(),
        "changelog.md": (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"),
        "contributing.md": (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"),
    }


def present(nav: list[Any], pages: set[str]) -> list[Any]:
    """A navigation without the pages that are not there."""
    kept: list[Any] = []
    for entry in nav:
        if isinstance(entry, str):
            kept += [entry] if entry in pages else []
        else:
            ((title, below),) = entry.items()
            below = present([below] if isinstance(below, str) else below, pages)
            if below:
                kept.append({title: below if isinstance(entry[title], list) else below[0]})
    return kept


def named(nav: list[Any]) -> set[str]:
    """All pages that a navigation names."""
    found: set[str] = set()
    for entry in nav:
        below = entry if isinstance(entry, str) else next(iter(entry.values()))
        found |= {below} if isinstance(below, str) else named(below)
    return found


def navigation(nav: list[Any], pages: set[str]) -> list[Any]:
    """A navigation of the pages that are there; those it does not name end the how-to guides."""
    more = sorted(pages - named(nav))
    whole = [
        {OTHERS: [*entry[OTHERS], *more]} if isinstance(entry, dict) and OTHERS in entry else entry
        for entry in nav
    ]
    return present(whole, pages)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages, and fit the navigation to the pages that are there."""
    from mkdocs.structure.files import File

    for uri, text in generated_pages().items():
        files.append(File.generated(config, uri, content=text))
    if config.nav is not None:
        config.nav = navigation(config.nav, {f.src_uri for f in files.documentation_pages()})
    return files
