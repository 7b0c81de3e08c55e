"""The table [screening]: a level of theory, or a machine-learned potential in its place."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Tag

from workflows.study.level import Level
from workflows.study.potential import PotentialLevel

#: The two kinds of [screening], by the names of their models.
SCREENING_MODELS = (Level.__name__, PotentialLevel.__name__)


def _screening_model(data: Any) -> str:
    potential = isinstance(data, PotentialLevel) or (isinstance(data, dict) and "potential" in data)
    return SCREENING_MODELS[potential]


Screening = Annotated[
    Annotated[Level, Tag(SCREENING_MODELS[0])]
    | Annotated[PotentialLevel, Tag(SCREENING_MODELS[1])],
    Discriminator(_screening_model),
]
