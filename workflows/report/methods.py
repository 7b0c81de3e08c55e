"""A paragraph on the methods of a study for a paper, with its references."""

from __future__ import annotations

from dataclasses import dataclass, field

from analysis.notation import readable
from workflows.findings.findings import Findings
from workflows.report.references import (
    ASE,
    CHARGED,
    CLIMBING_IMAGE,
    DIPOLE,
    DISPERSION,
    FREE_ROTOR,
    FUNCTIONALS,
    GPAW,
    HINDERED,
    IDPP,
    LIBXC,
    PAW,
    POTENTIALS,
    PYMATGEN,
    RAISED,
    SPIN_ORBIT,
    Reference,
)
from workflows.study.level import ENSEMBLE_FUNCTIONAL, Level, kpoints
from workflows.study.model import Study
from workflows.study.potential import PotentialLevel


@dataclass(frozen=True)
class Methods:
    """What a paper says of the methods.

    Parameters
    ----------
    sentences
        Of the paragraph, with the numbers of the references in brackets.
    references
        In the order of their numbers.
    """

    sentences: tuple[str, ...]
    references: tuple[Reference, ...]

    @property
    def text(self) -> str:
        """The paragraph and the list of references."""
        listed = [f"[{n}] {each.text}, doi:{each.doi}" for n, each in enumerate(self.references, 1)]
        return "\n".join([" ".join(self.sentences), "", *listed]) + "\n"

    @property
    def bibtex(self) -> str:
        """All entries."""
        return "\n\n".join(each.bibtex for each in self.references) + "\n"


@dataclass
class _Numbers:
    """Numbers of references in the order in which they are cited first."""

    cited: list[Reference] = field(default_factory=list)

    def __call__(self, *references: Reference) -> str:
        """The numbers in brackets, behind a blank."""
        for each in references:
            if each not in self.cited:
                self.cited.append(each)
        numbers = ", ".join(str(self.cited.index(each) + 1) for each in references)
        return f" [{numbers}]" if references else ""


def methods(found: Findings) -> Methods:
    """The methods of a study, from the settings of its levels."""
    study, cite = found.study, _Numbers()
    level, energy = study.level, study.energy_level
    sentences = [
        f"Density-functional calculations were done with GPAW{_version(found, 'gpaw')}"
        f"{cite(GPAW)} and ASE{cite(ASE)} in the projector augmented-wave method{cite(PAW)} with"
        f" PAW datasets gpaw-data{_version(found, 'gpaw-data')} and libxc{cite(LIBXC)}.",
        _theory("Structures were relaxed", level, cite),
        f"Atoms were relaxed until all forces on free atoms were below"
        f" {level.fmax_eV_per_A:g} eV/A.",
    ]
    if study.single_point is not None:
        sentences.append(_theory("Energies were calculated at these structures", energy, cite))
    if study.screening is not None:
        sentences.append(_ranking(study.screening, cite))
    sentences += [*_grids(found, energy), *_cells(found, cite), *_spins(energy)]
    coupled = [each.spin_orbit for each in study.dos] + [each.spin_orbit for each in study.gaps]
    if any(coupled) or study.spin_orbit_checks:
        sentences.append(
            f"Spin-orbit coupling was included non-self-consistently{cite(SPIN_ORBIT)}."
        )
    sentences += _vibrations(study, cite)
    if study.barriers:
        counts = sorted({each.images for each in study.barriers})
        sentences.append(
            "Barriers of hops are those of climbing-image nudged elastic bands"
            f"{cite(CLIMBING_IMAGE)} of {' or '.join(map(str, counts))} images in neutral cells,"
            f" from paths by the image-dependent pair potential{cite(IDPP)}, at the level of the"
            " relaxations."
        )
    if study.charged_defects:
        sentences.append(
            "Charged defects were calculated in periodic supercells with a uniform background; the"
            " interaction of images and the zero of the potential were corrected by the"
            f" anisotropic point charge and the potentials at atoms far from the defect"
            f"{cite(CHARGED)}."
        )
    if study.chemical_potentials is not None:
        sentences.append(f"Phase stability was evaluated with pymatgen{cite(PYMATGEN)}.")
    if study.caveat:
        sentences.append(f"Level {study.level_name}: {study.caveat}.")
    return Methods(tuple(map(readable, sentences)), tuple(cite.cited))


def _version(found: Findings, program: str) -> str:
    """Versions of a program in the results; those of this machine while there is none."""
    used = {
        str(state.result.values["level"]["codes"][program])
        for state in found.states.values()
        if state.result and program in state.result.values.get("level", {}).get("codes", {})
    }
    versions = sorted(used) or [found.study.level.physics()["codes"][program]]
    return f" {' and '.join(versions)}"


def _ranking(level: Level | PotentialLevel, cite: _Numbers) -> str:
    """How candidates were ranked."""
    begin = "Candidates were ranked before"
    if not isinstance(level, PotentialLevel):
        return _theory(begin, level, cite)
    plus = ""
    if level.dispersion != "none":
        plus = f" and the dispersion correction {level.dispersion}{cite(*DISPERSION['D3(BJ)'])}"
    about = level.about
    return (
        f"{begin} with the machine-learned potential {about.weights}"
        f"{cite(POTENTIALS[level.potential])} of {about.package} {about.version}{plus}, whose"
        " energies enter no result."
    )


def _theory(begin: str, level: Level, cite: _Numbers) -> str:
    functional = f"{level.functional}{cite(*FUNCTIONALS[level.functional])}"
    datasets = f" ({level.dataset_caveat})" if level.dataset_caveat else ""
    if level.functional == ENSEMBLE_FUNCTIONAL:
        dispersion = "which contains dispersion"
    elif level.dispersion == "none":
        dispersion = "without dispersion correction"
    else:
        numbers = cite(*DISPERSION[level.dispersion])
        dispersion = f"with the dispersion correction {level.dispersion}{numbers}"
    return (
        f"{begin} with the functional {functional}{datasets}, {dispersion}, plane waves up to"
        f" {level.ecut_eV:g} eV and a Fermi-Dirac smearing of {level.smearing_eV:g} eV."
    )


def _grids(found: Findings, level: Level) -> list[str]:
    """The rule for k-points, and the grids that it gives for the slabs."""
    grids = []
    for name in found.study.surfaces:
        if name in found.plan.species:
            atoms = found.plan.species[name][0].structure.atoms
            grids.append(f"{name}: {'x'.join(map(str, kpoints(atoms, level.kpoint_length_A)))}")
    own = {
        **{f"crystal {name}": each.kpoint_length_A for name, each in found.study.crystals.items()},
        **{
            f"density of states of {each.species}": each.kpoint_length_A for each in found.study.dos
        },
        **{f"gap of {each.species}": each.kpoint_length_A for each in found.study.gaps},
    }
    others = "".join(f"; for the {name}: {a:g} A" for name, a in own.items() if a is not None)
    slabs = f" ({', '.join(grids)})" if grids else ""
    return [
        f"Gamma-centred k-point grids had at least {level.kpoint_length_A:g} A / a points along"
        f" each periodic direction with a distance a of lattice planes{slabs}{others}; isolated"
        " molecules were calculated at Gamma."
    ]


def _cells(found: Findings, cite: _Numbers) -> list[str]:
    """Slabs with their layers and vacuum, molecules in their boxes."""
    study, sentences = found.study, []
    for name, surface in study.surfaces.items():
        if surface.layers is None:
            continue
        miller = "".join(map(str, surface.miller))
        fixed = f", {surface.frozen_layers} kept fixed" if surface.frozen_layers else ""
        size = "" if surface.size is None else f", a {'x'.join(map(str, surface.size))} cell"
        material = surface.material or surface.crystal or surface.file
        ends = f"{surface.termination}-terminated " if surface.termination else ""
        sentences.append(
            f"Slab {name}: {ends}{material} ({miller}), {surface.layers} layers{fixed}{size},"
            f" at least {surface.vacuum_A:g} A of vacuum above the highest atom."
        )
    for name, supercell in study.supercells.items():
        if name in found.plan.species:
            size = "x".join(map(str, supercell.size))
            sentences.append(f"Supercell {name}: {size} cells of {supercell.crystal}.")
    if study.surfaces and study.energy_level.dipole_correction:
        sentences.append(f"Slabs had a dipole correction{cite(DIPOLE)}.")
    return sentences


def _vibrations(study: Study, cite: _Numbers) -> list[str]:
    """Modes and free energies, if the study asks for them."""
    entries = [*study.vibrations, *study.free_energies]
    if not entries:
        return []
    steps = " and ".join(f"{x:g}" for x in sorted({each.displacement_A for each in entries}))
    forces = " and ".join(f"{x:g}" for x in sorted({each.fmax_eV_per_A for each in entries}))
    sentences = [
        f"Harmonic modes are those of central differences of forces with displacements of {steps}"
        f" A, after relaxation to forces below {forces} eV/A{cite(ASE)}."
    ]
    if study.free_energies:
        conditions = study.conditions
        way = "imaginary modes left out"
        if conditions.low_modes == "raised":
            way = f"modes below {conditions.raise_to_per_cm:g} cm^-1 raised to that{cite(RAISED)}"
        elif conditions.low_modes == "free-rotor":
            way = f"low modes as free rotors{cite(FREE_ROTOR)}"
        hindered = (
            f"; ligands of {', '.join(conditions.hindered)} are hindered translators and"
            f" rotors{cite(HINDERED)}"
            if conditions.hindered
            else ""
        )
        sentences.append(
            "Free energies treat molecules as ideal gases and slabs as harmonic, with"
            f" {way}{hindered}."
        )
    return sentences


def _spins(level: Level) -> list[str]:
    if level.spin == "all":
        return ["All calculations were spin-polarised."]
    return ["Species with an odd number of electrons were spin-polarised."]
