"""A labelled stand-in for the package of a machine-learned potential, for machines without it."""

import os
from pathlib import Path

import numpy as np
from ase.calculators.calculator import Calculator, all_changes

#: Its version says in every result what it is.
VERSION = "0+stand.in"
FILES = {
    "sevenn/__init__.py": "",
    "sevenn/calculator.py": (
        "from tests.stand_in_potential import stand_in as SevenNetCalculator\n"
    ),
    "sevenn-0.dist-info/METADATA": (f"Metadata-Version: 2.1\nName: sevenn\nVersion: {VERSION}\n"),
}


def stand_in(model, device):
    """What the calculator of the package is called with."""
    assert (model, device) == ("7net-0", "cpu")
    return Springs(0.05)


class Springs(Calculator):
    """Holds every atom by a spring to a place near that of the first structure.

    Parameters
    ----------
    pull_A
        From the first structure to those places: along x for all atoms, or by atom.
    """

    implemented_properties = ["energy", "forces"]  # noqa: RUF012

    def __init__(self, pull_A):
        super().__init__()
        self.pull_A, self.places = pull_A, None

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        """Springs of 2 eV/A^2; places that are farther from the centre are higher in energy."""
        super().calculate(atoms, properties, system_changes)
        pull = self.pull_A if np.ndim(self.pull_A) else [self.pull_A, 0.0, 0.0]
        if self.places is None:
            self.places = self.atoms.positions + pull
            self.floor_eV = 0.01 * float(np.std(self.places))
        away = self.atoms.positions - self.places
        self.results["energy"] = float((away**2).sum()) + self.floor_eV
        self.results["forces"] = -2.0 * away


def install(folder, monkeypatch):
    """Put the stand-in where this process and the tasks that it starts find it first."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    root = str(Path(__file__).parent.parent)
    path = [str(folder), root, *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))
    monkeypatch.syspath_prepend(str(folder))
