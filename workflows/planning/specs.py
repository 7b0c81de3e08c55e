"""What a task is told: everything that decides its result, from a study and a species."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from analysis.results import atoms_to_dict
from slabs.structure import electron_parity
from slabs.surfaces.symmetry import cells_per_cube, fixed_by_symmetry
from workflows.planning.starts import start_from_one_of, start_of
from workflows.species.species import Species
from workflows.study.errors import StudyError
from workflows.study.level import Level, digest, kpoints
from workflows.study.potential import PotentialLevel
from workflows.task_file import ElectronsSpec, Physics

if TYPE_CHECKING:
    from workflows.dft.kinds.crystal import CellSpec, UnrelaxedSpec, VolumeSpec
    from workflows.dft.kinds.potential import PotentialSpec
    from workflows.dft.kinds.relax import (
        BasinSpec,
        BetterBasinSpec,
        CandidateStartSpec,
        FurtherSpec,
        KnownStartSpec,
        OneOfStartsSpec,
        RankSpec,
        RelaxingSpec,
    )
    from workflows.dft.kinds.single_point import SinglePointSpec
    from workflows.study.model import Study


#: SCF cycles of vibrations are converged at least this far, see `workflows.study.level`.
SCF_OF_VIBRATIONS = {"scf_energy_eV": 1e-5, "scf_density": 1e-5, "scf_eigenstates_eV2": 1e-8}
#: Basins of bare slabs whose energies differ by less are not told apart.
SAME_BASIN_EV = 0.01


class Specs:
    """Makes the specifications of the tasks of one study.

    Parameters
    ----------
    study
        Validated study.
    file
        The study file, for messages.
    """

    def __init__(self, study: Study, file: Path) -> None:
        self.study, self.file = study, file

    def electrons(
        self,
        species: Species,
        *,
        relaxing: bool,
        kpoint_length_A: float | None = None,
        screening: bool = False,
    ) -> ElectronsSpec:
        """Settings of an SCF calculation: while relaxing, or for the energy that is reported."""
        study = self.study
        level = self.relaxation_level(screening) if relaxing else study.energy_level
        atoms = species.structure.atoms
        physics = level.physics()
        if study.single_point is not None and not relaxing:
            physics = level.physics_at(study.level)
        if kpoint_length_A is not None:
            physics["kpoint_length_A"] = kpoint_length_A
        length = 0.0 if species.kind == "molecule" else physics["kpoint_length_A"]
        # A metal such as Cs has an odd electron per cell without being magnetic.
        odd = species.kind != "crystal" and electron_parity(atoms, species.structure.charge) == 1
        seeded = bool(atoms.get_initial_magnetic_moments().any())
        fingerprint = digest(physics)
        if physics["dispersion"] == "D4" and species.kind not in ("crystal", "supercell"):
            physics["dispersion_pbc"] = [species.kind == "slab"] * 2 + [False]
        spec: ElectronsSpec = {
            "level": cast(Physics, physics),
            "fingerprint": fingerprint,
            "charge": species.structure.charge,
            "kpoints": kpoints(atoms, length),
            "spin_polarised": odd or seeded or level.spin == "all",
            "dipole_layer": species.kind == "slab" and level.dipole_correction,
        }
        if species.kind == "supercell":
            spec["bulk"] = True
        return spec

    def relaxation_level(self, screening: bool) -> Level:
        """The level of relaxations: that of the study, or that of the screening."""
        if not screening:
            return self.study.level
        assert isinstance(self.study.screening, Level)
        return self.study.screening

    def relax(
        self, species: Species, has_parent: bool, asked_by: str, *, screening: bool = False
    ) -> KnownStartSpec:
        """Relaxation of a slab or molecule.

        Raises
        ------
        StudyError
            For a charged one.
        """
        self._refuse_charge(species, asked_by)
        return {**start_of(species, has_parent), **self._relaxing(species, screening)}

    def screened(
        self, species: Species, has_parent: bool, asked_by: str
    ) -> KnownStartSpec | PotentialSpec:
        """Relaxation of a candidate at the screening level, or by its potential.

        Raises
        ------
        StudyError
            For a charged one.
        """
        level = self.study.screening
        if not isinstance(level, PotentialLevel):
            return self.relax(species, has_parent, asked_by, screening=True)
        self._refuse_charge(species, asked_by)
        physics = level.physics()
        spec = {
            **start_of(species, has_parent),
            "fmax_eV_per_A": level.fmax_eV_per_A,
            "fix_centre_of_mass": species.kind == "molecule",
            "level": physics,
            "fingerprint": digest(physics),
            "charge": species.structure.charge,
        }
        return cast("PotentialSpec", spec)

    def promoted(self, species: Species, rank: int, candidates: Sequence[int]) -> RankSpec:
        """Relaxation of one of several screened candidates, from where the screening left it.

        Parameters
        ----------
        species
            Any of the candidates.
        rank
            Which one, from 1 for the lowest; see `analysis.energies.ranking`.
        candidates
            Numbers, from 1, of the candidates in the order of the parents.
        """
        own = self._relaxing(species, screening=False)
        return {"rank": rank, "candidates": list(candidates), **own}

    def relax_from_one_of(self, starts: Sequence[Species], asked_by: str) -> OneOfStartsSpec:
        """Relaxation that starts from a species whose candidate is known after a screening.

        Parameters
        ----------
        starts
            What it starts from, for every candidate of the parent.
        asked_by
            Key of the study file, for messages.

        Raises
        ------
        StudyError
            For charged ones.
        """
        self._refuse_charge(starts[0], asked_by)
        own = self._relaxing(starts[0], screening=False)
        return {"starts": [start_from_one_of(each) for each in starts], **own}

    def relax_from_better_basin(
        self,
        starts: Sequence[Species],
        asked_by: str,
        *,
        own: Sequence[str],
        old: Sequence[str],
        new: Sequence[str],
        follows: bool,
    ) -> BetterBasinSpec:
        """Relaxation from a better tilt basin of what a species was made from.

        Parameters
        ----------
        starts
            The candidates of the species.
        asked_by
            Key of the study file, for messages.
        own
            Keys of the relaxations of the species from its own starts.
        old, new
            Keys of the relaxations of what it was made from: from its own starts, and from
            other basins.
        follows
            Whether the start must belong to the candidate that the better basin holds.

        Raises
        ------
        StudyError
            For charged ones.
        """
        self._refuse_charge(starts[0], asked_by)
        numbered: list[CandidateStartSpec] = []
        for place, each in enumerate(starts):
            assert each.parent is not None
            number = each.parent[1] + 1 if follows else 0
            own_start = start_of(each, has_parent=True)
            numbered.append({"candidate": place + 1, "from_candidate": number, **own_start})
        basin: BasinSpec = {
            "own": list(own),
            "old": list(old),
            "new": list(new),
            "least_gain_eV": SAME_BASIN_EV,
        }
        relaxing = self._relaxing(starts[0], screening=False)
        return {"starts": numbered, "basin": basin, **relaxing}

    def charged(self, starts: Sequence[Species]) -> OneOfStartsSpec:
        """Relaxation of a charge state in a supercell, from the neutral one.

        Parameters
        ----------
        starts
            The charged candidates, in the order of the neutral ones.
        """
        own = self._relaxing(starts[0], screening=False)
        return {"starts": [start_from_one_of(each) for each in starts], **own}

    def charged_as_neutral(self, species: Species) -> SinglePointSpec:
        """Energy of a charge state in a supercell, at the structure of the neutral one."""
        moments = species.structure.atoms.get_initial_magnetic_moments()
        rounded = [round(float(x), 6) + 0.0 for x in moments]
        return {**self.single_point(species), "moments_muB": rounded}

    def relax_further(self, species: Species, fmax_eV_per_A: float) -> FurtherSpec:
        """Relaxation of a relaxed slab or molecule to smaller forces, for its vibrations."""
        spec = self._relaxing(species, screening=False)
        level = cast(dict[str, float], spec["level"])
        scf = {key: min(level[key], value) for key, value in SCF_OF_VIBRATIONS.items()}
        finer = cast(Physics, {**level, **scf})
        return {"further": True, **spec, "level": finer, "fmax_eV_per_A": fmax_eV_per_A}

    def _refuse_charge(self, species: Species, asked_by: str) -> None:
        structure = species.structure
        if structure.charge:
            why = (
                "the energy of a charged periodic slab depends on the vacuum and is refused."
                " Neutral alternatives: charge = 0 for a vacancy, balance = 'counter-ion' or"
                " 'substitution' for a ligand. Charged vacancies are possible in the bulk: in"
                " [supercells], with [[charged_defects]]"
            )
            if species.kind == "supercell":
                why = (
                    "give charge = 0 there, and its charge states in [[charged_defects]], which"
                    " corrects their energies"
                )
            raise StudyError(
                f"{self.file}: {asked_by}: {species.name!r} has the charge {structure.charge:+d};"
                f" {why}"
            )

    def _relaxing(self, species: Species, screening: bool) -> RelaxingSpec:
        return {
            "fmax_eV_per_A": self.relaxation_level(screening).fmax_eV_per_A,
            "fix_centre_of_mass": species.kind == "molecule",
            **self._with_moment(
                species, self.electrons(species, relaxing=True, screening=screening)
            ),
        }

    def _with_moment(self, species: Species, electrons: ElectronsSpec) -> ElectronsSpec:
        """The same with the moment of a molecule with unpaired electrons kept."""
        moments = species.structure.atoms.get_initial_magnetic_moments()
        if species.kind != "molecule" or not moments.any():
            return electrons
        return {**electrons, "fixed_moment_muB": float(round(moments.sum()))}

    def single_point(
        self,
        species: Species,
        *,
        keep_moment: bool = True,
        same_as: Mapping[str, str] | None = None,
    ) -> SinglePointSpec:
        """Energy at the relaxed structure of the parent, at the level of the energies.

        Without `keep_moment` a molecule has one Fermi level, which spin-orbit coupling needs.
        `same_as` has the keys of energies by those of relaxations whose result the parent may
        have taken.
        """
        own = self.electrons(species, relaxing=False)
        if keep_moment:
            own = self._with_moment(species, own)
        spec = cast("SinglePointSpec", {"point_group": species.kind == "crystal", **own})
        if same_as:
            spec["same_as"] = dict(same_as)
        return spec

    def crystal(self, species: Species) -> VolumeSpec | CellSpec:
        """Relaxation of a crystal.

        Raises
        ------
        StudyError
            If an equation of state is wanted of a crystal with free coordinates.
        """
        crystal = self.study.crystals[species.name]
        atoms = species.structure.atoms
        unrelaxed: UnrelaxedSpec = {
            "structure": atoms_to_dict(atoms),
            "relax": crystal.relax,
            "cells_per_cube": cells_per_cube(atoms),
            **self.electrons(species, relaxing=True, kpoint_length_A=crystal.kpoint_length_A),
        }
        if crystal.relax == "cell":
            fmax = self.study.level.fmax_eV_per_A
            return {**unrelaxed, "fmax_eV_per_A": fmax, "pulay": "Francis-Payne"}
        if not fixed_by_symmetry(atoms):
            raise StudyError(
                f"{self.file}: crystals.{species.name}.relax: 'volume' needs a cubic crystal"
                " with all atoms on symmetry positions; use relax = 'cell'"
            )
        return {**unrelaxed, "strains": crystal.strains}
