"""What a recipe is: everything that belongs to one question, under one name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast

from workflows.recipes.notices import Notice

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from analysis.tables import Table
    from workflows.findings.findings import Findings
    from workflows.planning.plan import Plan
    from workflows.planning.relaxations import SpeciesPlanner
    from workflows.recipes.page import PageDensity, PageFigure

#: What a recipe notes while it is planned, such as the keys of its tasks.
Planned = TypeVar("Planned")
#: One of its results.
Row = TypeVar("Row")


@dataclass(frozen=True)
class RowEnergy:
    """A row of a table whose energy is made of total energies.

    Parameters
    ----------
    name
        What the row is about.
    species
        The species whose total energies it is made of.
    missing
        What `Recipe.missing` says of it; empty if it has an energy.
    table, place
        Title of the table, and number of the row in it, from 0.
    doubts
        Lines of notices about this row alone.
    """

    name: str
    species: tuple[str, ...]
    missing: str
    table: str
    place: int
    doubts: tuple[str, ...] = ()


class Recipe(Generic[Planned, Row]):
    """One question that a study can ask; a subclass answers it.

    The name is the key in the study file, and that of ``--part``, of the kind of plot and of
    the JSON document. Everything else is optional: a method that is not overridden adds
    nothing.
    """

    name: ClassVar[str]
    #: Heading of its figures on the page.
    title: ClassVar[str]
    #: Part of the page in which it stands, a key of `workflows.report.chapters.CHAPTERS`.
    chapter: ClassVar[str] = "further"
    #: Whether `tables` prints it without being asked for it.
    in_overview: ClassVar[bool] = True
    #: Whether it is part of the overview without notes and details too.
    in_brief: ClassVar[bool] = True

    def plan(self, planner: SpeciesPlanner) -> Planned:
        """Add the tasks that the study asks for.

        Returns
        -------
        Planned
            What the other methods need to know of it; see `planned`.

        Raises
        ------
        StudyError
            If the study asks for something that cannot be calculated.
        """
        return cast(Planned, None)

    def planned(self, plan: Plan) -> Planned:
        """What `plan` returned for a study."""
        return cast(Planned, plan.planned[self.name])

    def remarks(self, plan: Plan) -> list[str]:
        """What `check` must say of a plan, such as parts that cannot be built."""
        return []

    def asked(self, found: Findings) -> bool:
        """Whether the study asks for it; by default whether it has an entry under its name."""
        return bool(getattr(found.study, self.name))

    def rows(self, found: Findings) -> Sequence[Row]:
        """The results so far, evaluated once."""
        return found.once(f"rows of {self.name}", lambda: self.evaluate(found))

    def evaluate(self, found: Findings) -> Sequence[Row]:
        """The results so far, as frozen dataclasses with units in the names of their fields."""
        return ()

    def document(self, found: Findings) -> Any:
        """The results for programs; by default the rows."""
        return [plain(row) for row in self.rows(found)]

    def tables(self, found: Findings) -> list[Table]:
        """The results for people."""
        return []

    def missing(self, found: Findings) -> list[str]:
        """What was asked for and has no number, each with the reason."""
        return []

    def row_energies(self, found: Findings) -> list[RowEnergy]:
        """Rows of its tables whose energies are made of total energies, for links to warnings."""
        return []

    def notices(self, found: Findings) -> list[Notice]:
        """What a reader must know before the numbers."""
        return []

    def figures(self, found: Findings, columns: str, **options: Any) -> dict[str, Figure]:
        """Figures of what is finished, by the name of their files.

        Parameters
        ----------
        found
            What is known.
        columns
            Width on the page of a journal: ``"single"`` or ``"double"``.
        options
            Of the command line, as far as the recipe has any; see `plot_options`.
        """
        return {}

    #: Options of `figures`.
    plot_options: ClassVar[tuple[str, ...]] = ()

    @property
    def draws(self) -> bool:
        """Whether it has figures."""
        return type(self).figures is not Recipe.figures

    def files(self, found: Findings, folder: Path) -> list[Path]:
        """Write data of what is finished into a folder; returns the files."""
        return []

    def page_figures(self, found: Findings) -> list[PageFigure]:
        """Interactive figures of what is finished."""
        return []

    def page_densities(self, found: Findings) -> list[PageDensity]:
        """Isosurfaces of what is finished."""
        return []


def plain(value: Any) -> Any:
    """A value made of dicts, lists, numbers and texts, for JSON."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):  # of numpy
        return value.tolist()
    return [plain(each) for each in value]
