"""Energies over two choices, such as ligands and vacancies."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.energies.uncertainty import deviation_words

#: Mark of an energy with a flagged structure.
FLAG = "*"
#: Smaller energies never have the full colour.
SMALLEST_END_EV = 0.1


@dataclass(frozen=True)
class Cell:
    """One energy of a matrix in eV; None while it is not known, or without uncertainty."""

    energy_eV: float | None
    uncertainty_eV: float | None = None
    flagged: bool = False


@dataclass(frozen=True)
class EnergyMatrix:
    """Energies over two choices.

    Parameters
    ----------
    title
        What it shows.
    quantity
        Label of the colours, with the unit and the sign convention.
    rows, columns
        Labels of the rows and of the columns.
    cells
        By row and column.
    has_uncertainties
        Whether cells have uncertainties, so that a missing one is said.
    """

    title: str
    quantity: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    has_uncertainties: bool = True

    @property
    def all_cells(self) -> list[Cell]:
        """The cells, row by row."""
        return [cell for line in self.cells for cell in line]

    @property
    def largest_eV(self) -> float:
        """End of the colours: the size of the largest energy, but not less than means something."""
        known = [abs(c.energy_eV) for c in self.all_cells if c.energy_eV is not None]
        return max([*known, SMALLEST_END_EV])

    @property
    def empty(self) -> bool:
        """Whether no energy is known."""
        return all(cell.energy_eV is None for cell in self.all_cells)

    def words(self, cell: Cell) -> str:
        """What is printed in a cell; a flagged energy has a star."""
        if cell.energy_eV is None:
            return "no value"
        value = f"{cell.energy_eV:+.2f}".replace("-", "\N{MINUS SIGN}") + FLAG * cell.flagged
        if not self.has_uncertainties:
            return value
        if cell.uncertainty_eV is None:
            return f"{value}\n(± not known)"
        return f"{value}\n{deviation_words(cell.uncertainty_eV)}"
