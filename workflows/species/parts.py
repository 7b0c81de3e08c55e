"""From the tables of a study to crystals and ligands, and what to change if one does not fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from ase import Atoms

from slabs.adsorption.adsorb import adsorb
from slabs.adsorption.arrangements import Arranged
from slabs.adsorption.placement import Adsorbate, DoesNotFitError
from slabs.adsorption.poses import Search
from slabs.adsorption.sites import SITES_OF_BINDING, SUBSTITUTIONS, has_site
from slabs.composition import formula_words
from slabs.crystals.mixing import Mixing
from slabs.crystals.perovskite import perovskite, read_crystal
from slabs.crystals.phases import tabulated_lattice
from slabs.crystals.prototypes import conventional_basis, prototype_crystal
from slabs.errors import InputError
from slabs.ligands.ligand import Ligand, conjugate_acid, ion_pair, make_ligand
from slabs.ligands.molecules import fewest_carbons
from slabs.ligands.spins import multiplicity_of, paired_words
from slabs.read import file_content
from slabs.stoichiometry import stoichiometry_words
from slabs.surfaces.slab import Size, build_slab, layer_compositions, set_height
from slabs.surfaces.slab_files import read_slab
from workflows.study.ligand_tables import LigandEntry
from workflows.study.model import Study
from workflows.study.reservoir_tables import CrystalEntry
from workflows.study.structure_tables import Surface

#: Ions of a higher charge are balanced by electrons only.
MOST_CHARGES = 2
_NUMBER = {2: "two", 3: "three", 4: "four"}
#: Chain lengths that are suggested for a ligand that does not fit.
SHORTER_CHAINS = (12, 8, 6, 4, 3, 2, 1)
#: Number of conformers that is suggested.
MORE_CONFORMERS = 10
#: Suggestions are searched with steps of the azimuth that are larger by this factor.
COARSER = 3
#: A suggested surface cell is larger by this much at most along each axis.
LARGER_BY = 2


def build_bulk(entry: Surface | CrystalEntry, folder: Path) -> Atoms:
    """The crystal that a table of the study describes, unrelaxed.

    Parameters
    ----------
    entry
        One of ``[surfaces]`` or ``[crystals]``.
    folder
        Folder of the study file, where relative file names start.

    Raises
    ------
    InputError
        If there is no such crystal.
    """
    if entry.file is not None:
        return read_crystal(folder / entry.file)
    assert entry.material is not None
    if isinstance(entry, CrystalEntry) and entry.prototype != "perovskite":
        return prototype_crystal(entry.material, entry.prototype, entry.lattice_constants_A)
    mixing = None
    if entry.mixing is not None:
        n1, n2, n3 = entry.mixing.cell
        mixing = Mixing((n1, n2, n3), entry.mixing.arrangement, entry.mixing.seed)
    return perovskite(
        entry.material,
        entry.lattice_constants_A,
        phase=entry.phase,
        tilts_deg=entry.tilts_deg,
        mixing=mixing,
        cation_axis=entry.cation_axis,
    )


def build_surface(
    study: Study, entry: Surface, crystal: Atoms | None, folder: Path, size: Size | None = None
) -> Atoms:
    """The bare slab that a table of the study describes.

    Parameters
    ----------
    study, entry
        The study, and one of its ``[surfaces]``.
    crystal
        What it is cut from; None for a slab from a file.
    folder
        Folder of the study file, where relative file names start.
    size
        Instead of that of the table.

    Raises
    ------
    InputError
        If there is no such slab.
    """
    if crystal is not None:
        cut = cut_arguments(study, entry)
        return build_slab(crystal, **(cut if size is None else cut | {"size": size}))
    assert entry.slab_file is not None
    slab = read_slab(
        folder / entry.slab_file,
        entry.vacuum_A,
        size=size or entry.size or (1, 1),
        frozen_layers=entry.frozen_layers if "frozen_layers" in entry.model_fields_set else None,
        sides=entry.sides,
    )
    set_height(slab, entry.vacuum_A, entry.cell_height_A)
    return slab


def bulk_notes(entry: Surface | CrystalEntry, crystal: Atoms) -> list[str]:
    """What a reader must know of a crystal: where its lattice comes from, what is in an alloy."""
    notes = []
    perovskite_by_name = isinstance(entry, Surface) or entry.prototype == "perovskite"
    if entry.material is not None and entry.lattice_constants_A is None and perovskite_by_name:
        lattice = tabulated_lattice(entry.material, entry.phase)
        if isinstance(entry, Surface) or not lattice.measured:
            notes.append(lattice.words)
    if entry.mixing is not None and entry.mixing.seed is not None:
        notes.append(
            f"random arrangement (seed {entry.mixing.seed}) in a crystal of"
            f" {stoichiometry_words(crystal)}"
        )
    return notes


def cut_arguments(study: Study, entry: Surface) -> dict[str, Any]:
    """What `slabs.surfaces.slab.build_slab` needs beside the crystal to cut a surface."""
    source = study.crystals[entry.crystal] if entry.crystal is not None else None
    basis = {}
    if source is not None and source.prototype != "perovskite":
        basis = {"basis": conventional_basis(source.prototype)}
    height = {} if entry.cell_height_A is None else {"cell_height_A": entry.cell_height_A}
    return (
        basis
        | height
        | {
            "termination": entry.termination,
            "bottom_termination": entry.bottom_termination,
            "layers": entry.layers,
            "size": entry.size,
            "miller": entry.miller,
            "frozen_layers": entry.frozen_layers,
            "sides": entry.sides,
            "vacuum_A": entry.vacuum_A,
        }
    )


def build_ligand(entry: LigandEntry, folder: Path) -> Ligand:
    """The ligand that a table of the study describes, with its conformers.

    Raises
    ------
    InputError
        If there is no such ligand, or its charge is not balanced as it must be.
    """
    file = None if entry.file is None else folder / entry.file
    content = b"" if file is None else file_content(file)
    ligand = _ligand(entry.model_dump_json(), file, content)
    if ligand.charge == 0 and entry.balance is not None:
        raise InputError(f"{ligand.smiles!r} is neutral; leave balance away", "balance")
    if ligand.charge != 0 and entry.balance is None:
        raise InputError(
            f"{ligand.smiles!r} has the charge {ligand.charge:+d}; balance may be 'electron',"
            " 'counter-ion' or 'substitution'",
            "balance",
        )
    if entry.balance in ("counter-ion", "substitution") and abs(ligand.charge) > MOST_CHARGES:
        raise InputError(
            f"balance = {entry.balance!r} needs a charge of +1, +2, -1 or -2, not"
            f" {ligand.charge:+d}",
            "balance",
        )
    if entry.balance == "substitution":
        right = "A-site" if ligand.charge > 0 else "X-site"
        if entry.site not in (None, right):
            raise InputError(
                f"an ion of charge {ligand.charge:+d} replaces one of equal charge: site must be"
                f" {right!r}, not {entry.site!r}",
                "site",
            )
    elif ligand.charge != 0 and entry.site in SUBSTITUTIONS:
        raise InputError(
            f"an ion at site {entry.site!r} replaces another: balance must be 'substitution'",
            "balance",
        )
    if entry.counter_ion is not None:
        isolated_atoms(entry, ligand)
    return ligand


def default_site(entry: LigandEntry, ligand: Ligand, bare: Atoms) -> str:
    """Site of a ligand: as the study says, or else by its binding and what the slab has."""
    if entry.site is not None:
        return str(entry.site)
    if entry.balance == "substitution":
        return "A-site" if ligand.charge > 0 else "X-site"
    sites = SITES_OF_BINDING[ligand.binding]
    # An ion that brings its own balance replaces nothing.
    if ligand.charge and sites[0] in SUBSTITUTIONS:
        sites = SITES_OF_BINDING["L"]
    return next((site for site in sites if has_site(bare, site)), sites[0])


@lru_cache(maxsize=256)
def _ligand(entry_json: str, file: Path | None, content: bytes) -> Ligand:
    """Built once for every description and content of its file."""
    entry = LigandEntry.model_validate_json(entry_json)
    return make_ligand(
        entry.molecule,
        smiles=entry.smiles,
        file=file,
        state=entry.state,
        charge=entry.charge,
        anchor_smarts=entry.anchor_smarts,
        truncate_to_carbons=entry.truncate_to_carbons,
        conformers=entry.conformers,
    )


def isolated_atoms(entry: LigandEntry, ligand: Ligand) -> Atoms:
    """The ligand alone, with its counter-ion if it has one.

    Raises
    ------
    InputError
        If it replaces an ion of the surface, and so is not neutral when alone.
    """
    if entry.balance == "substitution":
        raise InputError(
            f"{ligand.smiles!r} is balanced by the ion it replaces; alone it has the charge"
            f" {ligand.charge:+d}. Define a second ligand with balance = 'counter-ion' for the"
            " molecule",
            "balance",
        )
    if entry.counter_ion is None:
        return ligand.atoms
    if entry.counter_ion == "H":
        return conjugate_acid(ligand).atoms
    return ion_pair(ligand, entry.counter_ion)


def unpaired_of(entry: LigandEntry, folder: Path, name: str) -> int:
    """Unpaired electrons that a ligand brings to a slab; an ion brings none unless it says so.

    Raises
    ------
    InputError
        If its multiplicity is missing or does not fit.
    """
    ligand = build_ligand(entry, folder)
    if entry.balance == "substitution":
        return 0 if entry.multiplicity is None else entry.multiplicity - 1
    return multiplicity_of(isolated_atoms(entry, ligand), entry.multiplicity, name)[0] - 1


def ligand_notes(
    name: str, entry: LigandEntry, ligand: Ligand, site: str | None = None
) -> tuple[str, ...]:
    """What a reader of an energy must know about a ligand: what was cut, what balances it."""
    notes = [f"{name}: {ligand.note}"] if ligand.note else []
    if entry.multiplicity is None and entry.balance is None:
        multiplicity, _ = multiplicity_of(ligand.atoms, None, name)
        notes += paired_words(ligand.graph, multiplicity, name)
    number = abs(ligand.charge)
    if entry.balance == "electron":
        what = "electron" if ligand.charge > 0 else "hole"
        many = what if number == 1 else f"{_NUMBER[number]} {what}s"
        notes.append(
            f"{name}: ion of charge {ligand.charge:+d} with the balancing {many} in a neutral cell"
        )
    elif entry.balance == "substitution":
        what = "an ion" if number == 1 else f"{_NUMBER[number]} ions"
        notes.append(f"{name}: replaces {what} ({site}), neutral by construction")
    elif entry.counter_ion == "H" and site is None:
        notes.append(f"{name}: isolated as the neutral acid")
    elif entry.counter_ion is not None:
        ion = entry.counter_ion + ("-" if ligand.charge > 0 else "+")
        many = ion if number == 1 else f"{_NUMBER[number]} {ion}"
        notes.append(f"{name}: together with {many}, neutral by construction")
    elif site in SUBSTITUTIONS:
        notes.append(f"{name}: neutral, in a vacancy ({site}) whose ion left with its electrons")
    return tuple(notes)


def own_slab_words(atoms: Atoms) -> str:
    """Faces and fixed atoms of a slab from a file."""
    layers = layer_compositions(atoms)
    faces = [formula_words(layers[n]) for n in (0, -1)]
    fixed = sum(len(c.get_indices()) for c in atoms.constraints)
    return (
        f"slab from a file, {len(layers)} layers, {faces[0]} below and {faces[1]} above,"
        f" {fixed} fixed atoms"
    )


def arrangement_words(made: Arranged, kept: int) -> str:
    """How many arrangements of its ligands a covered slab has, and what became of them."""
    number = len(made.structures)
    many = "arrangement" if made.distinct == 1 else "arrangements"
    words = f"{made.distinct} distinct {many} on its sites"
    if made.clashing:
        words += f", {made.clashing} without room for all ligands"
    return words if kept == number else f"{words}, the {kept} of the best scores are calculated"


def what_would_fit(
    study: Study,
    surface: str,
    ligands: Sequence[str],
    adsorbates: Sequence[Adsorbate],
    folder: Path,
) -> str:
    """The smallest larger cell, further shapes and the longest shorter chain that fit, in words.

    A shorter chain is advised only if the head group keeps all that is bonded to it, and no
    ring or branch is cut.
    """
    found = []
    for size in _larger_sizes(study.surfaces[surface]):
        if _fits(study, surface, adsorbates, folder, size):
            found.append(f"size = {size}")
            break
    place = max(range(len(ligands)), key=lambda n: len(adsorbates[n].ligand.atoms))
    entry, item = study.ligands[ligands[place]], adsorbates[place]

    def fits(**changes: Any) -> bool:
        """Whether the largest ligand fits with other keys."""
        changed = entry.model_copy(update=changes)
        try:
            ligand = build_ligand(changed, folder)
        except InputError:  # not shorter, or the head group would be cut
            return False
        if "truncate_to_carbons" in changes and len(ligand.atoms) >= len(item.ligand.atoms):
            return False
        other = replace(item, ligand=ligand, orientation=changed.orientation)
        tried = [*adsorbates[:place], other, *adsorbates[place + 1 :]]
        return _fits(study, surface, tried, folder)

    if entry.conformers < MORE_CONFORMERS and fits(conformers=MORE_CONFORMERS):
        found.append(f"ligands.{ligands[place]}.conformers = {MORE_CONFORMERS}")
    if entry.orientation in (None, "upright") and fits(orientation="any"):
        found.append(f"ligands.{ligands[place]}.orientation = 'any'")
    for carbons in SHORTER_CHAINS:
        enough = carbons >= fewest_carbons(item.ligand.graph, item.ligand.anchors)
        if enough and fits(truncate_to_carbons=carbons):
            found.append(f"ligands.{ligands[place]}.truncate_to_carbons = {carbons}")
            break
    if not found:
        return (
            "no larger cell, other orientation, further conformers or shorter chain that was tried"
            " fits either"
        )
    return f"what would fit: {' or '.join(found)}"


def _larger_sizes(entry: Surface) -> Iterator[list[int]]:
    if isinstance(entry.size, str):
        return
    n, m = entry.size or (1, 1)
    more = [(i, j) for i in range(LARGER_BY + 1) for j in range(LARGER_BY + 1) if i + j]
    for i, j in sorted(more, key=lambda ij: ((n + ij[0]) * (m + ij[1]), ij)):
        yield [n + i, m + j]


def _fits(
    study: Study,
    surface: str,
    adsorbates: Sequence[Adsorbate],
    folder: Path,
    size: list[int] | None = None,
) -> bool:
    entry = study.surfaces[surface]
    source = entry if entry.crystal is None else study.crystals[entry.crystal]
    crystal = None if entry.slab_file is not None else build_bulk(source, folder)
    slab = build_surface(study, entry, crystal, folder, size)
    settings = study.placement.model_dump()
    settings["azimuth_step_deg"] *= COARSER
    try:
        adsorb(slab, adsorbates, entry.vacuum_A, search=Search(**settings))
    except DoesNotFitError:
        return False
    return True
