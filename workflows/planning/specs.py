"""What a task is told: everything that decides its result, from a study and a species."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from analysis.dos.density_of_states import structure_to_dict
from analysis.groups import SLAB, atom_groups
from analysis.results import atoms_to_dict
from slabs.composition import MOLECULAR_ELEMENTS, site_of
from slabs.structure import SURFACE_GROUP, electron_parity
from slabs.surfaces.slab import layer_numbers
from slabs.surfaces.symmetry import cells_per_cube, fixed_by_symmetry
from workflows.species.builder import Species
from workflows.study.file import StudyError
from workflows.study.level import Level, digest, kpoints
from workflows.study.model import DosSpec, Study


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
    ) -> dict[str, Any]:
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
        return {
            "level": physics,
            "fingerprint": digest(physics),
            "charge": species.structure.charge,
            "kpoints": kpoints(atoms, length),
            "spin_polarised": odd or seeded or level.spin == "all",
            "dipole_layer": species.kind == "slab" and level.dipole_correction,
        }

    def relaxation_level(self, screening: bool) -> Level:
        """The level of relaxations: that of the study, or that of the screening."""
        if not screening:
            return self.study.level
        assert self.study.screening is not None
        return self.study.screening

    def relax(
        self, species: Species, has_parent: bool, asked_by: str, *, screening: bool = False
    ) -> dict[str, Any]:
        """Relaxation of a slab or molecule.

        Raises
        ------
        StudyError
            For a charged one.
        """
        self._refuse_charge(species, asked_by)
        return {**_start(species, has_parent), **self._relaxing(species, screening)}

    def promoted(self, species: Species, rank: int, candidates: Sequence[int]) -> dict[str, Any]:
        """Relaxation of one of several screened candidates, from where the screening left it.

        Parameters
        ----------
        species
            Any of the candidates.
        rank
            Which one, from 1 for the lowest; see `workflows.dft.parents.ranking`.
        candidates
            Numbers, from 1, of the candidates in the order of the parents.
        """
        own = self._relaxing(species, screening=False)
        return {"rank": rank, "candidates": list(candidates), **own}

    def relax_from_one_of(self, starts: Sequence[Species], asked_by: str) -> dict[str, Any]:
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
        return {"starts": [_start_from_one(each) for each in starts], **own}

    def _refuse_charge(self, species: Species, asked_by: str) -> None:
        structure = species.structure
        if structure.charge:
            raise StudyError(
                f"{self.file}: {asked_by}: {species.name!r} has the charge {structure.charge:+d};"
                " the energy of a charged periodic slab depends on the vacuum and is refused."
                " Neutral alternatives: charge = 0 for a vacancy, balance = 'counter-ion' or"
                " 'substitution' for a ligand"
            )

    def _relaxing(self, species: Species, screening: bool) -> dict[str, Any]:
        return {
            "fmax_eV_per_A": self.relaxation_level(screening).fmax_eV_per_A,
            "fix_centre_of_mass": species.kind == "molecule",
            **self.electrons(species, relaxing=True, screening=screening),
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
            more = {"fmax_eV_per_A": self.study.level.fmax_eV_per_A, "pulay": "Francis-Payne"}
        return {
            "structure": atoms_to_dict(atoms),
            "relax": crystal.relax,
            **more,
            "cells_per_cube": cells_per_cube(atoms),
            **self.electrons(species, relaxing=True, kpoint_length_A=crystal.kpoint_length_A),
        }

    def dos(self, spec: DosSpec, made: Sequence[Species], place: str) -> dict[str, Any]:
        """Density of states at the relaxed structure of one of several candidates.

        Raises
        ------
        StudyError
            If energies cannot be counted from what the study says.
        """
        species = made[0]
        crystal = self.study.crystals.get(species.name)
        length = crystal.kpoint_length_A if crystal else None
        electrons = self.electrons(species, relaxing=False, kpoint_length_A=length)
        layer = electrons["dipole_layer"]
        if spec.align == "vacuum" and not (layer or species.kind == "molecule"):
            raise StudyError(
                f"{self.file}: {place}.align: {species.name!r} has no vacuum level; slabs with"
                " dipole_correction and molecules have one; allowed here: 'fermi', 'vbm'"
            )
        grid = electrons["kpoints"]
        if spec.kpoint_length_A is not None and species.kind != "molecule":
            grid = kpoints(species.structure.atoms, spec.kpoint_length_A)
        return {
            **electrons,
            "of": species.kind,
            "planned": [structure_to_dict(each.structure) for each in made],
            "scf_kpoints": electrons["kpoints"],
            "kpoints": [n + n % 2 if n > 1 else n for n in grid],
            "spin_orbit": spec.spin_orbit,
            "width_eV": spec.width_eV,
            "window_eV": [spec.from_eV, spec.to_eV],
            "empty_bands": spec.empty_bands or _empty_bands(species),
        }

    def electrostatics(self, species: Species, place: str) -> dict[str, Any]:
        """Electrostatic potential at the relaxed structure of the parent.

        Raises
        ------
        StudyError
            For anything but a slab, and without the dipole layer.
        """
        if species.kind != "slab":
            raise StudyError(
                f"{self.file}: {place}: {species.name!r} is a {species.kind}; work functions are"
                " those of slabs"
            )
        if not self.study.energy_level.dipole_correction:
            raise StudyError(
                f"{self.file}: {place}: without dipole_correction the two faces of"
                f" {species.name!r} have no vacuum levels of their own"
            )
        grid = self.electrons(species, relaxing=False)["kpoints"]
        return {"layers": _layers(species), "kpoints": grid}

    def filling(
        self, made: Sequence[Species], vacant: Sequence[Species], place: str
    ) -> dict[str, Any]:
        """Calculations on a slab without one of its atoms, and on that atom.

        Parameters
        ----------
        made, vacant
            Candidates of the slab, and of the slab with the vacancy.
        place
            Key of the study file, for messages.

        Raises
        ------
        StudyError
            If the vacancy is charged, or lies on both faces.
        """
        name = vacant[0].name
        removed: dict[int, int] = {}
        for each in vacant:
            assert each.parent is not None
            gone = set(range(len(made[0].structure.atoms))) - set(each.parent_atoms.tolist())
            if len(gone) != 1 or each.structure.charge:
                raise StudyError(
                    f"{self.file}: {place}: {name!r} must lack one neutral atom; give a vacancy"
                    " with charge = 0 on a surface with sides = 'one'"
                )
            removed.setdefault(each.parent[1], gone.pop())
        # A slab from a basin check has its atoms in the order of the others.
        atoms = [removed.get(each.candidate, removed[0]) for each in made]
        electrons = self.electrons(made[0], relaxing=False)
        spin_all = self.study.energy_level.spin == "all"
        vacancy = name.rpartition(".")[2]
        return {"removed": atoms, "vacancy": vacancy, **electrons, "spin_all": spin_all}

    def difference(
        self, parts: Mapping[str, Any], made: Sequence[Species], refinement: int
    ) -> dict[str, Any]:
        """Density difference of the parts that `fragments` or `filling` name."""
        groups = [
            {
                name: indices.tolist()
                for name, indices in atom_groups(each.structure).items()
                if not (name == SLAB and "fragments" in parts)  # a fragment of its own
            }
            for each in made
        ]
        return {**parts, "groups": groups, "grid_refinement": refinement}

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


def _start(species: Species, has_parent: bool) -> dict[str, Any]:
    """Where a relaxation starts; see `workflows.dft.kinds.relax.start_structure`."""
    return {
        "structure": atoms_to_dict(species.structure.atoms),
        "parent_atoms": species.parent_atoms.tolist() if has_parent else [],
        "offsets_A": species.offsets_A.tolist() if species.offsets_A.any() else [],
        "cut": dict(species.cut),
        **({"level_with_plan": True} if species.level_with_plan else {}),
    }


def _start_from_one(species: Species) -> dict[str, Any]:
    """The same, with the numbers, from 1, of the candidate and of the one it starts from."""
    assert species.parent is not None
    numbers = {"candidate": species.candidate + 1, "from_candidate": species.parent[1] + 1}
    return {**numbers, **_start(species, has_parent=True)}


def _layers(species: Species) -> list[int]:
    """For each atom the number of its layer, from 0, or -1 outside of the slab."""
    surface = species.structure.indices(SURFACE_GROUP)
    layers = np.full(len(species.structure.atoms), -1)
    layers[surface] = layer_numbers(species.structure.atoms[surface])
    return [int(n) for n in layers]


def _empty_bands(species: Species) -> int:
    """Enough for the conduction bands; spin-orbit coupling mixes all p levels of a metal."""
    symbols = species.structure.atoms.get_chemical_symbols()
    metals = [s for s in symbols if site_of(s) != "X" and s not in MOLECULAR_ELEMENTS]
    return 20 + 4 * len(metals)
