"""The README of exported files: what each holds, units, signs, how to load and to cite it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import metadata
from itertools import takewhile

from analysis.energies.rows import ReactionRow
from workflows.export.databases import ASE_FILE, PYMATGEN_FILE
from workflows.export.training import TRAINING_FILE
from workflows.findings.findings import Findings
from workflows.findings.relaxed import OWN_FORCES, RELAXATION_FORCES, relaxed_structures
from workflows.findings.words import level_sentences, status_words
from workflows.recipes.reactions import RECIPE as REACTIONS
from workflows.report.methods import methods
from workflows.study.ligand_list import beside_study

README_FILE = "README.md"
#: Files of one kind that are named; more of them are counted.
NAMED = 3
UNITS = (
    "Lengths are in angstrom, energies in eV per cell, forces in eV/A, magnetic moments in Bohr"
    " magnetons, dipole moments in e A (the electron is negative). Cube files are in atomic units"
    " (bohr, electrons/bohr^3).",
    "Total energies are those of GPAW, relative to its reference atoms: only differences of"
    " energies with the same fingerprint mean something. They are extrapolated to zero smearing"
    " and contain the dispersion correction, if the level has one.",
    "The energy of a reaction is dE = E(products) - E(reactants); a binding energy is -dE.",
)
STRUCTURES = (
    "`energy`, `energy_eV`: the energy of the tables. `raw_energy_eV`: that of the calculation."
    " `dipole_image_energy_eV` = raw_energy_eV - energy_eV: interaction of the dipole of a"
    " molecule with its periodic images; 0 for slabs and crystals. `dispersion_energy_eV` is"
    " contained in both.",
    "`free_energy`: with the entropy of the smearing, less the same dipole images.",
    "Forces: minus the derivatives of the free energy of the calculation, by the last ionic step."
    " Those on fixed atoms and the net force on a molecule are not set to zero;"
    " `fmax_eV_per_A` is the largest without them.",
    "`magmom`: magnetic moment of the cell. `magmoms`: of the atoms, where they are known."
    " `initial_magmoms`: those at the start of the calculation.",
    "`chosen`: the candidate of lowest energy, which enters the reactions. The number behind the"
    " name of a species is that of the candidate in `passivant table --part candidates`.",
    "Slabs are not periodic along z; CIF and POSCAR cannot say so. Molecules are in periodic"
    " boxes. Programs that read CIF may move atoms by whole cell vectors. A POSCAR has"
    " its atoms in the order of their symbols, the other files have them in"
    " that of the calculation. `group` names the part to which an atom belongs.",
)

#: Said only where there are such structures.
TRAINING = (
    f"`{TRAINING_FILE}`: all that have forces of their energy, with the energy of the calculation,"
    " `raw_energy_eV`, as `energy`; at the levels that `fingerprint` tells apart."
)


def readme_text(found: Findings, files: Mapping[str, str], *more: str) -> str:
    """What exported files hold, as Markdown.

    Parameters
    ----------
    found
        What is known.
    files
        What each file is by its name.
    more
        Further paragraphs.
    """
    done = sum(state.state == "done" for state in found.states.values())
    lines = [
        f"# {found.study.title}",
        f"Data of a study that was calculated with passivant (`{found.plan.file.name}`); {done} of"
        f" {len(found.states)} tasks are done.",
        *_unfinished(found),
        *level_sentences(found.study),
        "## Files",
        "\n".join(["| file | content |", "|---|---|", *_rows(files)]),
        *more,
        "## Units and signs",
        *UNITS,
    ]
    if relaxed_structures(found):
        notes = [*STRUCTURES, *([TRAINING] if TRAINING_FILE in files else [])]
        lines += ["## Structures", "\n".join(f"- {each}" for each in notes), *_forces(found)]
        lines += ["## Load", *_examples(found)]
    return "\n\n".join([*lines, "## Cite", citation_text(found)]).rstrip() + "\n"


def list_words(lists: Iterable[str]) -> list[str]:
    """A sentence on lists of ligands that have another place here than the study says."""
    return [
        f"The study names its list of ligands {name!r}, which is {beside_study(name)!r} here:"
        " change `list` of `[ligands]` before you use the study."
        for name in lists
        if beside_study(name) != name
    ]


def _unfinished(found: Findings) -> list[str]:
    """Tasks without a result."""
    left = [state for state in found.states.values() if state.state != "done"]
    words = [f"- {each.task.label}: {status_words(each.state, each.why)}" for each in left]
    return ["Without a result:", "\n".join(words)] if words else []


def _rows(files: Mapping[str, str]) -> Iterable[str]:
    """One row of a table for each kind of file."""
    kinds: dict[str, list[str]] = {}
    for name, about in files.items():
        kinds.setdefault(about, []).append(name)
    for about, names in kinds.items():
        shown = ", ".join(f"`{name}`" for name in names)
        if len(names) > NAMED:
            folder = names[0].rpartition("/")[0]
            end = _common_end(names)
            shown = f"`{folder}{'/' if folder else ''}*{end}` ({len(names)})"
        words = about.replace("|", "\\|").replace("\n", " ")
        yield f"| {shown} | {words} |"


def _common_end(names: Iterable[str]) -> str:
    letters = zip(*(name[::-1] for name in names), strict=False)
    return "".join(each[0] for each in takewhile(lambda each: len(set(each)) == 1, letters))[::-1]


def _forces(found: Findings) -> list[str]:
    """Which structures have no forces of their own energy, and why."""
    reasons: dict[str, list[str]] = {}
    for each in relaxed_structures(found):
        if each.forces != OWN_FORCES:
            reasons.setdefault(each.forces, []).append(each.name)
    words = []
    for why, names in reasons.items():
        where = f"; they are in `{RELAXATION_FORCES}`" if why.startswith("of the") else ""
        kind = "Forces" if where else "No forces, since"
        words.append(f"- {', '.join(names)}: {kind} {why}{where}.")
    return ["Without forces that belong to the energy:", "\n".join(words)] if words else []


def _examples(found: Findings) -> list[str]:
    """How to load the structures, with a reaction of the study."""
    first = relaxed_structures(found)[0]
    whole = [row for row in REACTIONS.rows(found) if row.reaction_energy_eV is not None]
    ase = [
        "from ase.db import connect",
        "from ase.io import read",
        "",
        f'atoms = read("structures/{first.name}.xyz")',
        "print(atoms.get_potential_energy(), atoms.constraints)",
    ]
    if "forces" in first.atoms.calc.results:
        ase.append("print(atoms.get_forces(apply_constraint=False))")
    ase += [
        f'rows = connect("{ASE_FILE}").select(chosen=True)',
        "energy_eV = {row.species: row.energy for row in rows}",
    ]
    pymatgen = [
        "import json",
        "from pathlib import Path",
        "from monty.json import MontyDecoder",
        "",
        f'entries = json.loads(Path("{PYMATGEN_FILE}").read_text(), cls=MontyDecoder)',
        'chosen = {each.data["species"]: each for each in entries if each.data["chosen"]}',
    ]
    for row in whole[:1]:  # one reaction is enough to show it
        ase += ["", *_reaction(row, "dE_eV", 'energy_eV["{}"]')]
        pymatgen += ["", *_reaction(row, "dE_eV", 'chosen["{}"].energy')]
    return [
        "ASE:",
        "\n".join(["```python", *ase, "```"]),
        "pymatgen (`energy` is that of the tables, `uncorrected_energy` that of the calculation;"
        " not to be mixed with entries of other programs or databases):",
        "\n".join(["```python", *pymatgen, "```"]),
    ]


def _reaction(row: ReactionRow, name: str, energy: str) -> list[str]:
    """A reaction energy as a statement."""
    terms = " ".join(
        f"{'-' if each.coefficient.startswith('-') else '+'} {each.coefficient.lstrip('-')}"
        f" * {energy.format(each.species)}"
        for each in row.terms
    )
    return [f"# {row.name}: {row.reaction_energy_eV:+.6f} eV", f"{name} = {terms}"]


def citation_text(found: Findings) -> str:
    """What those who use the data cite."""
    about = metadata("passivant")
    return "\n".join(
        [
            f"Cite the article or record that holds these data, {found.study.title!r}, by its DOI,"
            " and:",
            "",
            f"- passivant {about['Version']}: {about['Summary']}; {about['License-Expression']}",
            *(f"- {each.text}, doi:{each.doi}" for each in methods(found).references),
            "",
        ]
    )
