"""Table of the geometry of the relaxed slabs of a study."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from analysis.geometry.flags import LIMITS
from analysis.geometry.hydrogen_bonds import CRITERION
from analysis.geometry.vacancy_relaxation import VACANCY_RANGE_A
from analysis.notation import split_unit
from analysis.tables import MISSING, Table, number
from workflows.findings.words import flag_sentences
from workflows.recipes.geometry.rows import GeometryRow, HydrogenBondRow
from workflows.study.model import Study

#: Numbers of the B-X network that are printed, with digits; the document has all of them.
NETWORK = {
    "angle_mean_deg": ("mean B-X-B / deg", 1),
    "distortion_mean": ("bond-length distortion", 5),
    "angle_variance_mean_deg2": ("bond-angle variance / deg^2", 1),
    "tilt_x_rms_deg": ("octahedral tilt about x / deg", 1),
    "tilt_y_rms_deg": ("octahedral tilt about y / deg", 1),
    "tilt_z_rms_deg": ("octahedral tilt about z / deg", 1),
}
#: Layer spacings that are printed, from the face inward.
SPACINGS = 2
FOOTNOTES = (
    "Before: as planned; layer spacings: in the crystal from which the slab was cut; around"
    " vacancies: in the relaxed slab without them. After: relaxed, the candidate of lowest energy."
    " Values of the upper face.",
    "Height: of the anchors above the mean of the outermost metal layer. Tilt: of the chain, from"
    " the anchors to the far end, against the surface normal.",
    CRITERION,
    "d12, d23: spacings of the layers from the surface inward. Rumpling: mean height of the halides"
    " above that of the other ions, outward.",
    LIMITS,
)
#: Quantity, before, after, and change, as texts.
Line = tuple[str, str, str, str]


def geometry_table(study: Study, found: Sequence[GeometryRow]) -> Table:
    """What the relaxation did to each slab, one quantity per row."""
    rows = [
        (row.species, line[0], split_unit(line[0])[1], *line[1:], row.level)
        for row in found
        for part in (_ligand_lines, _network_lines, _layer_lines, _vacancy_lines)
        for line in part(row)
    ]
    flags = flag_sentences(f"{row.species}: {flag.words}" for row in found for flag in row.flags)
    caveat = [f"{study.level.caveat}.".capitalize()] if study.level.caveat else []
    columns = ("Species", "Quantity", "Unit", "Before", "After", "Change", "Level")
    foot = (*FOOTNOTES, *caveat)
    return Table(
        "Geometry",
        columns,
        tuple(rows),
        foot,
        group=("Species",),
        warnings=flags,
        only_in_csv=("Unit",),
    )


def _line(
    label: str, before: float | None, after: float | None, digits: int, *, sign: bool = False
) -> Iterator[Line]:
    """One line, or none where there is nothing on either side."""
    if before is None and after is None:
        return
    change = None if before is None or after is None else after - before
    first, second = (number(value, digits, sign=sign) for value in (before, after))
    yield label, first, second, number(change, digits, sign=True)


def _labels(names: list[str]) -> list[str]:
    """The names, numbered where one occurs several times."""
    seen: Counter[str] = Counter()
    labels = []
    for name in names:
        seen[name] += 1
        labels.append(f"{name} {seen[name]}" if names.count(name) > 1 else name)
    return labels


def _ligand_lines(row: GeometryRow) -> Iterator[Line]:
    labels = _labels([each.ligand for each in row.ligands])
    for label, each in zip(labels, row.ligands, strict=True):
        before, after = each.planned, each.relaxed
        anchor = f"{after.metal}-{after.anchor}"
        yield from _line(
            f"{label}: {anchor} / A", before.metal_distance_A, after.metal_distance_A, 3
        )
        yield from _line(
            f"{label}: height of {after.anchor} / A", before.height_A, after.height_A, 3
        )
        yield from _line(f"{label}: tilt / deg", before.tilt_deg, after.tilt_deg, 1)
        words = f"{label}: plane against surface / deg"
        yield from _line(words, before.plane_tilt_deg, after.plane_tilt_deg, 1)
        yield from _hydrogen_bond_lines(label, before.hydrogen_bonds, after.hydrogen_bonds)


def _hydrogen_bond_lines(
    label: str, before: Sequence[HydrogenBondRow], after: Sequence[HydrogenBondRow]
) -> Iterator[Line]:
    yield from _line(f"{label}: hydrogen bonds", len(before), len(after), 0)
    first, second = (bonds[0] if bonds else None for bonds in (before, after))
    known = second or first
    if known is not None:
        bonds = (first, second)
        lengths = [None if bond is None else bond.length_A for bond in bonds]
        angles = [None if bond is None else bond.angle_deg for bond in bonds]
        words = f"{label}: shortest {known.donor}-H...{known.acceptor} / A"
        yield from _line(words, lengths[0], lengths[1], 3)
        yield from _line(f"{label}: its angle / deg", angles[0], angles[1], 1)


def _network_lines(row: GeometryRow) -> Iterator[Line]:
    for key, (label, digits) in NETWORK.items():
        yield from _line(label, row.network.planned[key], row.network.relaxed[key], digits)


def _layer_lines(row: GeometryRow) -> Iterator[Line]:
    before, after = row.layers.planned, row.layers.relaxed
    if before is None or after is None:
        return
    for n in range(min(SPACINGS, len(after.spacings_A))):
        yield from _line(f"d{n + 1}{n + 2} / A", after.bulk_spacings_A[n], after.spacings_A[n], 3)
        percent = number(after.changes_percent[n], 1, sign=True)
        yield f"d{n + 1}{n + 2} against the crystal / %", MISSING, MISSING, percent
    rumplings = (before.rumplings_A[0], after.rumplings_A[0])
    yield from _line("rumpling of outermost layer / A", *rumplings, 3, sign=True)


def _vacancy_lines(row: GeometryRow) -> Iterator[Line]:
    labels = _labels([f"V({each.element})" for each in row.vacancies])
    for label, each in zip(labels, row.vacancies, strict=True):
        distance = (each.across_before_A, each.across_after_A)
        yield from _line(f"{label}: {'-'.join(each.across)} across it / A", *distance, 3)
        rest = []
        for near in each.neighbours:
            if not near.bonded:
                rest.append(near.towards_A)
                continue
            words = f"{label}: {near.element} at {near.distance_A:.2f} A, towards it / A"
            yield words, MISSING, MISSING, number(near.towards_A, 3, sign=True)
        if rest:
            words = f"{label}: others within {VACANCY_RANGE_A:g} A, mean towards it / A"
            mean = number(float(np.mean(rest)), 3, sign=True)
            yield words, MISSING, MISSING, mean
