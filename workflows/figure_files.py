"""Figures as files, with the captions that they need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.style import caption_of, save, title_of, without_title
from workflows.store import write_atomic

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: End of the names of files with captions.
CAPTION = "-caption.txt"


def write_figures(
    drawn: Mapping[str, Figure],
    folder: Path,
    formats: Sequence[str] = ("pdf", "png"),
    *,
    titles: bool = True,
) -> list[Path]:
    """Write figures, each with a file of its title and caption; returns the files.

    Parameters
    ----------
    drawn
        Figures by the name of their files.
    folder
        Folder, which is made.
    formats
        Of `analysis.style.FORMATS`.
    titles
        Whether titles stay above the figures.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for stem, figure in drawn.items():
        caption = folder / f"{stem}{CAPTION}"
        write_atomic(caption, f"{title_of(figure)}. {caption_of(figure)}".rstrip() + "\n")
        if not titles:
            without_title(figure)
        files += [*save(figure, folder / stem, formats), caption]
    return files
