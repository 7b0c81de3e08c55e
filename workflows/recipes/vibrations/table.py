"""Tables of modes and zero-point energies."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.tables import MISSING, Table, number
from workflows.findings.findings import Findings
from workflows.recipes.vibrations.planning import VibrationKeys, vibration_level_words
from workflows.recipes.vibrations.rows import VibrationsRow, known_vibrations, mode_words

#: All wave numbers are listed of molecules with so few modes; of others the lowest and highest.
LISTED_MODES = 24
LOWEST_MODES, HIGHEST_MODES = 12, 6

_FOOT = (
    "Harmonic modes from central differences of forces. ZPE: half the"
    " sum of the energies of the real modes; of a slab only of the atoms that vibrate, so that"
    " only differences between the same atoms mean something.",
    "Asymmetry: largest difference of two force constants that must be equal. Rigid motion: largest"
    " wave number of a translation or rotation of a molecule, or of a translation of a slab without"
    " fixed atoms; zero without errors of the grid, and left out of the modes. Followed:"
    " energy after following an imaginary mode minus that before; the modes are those after it.",
)


def vibrations_table(found: Findings, rows: Sequence[VibrationsRow]) -> Table:
    """One species per row."""
    lines = [
        (
            row.species,
            number(row.atoms, 0),
            number(row.slab_atoms, 0),
            number(len(row.frequencies_per_cm) if row.atoms is not None else None, 0),
            number(row.zero_point_energy_eV, 3),
            number(row.imaginary_modes, 0),
            number(row.frequencies_per_cm[0] if row.frequencies_per_cm else None, 0),
            row.point_group or MISSING,
            number(row.symmetry_number, 0),
            number(row.multiplicity, 0),
            _listed(row.frequencies_per_cm),
            number(row.followed_eV, 3, sign=True),
            number(row.fmax_eV_per_A, 4),
            number(row.asymmetry_eV_per_A2, 3),
            number(row.rigid_per_cm, 0),
            row.folder or MISSING,
            vibration_level_words(found.study, [entry]),
            row.status,
        )
        for row, entry in zip(rows, found.study.vibrations, strict=True)
    ]
    columns = (
        "Species", "Atoms", "Of the slab", "Modes", "ZPE / eV", "Imaginary", "Lowest / cm^-1",
        "Point group", "Symmetry number", "Multiplicity", "Wave numbers / cm^-1",
        "Followed / eV", "Largest force / eV/A", "Asymmetry / eV/A^2", "Rigid motion / cm^-1",
        "Folder", "Level", "Status",
    )  # fmt: skip
    below = (
        "Wave numbers / cm^-1", "Followed / eV", "Largest force / eV/A", "Asymmetry / eV/A^2",
        "Rigid motion / cm^-1", "Folder", "Level", "Status",
    )  # fmt: skip
    detail = (
        "Of the slab", "Wave numbers / cm^-1", "Followed / eV", "Largest force / eV/A",
        "Asymmetry / eV/A^2", "Rigid motion / cm^-1", "Folder",
    )  # fmt: skip
    warnings = tuple(f"{row.species}: {words}." for row in rows for words in row.remarks)
    return Table(
        "Vibrations", columns, tuple(lines), _FOOT, below, detail=detail, warnings=warnings
    )


def _listed(frequencies_per_cm: Sequence[float]) -> str:
    """Wave numbers as text, imaginary ones with an i."""
    words = [f"{-x:.0f}i" if x < 0 else f"{x:.0f}" for x in frequencies_per_cm]
    if len(words) > LISTED_MODES:
        words = [*words[:LOWEST_MODES], "...", *words[-HIGHEST_MODES:]]
    return ", ".join(words) or MISSING


def modes_csv(found: Findings, species: str, keys: VibrationKeys | None) -> str | None:
    """All modes of a species with what moves in them; None while they are not known."""
    known = None if keys is None else known_vibrations(found, species, keys.last.modes)
    if known is None:
        return None
    modes = known.vibrations.modes
    lines = ["mode,wave_number_per_cm,energy_eV,moves"]
    for n, (wave, energy_eV) in enumerate(
        zip(modes.frequencies_per_cm, modes.energies_eV, strict=True)
    ):
        words = mode_words(known.vibrations, n)
        lines.append(f'{n + 1},{wave:.2f},{energy_eV:.6f},"{words}"')
    return "\n".join(lines) + "\n"
