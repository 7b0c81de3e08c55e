"""Modes and zero-point energies of the species of a study."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analysis.errors import DamagedResultError
from analysis.result_values import VibrationsValues
from analysis.vibrations.modes import Vibrations, load_vibrations
from analysis.vibrations.molecules import Rotor, rotor_of
from slabs.elements import MOLECULAR_ELEMENTS
from workflows.findings.findings import Findings
from workflows.findings.states import TaskState
from workflows.findings.words import status_words
from workflows.recipes.vibrations.planning import VibrationKeys

#: Force constants that must be equal and differ by more are doubtful, in eV/A^2; those of a mode
#: of 100 cm^-1 are 0.04 for hydrogen, 0.5 for nitrogen and 5 for iodine.
LARGEST_ASYMMETRY_EV_PER_A2 = 0.1
#: Below this cutoff stretches of light atoms are too soft: docs/how-to/vibrations.md.
SMALLEST_CUTOFF_EV = 500.0


@dataclass(frozen=True, eq=False)
class Known:
    """Vibrations that are calculated.

    Parameters
    ----------
    vibrations
        Force constants and modes.
    rotor
        How it rotates, of a molecule.
    unpaired
        Number of unpaired electrons of the cell.
    fmax_eV_per_A
        Largest force at rest on the atoms that vibrate.
    """

    vibrations: Vibrations
    rotor: Rotor | None
    unpaired: int
    fmax_eV_per_A: float


@dataclass(frozen=True)
class VibrationsRow:
    """Vibrations of one species; what is not known is None.

    Parameters
    ----------
    species
        Whose they are.
    status
        ``"done"``, or the state of the task with the reason.
    folder
        Folder of the finite differences.
    atoms, slab_atoms
        Number of atoms that vibrate, and of those of the slab among them.
    frequencies_per_cm
        Of all modes, negative for an imaginary one, ascending.
    zero_point_energy_eV
        Half the sum of the energies of the real modes.
    imaginary_modes
        Their number.
    fmax_eV_per_A
        Largest force at rest on an atom that vibrates.
    asymmetry_eV_per_A2
        Largest difference of two force constants that must be equal.
    rigid_per_cm
        Largest wave number of a translation or rotation of what is free to move, which must
        vanish and is left out of the modes; negative for an imaginary one.
    geometry, point_group, symmetry_number, multiplicity
        Of a molecule.
    followed_eV
        Energy after following an imaginary mode minus that before; None if there was none.
    remarks
        Sentences on what makes the numbers doubtful.
    """

    species: str
    status: str
    folder: str
    atoms: int | None = None
    slab_atoms: int | None = None
    frequencies_per_cm: tuple[float, ...] = ()
    zero_point_energy_eV: float | None = None
    imaginary_modes: int | None = None
    fmax_eV_per_A: float | None = None
    asymmetry_eV_per_A2: float | None = None
    rigid_per_cm: float | None = None
    geometry: str | None = None
    point_group: str | None = None
    symmetry_number: int | None = None
    multiplicity: int | None = None
    followed_eV: float | None = None
    remarks: tuple[str, ...] = ()


def known_vibrations(found: Findings, species: str, key: str) -> Known | None:
    """The vibrations of a species if they are calculated, read once.

    Raises
    ------
    DamagedResultError
        If their file cannot be read.
    """
    return found.once(f"vibrations {key}", lambda: _known(found, species, found.states[key]))


def _known(found: Findings, species: str, state: TaskState) -> Known | None:
    if state.result is None:
        return None
    values = state.result.checked(VibrationsValues)
    isolated = found.plan.species[species][0].kind == "molecule"
    vibrations = load_vibrations(state.folder, state.result.atoms, isolated=isolated)
    return Known(
        vibrations,
        rotor_of(vibrations.atoms) if isolated else None,
        round(abs(values.magnetic_moment_muB)),
        values.fmax_eV_per_A,
    )


def vibrations_row(found: Findings, species: str, keys: VibrationKeys | None) -> VibrationsRow:
    """The vibrations of one species so far."""
    if keys is None:
        return VibrationsRow(species, "refused: no atom may move", "")
    state = found.states[keys.last.modes]
    status, folder = status_words(state.state, state.why), f"tasks/{state.task.folder}"
    try:
        known = known_vibrations(found, species, keys.last.modes)
    except DamagedResultError as error:
        return VibrationsRow(species, f"failed: {error}", folder)
    if known is None:
        return VibrationsRow(species, status, folder)
    vibrations, rotor = known.vibrations, known.rotor
    modes = vibrations.modes
    surface = found.plan.species[species][0].structure.groups.count("surface")
    of_slab = sum(n < surface for n in vibrations.moved) if rotor is None else 0
    return VibrationsRow(
        species,
        status,
        folder,
        len(vibrations.moved),
        of_slab,
        tuple(float(x) for x in modes.frequencies_per_cm),
        modes.zero_point_energy_eV,
        len(modes.imaginary_per_cm),
        known.fmax_eV_per_A,
        vibrations.asymmetry_eV_per_A2,
        vibrations.rigid_per_cm,
        rotor.geometry if rotor else None,
        rotor.point_group if rotor else None,
        rotor.symmetry_number if rotor else None,
        known.unpaired + 1 if rotor else None,
        _gain_eV(found, keys),
        tuple(_remarks(known, state.task.spec["level"]["ecut_eV"])),
    )


def _gain_eV(found: Findings, keys: VibrationKeys) -> float | None:
    """What following an imaginary mode has changed the energy by."""
    if keys.followed is None:
        return None
    before, after = (found.states[each.further].result for each in (keys, keys.followed))
    if before is None or after is None or "modes_of" in after.values:
        return None
    return after.energy_eV - before.energy_eV


def _remarks(known: Known, cutoff_eV: float) -> Iterator[str]:
    """What makes the numbers doubtful, one clause each."""
    vibrations = known.vibrations
    imaginary = vibrations.modes.imaginary_per_cm
    if len(imaginary):
        listed = ", ".join(f"{x:.0f}i" for x in imaginary[:3])
        more = ", ..." if len(imaginary) > 3 else ""
        who = mode_words(vibrations, 0)
        count = "1 imaginary mode" if len(imaginary) == 1 else f"{len(imaginary)} imaginary modes"
        kind = "no minimum" if known.rotor else "an unstable structure, such as an untilted one"
        yield f"{count} ({listed}{more} cm^-1; the first moves {who}): {kind}"
    asymmetry = vibrations.asymmetry_eV_per_A2
    if asymmetry > LARGEST_ASYMMETRY_EV_PER_A2:
        yield (
            f"force constants that must be equal differ by up to {asymmetry:.2f} eV/A^2; low modes"
            " are doubtful, give a larger displacement_A or a higher cutoff"
        )
    light = set(MOLECULAR_ELEMENTS) & set(vibrations.part.symbols)
    if light and cutoff_eV < SMALLEST_CUTOFF_EV:
        yield (
            f"stretches of {', '.join(sorted(light))} are too soft at a cutoff of {cutoff_eV:g} eV,"
            f" below {SMALLEST_CUTOFF_EV:g} eV"
        )


def mode_words(vibrations: Vibrations, number: int) -> str:
    """What moves in a mode: elements with at least a tenth of its kinetic energy."""
    shares = vibrations.shares(number)
    return ", ".join(f"{e} {100 * x:.0f} %" for e, x in shares.items() if x >= 0.1)
