"""CP2K with GTH pseudopotentials and MOLOPT basis sets."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from ase import Atoms
from ase.units import Hartree, kB

from workflows.codes.cp2k_data import BASIS_FILES, POTENTIAL_FILE, element
from workflows.codes.programs import Code, Echo, Program, run_program
from workflows.codes.single_point import (
    CodeEnergy,
    OutputError,
    SinglePoint,
    UnconvergedScfError,
    half_grid,
)

CP2K = Program("CP2K", ("cp2k.psmp", "cp2k"), "cp2k cp2k-data", ("PBE",))
INPUT_FILE, OUTPUT_FILE = "cp2k.inp", "cp2k.out"
#: Convergence of the density matrix, in CP2K's own measure.
EPS_SCF = 1e-6
#: Iterations of an inner loop of OT before its preconditioner is made anew.
INNER_ITERATIONS = 20
#: Empty orbitals for the smearing, over the number of occupied ones.
EMPTY_SHARE, LEAST_EMPTY = 0.2, 8
#: Why it stopped: text in a box, to the right of a drawing.
_COMPLAINT = re.compile(r"\[ABORT\].*\n((?: \*.*\*\n)+?) \*{20}")
_DRAWING_WIDTH = 14
_ENERGY = re.compile(r"^ ENERGY\| Total FORCE_EVAL \( QS \) energy \[a\.u\.\]:\s*(\S+)", re.M)
_ENTROPY = re.compile(r"^\s*Electronic entropic energy:\s*(\S+)", re.M)
_MOMENT = re.compile(r"^ # Total charge and spin\s+\S+\s+\S+\s+\S+\s+(\S+)", re.M)
_VERSION = re.compile(r"^ CP2K\| version string:.*\s(\S+)\s*$", re.M)
_PLACE = re.compile(r"^\s+\d+\s+\d+\s+[A-Z][a-z]?\s+(\d+)((?:\s+-?\d+\.\d+){3})", re.M)
_VECTOR = re.compile(r"^ CELL\| Vector [abc] \[angstrom\]:((?:\s+-?\d+\.\d+){3})", re.M)
_SCF = re.compile(r"(?:SCF run|outer SCF loop)\s+(converged|NOT converged|FAILED to converge)")


def check(symbols: Collection[str], level: Mapping[str, Any]) -> None:
    """Refuse elements without basis set or pseudopotential."""
    for symbol in sorted(set(symbols)):
        element(symbol, level["basis"], level["functional"])


def without_smearing(
    kpoints: Sequence[int], spin_polarised: bool, fixed_moment_muB: float | None
) -> bool:
    """Whether the orbital transformation (OT) is used, which has no smearing.

    It needs occupied orbitals alone, so that it is used at Gamma for closed shells and for
    moments that are kept. Everything else is diagonalised, with the smearing of the study.
    """
    free = spin_polarised and fixed_moment_muB is None
    return tuple(kpoints) == (1, 1, 1) and not free


def write_input(folder: Path, point: SinglePoint, level: Mapping[str, Any]) -> None:
    """Write ``cp2k.inp`` into a folder.

    Parameters
    ----------
    folder
        An existing folder.
    point
        What is calculated.
    level
        ``functional``, ``cutoff_Ry`` of the density, ``relative_cutoff_Ry`` of a Gaussian on
        its grid, and ``basis``, the size of the basis sets.
    """
    from ase.calculators.cp2k import InputSection

    root = InputSection("CP2K_INPUT")
    root.add_keyword("GLOBAL", "PROJECT cp2k")
    root.add_keyword("GLOBAL", "RUN_TYPE ENERGY")
    root.add_keyword("FORCE_EVAL", "METHOD QS")
    # CP2K looks for names without a folder in CP2K_DATA_DIR and in its own data, on any machine.
    for name in BASIS_FILES:
        root.add_keyword("FORCE_EVAL/DFT", f"BASIS_SET_FILE_NAME {name}", unique=False)
    root.add_keyword("FORCE_EVAL/DFT", f"POTENTIAL_FILE_NAME {POTENTIAL_FILE}")
    if point.spin_polarised:
        root.add_keyword("FORCE_EVAL/DFT", "UKS TRUE")
        root.add_keyword("FORCE_EVAL/DFT", f"MULTIPLICITY {point.moment_muB + 1}")
    root.add_keyword("FORCE_EVAL/DFT/POISSON", "PERIODIC XYZ")
    root.add_keyword("FORCE_EVAL/DFT/MGRID", f"CUTOFF {level['cutoff_Ry']:g}")
    root.add_keyword("FORCE_EVAL/DFT/MGRID", f"REL_CUTOFF {level['relative_cutoff_Ry']:g}")
    root.add_keyword("FORCE_EVAL/DFT/QS", "EPS_DEFAULT 1.0E-12")
    root.get_subsection(f"FORCE_EVAL/DFT/XC/XC_FUNCTIONAL/{level['functional']}")
    kinds = _add_atoms(root, point, level)
    scf = root.get_subsection("FORCE_EVAL/DFT/SCF")
    scf.keywords += [f"EPS_SCF {EPS_SCF:E}", "SCF_GUESS ATOMIC"]
    scf.add_keyword("PRINT/RESTART", "_SECTION_PARAMETERS_ OFF")
    if without_smearing(point.kpoints, point.spin_polarised, point.fixed_moment_muB):
        _add_transformation(scf, point)
    else:
        _add_diagonalisation(scf, point, kinds)
    if point.kpoints != (1, 1, 1):
        grid = root.get_subsection("FORCE_EVAL/DFT/KPOINTS")
        grid.keywords += ["SCHEME GENERAL", "UNITS B_VECTOR", "WAVEFUNCTIONS COMPLEX"]
        for (x, y, z), weight in half_grid(point.kpoints):
            grid.keywords.append(f"KPOINT {x:.12f} {y:.12f} {z:.12f} {weight:.12f}")
    text = "\n".join(root.write()) + "\n"
    (folder / INPUT_FILE).write_text(text, encoding="utf-8")


def _add_atoms(root: Any, point: SinglePoint, level: Mapping[str, Any]) -> float:
    """Add cell, atoms and their kinds; returns the number of valence electrons."""
    cell = root.get_subsection("FORCE_EVAL/SUBSYS/CELL")
    for name, vector in zip("ABC", point.atoms.cell.array, strict=True):
        cell.keywords.append(f"{name} {' '.join(f'{x:.10f}' for x in vector)}")
    cell.keywords.append("PERIODIC XYZ")
    places = root.get_subsection("FORCE_EVAL/SUBSYS/COORD")
    moments = point.atoms.get_initial_magnetic_moments() * point.spin_polarised
    kinds: dict[tuple[str, bool, float], str] = {}
    electrons = 0.0
    for n, atom in enumerate(point.atoms):
        ghost = n in point.ghosts
        kind = (atom.symbol, ghost, 0.0 if ghost else round(float(moments[n]), 3))
        name = kinds.setdefault(kind, f"{atom.symbol}_{len(kinds)}")
        places.keywords.append(f"{name} {' '.join(f'{x:.10f}' for x in atom.position)}")
        own = element(atom.symbol, level["basis"], level["functional"])
        electrons += 0 if ghost else own.electrons
    subsystem = root.get_subsection("FORCE_EVAL/SUBSYS")
    for (symbol, ghost, moment), name in kinds.items():
        own = element(symbol, level["basis"], level["functional"])
        section = type(root)("KIND", name)
        section.keywords += [f"ELEMENT {symbol}", f"BASIS_SET {own.basis}"]
        section.keywords.append("GHOST TRUE" if ghost else f"POTENTIAL {own.potential}")
        if moment:
            section.keywords.append(f"MAGNETIZATION {moment:g}")
        subsystem.subsections.append(section)
    return electrons


def _add_transformation(scf: Any, point: SinglePoint) -> None:
    scf.keywords.append(f"MAX_SCF {INNER_ITERATIONS}")
    scf.add_keyword("OT", "PRECONDITIONER FULL_ALL")
    scf.add_keyword("OT", "MINIMIZER CG")
    scf.add_keyword("OUTER_SCF", f"EPS_SCF {EPS_SCF:E}")
    scf.add_keyword("OUTER_SCF", f"MAX_SCF {max(1, point.max_iterations // INNER_ITERATIONS)}")


def _add_diagonalisation(scf: Any, point: SinglePoint, electrons: float) -> None:
    empty = LEAST_EMPTY + int(EMPTY_SHARE * electrons / 2)
    scf.keywords += [f"MAX_SCF {point.max_iterations}", f"ADDED_MOS {empty} {empty}"]
    scf.add_keyword("DIAGONALIZATION", "ALGORITHM STANDARD")
    scf.add_keyword("SMEAR", "METHOD FERMI_DIRAC")
    scf.add_keyword("SMEAR", f"ELECTRONIC_TEMPERATURE {point.smearing_eV / kB:.6f}")
    if point.fixed_moment_muB is not None:
        scf.add_keyword("SMEAR", f"FIXED_MAGNETIC_MOMENT {point.moment_muB}")
    scf.add_keyword("MIXING", "METHOD BROYDEN_MIXING")
    scf.add_keyword("MIXING", "ALPHA 0.2")


def run(command: str, folder: Path) -> None:
    """Run CP2K on the input in a folder."""
    run_program([command, "-i", INPUT_FILE], folder, folder / OUTPUT_FILE, complaint)


def complaint(text: str) -> str:
    """Why CP2K stopped, in what it printed, or an empty string."""
    found = _COMPLAINT.findall(text)
    lines = found[-1].splitlines() if found else []
    return " ".join(line[_DRAWING_WIDTH:].rstrip(" *").strip() for line in lines)


def read_output(folder: Path) -> CodeEnergy:
    """Energy in ``cp2k.out``; see `parse_output`."""
    try:
        text = (folder / OUTPUT_FILE).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError as error:
        raise OutputError(f"CP2K has written no {OUTPUT_FILE}") from error
    return parse_output(text)


def parse_output(text: str) -> CodeEnergy:
    """Energy in the output of CP2K, whose energies are in hartree.

    Raises
    ------
    UnconvergedScfError
        If the SCF cycle did not converge.
    OutputError
        If there is no energy.
    """
    verdicts, energies = _SCF.findall(text), _ENERGY.findall(text)
    if verdicts and verdicts[-1] != "converged":
        raise UnconvergedScfError("the SCF cycle of CP2K did not converge")
    if not verdicts or not energies:
        raise OutputError("CP2K has not come to its end")
    entropies, moments = _ENTROPY.findall(text), _MOMENT.findall(text)
    return CodeEnergy(
        free_energy_eV=float(energies[-1]) * Hartree,
        entropy_eV=float(entropies[-1]) * Hartree if entropies else 0.0,
        magnetic_moment_muB=float(moments[-1]) if moments else None,
    )


def read_echo(folder: Path) -> Echo:
    """Version and structure in ``cp2k.out``.

    Raises
    ------
    OutputError
        If it does not say them.
    """
    file = folder / OUTPUT_FILE
    text = file.read_text(encoding="utf-8", errors="replace")
    head, _, rest = text.partition("ATOMIC COORDINATES IN ANGSTROM")
    places = _PLACE.findall(rest.partition("\n\n\n")[0])
    version, vectors = _VERSION.search(head), _VECTOR.findall(head)[:3]
    if not places or not version or len(vectors) != 3:
        raise OutputError(f"{file} does not say what was calculated")
    atoms = Atoms(
        numbers=[int(number) for number, _ in places],
        positions=[[float(x) for x in place.split()] for _, place in places],
        cell=[[float(x) for x in vector.split()] for vector in vectors],
        pbc=True,
    )
    return Echo(version[1], atoms)


CODE = Code(
    CP2K,
    check,
    write_input,
    run,
    read_output,
    read_echo,
    INPUT_FILE,
    OUTPUT_FILE,
    f"{CP2K.commands[0]} -i {INPUT_FILE} > {OUTPUT_FILE}",
)
