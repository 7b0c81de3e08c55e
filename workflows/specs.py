"""What a task is told: everything that decides its result, from a study and a species."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from analysis.results import atoms_to_dict
from slabs.structure import SURFACE_GROUP, electron_parity
from slabs.symmetry import cells_per_cube, fixed_by_symmetry
from workflows.level import digest, kpoints
from workflows.species import Species
from workflows.study import StudyError
from workflows.study_model import DosSpec, Study


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
        self, species: Species, *, relaxing: bool, kpoint_length_A: float | None = None
    ) -> dict[str, Any]:
        """Settings of an SCF calculation: while relaxing, or for the energy that is reported."""
        study = self.study
        level = study.level if relaxing else study.energy_level
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
        return {
            "level": physics,
            "fingerprint": digest(physics),
            "charge": species.structure.charge,
            "kpoints": kpoints(atoms, length),
            "spin_polarised": odd or seeded or level.spin == "all",
            "dipole_layer": species.kind == "slab" and level.dipole_correction,
        }

    def relax(self, species: Species, has_parent: bool, asked_by: str) -> dict[str, Any]:
        """Relaxation of a slab or molecule.

        Raises
        ------
        StudyError
            For a charged one.
        """
        structure = species.structure
        if structure.charge:
            raise StudyError(
                f"{self.file}: {asked_by}: {species.name!r} has the charge {structure.charge:+d};"
                " the energy of a charged periodic slab depends on the vacuum and is refused."
                " Neutral alternatives: charge = 0 for a vacancy, balance = 'counter-ion' or"
                " 'substitution' for a ligand"
            )
        return {
            "structure": atoms_to_dict(structure.atoms),
            "parent_atoms": species.parent_atoms.tolist() if has_parent else [],
            "offsets_A": species.offsets_A.tolist() if species.offsets_A.any() else [],
            "cut": dict(species.cut),
            **({"level_with_plan": True} if species.level_with_plan else {}),
            "fmax_eV_per_A": self.study.level.fmax_eV_per_A,
            "fix_centre_of_mass": species.kind == "molecule",
            **self.electrons(species, relaxing=True),
        }

    def single_point(self, species: Species) -> dict[str, Any]:
        """Energy at the relaxed structure of the parent, at the level of the energies."""
        own = self.electrons(species, relaxing=False)
        return {"point_group": species.kind == "crystal", **own}

    def crystal(self, species: Species) -> dict[str, Any]:
        """Relaxation of a crystal.

        Raises
        ------
        StudyError
            If an equation of state is wanted of a crystal with free coordinates.
        """
        crystal = self.study.crystals[species.name]
        atoms = species.structure.atoms
        if crystal.relax == "volume":
            if not fixed_by_symmetry(atoms):
                raise StudyError(
                    f"{self.file}: crystals.{species.name}.relax: 'volume' needs a cubic crystal"
                    " with all atoms on symmetry positions; use relax = 'cell'"
                )
            more: dict[str, Any] = {"strains": crystal.strains}
        else:
            more = {"fmax_eV_per_A": self.study.level.fmax_eV_per_A}
        return {
            "structure": atoms_to_dict(atoms),
            "relax": crystal.relax,
            **more,
            "cells_per_cube": cells_per_cube(atoms),
            **self.electrons(species, relaxing=True, kpoint_length_A=crystal.kpoint_length_A),
        }

    def dos(self, spec: DosSpec, species: Species) -> dict[str, Any]:
        """Density of states at the relaxed structure of the parent."""
        grid = self.electrons(species, relaxing=False)["kpoints"]
        if spec.kpoint_length_A is not None and species.kind != "molecule":
            grid = kpoints(species.structure.atoms, spec.kpoint_length_A)
        return {
            "groups": list(species.structure.groups),
            "spin_orbit": spec.spin_orbit,
            "width_eV": spec.width_eV,
            "window_eV": [spec.from_eV, spec.to_eV],
            "empty_bands": spec.empty_bands,
            "kpoints": grid,
        }

    def fragments(self, species: Species, place: str) -> dict[str, Any]:
        """Calculations on the parts of a covered slab.

        Raises
        ------
        StudyError
            If it has no ligands, or if the spin of its parts is not defined.
        """
        groups = species.structure.groups
        if species.kind != "slab" or set(groups) == {SURFACE_GROUP}:
            raise StudyError(
                f"{self.file}: {place}: {species.name!r} must be a slab with at least one ligand"
            )
        unpaired = species.structure.atoms.get_initial_magnetic_moments().sum()
        if unpaired > 1.5:
            raise StudyError(
                f"{self.file}: {place}: {species.name!r} has an unpaired electron on each face, and"
                " the spin of its parts is not defined; use a surface with sides = 'one'"
            )
        parts: Mapping[str, list[int]] = {
            group: np.flatnonzero([g == group for g in groups]).tolist()
            for group in dict.fromkeys(groups)
        }
        spin_all = self.study.energy_level.spin == "all"
        electrons = self.electrons(species, relaxing=False)
        return {"fragments": parts, **electrons, "spin_all": spin_all}
