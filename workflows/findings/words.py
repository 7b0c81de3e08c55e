"""Words about levels, states and flags that stand beside numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from workflows.study.potential import BLIND, PotentialLevel

if TYPE_CHECKING:
    from workflows.study.level import Level
    from workflows.study.model import Study


def level_words(study: Study) -> str:
    """Name and caveat of the level of a study, printed with every number."""
    return f"{study.level_name}: {study.caveat}" if study.caveat else study.level_name


#: What the first words of the labels of tasks are called in titles of figures.
TITLES = {
    "DOS": "DOS of",
    "density difference": "Density difference of",
    "electrostatics": "Electrostatic potential of",
}


def output_title(study: Study, label: str) -> str:
    """The title of what a task has left: its kind, and the labels of species, not their names.

    Examples
    --------
    ``"density difference slab.OAm"`` becomes ``"Density difference of OAm / CsPbI3(001)"``.

    Parameters
    ----------
    study
        With the labels.
    label
        Of the task.
    """
    kind = next((each for each in TITLES if label.startswith(f"{each} ")), "")
    species = label.removeprefix(kind).strip()
    words = [TITLES.get(kind, ""), *(study.label_of(word) for word in species.split(" "))]
    return " ".join(filter(None, words))


def status_words(state: str, why: str) -> str:
    """State of a task and the reason, if there is one."""
    return f"{state}: {why}" if why else state


def flag_sentences(flags: Iterable[str]) -> tuple[str, ...]:
    """Flags as footnotes, each once."""
    return tuple(dict.fromkeys(f"{flag}." for flag in flags))


def grouped_notes(notes: Iterable[str]) -> list[str]:
    """Notes on species, those of the same words as one note, where the first of them stood.

    Examples
    --------
    >>> grouped_notes(["slab: 634 K", "OAm: a radical", "wide: 634 K"])
    ['slab, wide: 634 K', 'OAm: a radical']
    """
    names: dict[str, list[str]] = {}
    for note in notes:
        name, colon, words = note.partition(": ")
        own, words = ([name], words) if colon and " " not in name else ([], note)
        names.setdefault(words, []).extend(each for each in own if each not in names.get(words, []))
    return [f"{', '.join(own)}: {words}" if own else words for words, own in names.items()]


def level_sentences(study: Study) -> list[str]:
    """The level of theory of a study in one sentence, or in two; and its caveat."""
    caveat = study.caveat
    return [*level_settings(study), *([f"{caveat[0].upper()}{caveat[1:]}."] if caveat else [])]


def level_settings(study: Study) -> list[str]:
    """The level of theory of a study in one sentence, or in two."""
    words = [f"Level {_settings(study.level)}, forces below {study.level.fmax_eV_per_A:g} eV/A."]
    if study.single_point is not None:
        words = [
            f"Level {study.level_name!r}: energies at {_settings(study.single_point)}.",
            words[0].replace("Level", "Structures relaxed at", 1),
        ]
    if study.screening is not None:
        level = study.screening
        words.append(
            f"Candidates screened at {_screening_settings(level)}, forces below"
            f" {level.fmax_eV_per_A:g} eV/A; these energies only rank."
        )
    return words


def _screening_settings(level: Level | PotentialLevel) -> str:
    if not isinstance(level, PotentialLevel):
        return _settings(level)
    plus = "" if level.dispersion == "none" else f" plus {level.dispersion}"
    package = f"{level.about.package} {level.about.version}"
    return f"{level.name!r}: {level.about.weights}{plus}, a potential of {package}, {BLIND}"


def _settings(level: Level) -> str:
    plus = "" if level.dispersion == "none" else f"-{level.dispersion}"
    dipole = ", dipole correction" if level.dipole_correction else ""
    return (
        f"{level.name!r}: {level.functional}{plus}, plane waves {level.ecut_eV:g} eV,"
        f" k-point length {level.kpoint_length_A:g} A, smearing {level.smearing_eV:g} eV,"
        f" spin-polarised: {level.spin}{dipole}"
    )


#: Less of the moment that a calculation started with means that its unpaired electrons have
#: paired, or that both spins share them.
LEAST_SHARE_OF_MOMENT = 0.25


def lost_moment(started_muB: float, moment_muB: float | None) -> str:
    """What is doubtful about unpaired electrons that ended without a moment; empty otherwise.

    Parameters
    ----------
    started_muB
        Magnetic moment of the cell that the unpaired electrons have.
    moment_muB
        That of its result; None if it is not known.
    """
    if moment_muB is None or abs(moment_muB) >= LEAST_SHARE_OF_MOMENT * abs(started_muB):
        return ""
    return (
        f"started with a magnetic moment of {abs(started_muB):.0f} mu_B and ended with"
        f" {abs(moment_muB):.2f}: its unpaired electrons have paired, or both spins share them;"
        " another start or first spin may end lower"
    )
