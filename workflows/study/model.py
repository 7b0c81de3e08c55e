"""The model of a study file: every table and key, with its unit and what is allowed."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from analysis.energies.reactions import LedgerError, parse_reaction
from slabs.crystals.prototypes import PROTOTYPES
from slabs.surfaces.vacancies import DEPTHS
from workflows.study.converge_table import ConvergeEntry
from workflows.study.coverage_table import CoverageEntry
from workflows.study.level import HYBRID_FUNCTIONALS, Level
from workflows.study.ligand_list import COLUMNS, LIST, schema_with_list
from workflows.study.ligand_screen_table import LigandScreenEntry
from workflows.study.names import in_one_order
from workflows.study.potential import PotentialLevel
from workflows.study.species_labels import SpeciesLabel, check_labels
from workflows.study.structure_tables import (
    Bulk,
    CandidatesEntry,
    Defect,
    LigandEntry,
    MoleculeVacuum,
    Multiplicity,
    Name,
    Part,
    Placement,
    Surface,
    Vacancy,
    check_bulk,
)
from workflows.study.supercells import FiniteSizeEntry, SupercellEntry, check_supercells
from workflows.study.surface_phases import SurfacePhasesEntry, check_surface_phases
from workflows.study.vibration_tables import Conditions, FreeEnergyEntry, VibrationsEntry

#: Parts of a structure and of a density difference are called so.
RESERVED_NAMES = ("surface", "whole")
#: Tables whose names are parts of names of species.
NAMED_TABLES = (
    "surfaces", "ligands", "vacancies", "defects", "molecules", "crystals", "supercells",
)  # fmt: skip

Length = Annotated[float, Field(gt=0, le=200)]


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


class Reservoir(Part):
    """What crystals and molecules have in common as phases."""

    published_formation_energy_eV: float | None = Field(
        None, description="per formula unit from the elements, shown beside ours"
    )
    published_formation_source: str | None = Field(None, description="where it was published")

    @model_validator(mode="after")
    def _source(self) -> Self:
        energy = self.published_formation_energy_eV
        if energy is not None and self.published_formation_source is None:
            raise ValueError("published_formation_energy_eV needs published_formation_source")
        return self


class Molecule(Reservoir):
    """An isolated molecule that takes part in reactions, such as I2."""

    smiles: str = Field(
        description="SMILES of a neutral molecule or of an ion pair such as 'CCCC[NH3+].[I-]'",
        max_length=3000,
    )
    multiplicity: Multiplicity | None = Field(
        None,
        description="2S + 1; default: 1, for odd electrons 2, for O2 and the like that of the"
        " ground state; needed for magnetic ions",
    )


class CrystalEntry(Reservoir, Bulk):
    """A bulk crystal that is relaxed: its volume, or its cell with all atoms."""

    prototype: Literal[tuple(PROTOTYPES)] = Field(  # type: ignore[valid-type]
        "perovskite", description="; ".join(f"{k}: {v}" for k, v in PROTOTYPES.items())
    )
    relax: Literal["volume", "cell"] = Field(
        "volume",
        description="volume: equation of state of a crystal whose atoms all sit on symmetry"
        " positions; cell: cell and atoms by their stress and forces",
    )
    strains: list[Annotated[float, Field(ge=-0.2, le=0.2)]] = Field(
        default=[-0.03, -0.015, 0.0, 0.015, 0.03],
        description="relative changes of the lattice constant, at least five",
        min_length=5,
        max_length=25,
    )
    kpoint_length_A: float | None = Field(
        None,
        description="k-point density of this crystal; without it the level's. A crystal"
        " with a density of its own is a check and cannot take part in reactions",
        ge=1,
        le=200,
    )
    published_lattice_constant_A: Length | None = Field(None, description="shown beside ours")
    published_source: str | None = Field(None, description="where it was published")

    @model_validator(mode="after")
    def _combination(self) -> CrystalEntry:
        if (self.material is None) == (self.file is None):
            raise ValueError("give exactly one of material and file")
        check_bulk(self, "material" if self.material else "file")
        own = ("file", "phase", "tilts_deg", "mixing", "cation_axis")
        given = [key for key in own if key in self.model_fields_set]
        if self.prototype != "perovskite" and given:
            raise ValueError(
                f"{given[0]} goes with prototype = 'perovskite', not {self.prototype!r}"
            )
        if self.relax == "cell" and "strains" in self.model_fields_set:
            raise ValueError("strains go with relax = 'volume', not with 'cell'")
        return self


class ReactionEntry(Part):
    """A reaction whose energy is wanted, dE = E(products) - E(reactants)."""

    name: str = Field(description="what the row is called", min_length=1, max_length=80)
    equation: str = Field(description="for example 'slab + OAm -> slab.OAm'")
    question: str | None = Field(
        None,
        description="heading under which tables show it; default: from the equation, such as"
        " 'Adsorption' or 'Vacancy formation'",
        min_length=1,
        max_length=80,
    )
    published_binding_energy_eV: float | None = Field(
        None, description="published -dE, shown beside ours"
    )
    published_reaction_energy_eV: float | None = Field(
        None, description="published dE, shown beside ours"
    )
    published_source: str | None = Field(None, description="where it was published")

    @model_validator(mode="after")
    def _combination(self) -> ReactionEntry:
        try:
            parse_reaction(self.equation)
        except LedgerError as error:
            raise ValueError(str(error)) from error
        given = (self.published_binding_energy_eV, self.published_reaction_energy_eV)
        if all(value is not None for value in given):
            raise ValueError(
                "give one of published_binding_energy_eV and published_reaction_energy_eV"
            )
        if any(value is not None for value in given) and self.published_source is None:
            raise ValueError("a published value needs published_source")
        return self


class SpeciesEntry(Part):
    """A species that something is calculated for."""

    species: str = Field(description="name as in reactions")


class SplitEntry(SpeciesEntry):
    """Adsorption energy of a species, split into interaction and deformation."""

    species: str = Field(description="a slab with one kind of ligand or several")


class SpinOrbitCheckEntry(Part):
    """Change of a reaction energy by spin-orbit coupling, at the relaxed structures."""

    reaction: str = Field(description="name of one of [[reactions]]")


class BasinCheckEntry(SpeciesEntry):
    """The bare slab relaxed once more from where a ligand left it; the lower energy counts."""

    species: str = Field(description="a slab with ligands that replace nothing, no vacancies")


class PassivationEntry(Part):
    """How much less a vacancy costs beside each ligand than on the clean surface."""

    surface: str = Field(description="one of [surfaces]")
    ligands: Annotated[list[str], Field(min_length=1)] = Field(
        description="ligands, or several of them joined by dots: 'OAm', 'OAm.OA'"
    )
    vacancies: Annotated[list[str], Field(min_length=1)] = Field(
        description="of [vacancies] or [defects]"
    )


class ChemicalPotentials(Part):
    """Chemical potentials at which a crystal is stable, and energies that depend on them."""

    host: str = Field(description="the crystal, one of [crystals]")
    phases: Annotated[list[str], Field(min_length=1)] = Field(
        description="competing phases, and at least one elemental phase of each element: of"
        " [crystals] or [molecules]"
    )
    element: str = Field(
        "I", description="whose chemical potential is poor or rich, and varied in the figures"
    )
    formation: list[str] = Field(
        default=[],
        description="slabs with point defects and supercells with vacancies, for formation"
        " energies per defect",
    )
    surfaces: list[str] = Field(
        default=[], description="of [surfaces], cut from the host and alike on both faces"
    )


class DosEntry(Part):
    """Density of states of one species at its relaxed geometry."""

    species: str = Field(description="a slab, a molecule or a crystal")
    spin_orbit: bool = Field(False, description="with spin-orbit coupling too, beside without")
    align: Literal["fermi", "vbm", "vacuum"] | None = Field(
        None,
        description="zero of energy in figures: the Fermi level, the valence-band maximum, or the"
        " vacuum above the slab; default: the valence-band maximum, without a gap the Fermi level",
    )
    width_eV: float = Field(0.1, description="width of the Gaussian broadening", gt=0, le=1)
    from_eV: float = Field(-15.0, description="start of the window, from the Fermi level", ge=-100)
    to_eV: float = Field(6.0, description="end of the window, from the Fermi level", le=30)
    empty_bands: int | None = Field(
        None,
        description="bands above the occupied ones, half of which are converged; default: 20, and"
        " 4 for each metal atom, for its empty s and p levels. Spin-orbit coupling acts in these"
        " bands and in all higher ones, through their linear response",
        ge=4,
        le=2000,
    )
    kpoint_length_A: float | None = Field(
        None,
        description="k-point density of the DOS; without it the level's. Odd grids above 1 are"
        " made even, to hold the corners of the zone with the edges of a perovskite",
        ge=1,
        le=200,
    )

    @model_validator(mode="after")
    def _window(self) -> DosEntry:
        if self.from_eV >= self.to_eV:
            raise ValueError("from_eV must be below to_eV")
        return self


class GapEntry(SpeciesEntry):
    """Gap of a hybrid functional at the relaxed geometry."""

    species: str = Field(description="a slab, a molecule or a crystal")
    spin_orbit: bool = Field(False, description="with spin-orbit coupling too, beside without")
    empty_bands: int | None = Field(
        None,
        description="bands above the occupied ones, half of which are converged and have levels of"
        " the hybrid; default: as in [[dos]]",
        ge=4,
        le=2000,
    )
    kpoint_length_A: float | None = Field(
        None,
        description="k-point density of levels and exchange; without it the level's. Odd grids"
        " above 1 are made even, as in [[dos]]",
        ge=1,
        le=200,
    )


class DensityDifferenceEntry(Part):
    """Density of a slab minus the densities of its parts, at fixed positions."""

    species: str = Field(description="a slab with at least one ligand; with vacancy any slab")
    vacancy: str | None = Field(
        None,
        description="one of [vacancies], empty before and filled after: the parts are the slab"
        " without the atom that it removes, and that atom; default: the slab and its ligands",
    )
    grid_refinement: Literal[1, 2, 4] = Field(2, description="finer grid than the density's own")


class ElectrostaticsEntry(SpeciesEntry):
    """Electrostatic potential, work functions and dipole moment of a slab."""

    species: str = Field(description="a slab; a covered one is compared with the bare one")


class BarrierEntry(SpeciesEntry):
    """Barrier of the hop of a vacancy to a neighbouring site."""

    name: str = Field(description="what the row is called", min_length=1, max_length=80)
    species: str = Field(
        description="slab whose last part is a vacancy of a single atom, such as 'slab.OAm.V_I':"
        " where the hop begins"
    )
    to: Literal[tuple(DEPTHS)] = Field(  # type: ignore[valid-type]
        "surface",
        description="layer that the vacancy goes to, to the nearest ion of its kind there; "
        + "; ".join(f"{k}: {v}" for k, v in DEPTHS.items()),
    )
    direction: Annotated[list[float], Field(min_length=3, max_length=3)] | None = Field(
        None,
        description="only hops of the vacancy along this vector, x, y and z, such as [1, 1, 0]:"
        " of those up to a quarter longer than the shortest the one closest to it",
    )
    near: Literal["nearest", "farthest"] = Field(
        "nearest",
        description="which of equally long hops, by the distance of its end from the ligands",
    )
    images: int = Field(
        5, description="structures between both ends; the highest one climbs", ge=3, le=31
    )
    charge: int = Field(
        0, description="of the cell; other than 0 is refused, as energies of charged slabs are"
    )
    compare_with: str | None = Field(
        None,
        description="name of another of [[barriers]], such as that of the clean surface, whose"
        " barrier is subtracted",
    )
    temperature_K: float = Field(300.0, description="for rates", gt=0, le=5000)
    prefactor_per_s: float = Field(
        1e13,
        description="for rates: that of harmonic transition-state theory, assumed and not"
        " calculated",
        ge=1e10,
        le=1e15,
    )

    @model_validator(mode="after")
    def _no_null_vector(self) -> Self:
        if self.direction is not None and not any(self.direction):
            raise ValueError("direction must not be [0, 0, 0]")
        return self


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
            for key in ("dos", "spin_orbit_checks"):
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
        return self

    @model_validator(mode="after")
    def _chemical_potentials(self) -> Study:
        entry = self.chemical_potentials
        if entry is None:
            return self
        crystals, molecules = list(self.crystals), list(self.molecules)
        for key, names, allowed in (
            ("host", [entry.host], crystals),
            ("phases", entry.phases, [n for n in crystals + molecules if n != entry.host]),
            ("surfaces", entry.surfaces, list(self.surfaces)),
        ):
            for name in names:
                if name not in allowed or names.count(name) > 1:
                    why = "is named twice" if name in allowed else "is not allowed"
                    raise ValueError(
                        f"chemical_potentials.{key}: {name!r} {why}; allowed:"
                        f" {', '.join(allowed) or 'none'}"
                    )
        for name in entry.surfaces:
            surface = self.surfaces[name]
            if surface.crystal != entry.host:
                raise ValueError(
                    f"chemical_potentials.surfaces: {name!r} must be cut from the relaxed host,"
                    " whose strain would count as surface energy otherwise; give"
                    f" surfaces.{name}.crystal = {entry.host!r}"
                )
            if surface.bottom_termination not in (None, surface.termination):
                raise ValueError(
                    f"chemical_potentials.surfaces: {name!r} has two terminations, whose energies"
                    " cannot be told apart; leave bottom_termination away"
                )
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
        for each in self.free_energies:
            if each.reaction not in titles:
                raise ValueError(
                    f"free_energies.reaction: {each.reaction!r} is no reaction; names:"
                    f" {', '.join(titles) or 'none'}"
                )
        for entry in (*self.vibrations, *self.free_energies):
            if entry.level == "relaxation":
                continue
            key = "vibrations" if isinstance(entry, VibrationsEntry) else "free_energies"
            if self.single_point is None:
                raise ValueError(f"{key}.level: 'single_point' needs a table [single_point]")
            if self.single_point.functional in HYBRID_FUNCTIONALS:
                raise ValueError(
                    f"{key}.level: {self.single_point.functional} has no forces here; leave level"
                    " away"
                )
        return self

    @model_validator(mode="after")
    def _names_of_barriers(self) -> Study:
        names = [entry.name for entry in self.barriers]
        for number, entry in enumerate(self.barriers):
            if names.count(entry.name) > 1:
                raise ValueError(f"two barriers are called {entry.name!r}")
            others = [name for name in names if name != entry.name]
            if entry.compare_with is not None and entry.compare_with not in others:
                raise ValueError(
                    f"barriers.{number}.compare_with: {entry.compare_with!r} is no other barrier;"
                    f" names: {', '.join(others) or 'none'}"
                )
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
