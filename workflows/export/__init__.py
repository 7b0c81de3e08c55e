"""Everything a study has found, written into one folder for use elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from analysis.csv_tables import csv_table
from analysis.tables import render
from slabs.text import unused_name
from workflows.export.archive import STUDY_FILE, write_archive
from workflows.export.databases import write_ase_database, write_pymatgen_entries
from workflows.export.readme import README_FILE, citation_text, list_words, readme_text
from workflows.export.structures import write_structures
from workflows.export.training import write_training
from workflows.figure_files import CAPTION, write_figures
from workflows.findings.findings import Findings
from workflows.findings.relaxed import relaxed_structures
from workflows.recipes.registry import recipes
from workflows.report.methods import methods
from workflows.report.provenance import task_table, version_table
from workflows.store import write_atomic
from workflows.study.errors import StudyError
from workflows.study.ligand_list import beside_study
from workflows.summary import document_of, named_tables, relative, tables_of

#: What the files of recipes and figures hold, by the end of their names.
ENDS = {
    CAPTION: "titles and captions of the figures",
    ".pdf": "figures for print",
    ".png": "figures as pictures",
    ".npz": "{title}: all arrays, for `numpy.load`",
    ".cube": "{title}: on a grid, a cube file",
    ".xyz": "{title}: structures, extended XYZ",
    ".csv": "{title}: data; units in the names of the columns",
    "": "{title}: data",
}


def export_study(
    found: Findings,
    folder: Path,
    *,
    titles: bool = True,
    archive: Path | None = None,
    densities: bool = False,
) -> list[Path]:
    """Write structures, tables, figures and data of a study into a new folder; returns the files.

    Paths in the files begin at the folder of the results.

    Parameters
    ----------
    found
        What is known.
    folder
        New folder.
    titles
        Whether figures have titles.
    archive
        Zip file that is written beside, with the results of all tasks; see
        `workflows.export.archive.write_archive`.
    densities
        Whether the archive holds densities on grids, which are large.
    """
    folder.mkdir(parents=True, exist_ok=True)
    about = distinct(
        folder,
        _texts(found, folder),
        _structures(found, folder),
        write_training(found, folder),
        *_recipe_files(found, folder, titles=titles),
    )
    text = readme_text(found, about, *list_words(found.plan.lists))
    write_atomic(folder / README_FILE, text)
    files = [folder / name for name in (README_FILE, *about)]
    if archive is not None:
        write_archive(found, folder, about, archive, densities=densities)
        files.append(archive)
    return files


def _texts(found: Findings, folder: Path) -> dict[str, str]:
    """Write tables, data and words; returns what each file is by its name."""
    titles = {each.name: each.title for each in recipes()}
    overview = [relative(table, found.results) for table in tables_of(found)]
    document = relative({**document_of(found), "study": STUDY_FILE}, found.results)
    lists = {
        beside_study(name): ("the list of ligands that the study names", text)
        for name, text in found.plan.lists.items()
    }
    tables = {
        "versions.csv": (
            "versions of the programs behind the results, and of those that wrote these files",
            version_table(found, "Wrote these files"),
        ),
        "tasks.csv": ("every calculation with its folder and state", task_table(found)),
        **{
            f"{name}.csv": (f"table: {titles.get(name, table.title)}", table)
            for name, table in named_tables(found).items()
        },
    }
    words = methods(found)
    texts = {
        STUDY_FILE: ("the study file: every choice", found.plan.text),
        **lists,
        "methods.txt": ("methods in sentences, with references", words.text),
        "references.bib": ("the references as BibTeX", words.bibtex),
        "CITATION.txt": ("what to cite", citation_text(found)),
        "data.json": (
            "all results for programs; units in the names",
            json.dumps(document, indent=1, allow_nan=False) + "\n",
        ),
        **{
            f"tables.{ending}": ("all tables of the overview", render(overview, style))
            for ending, style in (("md", "md"), ("tex", "latex"), ("txt", "text"))
        },
        **{
            _unlike(name, lists): (about, csv_table(relative(table, found.results)))
            for name, (about, table) in tables.items()
        },
    }
    for name, (_, text) in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_atomic(folder / name, text)
    return {name: about for name, (about, _) in texts.items()}


def _unlike(name: str, lists: Iterable[str]) -> str:
    """Name of a table; another one if the list of ligands has it, which the study names."""
    return f"{unused_name(Path(name).stem, [Path(each).stem for each in lists])}.csv"


def _structures(found: Findings, folder: Path) -> dict[str, str]:
    """Write relaxed structures and databases; returns what each file is by its name."""
    structures = relaxed_structures(found)
    if not structures:
        return {}
    about = write_structures(structures, folder)
    database, entries = (
        write(structures, folder) for write in (write_ase_database, write_pymatgen_entries)
    )
    about[database.name] = "all relaxed structures: database of ASE"
    about[entries.name] = "all relaxed structures: pymatgen's `ComputedStructureEntry`"
    return about


def _recipe_files(found: Findings, folder: Path, *, titles: bool) -> Iterator[dict[str, str]]:
    """Write data and figures of each recipe; yields what each file is by its name."""
    for each in recipes():
        names = [file.name for file in each.files(found, folder)]
        yield {name: _what(name, each.title) for name in names}
        figures = write_figures(each.figures(found, "double"), folder, titles=titles)
        yield {file.name: _what(file.name, each.title) for file in figures}


def distinct(folder: Path, *written: Mapping[str, str]) -> dict[str, str]:
    """All files of several steps in one mapping.

    Raises
    ------
    StudyError
        If two files have one name, but for capitals: one would have replaced the other.
    """
    about: dict[str, str] = {}
    known: set[str] = set()
    for step in written:
        for name, words in step.items():
            if name.lower() in known:
                raise StudyError(f"{folder / name}: two results have this name; report this error")
            known.add(name.lower())
            about[name] = words
    return about


def _what(name: str, title: str) -> str:
    """What a file of a recipe holds."""
    return next(words for end, words in ENDS.items() if name.endswith(end)).format(title=title)
