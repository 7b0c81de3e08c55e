"""Structures: crystals, surfaces, ligands, adsorption, vacancies. Knows no DFT."""

from slabs.adsorption import SITES, Adsorbate, adsorb, find_sites
from slabs.crystal import perovskite, prototype_crystal
from slabs.errors import InputError
from slabs.files import write_picture, write_structure
from slabs.ligands import CATALOGUE, Ligand, in_box, ion_pair, make_ligand
from slabs.structure import Structure
from slabs.surface import build_slab, layer_compositions
from slabs.vacancy import remove_atom, vacancy_candidates

__all__ = [
    "CATALOGUE",
    "SITES",
    "Adsorbate",
    "InputError",
    "Ligand",
    "Structure",
    "adsorb",
    "build_slab",
    "find_sites",
    "in_box",
    "ion_pair",
    "layer_compositions",
    "make_ligand",
    "perovskite",
    "prototype_crystal",
    "remove_atom",
    "vacancy_candidates",
    "write_picture",
    "write_structure",
]
