"""Density of states of a species: reading, selecting groups of atoms, choosing the zero."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from analysis.dos.band_edges import BandEdges, zero_eV
from analysis.dos.spectrum import SPECTRUM_ARRAYS, Floats, Spectrum
from analysis.errors import DamagedResultError
from analysis.groups import Indices, atom_groups
from analysis.results import atoms_from_dict, atoms_to_dict, load_arrays, load_result
from slabs.errors import InputError
from slabs.structure import Structure

DOS_FILE = "dos.npz"
#: Prefix of what is stored with spin-orbit coupling.
COUPLED = "soc_"


@dataclass(frozen=True, eq=False)
class DensityOfStates:
    """Density of states of a species, from one density with and without spin-orbit coupling.

    Parameters
    ----------
    structure
        As planned, for its groups.
    scalar
        Without spin-orbit coupling.
    spin_orbit
        With it, or None.
    vacuum_eV
        Vacuum levels by where they are: ``"above"`` and ``"below"`` a slab, or ``"around"``
        a molecule; empty for a crystal.
    potentials_eV
        Electrostatic potential at each atom, shape=(atoms,): the common scale of slabs
        that differ elsewhere.
    width_eV
        The broadening is exp(-(E/width)^2).
    """

    structure: Structure
    scalar: Spectrum
    spin_orbit: Spectrum | None
    vacuum_eV: Mapping[str, float]
    potentials_eV: Floats
    width_eV: float

    @cached_property
    def groups(self) -> dict[str, Indices]:
        """Named groups of atoms, see `analysis.groups.atom_groups`."""
        return atom_groups(self.structure)

    @property
    def spectra(self) -> list[Spectrum]:
        """Without the coupling, then with it if that was calculated."""
        return [self.scalar, *([self.spin_orbit] if self.spin_orbit else [])]

    def select(
        self,
        *,
        group: str | None = None,
        element: str | None = None,
        orbital: str | None = None,
        spin_orbit: bool = False,
    ) -> Floats:
        """Sum of the projections that match, shape=(spins, n); see `analysis.groups`.

        Raises
        ------
        InputError
            If there is no such group or element.
        """
        atoms = np.arange(len(self.structure.atoms))
        for name in filter(None, (group, element)):
            if name not in self.groups:
                raise InputError(f"{name!r} is no group of atoms; groups: {'; '.join(self.groups)}")
            atoms = np.intersect1d(atoms, self.groups[name])
        spectrum = self.spin_orbit if spin_orbit else self.scalar
        if spectrum is None:
            raise InputError("the density of states has no spin-orbit coupling")
        return spectrum.select(atoms, orbital)

    def zero_eV(self, align: str, spectrum: Spectrum, edges: BandEdges | None = None) -> float:
        """Zero of energy; see `analysis.dos.band_edges.zero_eV`. The vacuum is that above a slab.

        Parameters
        ----------
        align
            Of `analysis.dos.band_edges.ALIGNMENTS`.
        spectrum
            One of `spectra`.
        edges
            Edges that count instead of those of the spectrum.
        """
        vacuum_eV = self.vacuum_eV.get("above", self.vacuum_eV.get("around"))
        return zero_eV(align, spectrum.fermi_level_eV, edges or spectrum.edges, vacuum_eV)


def structure_to_dict(structure: Structure) -> dict[str, Any]:
    """What `analysis.groups.atom_groups` needs of a structure, as a JSON document."""
    document = {
        "atoms": atoms_to_dict(structure.atoms),
        "groups": list(structure.groups),
        "vacancies": [[element, list(place)] for element, place in structure.vacancies],
    }
    if structure.added:  # only then, so that the keys of other tasks stay the same
        document["added"] = [[element, list(place)] for element, place in structure.added]
    return document


def load_dos(folder: Path) -> DensityOfStates:
    """Read the density of states from the folder of a finished task.

    Raises
    ------
    FileNotFoundError
        If the task has no result.
    DamagedResultError
        If its files cannot be read.
    """
    result = load_result(folder)
    if result is None:
        raise FileNotFoundError(f"{folder} has no result")
    try:
        return _read(folder / DOS_FILE, result.values)
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedResultError(f"{folder / DOS_FILE} is incomplete: {error}") from error


def _read(file: Path, values: Mapping[str, Any]) -> DensityOfStates:
    planned = values["planned"]
    vacancies, added = (
        tuple((element, tuple(place)) for element, place in known)
        for known in (planned["vacancies"], planned.get("added", ()))
    )
    structure = Structure(
        atoms_from_dict(planned["atoms"]),
        tuple(planned["groups"]),
        vacancies=vacancies,
        added=added,
    )
    data = load_arrays(file)
    spectra = [
        Spectrum(
            energies_eV=data["energies_eV"],
            **{name: data[prefix + name] for name in SPECTRUM_ARRAYS},
            fermi_level_eV=values[prefix + "fermi_level_eV"],
            electrons=values["valence_electrons"],
            complete_to_eV=values[prefix + "complete_to_eV"],
            coupled=bool(prefix),
            half_bands_gap_eV=values.get("soc_half_bands_gap_eV") if prefix else None,
        )
        for prefix in ("", COUPLED)[: 1 + values["spin_orbit"]]
    ]
    return DensityOfStates(
        structure,
        spectra[0],
        spectra[1] if len(spectra) > 1 else None,
        values["vacuum_eV"],
        data["potentials_eV"],
        values["width_eV"],
    )
