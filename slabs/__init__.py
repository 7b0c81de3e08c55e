"""Structures: crystals, surfaces, ligands, adsorption, point defects. Knows no DFT."""

from typing import TYPE_CHECKING

from slabs.lazy import loader

if TYPE_CHECKING:
    from slabs.adsorption.adsorb import adsorb
    from slabs.adsorption.contacts import closest_contact
    from slabs.adsorption.placement import Adsorbate, DoesNotFitError
    from slabs.adsorption.poses import Search
    from slabs.adsorption.sites import SITES, find_sites
    from slabs.crystals.metrics import structure_metrics
    from slabs.crystals.mixing import Mixing
    from slabs.crystals.perovskite import perovskite, read_crystal
    from slabs.crystals.prototypes import prototype_crystal, prototype_source
    from slabs.crystals.tolerance import cation_radius_for, tolerance_factor
    from slabs.errors import InputError
    from slabs.ligands.catalogue import CATALOGUE
    from slabs.ligands.ligand import Ligand, conjugate_acid, in_box, ion_pair, make_ligand
    from slabs.stoichiometry import stoichiometry_words
    from slabs.structure import Structure
    from slabs.surfaces.defect_sites import face_places, interstices
    from slabs.surfaces.defects import DefectStart, make_defect, remove_atom
    from slabs.surfaces.slab import build_slab, layer_compositions
    from slabs.surfaces.symmetry import operations
    from slabs.surfaces.vacancies import distinct_vacancies
    from slabs.write import write_picture, write_structure

__all__ = [
    "CATALOGUE",
    "SITES",
    "Adsorbate",
    "DefectStart",
    "DoesNotFitError",
    "InputError",
    "Ligand",
    "Mixing",
    "Search",
    "Structure",
    "adsorb",
    "build_slab",
    "cation_radius_for",
    "closest_contact",
    "conjugate_acid",
    "distinct_vacancies",
    "face_places",
    "find_sites",
    "in_box",
    "interstices",
    "ion_pair",
    "layer_compositions",
    "make_defect",
    "make_ligand",
    "operations",
    "perovskite",
    "prototype_crystal",
    "prototype_source",
    "read_crystal",
    "remove_atom",
    "stoichiometry_words",
    "structure_metrics",
    "tolerance_factor",
    "write_picture",
    "write_structure",
]

__getattr__ = loader(
    __name__,
    {
        "CATALOGUE": "slabs.ligands.catalogue",
        "SITES": "slabs.adsorption.sites",
        "Adsorbate": "slabs.adsorption.adsorb",
        "DefectStart": "slabs.surfaces.defects",
        "DoesNotFitError": "slabs.adsorption.adsorb",
        "InputError": "slabs.errors",
        "Ligand": "slabs.ligands.ligand",
        "Mixing": "slabs.crystals.mixing",
        "Search": "slabs.adsorption.poses",
        "Structure": "slabs.structure",
        "adsorb": "slabs.adsorption.adsorb",
        "build_slab": "slabs.surfaces.slab",
        "cation_radius_for": "slabs.crystals.tolerance",
        "closest_contact": "slabs.adsorption.contacts",
        "conjugate_acid": "slabs.ligands.ligand",
        "distinct_vacancies": "slabs.surfaces.vacancies",
        "face_places": "slabs.surfaces.defect_sites",
        "find_sites": "slabs.adsorption.sites",
        "in_box": "slabs.ligands.ligand",
        "interstices": "slabs.surfaces.defect_sites",
        "ion_pair": "slabs.ligands.ligand",
        "layer_compositions": "slabs.surfaces.slab",
        "make_defect": "slabs.surfaces.defects",
        "make_ligand": "slabs.ligands.ligand",
        "operations": "slabs.surfaces.symmetry",
        "perovskite": "slabs.crystals.perovskite",
        "prototype_crystal": "slabs.crystals.prototypes",
        "prototype_source": "slabs.crystals.prototypes",
        "read_crystal": "slabs.crystals.perovskite",
        "remove_atom": "slabs.surfaces.defects",
        "stoichiometry_words": "slabs.stoichiometry",
        "structure_metrics": "slabs.crystals.metrics",
        "tolerance_factor": "slabs.crystals.tolerance",
        "write_picture": "slabs.write",
        "write_structure": "slabs.write",
    },
)


def __dir__() -> list[str]:
    return __all__
