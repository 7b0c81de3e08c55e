"""Structures: crystals, surfaces, ligands, adsorption, vacancies. Knows no DFT."""

from slabs.adsorption import Adsorbate, DoesNotFitError, adsorb
from slabs.catalogue import CATALOGUE
from slabs.composition import stoichiometry_words
from slabs.contacts import closest_contact
from slabs.crystal import perovskite, read_crystal
from slabs.errors import InputError
from slabs.files import write_picture, write_structure
from slabs.ligands import Ligand, conjugate_acid, in_box, ion_pair, make_ligand
from slabs.metrics import structure_metrics
from slabs.mixing import Mixing
from slabs.poses import Search
from slabs.prototypes import prototype_crystal, prototype_source
from slabs.sites import SITES, find_sites
from slabs.structure import Structure
from slabs.surface import build_slab, layer_compositions
from slabs.symmetry import operations
from slabs.tolerance import cation_radius_for, tolerance_factor
from slabs.vacancy import VacancyStart, distinct_vacancies, remove_atom

__all__ = [
    "CATALOGUE",
    "SITES",
    "Adsorbate",
    "DoesNotFitError",
    "InputError",
    "Ligand",
    "Mixing",
    "Search",
    "Structure",
    "VacancyStart",
    "adsorb",
    "build_slab",
    "cation_radius_for",
    "closest_contact",
    "conjugate_acid",
    "distinct_vacancies",
    "find_sites",
    "in_box",
    "ion_pair",
    "layer_compositions",
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
