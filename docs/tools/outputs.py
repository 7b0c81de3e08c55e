"""Writes the output of commands into the pages: `make docs-output`.

A page asks for it by a comment before a block of text,

    <!-- output of: passivant check smoke --cores 2 -->

which is run in a folder where the page's studies are, without results; with `output with results
of:` also the results of the smoke study are there. `error of:` takes the message of a command that
is refused; `table with results of:` puts a Markdown table between the comment and `<!-- end -->`.
`; first 20 lines`, `; last 20 lines` and `; lines 5 to 20` shorten long answers. A
block of TOML with `title="FOLDER/NAME.toml"` is written there before the first command.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parent.parent
BLOCK = re.compile(
    r"<!-- (?P<kind>output|output with results|table with results|error) of: (?P<command>[^;>]+?)"
    r"(?:; (?P<part>[^>]+?))? -->\n+(?:```text\n)?(?P<text>.*?)(?P<end>```|<!-- end -->)",
    re.DOTALL,
)
STUDY = re.compile(r'```toml title="(?P<file>[\w/.-]+)"\n(?P<text>.*?)```', re.DOTALL)
PART = re.compile(r"(?P<which>first|last|lines) (?P<a>\d+)(?: to (?P<b>\d+))?(?: lines)?$")
RESULTS = "smoke/results"


@dataclass(frozen=True)
class Block:
    """A command of a page and the text that the page shows as its output."""

    kind: str
    command: str
    part: str
    text: str


def blocks(page: str) -> list[Block]:
    """All commands of a page."""
    return [block_of(match) for match in BLOCK.finditer(page)]


def block_of(match: re.Match[str]) -> Block:
    """A command and its output, as found in a page."""
    part = "table" if match["kind"].startswith("table") else match["part"] or ""
    return Block(match["kind"], match["command"].strip(), part, match["text"])


def write_studies(page: str, folder: Path) -> None:
    """Write the studies that a page shows, and the smoke study."""
    folder.mkdir()
    for match in STUDY.finditer(page):
        file = folder / match["file"]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(match["text"], encoding="utf-8")
    passivant(["init", "smoke", "smoke"], folder)


def passivant(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of the package of this working tree in a folder."""
    path = os.pathsep.join([str(DOCS.parent), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-m", "workflows.cli.main", *arguments],
        cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": path, "NO_COLOR": "1"},
    )  # fmt: skip


def shortened(text: str, part: str) -> str:
    """The lines of an output that a page asks for; dots stand for the others."""
    lines = [line.rstrip() for line in text.strip("\n").splitlines()]
    if not part:
        return "\n".join(lines) + "\n"
    if part == "table":
        return "\n" + re.sub(r" {2,}", " ", "\n".join(x for x in lines if x[:1] == "|")) + "\n\n"
    match = PART.match(part)
    if match is None:
        raise SystemExit(f"{part!r} is not 'first N lines', 'last N lines' or 'lines N to M'")
    a, b = int(match["a"]), int(match["b"] or match["a"])
    first, last = {"first": (0, a), "last": (len(lines) - a, len(lines)), "lines": (a - 1, b)}[
        match["which"]
    ]
    kept = lines[max(first, 0) : last]
    before = ["..."] if first > 0 else []
    return "\n".join([*before, *kept, *(["..."] if last < len(lines) else [])]) + "\n"


def output(block: Block, folder: Path) -> str:
    """What a command prints in a folder, as the page shows it."""
    program, *arguments = shlex.split(block.command)
    if program != "passivant":
        raise SystemExit(f"{block.command!r} is not a command of passivant")
    answer = passivant(arguments, folder)
    expected, text = (2, answer.stderr) if block.kind == "error" else (0, answer.stdout)
    if answer.returncode != expected or not text.strip():
        raise SystemExit(f"{block.command}: exit status {answer.returncode}\n{answer.stderr}")
    return shortened(text.replace(str(folder.resolve()), "~").replace(str(folder), "~"), block.part)


def renewed(page: str, results: Path | None) -> str:
    """A page with the present output of its commands; without results only of those without."""
    if all(results is None and b.kind.endswith("with results") for b in blocks(page)):
        return page
    with tempfile.TemporaryDirectory(dir="/tmp") as name:  # a long path would break lines
        folders = {with_results: Path(name) / str(with_results) for with_results in (False, True)}
        for folder in folders.values():
            write_studies(page, folder)
        if results is not None and " with results of:" in page:
            shutil.copytree(results, folders[True] / RESULTS)

        def replace(match: re.Match[str]) -> str:
            block = block_of(match)
            with_results = block.kind.endswith("with results")
            if with_results and results is None:
                return match[0]
            text = output(block, folders[with_results])
            return match[0][: match.start("text") - match.start()] + text + match["end"]

        return BLOCK.sub(replace, page)


def main() -> None:
    """Renew all pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, help="results folder of a finished smoke study")
    parser.add_argument("pages", nargs="*", type=Path, help="default: all")
    given = parser.parse_args()
    results = given.results if given.results.is_dir() else None
    if results is None:
        print(f"{given.results}: is no folder; outputs that need results stay as they are")
    for file in given.pages or sorted([*DOCS.rglob("*.md"), DOCS.parent / "README.md"]):
        old = file.read_text(encoding="utf-8")
        new = renewed(old, results)
        if new != old:
            file.write_text(new, encoding="utf-8")
            print(f"{file}: renewed")


if __name__ == "__main__":
    main()
