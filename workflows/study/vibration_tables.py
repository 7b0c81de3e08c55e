"""The parts of a study file that describe vibrations and free energies."""

from __future__ import annotations

from pydantic import Field

from workflows.study.structure_tables import Part


class FiniteDifferences(Part):
    """How force constants are calculated."""

    near_A: float = Field(
        3.5,
        description="of a slab with ligands or point defects: atoms of the slab vibrate too if they"
        " are this near to an atom of a ligand, or to where a defect removed or added one; fixed"
        " atoms never do",
        ge=0,
        le=20,
    )
    displacement_A: float = Field(
        0.01, description="displacement of each atom, back and forth", ge=0.001, le=0.1
    )
    fmax_eV_per_A: float = Field(
        0.01,
        description="largest force of the structure, which is relaxed further for its vibrations",
        ge=0.001,
        le=0.02,
    )


class VibrationsEntry(FiniteDifferences):
    """Harmonic modes of a species at the level of the relaxations."""

    species: str = Field(
        description="a molecule, of which all atoms vibrate; a slab with ligands or point defects,"
        " of which these and the atoms near them do; or a bare slab, all of whose free atoms do"
    )
