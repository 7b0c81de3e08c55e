"""From the tables of a study to crystals and ligands, and what to change if one does not fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from ase import Atoms

from slabs.adsorption.adsorb import Adsorbate, DoesNotFitError, adsorb
from slabs.adsorption.poses import Search
from slabs.adsorption.sites import SITE_OF_BINDING, SUBSTITUTIONS
from slabs.crystals.mixing import Mixing
from slabs.crystals.perovskite import perovskite, read_crystal
from slabs.crystals.prototypes import prototype_crystal
from slabs.errors import InputError
from slabs.ligands.ligand import Ligand, conjugate_acid, ion_pair, make_ligand
from slabs.read import file_content
from slabs.surfaces.slab import build_slab
from workflows.study.model import CrystalEntry, Study
from workflows.study.structure_tables import LigandEntry, Surface

#: Chain lengths that are suggested for a ligand that does not fit.
SHORTER_CHAINS = (12, 8, 6, 4, 3, 2, 1)
#: Suggestions are searched with steps of the azimuth that are larger by this factor.
COARSER = 3
#: A suggested surface cell is larger by this much at most along each axis.
LARGER_BY = 2


def build_bulk(spec: Surface | CrystalEntry, folder: Path) -> Atoms:
    """The crystal that a table of the study describes, unrelaxed.

    Parameters
    ----------
    spec
        One of ``[surfaces]`` or ``[crystals]``.
    folder
        Folder of the study file, where relative file names start.

    Raises
    ------
    InputError
        If there is no such crystal.
    """
    if spec.file is not None:
        return read_crystal(folder / spec.file)
    assert spec.material is not None
    if isinstance(spec, CrystalEntry) and spec.prototype != "perovskite":
        return prototype_crystal(spec.material, spec.prototype, spec.lattice_constants_A)
    mixing = None
    if spec.mixing is not None:
        n1, n2, n3 = spec.mixing.cell
        mixing = Mixing((n1, n2, n3), spec.mixing.arrangement, spec.mixing.seed)
    return perovskite(
        spec.material,
        spec.lattice_constants_A,
        phase=spec.phase,
        tilts_deg=spec.tilts_deg,
        mixing=mixing,
        cation_axis=spec.cation_axis,
    )


def cut_arguments(spec: Surface) -> dict[str, Any]:
    """What `slabs.surfaces.slab.build_slab` needs beside the crystal to cut a surface."""
    return {
        "termination": spec.termination,
        "bottom_termination": spec.bottom_termination,
        "layers": spec.layers,
        "size": spec.size,
        "miller": spec.miller,
        "frozen_layers": spec.frozen_layers,
        "sides": spec.sides,
        "vacuum_A": spec.vacuum_A,
    }


def build_ligand(spec: LigandEntry, folder: Path) -> Ligand:
    """The ligand that a table of the study describes, with its conformers.

    Raises
    ------
    InputError
        If there is no such ligand, or its charge is not balanced as it must be.
    """
    file = None if spec.file is None else folder / spec.file
    content = b"" if file is None else file_content(file)
    ligand = _ligand(spec.model_dump_json(), file, content)
    if ligand.charge == 0 and spec.balance is not None:
        raise InputError(f"{ligand.smiles!r} is neutral; leave balance away", "balance")
    if ligand.charge != 0 and spec.balance is None:
        raise InputError(
            f"{ligand.smiles!r} has the charge {ligand.charge:+d}; balance may be 'electron',"
            " 'counter-ion' or 'substitution'",
            "balance",
        )
    if spec.balance in ("counter-ion", "substitution") and abs(ligand.charge) != 1:
        raise InputError(
            f"balance = {spec.balance!r} needs a charge of +1 or -1, not {ligand.charge:+d}",
            "balance",
        )
    if spec.balance == "substitution":
        right = "A-site" if ligand.charge > 0 else "X-site"
        if spec.site not in (None, right):
            raise InputError(
                f"an ion of charge {ligand.charge:+d} replaces one of equal charge: site must be"
                f" {right!r}, not {spec.site!r}",
                "site",
            )
    elif ligand.charge != 0 and spec.site in SUBSTITUTIONS:
        raise InputError(
            f"an ion at site {spec.site!r} replaces another: balance must be 'substitution'",
            "balance",
        )
    if spec.counter_ion is not None:
        isolated_atoms(spec, ligand)
    return ligand


def default_site(spec: LigandEntry, ligand: Ligand) -> str:
    """Site of a ligand: as the study says, or else by its binding and what balances it."""
    if spec.site is not None:
        return str(spec.site)
    if spec.balance == "substitution":
        return "A-site" if ligand.charge > 0 else "X-site"
    site: str = SITE_OF_BINDING[ligand.binding]
    # An ion that brings its own balance replaces nothing.
    return "metal-top" if ligand.charge and site in SUBSTITUTIONS else site


@lru_cache(maxsize=256)
def _ligand(spec_json: str, file: Path | None, content: bytes) -> Ligand:
    """Built once for every description and content of its file."""
    spec = LigandEntry.model_validate_json(spec_json)
    return make_ligand(
        spec.molecule,
        smiles=spec.smiles,
        file=file,
        state=spec.state,
        charge=spec.charge,
        anchor_smarts=spec.anchor_smarts,
        truncate_to_carbons=spec.truncate_to_carbons,
        conformers=spec.conformers,
    )


def isolated_atoms(spec: LigandEntry, ligand: Ligand) -> Atoms:
    """The ligand alone, with its counter-ion if it has one.

    Raises
    ------
    InputError
        If it replaces an ion of the surface, and so is not neutral when alone.
    """
    if spec.balance == "substitution":
        raise InputError(
            f"{ligand.smiles!r} is balanced by the ion it replaces; alone it has the charge"
            f" {ligand.charge:+d}. Define a second ligand with balance = 'counter-ion' for the"
            " molecule",
            "balance",
        )
    if spec.counter_ion is None:
        return ligand.atoms
    if spec.counter_ion == "H":
        return conjugate_acid(ligand).atoms
    return ion_pair(ligand, spec.counter_ion)


def ligand_notes(
    name: str, spec: LigandEntry, ligand: Ligand, site: str | None = None
) -> tuple[str, ...]:
    """What a reader of an energy must know about a ligand: what was cut, what balances it."""
    notes = [f"{name}: {ligand.note}"] if ligand.note else []
    if spec.balance == "electron":
        what = "electron" if ligand.charge > 0 else "hole"
        notes.append(
            f"{name}: ion of charge {ligand.charge:+d} with the balancing {what} in a neutral cell"
        )
    elif spec.balance == "substitution":
        notes.append(f"{name}: replaces an ion ({site}), neutral by construction")
    elif spec.counter_ion == "H" and site is None:
        notes.append(f"{name}: isolated as the neutral acid")
    elif spec.counter_ion is not None:
        sign = "-" if ligand.charge > 0 else "+"
        notes.append(f"{name}: together with {spec.counter_ion}{sign}, neutral by construction")
    elif site in SUBSTITUTIONS:
        notes.append(f"{name}: neutral, in a vacancy ({site}) whose ion left with its electrons")
    return tuple(notes)


def what_would_fit(
    study: Study,
    surface: str,
    ligands: Sequence[str],
    adsorbates: Sequence[Adsorbate],
    folder: Path,
) -> str:
    """The smallest larger surface cell and the longest shorter chain that do fit, in words."""
    found = []
    for size in _larger_sizes(study.surfaces[surface]):
        if _fits(study, surface, adsorbates, folder, size):
            found.append(f"size = {size}")
            break
    shorter = _shorter(study, surface, ligands, adsorbates, folder)
    if shorter is not None:
        found.append(f"truncate_to_carbons = {shorter}")
    if not found:
        return "no larger cell or shorter chain that was tried fits either"
    return f"what would fit: {' or '.join(found)}"


def _larger_sizes(spec: Surface) -> Iterator[list[int]]:
    if isinstance(spec.size, str):
        return
    n, m = spec.size
    more = [(i, j) for i in range(LARGER_BY + 1) for j in range(LARGER_BY + 1) if i + j]
    for i, j in sorted(more, key=lambda ij: ((n + ij[0]) * (m + ij[1]), ij)):
        yield [n + i, m + j]


def _shorter(
    study: Study,
    surface: str,
    ligands: Sequence[str],
    adsorbates: Sequence[Adsorbate],
    folder: Path,
) -> int | None:
    """Carbon atoms that the largest ligand may keep, or None."""
    place = max(range(len(ligands)), key=lambda n: len(adsorbates[n].ligand.atoms))
    spec = study.ligands[ligands[place]]
    for carbons in SHORTER_CHAINS:
        shorter = spec.model_copy(update={"truncate_to_carbons": carbons})
        try:
            ligand = build_ligand(shorter, folder)
        except InputError:
            continue  # not shorter, or the head group would be cut
        if len(ligand.atoms) >= len(adsorbates[place].ligand.atoms):
            continue
        item = adsorbates[place]
        changed = Adsorbate(
            item.name, ligand, item.site, item.counter_ion, item.orientation, item.near
        )
        tried = [*adsorbates[:place], changed, *adsorbates[place + 1 :]]
        if _fits(study, surface, tried, folder):
            return carbons
    return None


def _fits(
    study: Study,
    surface: str,
    adsorbates: Sequence[Adsorbate],
    folder: Path,
    size: list[int] | None = None,
) -> bool:
    spec = study.surfaces[surface]
    source = spec if spec.crystal is None else study.crystals[spec.crystal]
    slab = build_slab(
        build_bulk(source, folder),
        termination=spec.termination,
        bottom_termination=spec.bottom_termination,
        layers=spec.layers,
        size=size or spec.size,
        miller=spec.miller,
        vacuum_A=spec.vacuum_A,
    )
    settings = study.placement.model_dump()
    settings["azimuth_step_deg"] *= COARSER
    try:
        adsorb(slab, adsorbates, spec.vacuum_A, search=Search(**settings))
    except DoesNotFitError:
        return False
    return True
