"""ABINIT with the PAW datasets of GPAW."""

from __future__ import annotations

import gzip
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from ase.units import Hartree

from workflows.codes.programs import Code, Echo, Program, run_program
from workflows.codes.single_point import (
    CodeEnergy,
    OutputError,
    SinglePoint,
    UnconvergedScfError,
)
from workflows.study.datasets import dataset_folders
from workflows.study.errors import StudyError

#: PBE and RPBE are the functionals of the study file with PAW datasets of their own; ABINIT
#: takes the functional from the dataset.
ABINIT = Program("ABINIT", ("abinit",), "abinit", ("PBE", "RPBE"))
INPUT_FILE, OUTPUT_FILE, PRINTED_FILE = "abinit.abi", "abinit.abo", "abinit.log"
#: Square of the residual of the potential at which the SCF cycle ends, in hartree^2.
POTENTIAL_RESIDUAL = 1e-6
#: Dielectric constant for the mixing of slabs and molecules; ABINIT's default is a metal.
MIXING_PERMITTIVITY = 4.0
#: Terms of the total energy, with their names in ABINIT's output. The form with double-counting
#: terms depends on errors of the density in second order, and the other one in first order.
_TERMS = re.compile(r"^--- !EnergyTermsDC\n(.*?)^\.\.\.", re.M | re.S)
#: Why it stopped, in what it prints.
_COMPLAINT = re.compile(r"^--- !(?:ERROR|BUG)\n.*?^message: \|\n(.*?)^\.\.\.", re.M | re.S)
_MOMENT = re.compile(r"Total magnetization \(exact up - dn\):\s*(\S+)")


def dataset(symbol: str, functional: str) -> Path:
    """File of GPAW's PAW dataset of an element.

    Raises
    ------
    StudyError
        If there is none.
    """
    folders = dataset_folders()
    for folder in folders:
        for name in (f"{symbol}.{functional}.gz", f"{symbol}.{functional}"):
            if (folder / name).is_file():
                return folder / name
    looked = ", ".join(map(str, folders)) or "no folder, since a configuration file of GPAW is used"
    raise StudyError(
        f"ABINIT: there is no PAW dataset {symbol}.{functional} of GPAW; looked for in {looked}"
    )


def valence_electrons(symbol: str, functional: str) -> int:
    """Electrons of an element that are no part of the core in GPAW's dataset.

    Raises
    ------
    StudyError
        If there is no dataset.
    """
    head = _dataset_text(dataset(symbol, functional))
    found = re.search(r'<atom [^>]*valence="([0-9.]+)"', head)
    assert found is not None
    return round(float(found[1]))


def _dataset_text(file: Path) -> str:
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8") as stream:
        return stream.read()


def check(symbols: Collection[str], level: Mapping[str, Any]) -> None:
    """Refuse elements without a PAW dataset."""
    for symbol in sorted(set(symbols)):
        dataset(symbol, level["functional"])


def write_input(folder: Path, point: SinglePoint, level: Mapping[str, Any]) -> None:
    """Write ``abinit.abi`` and the datasets that it names into a folder.

    Parameters
    ----------
    folder
        An existing folder.
    point
        What is calculated.
    level
        ``functional``, ``ecut_eV`` and ``fine_ecut_eV``, the cutoff of the double grid.
    """
    from ase.io.abinit import write_abinit_in

    atoms = point.atoms.copy()
    if not point.spin_polarised:
        atoms.set_initial_magnetic_moments(None)
    files = []
    for number in sorted(set(atoms.numbers)):
        symbol = atoms.symbols[np.flatnonzero(atoms.numbers == number)[0]]
        text = _dataset_text(dataset(symbol, level["functional"]))
        files.append(f"{symbol}.{level['functional']}.xml")
        (folder / files[-1]).write_text(text, encoding="utf-8")
    parameters: dict[str, Any] = {
        "pps": "pawxml",
        "ecut": level["ecut_eV"],
        "pawecutdg": level["fine_ecut_eV"],
        # Overlapping spheres are allowed, as in GPAW; exchange and correlation inside of them
        # on angular grids, as in GPAW, and not expanded in moments.
        "pawovlp": -1,
        "pawxcdev": 0,
        "tolvrs": POTENTIAL_RESIDUAL,
        "diemac": MIXING_PERMITTIVITY,
        "nstep": point.max_iterations,
        "occopt": 3,
        "tsmear": point.smearing_eV,
        # Time reversal alone, as GPAW calculates slabs and molecules.
        "nsym": 1,
        "kptopt": 2,
        "ngkpt": list(point.kpoints),
        "nshiftk": 1,
        "shiftk": [0, 0, 0],
        "optforces": 0,
        "optstress": 0,
        **dict.fromkeys(("prtden", "prtwf", "prteig", "prtebands", "prtgsr"), 0),
    }
    if point.fixed_moment_muB is not None:
        parameters["spinmagntarget"] = point.fixed_moment_muB
    with (folder / INPUT_FILE).open("w", encoding="utf-8") as file:
        write_abinit_in(file, atoms, param=parameters, pseudos=files)


def run(command: str, folder: Path) -> None:
    """Run ABINIT on the input in a folder; the datasets beside it are deleted afterwards."""
    for old in folder.glob(f"{OUTPUT_FILE}*"):  # ABINIT would write abinit.aboA beside it
        old.unlink()
    try:
        run_program([command, INPUT_FILE], folder, folder / PRINTED_FILE, complaint)
    finally:
        for file in (*folder.glob("*.xml"), *folder.glob("abinito_*")):
            file.unlink()


def complaint(text: str) -> str:
    """Why ABINIT stopped, in what it printed, or an empty string."""
    found = _COMPLAINT.findall(text)
    return str(found[-1]) if found else ""


def read_output(folder: Path) -> CodeEnergy:
    """Energy in ``abinit.abo``; see `parse_output`."""
    try:
        text = (folder / OUTPUT_FILE).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError as error:
        raise OutputError(f"ABINIT has written no {OUTPUT_FILE}") from error
    return parse_output(text)


def parse_output(text: str) -> CodeEnergy:
    """Energy in the output of ABINIT, whose energies are in hartree.

    Raises
    ------
    UnconvergedScfError
        If the SCF cycle did not converge.
    OutputError
        If there is no energy.
    """
    import yaml

    if "was not enough SCF cycles to converge" in text:
        raise UnconvergedScfError("the SCF cycle of ABINIT did not converge")
    blocks = _TERMS.findall(text)
    if not blocks or "Calculation completed." not in text:
        raise OutputError("ABINIT has not come to its end")
    terms = {str(k).strip("'"): v for k, v in yaml.safe_load(blocks[-1]).items()}
    moments = _MOMENT.findall(text)
    return CodeEnergy(
        free_energy_eV=float(terms["total_energy_dc"]) * Hartree,
        entropy_eV=float(terms["-kT*entropy"]) * Hartree,
        magnetic_moment_muB=float(moments[-1]) if moments else None,
    )


def read_echo(folder: Path) -> Echo:
    """Version and structure in ``abinit.abo``.

    Raises
    ------
    OutputError
        If it does not say them.
    """
    from ase.io.abinit import read_abinit_out

    file = folder / OUTPUT_FILE
    try:
        with file.open(encoding="utf-8", errors="replace") as stream:
            found = read_abinit_out(stream)
        return Echo(found["version"], found["atoms"])
    except Exception as error:  # whatever ASE's reader says about a damaged file
        raise OutputError(f"{file} does not say what was calculated: {error}") from error


CODE = Code(
    ABINIT,
    check,
    write_input,
    run,
    read_output,
    read_echo,
    INPUT_FILE,
    OUTPUT_FILE,
    f"abinit {INPUT_FILE} > {PRINTED_FILE}",
)
