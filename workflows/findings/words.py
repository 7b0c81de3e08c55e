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


def labelled(study: Study, text: str) -> str:
    """A text with spaces between its words, with the labels of species instead of their names.

    Examples
    --------
    ``"DOS slab.OAm"`` becomes ``"DOS OAm / CsPbI3(001)"``.
    """
    return " ".join(study.label_of(word) for word in text.split(" "))


def status_words(state: str, why: str) -> str:
    """State of a task and the reason, if there is one."""
    return f"{state}: {why}" if why else state


def flag_sentences(flags: Iterable[str]) -> tuple[str, ...]:
    """Flags as footnotes, each once."""
    return tuple(dict.fromkeys(f"{flag}." for flag in flags))


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
