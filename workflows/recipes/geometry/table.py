"""Table of the geometry of the relaxed slabs of a study."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from analysis.geometry.flags import LIMITS
from analysis.geometry.hydrogen_bonds import CRITERION
from analysis.geometry.vacancy_relaxation import VACANCY_RANGE_A
from analysis.tables import MISSING, Table, number
from workflows.findings.states import TaskState
from workflows.findings.words import flag_sentences
from workflows.planning.plan import Plan
from workflows.recipes.geometry.rows import geometry_rows

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


def geometry_table(plan: Plan, states: Mapping[str, TaskState]) -> Table:
    """What the relaxation did to each slab, one quantity per row."""
    found = geometry_rows(plan, states)
    rows = [
        (row["species"], *line, row["level"])
        for row in found
        for part in (_ligand_lines, _network_lines, _layer_lines, _vacancy_lines)
        for line in part(row)
    ]
    flags = flag_sentences(f"{row['species']}: {f['words']}" for row in found for f in row["flags"])
    caveat = [f"{plan.study.level.caveat}.".capitalize()] if plan.study.level.caveat else []
    columns = ("Species", "Quantity", "Before", "After", "Change", "Level")
    foot = (*FOOTNOTES, *caveat, *flags)
    return Table("Geometry", columns, tuple(rows), foot, group="Species")


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


def _ligand_lines(row: Mapping[str, Any]) -> Iterator[Line]:
    ligands = row["ligands"]
    for label, each in zip(_labels([e["ligand"] for e in ligands]), ligands, strict=True):
        before, after = each["planned"], each["relaxed"]
        for key, words, digits in (
            ("metal_distance_A", f"{after['metal']}-{after['anchor']} / A", 3),
            ("height_A", f"height of {after['anchor']} / A", 3),
            ("tilt_deg", "tilt / deg", 1),
            ("plane_tilt_deg", "plane against surface / deg", 1),
        ):
            yield from _line(f"{label}: {words}", before[key], after[key], digits)
        yield from _hydrogen_bond_lines(label, before["hydrogen_bonds"], after["hydrogen_bonds"])


def _hydrogen_bond_lines(
    label: str, before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> Iterator[Line]:
    yield from _line(f"{label}: hydrogen bonds", len(before), len(after), 0)
    shortest = [bonds[0] if bonds else None for bonds in (before, after)]
    known = shortest[1] or shortest[0]
    if known is not None:
        kind = f"{known['donor']}-H...{known['acceptor']}"
        for key, words, digits in (
            ("length_A", f"shortest {kind} / A", 3),
            ("angle_deg", "its angle / deg", 1),
        ):
            first, second = (None if bond is None else bond[key] for bond in shortest)
            yield from _line(f"{label}: {words}", first, second, digits)


def _network_lines(row: Mapping[str, Any]) -> Iterator[Line]:
    before, after = row["network"]["planned"], row["network"]["relaxed"]
    for key, (label, digits) in NETWORK.items():
        yield from _line(label, before[key], after[key], digits)


def _layer_lines(row: Mapping[str, Any]) -> Iterator[Line]:
    before, after = row["layers"]["planned"], row["layers"]["relaxed"]
    if before is None or after is None:
        return
    for n in range(min(SPACINGS, len(after["spacings_A"]))):
        crystal_A, now_A = after["bulk_spacings_A"][n], after["spacings_A"][n]
        yield from _line(f"d{n + 1}{n + 2} / A", crystal_A, now_A, 3)
        percent = number(after["changes_percent"][n], 1, sign=True)
        yield f"d{n + 1}{n + 2} against the crystal / %", MISSING, MISSING, percent
    rumplings = (before["rumplings_A"][0], after["rumplings_A"][0])
    yield from _line("rumpling of outermost layer / A", *rumplings, 3, sign=True)


def _vacancy_lines(row: Mapping[str, Any]) -> Iterator[Line]:
    vacancies = row["vacancies"]
    for label, each in zip(
        _labels([f"V({v['element']})" for v in vacancies]), vacancies, strict=True
    ):
        distance = (each["across_before_A"], each["across_after_A"])
        yield from _line(f"{label}: {'-'.join(each['across'])} across it / A", *distance, 3)
        rest = []
        for near in each["neighbours"]:
            if not near["bonded"]:
                rest.append(near["towards_A"])
                continue
            words = f"{label}: {near['element']} at {near['distance_A']:.2f} A, towards it / A"
            yield words, MISSING, MISSING, number(near["towards_A"], 3, sign=True)
        if rest:
            words = f"{label}: others within {VACANCY_RANGE_A:g} A, mean towards it / A"
            mean = number(float(np.mean(rest)), 3, sign=True)
            yield words, MISSING, MISSING, mean
