"""The densities of states of a study, each with the gap that counts for it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.dos.band_edges import AlignmentError
from analysis.dos.defect_levels import Gap, gaps
from analysis.dos.density_of_states import DOS_FILE, DensityOfStates, load_dos
from analysis.dos.spectrum import ORBITALS, Spectrum
from analysis.errors import DamagedResultError
from analysis.species_name import SpeciesName
from workflows.findings.findings import Findings
from workflows.findings.states import TaskState
from workflows.findings.words import level_words, output_title, status_words
from workflows.study.electronic_tables import DosEntry
from workflows.study.model import Study

#: Densities of states below this are tails of the broadening; in files they are 0.
SMALLEST_PER_EV = 1e-6
#: Where the study names no zero of energy, and there is a gap.
DEFAULT_ZERO = "vbm"


@dataclass(frozen=True, eq=False)
class DosOutput:
    """One of ``[[dos]]``.

    Parameters
    ----------
    entry
        What the study asks for.
    state
        State of its task.
    stem, title
        Name of its files, and of its figure.
    dos
        The density of states, or None while there is none.
    status
        State of the task and the reason, or why its files cannot be read.
    gaps
        The gap of each of its spectra.
    """

    entry: DosEntry
    state: TaskState
    stem: str
    title: str
    dos: DensityOfStates | None
    status: str
    gaps: tuple[Gap, ...]

    def zeros_eV(self, align: str) -> list[float]:
        """Zero of energy of each spectrum.

        Raises
        ------
        analysis.dos.band_edges.AlignmentError
            If there is none; the message names the species.
        """
        assert self.dos is not None
        try:
            return [
                self.dos.zero_eV(align, spectrum, gap.host.edges if gap.host else None)
                for spectrum, gap in zip(self.dos.spectra, self.gaps, strict=True)
            ]
        except AlignmentError as error:
            raise AlignmentError(f"{self.entry.species}: {error}") from error


def dos_outputs(
    found: Findings, entries: Sequence[DosEntry], keys: Sequence[str]
) -> list[DosOutput]:
    """Densities of states in the order in which they are asked for, calculated or not.

    Parameters
    ----------
    found
        What is known.
    entries, keys
        What is asked for, and the keys of the tasks.
    """
    states = found.states
    loaded: dict[str, DensityOfStates] = {}
    by_species: dict[str, DensityOfStates] = {}
    damaged: dict[str, str] = {}
    asked = list(zip(entries, keys, strict=True))
    for entry, key in asked:
        if states[key].result is not None and key not in loaded:
            try:
                loaded[key] = load_dos(states[key].folder)
            except (DamagedResultError, FileNotFoundError):
                damaged[key] = f"damaged: {DOS_FILE} cannot be read"
            else:
                by_species.setdefault(entry.species, loaded[key])
    outputs: dict[str, DosOutput] = {}
    for entry, key in asked:
        label = states[key].task.label
        stem = label.replace(" ", "-")
        for more in (key[:6], entry.align or DEFAULT_ZERO):  # the same species with other settings
            stem = f"{stem}-{more}" if stem in outputs else stem
        dos = loaded.get(key)
        outputs[stem] = DosOutput(
            entry,
            states[key],
            stem,
            f"{output_title(found.study, label)} ({level_words(found.study)})",
            dos,
            damaged.get(key, status_words(states[key].state, states[key].why)),
            _gaps(found.study, entry.species, dos, by_species) if dos else (),
        )
    return list(outputs.values())


def _gaps(
    study: Study, name: str, dos: DensityOfStates, by_species: Mapping[str, DensityOfStates]
) -> tuple[Gap, ...]:
    """Gaps of a species; those of a vacancy are in the whole slab, or in the bare one."""
    parsed = SpeciesName.parse(name)
    for whole in (str(parsed.without(study.point_defects)), parsed.head):
        if whole != name and whole in by_species:
            return gaps(dos, by_species[whole], whole)
    return gaps(dos)


def write_csv(output: DosOutput, folder: Path) -> list[Path]:
    """The densities of states as tables of numbers, with the sums over all groups of atoms.

    One file per spectrum; energies from the zero that the study names, and on the scale of
    the calculation, as far as all bands are there. Densities below `SMALLEST_PER_EV`, tails of
    the broadening, are written as 0.
    """
    import pandas as pd

    assert output.dos is not None
    align, zeros_eV = available_zeros(output)
    files = []
    for spectrum, zero_eV in zip(output.dos.spectra, zeros_eV, strict=True):
        file = folder / f"{output.stem}{'-spin-orbit' if spectrum.coupled else ''}.csv"
        complete = spectrum.energies_eV <= spectrum.complete_to_eV
        columns = {
            f"energy_from_{align}_eV": spectrum.energies_eV - zero_eV,
            "energy_of_calculation_eV": spectrum.energies_eV,
            **_columns(output.dos, spectrum),
        }
        pd.DataFrame(columns)[complete].to_csv(file, index=False, float_format="%.6g")
        files.append(file)
    return files


def available_zeros(output: DosOutput) -> tuple[str, list[float]]:
    """The zero that the study names, or the Fermi level if that does not exist."""
    align = output.entry.align or DEFAULT_ZERO
    try:
        return align, output.zeros_eV(align)
    except AlignmentError:
        return "fermi", output.zeros_eV("fermi")


def _columns(dos: DensityOfStates, spectrum: Spectrum) -> dict[str, object]:
    spins = ("",) if len(spectrum.total_per_eV) == 1 else ("_up", "_down")
    orbitals = ORBITALS[: spectrum.projections_per_eV.shape[1]]
    series = {"total": spectrum.total_per_eV} | {
        re.sub(r"[^\w.+-]+", "_", f"{group} {orbital}"): spectrum.select(atoms, orbital)
        for group, atoms in dos.groups.items()
        for orbital in orbitals
    }
    return {
        f"{name}{spin}_per_eV": np.where(abs(values) < SMALLEST_PER_EV, 0.0, values)
        for name, data in series.items()
        for spin, values in zip(spins, data, strict=True)
        if name == "total" or (abs(data) >= SMALLEST_PER_EV).any()
    }
