"""The model of a study file: every table and key, with its unit and what is allowed."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

from pydantic import Field, model_validator

from workflows.study.barrier_table import BarrierEntry, check_barriers
from workflows.study.charged_defects_table import ChargedDefectEntry, check_charged_defects
from workflows.study.converge_table import ConvergeEntry
from workflows.study.coverage_table import CoverageEntry
from workflows.study.defect_tables import Defect, Vacancy
from workflows.study.electronic_tables import (
    DensityDifferenceEntry,
    DosEntry,
    ElectrostaticsEntry,
    GapEntry,
)
from workflows.study.energy_tables import (
    BasinCheckEntry,
    PassivationEntry,
    ReactionEntry,
    SpinOrbitCheckEntry,
    SplitEntry,
)
from workflows.study.level import HYBRID_FUNCTIONALS, Level
from workflows.study.ligand_screen_table import LigandScreenEntry
from workflows.study.ligand_tables import (
    COLUMNS,
    LIST,
    CandidatesEntry,
    LigandEntry,
    Placement,
    schema_with_list,
)
from workflows.study.names import in_one_order
from workflows.study.reservoir_tables import ChemicalPotentials, CrystalEntry, Molecule
from workflows.study.screening_table import Screening
from workflows.study.species_labels import SpeciesLabel, check_labels
from workflows.study.structure_tables import MoleculeVacuum, Name, Part, Surface
from workflows.study.supercells import FiniteSizeEntry, SupercellEntry, check_supercells
from workflows.study.surface_phases import SurfacePhasesEntry, check_surface_phases
from workflows.study.vibration_tables import (
    Conditions,
    FreeEnergyEntry,
    VibrationsEntry,
    check_vibrations,
)

#: Parts of a structure and of a density difference are called so.
RESERVED_NAMES = ("surface", "whole")
#: Tables whose names are parts of names of species.
NAMED_TABLES = (
    "surfaces", "ligands", "vacancies", "defects", "molecules", "crystals", "supercells",
)  # fmt: skip

Length = Annotated[float, Field(gt=0, le=200)]


class Study(Part):
    """A whole study: what is built, at which level, and what is computed from it."""

    title: str = Field(description="one line for the tables", max_length=200)
    level: Level = Field(description="level of theory of the relaxations, and of the energies")
    single_point: Level | None = Field(
        None, description="level of the energies instead, at the relaxed structures"
    )
    screening: Screening | None = Field(
        None,
        description="cheaper level, or machine-learned potential, at which [[candidates]] with"
        " promote are relaxed first; its energies only choose and enter no other table",
    )
    molecule_vacuum_A: MoleculeVacuum = Field(
        description="vacuum between the van der Waals spheres of an isolated molecule and of its"
        " images"
    )
    surfaces: dict[Name, Surface] = Field(default={}, description="slabs by name")
    ligands: dict[Name, LigandEntry] = Field(
        default={},
        description=f'ligands by name; `{LIST} = "FILE.csv"` directly below `[ligands]` adds one'
        " for each line of a CSV file, whose first line names its columns: `name`,"
        f" `{'`, `'.join(COLUMNS)}`, as far as they are needed",
        json_schema_extra=schema_with_list,
    )
    vacancies: dict[Name, Vacancy] = Field(default={}, description="vacancies by name")
    defects: dict[Name, Defect] = Field(
        default={}, description="point defects of any kind by name, used in names as vacancies are"
    )
    molecules: dict[Name, Molecule] = Field(default={}, description="molecules by name")
    crystals: dict[Name, CrystalEntry] = Field(default={}, description="bulk crystals by name")
    supercells: dict[Name, SupercellEntry] = Field(
        default={}, description="repeated crystals by name, whose vacancies are those of the bulk"
    )
    species: dict[str, SpeciesLabel] = Field(
        default={}, description='labels of species in figures, by name: [species."slab.OAm"]'
    )
    reactions: list[ReactionEntry] = Field(default=[], description="energies that are wanted")
    candidates: list[CandidatesEntry] = Field(
        default=[], description="species of which several placements are calculated"
    )
    placement: Placement = Field(
        default_factory=lambda: Placement.model_validate({}), description="search for placements"
    )
    basin_checks: list[BasinCheckEntry] = Field(
        default=[], description="bare slabs relaxed again from covered ones"
    )
    passivation: list[PassivationEntry] = Field(
        default=[], description="vacancies beside ligands against the clean surface"
    )
    ligand_screen: LigandScreenEntry | None = Field(
        None, description="ligands on one surface and beside one vacancy, ranked"
    )
    coverage: list[CoverageEntry] = Field(
        default=[], description="ligands on shares of the sites of a cell"
    )
    splits: list[SplitEntry] = Field(
        default=[], description="adsorption energies split into interaction and deformation"
    )
    spin_orbit_checks: list[SpinOrbitCheckEntry] = Field(
        default=[], description="reactions whose energy is compared with spin-orbit coupling"
    )
    chemical_potentials: ChemicalPotentials | None = Field(
        None, description="stability of a crystal, formation and surface energies"
    )
    surface_phases: list[SurfacePhasesEntry] = Field(
        default=[], description="phase diagrams of surfaces over two chemical potentials"
    )
    finite_size: list[FiniteSizeEntry] = Field(
        default=[], description="vacancies whose energies in several supercells are compared"
    )
    charged_defects: list[ChargedDefectEntry] = Field(
        default=[], description="charge states of point defects in supercells"
    )
    converge: ConvergeEntry | None = Field(
        None, description="reaction energies with several values of a parameter"
    )
    dos: list[DosEntry] = Field(default=[], description="densities of states")
    gaps: list[GapEntry] = Field(
        default=[], description="gaps of a hybrid functional in [single_point]"
    )
    density_differences: list[DensityDifferenceEntry] = Field(
        default=[], description="charge-density differences"
    )
    electrostatics: list[ElectrostaticsEntry] = Field(
        default=[], description="potentials, work functions and dipole moments of slabs"
    )
    vibrations: list[VibrationsEntry] = Field(
        default=[], description="harmonic modes and zero-point energies"
    )
    free_energies: list[FreeEnergyEntry] = Field(
        default=[], description="free energies of reactions at the [conditions]"
    )
    conditions: Conditions = Field(
        default_factory=lambda: Conditions.model_validate({}),
        description="temperatures, pressures and low modes of [[free_energies]]",
    )
    barriers: list[BarrierEntry] = Field(
        default=[], description="barriers of vacancies that hop, from nudged elastic bands"
    )

    @property
    def point_defects(self) -> dict[str, Defect]:
        """All of [vacancies] and [defects] by name."""
        vacancies = {
            name: Defect.model_validate({"kind": "vacancy", **each.model_dump(exclude_unset=True)})
            for name, each in self.vacancies.items()
        }
        return vacancies | self.defects

    @property
    def every_candidate(self) -> list[CandidatesEntry]:
        """[[candidates]], and those of a screen of ligands that are not among them."""
        own = [entry.species for entry in self.candidates]
        more = self.ligand_screen.candidates() if self.ligand_screen else []
        return [*self.candidates, *(entry for entry in more if entry.species not in own)]

    def label_of(self, name: str) -> str:
        """What figures call a species: its label, or its name."""
        return self.species[name].label if name in self.species else name

    @property
    def energy_level(self) -> Level:
        """Level at which energies, densities and densities of states are calculated."""
        return self.single_point or self.level

    @property
    def level_name(self) -> str:
        """Name printed with every number; ``"production//draft"``: energy // geometry."""
        if self.single_point is None:
            return self.level.name
        return f"{self.single_point.name}//{self.level.name}"

    @property
    def caveat(self) -> str:
        """Warning printed with every number, or an empty string."""
        words = self.energy_level.caveats
        if self.single_point is not None:
            own = [word for word in self.level.caveats if word not in words]
            words = [*words, *(f"structures: {word}" for word in own)]
        return "; ".join(words)

    @model_validator(mode="before")
    @classmethod
    def _order_of_names(cls, data: Any) -> Any:
        return in_one_order(data) if isinstance(data, dict) else data

    @model_validator(mode="after")
    def _hybrids(self) -> Study:
        for key in ("level", "screening"):
            level = getattr(self, key)
            if level is not None and level.functional in HYBRID_FUNCTIONALS:
                raise ValueError(
                    f"{key}.functional: {level.functional!r} is for single points, its stress and"
                    " its cost forbid relaxations; give it in [single_point]"
                )
        functional = self.energy_level.functional
        if functional in HYBRID_FUNCTIONALS:
            for key in ("dos", "spin_orbit_checks", "charged_defects"):
                if getattr(self, key):
                    raise ValueError(
                        f"{key}: goes without exact exchange; single_point.functional must not be"
                        f" {functional!r}; [[gaps]] gives gaps of {functional}"
                    )
        elif self.gaps:
            raise ValueError(
                f"gaps: goes with {' or '.join(HYBRID_FUNCTIONALS)} in single_point.functional;"
                f" [[dos]] gives the gap of {functional}"
            )
        return self

    @model_validator(mode="after")
    def _screening(self) -> Study:
        promoting = [n for n, each in enumerate(self.candidates) if each.promote is not None]
        by_screen = self.ligand_screen is not None and self.ligand_screen.promote is not None
        if self.screening is None:
            if by_screen:
                raise ValueError(
                    "ligand_screen.promote needs a table [screening], the level at which all"
                    " placements are relaxed first"
                )
            if promoting:
                raise ValueError(
                    f"candidates.{promoting[0]}.promote ="
                    f" {self.candidates[promoting[0]].promote} needs a table [screening], the"
                    " level at which all candidates are relaxed first"
                )
            return self
        if not promoting and not by_screen:
            raise ValueError(
                "screening: goes with promote in [[candidates]] or [ligand_screen], which none has"
            )
        if self.screening.physics() == self.level.physics():
            raise ValueError(
                f"screening: {self.screening.name!r} is the same as [level]; give a cheaper level"
            )
        if self.screening.name == self.level.name:
            raise ValueError(
                f"screening.name = {self.screening.name!r} is the name of [level] too; give"
                " another one"
            )
        return self

    @model_validator(mode="after")
    def _supercells(self) -> Study:
        check_supercells(self.supercells, self.finite_size, self.crystals, self.vacancies)
        check_charged_defects(
            self.charged_defects,
            [*self.crystals, *self.molecules],
            has_potentials=self.chemical_potentials is not None,
        )
        return self

    @model_validator(mode="after")
    def _chemical_potentials(self) -> Study:
        if self.chemical_potentials is not None:
            self.chemical_potentials.check(self.crystals, self.molecules, self.surfaces)
        return self

    @model_validator(mode="after")
    def _surface_phases(self) -> Study:
        known = None if self.chemical_potentials is None else self.chemical_potentials.phases
        check_surface_phases(self.surface_phases, known, [*self.ligands, *self.molecules])
        return self

    @model_validator(mode="after")
    def _coverage(self) -> Study:
        for number, entry in enumerate(self.coverage):
            entry.check(f"coverage.{number}", self.surfaces, self.ligands)
        return self

    @model_validator(mode="after")
    def _ligand_screen(self) -> Study:
        if self.ligand_screen is not None:
            self.ligand_screen.check(self.surfaces, self.ligands, self.point_defects)
        return self

    @model_validator(mode="after")
    def _names(self) -> Study:
        seen: dict[str, tuple[str, str]] = {}
        for table in NAMED_TABLES:
            for name in getattr(self, table):
                if name in RESERVED_NAMES:
                    raise ValueError(f"[{table}.{name}]: {name!r} has a meaning of its own here")
                other, where = seen.get(name.lower(), ("", ""))
                if other == name:
                    raise ValueError(
                        f"{name!r} is used in [{where}] and in [{table}]; names must differ"
                    )
                if other:
                    raise ValueError(
                        f"{other!r} in [{where}] and {name!r} in [{table}] differ by upper and"
                        " lower case only, which file systems may not tell apart; names must differ"
                    )
                seen[name.lower()] = (name, table)
        asked = [entry.species for entry in self.candidates]
        double = {name for name, times in Counter(asked).items() if times > 1}
        if double:
            raise ValueError(f"two [[candidates]] are for {sorted(double)[0]!r}")
        titles = [reaction.name for reaction in self.reactions]
        for check in self.spin_orbit_checks:
            if check.reaction not in titles:
                raise ValueError(
                    f"spin_orbit_checks.reaction: {check.reaction!r} is no reaction; names:"
                    f" {', '.join(titles) or 'none'}"
                )
        twice = {name for name, times in Counter(titles).items() if times > 1}
        if twice:
            raise ValueError(f"two reactions are called {sorted(twice)[0]!r}")
        if self.converge is not None:
            self.converge.check(titles, self.single_point is not None)
        return self

    @model_validator(mode="after")
    def _vibrations(self) -> Study:
        titles = [reaction.name for reaction in self.reactions]
        check_vibrations(self.vibrations, self.free_energies, titles, self.single_point)
        return self

    @model_validator(mode="after")
    def _barriers(self) -> Study:
        check_barriers(self.barriers)
        return self

    @model_validator(mode="after")
    def _labels(self) -> Study:
        heads = [*self.surfaces, *self.ligands, *self.molecules, *self.crystals, *self.supercells]
        check_labels(self.species, heads, [*self.ligands, *self.point_defects])
        return self

    @model_validator(mode="after")
    def _parts_of_pairs(self) -> Study:
        single = [*self.vacancies, *(k for k, v in self.defects.items() if v.kind != "pair")]
        for name, defect in self.defects.items():
            for part in defect.parts:
                if part not in single:
                    raise ValueError(
                        f"defects.{name}.parts: {part!r} is no vacancy or other single defect;"
                        f" defined: {', '.join(single) or 'none'}"
                    )
        return self
