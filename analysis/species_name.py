"""Names of species: ``slab.OAm.V_I`` is the surface ``slab`` with a ligand and a vacancy."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

SEPARATOR = "."


@dataclass(frozen=True)
class SpeciesName:
    """The parts of a name.

    Parameters
    ----------
    head
        Name of a surface, molecule, ligand or crystal.
    parts
        Names of ligands and then of vacancies, in the order in which they were added.

    Examples
    --------
    >>> name = SpeciesName.parse("slab.OAm.V_I")
    >>> name.head, name.parts, str(name.parent), str(name.without(["V_I"]))
    ('slab', ('OAm', 'V_I'), 'slab.OAm', 'slab.OAm')
    """

    head: str
    parts: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> SpeciesName:
        """Take a name apart."""
        head, *parts = text.split(SEPARATOR)
        return cls(head, tuple(parts))

    def __str__(self) -> str:
        """The name as written in a study."""
        return SEPARATOR.join((self.head, *self.parts))

    @property
    def parent(self) -> SpeciesName:
        """The species to which the last part was added."""
        return SpeciesName(self.head, self.parts[:-1])

    @property
    def last(self) -> str:
        """The part that was added last, or the head without any."""
        return self.parts[-1] if self.parts else self.head

    def only(self, known: Collection[str]) -> tuple[str, ...]:
        """The parts that are among given names, in their order."""
        return tuple(part for part in self.parts if part in known)

    def without(self, names: Collection[str]) -> SpeciesName:
        """The same species without some of its parts, such as all vacancies."""
        return SpeciesName(self.head, tuple(part for part in self.parts if part not in names))

    def plus(self, *parts: str) -> SpeciesName:
        """The same species with more parts; each may be several that are joined by dots."""
        more = (one for part in parts for one in part.split(SEPARATOR))
        return SpeciesName(self.head, (*self.parts, *more))


def head_of(name: str) -> str:
    """The surface, molecule or crystal that a name begins with."""
    return SpeciesName.parse(name).head
