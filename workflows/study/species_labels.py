"""Labels of species in figures."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pydantic import Field, field_validator

from analysis.species_name import SpeciesName
from workflows.study.structure_tables import Part

#: Longer labels do not fit into a legend.
LONGEST_LABEL = 40


class SpeciesLabel(Part):
    """How figures call one species; nothing that is calculated depends on it."""

    label: str = Field(
        description="what figures and their legends call it, such as 'OAm / CsPbI3(001)'",
        min_length=1,
        max_length=LONGEST_LABEL,
    )

    @field_validator("label")
    @classmethod
    def _tight(cls, label: str) -> str:
        if label != label.strip():
            raise ValueError(f"{label!r} is not allowed; give a text without spaces at its ends")
        return label


def check_labels(
    labels: Mapping[str, SpeciesLabel], heads: Collection[str], parts: Collection[str]
) -> None:
    """Refuse labels of species that the study does not define, and labels of two species.

    Parameters
    ----------
    labels
        By name of the species.
    heads
        What the name of a species may begin with.
    parts
        Ligands and point defects, which may follow, and may have labels of their own.
    """
    seen: dict[str, str] = {}
    for name, entry in labels.items():
        parsed = SpeciesName.parse(name)
        unknown = [part for part in parsed.parts if part not in parts]
        if parsed.head not in heads and not (parsed.head in parts and not parsed.parts):
            unknown.insert(0, parsed.head)
        if unknown:
            raise ValueError(
                f"species.{name}: {unknown[0]!r} is not defined; defined:"
                f" {', '.join(dict.fromkeys([*heads, *parts])) or 'none'}"
            )
        if entry.label in seen:
            raise ValueError(
                f"species.{name}.label: {entry.label!r} is that of {seen[entry.label]} too;"
                " labels must differ"
            )
        seen[entry.label] = name
