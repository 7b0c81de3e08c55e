"""Figures of densities of states for journals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from matplotlib.figure import Figure

from analysis.dos.figures import plot_dos, split_curve
from analysis.dos.stack_figures import StackedDos, plot_stack
from analysis.species_name import SpeciesName
from analysis.style import set_caption
from slabs.errors import InputError
from workflows.findings.words import level_words
from workflows.recipes.dos.outputs import DosOutput, available_zeros
from workflows.study.model import Study


def draw_dos(
    study: Study,
    outputs: Sequence[DosOutput],
    columns: str,
    *,
    align: str | None = None,
    curves: Sequence[str] = (),
    shown_eV: tuple[float, float] | None = None,
) -> dict[str, Figure]:
    """Densities of states; see `analysis.dos.figures.plot_dos`.

    Parameters
    ----------
    study
        With the labels of ligands.
    outputs
        Finished or not.
    columns
        Width on the page of a journal.
    align
        Zero of energy of all. Default: what the study says for each, or the Fermi level
        where that does not exist.
    curves
        What is drawn, as far as a species has it.
    shown_eV
        Range of energies.

    Raises
    ------
    analysis.dos.band_edges.AlignmentError
        If a species does not have the zero that was asked for.
    InputError
        If no species has a curve.
    """
    made = [output for output in outputs if output.dos is not None]
    groups = dict.fromkeys(name for o in made if o.dos is not None for name in o.dos.groups)
    for curve in curves:
        if made and split_curve(curve)[0] not in groups:
            raise InputError(f"{curve!r} is no group of atoms; groups: {'; '.join(groups)}")
    figures = {}
    for output in made:
        assert output.dos is not None
        if align is not None:
            output.zeros_eV(align)
        figures[output.stem] = plot_dos(
            output.dos,
            output.title,
            columns,
            align=align or available_zeros(output)[0],
            curves=[c for c in curves if split_curve(c)[0] in output.dos.groups] or None,
            shown_eV=shown_eV,
            gaps_found=output.gaps,
            labels=group_labels(study, output.dos.groups),
        )
        set_caption(figures[output.stem], *caption(output))
    return figures


def draw_stacks(study: Study, outputs: Sequence[DosOutput], columns: str) -> dict[str, Figure]:
    """The slabs of each surface on one axis: clean, with ligands, with vacancies, with both."""
    figures = {}
    made = {output.entry.species: output for output in reversed(outputs) if output.dos is not None}
    for surface in study.surfaces:
        own = [o for name, o in made.items() if SpeciesName.parse(name).head == surface]
        if surface not in made or len(own) < 2:
            continue
        own.sort(key=lambda output: _place(study, output.entry.species))
        scalar_only = [o.entry.species for o in own if o.dos is not None and not o.dos.spin_orbit]
        coupled = not scalar_only
        # The gaps of a density of states are in the order of its spectra.
        stack = [
            StackedDos(study.label_of(o.entry.species), o.dos, o.gaps[int(coupled)], coupled)
            for o in own
            if o.dos is not None
        ]
        groups = [group for each in stack for group in each.dos.groups]
        title = f"DOS of {study.label_of(surface)} ({level_words(study)})"
        labels = group_labels(study, groups)
        figures[f"DOS-stack-{surface}"] = plot_stack(stack, title, columns, labels=labels)
        sentences = [sentence for output in own for sentence in caption(output)]
        if scalar_only and len(scalar_only) < len(own):
            sentences.append(
                "All without spin-orbit coupling, since that is how"
                f" {', '.join(scalar_only)} was calculated."
            )
        set_caption(figures[f"DOS-stack-{surface}"], *dict.fromkeys(sentences))
    return figures


def group_labels(study: Study, groups: Iterable[str]) -> dict[str, str]:
    """What legends call groups of atoms of ligands: ``"OAm, head"`` with the label of OAm."""
    labels = {}
    for group in groups:
        ligand, comma, part = group.partition(",")
        if ligand in study.ligands:
            labels[group] = study.label_of(ligand) + comma + part
    return labels


def _place(study: Study, name: str) -> tuple[bool, bool, int]:
    """Clean, with ligands, with vacancies, with both; few parts first."""
    parts = SpeciesName.parse(name)
    ligands, defects = parts.only(study.ligands), parts.only(study.point_defects)
    return bool(defects), bool(ligands), len(parts.parts)


def caption(output: DosOutput) -> list[str]:
    """What stands below a figure of a density of states: k-points, broadening, alignment."""
    assert output.dos is not None
    grid = " x ".join(str(n) for n in output.state.task.spec["kpoints"])
    host = output.gaps[0].host
    moved = ""
    if host is not None and host.source:
        moved = (
            f" Band edges of {host.source}, moved by {host.shift_eV:+.2f} eV, the difference of the"
            f" potentials at {host.atoms} atoms far from the vacancy."
        )
    return [
        f"{output.entry.species}: {grid} k-points, Gaussians exp(-(E/w)^2) with w ="
        f" {output.dos.width_eV:g} eV; states per eV and cell.{moved}"
    ]
