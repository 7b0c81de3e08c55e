"""Energies that mix tilt basins are flagged."""

from pathlib import Path
from types import SimpleNamespace

from ase import Atoms

from analysis.energies.rows import Calculated
from slabs.structure import Structure
from workflows.findings.basins import basin_flags
from workflows.planning.basins import FROM_BETTER_BASIN

SLABS = ("slab.GA", "slab.V_I", "slab.GAI")


def calculated(energy_eV, placement=""):
    structure = Structure(Atoms("Pb"), ("surface",), placement=placement)
    result = None if energy_eV is None else SimpleNamespace(energy_eV=energy_eV)
    state = "done" if result else "failed"
    return Calculated(structure, Path("x"), state, result=result)


def flags(own_eV, stripped_eV, other_eV):
    """Only slab.V_I and slab.GAI are relaxed from the other basin, with this energy."""
    candidates = {"slab": [calculated(own_eV), calculated(stripped_eV)], "GA": [calculated(-1.0)]}
    candidates |= {name: [calculated(-1.0)] for name in SLABS}
    for name in SLABS[1:]:
        candidates[name].append(calculated(other_eV, FROM_BETTER_BASIN))
    known = {n: [c for c in made if c.result is not None] for n, made in candidates.items()}
    found = {n: min(made, key=lambda c: c.result.energy_eV) for n, made in known.items()}
    plan = SimpleNamespace(
        study=SimpleNamespace(surfaces={"slab": None}),
        species={
            name: [SimpleNamespace(structure=each.structure) for each in made]
            for name, made in candidates.items()
        },
        first_keys=dict.fromkeys(candidates, ("first",)),
    )
    return basin_flags(plan, candidates, found)


def test_what_could_not_be_relaxed_from_the_better_basin_is_flagged():
    found = flags(-10.0, -10.3, None)
    assert set(found) == {"slab.V_I", "slab.GAI"}
    assert "in which slab is 0.300 eV lower (failed)" in found["slab.V_I"]


def test_nothing_is_flagged_where_all_were_tried():
    assert flags(-10.0, -10.3, -0.9) == {}
    assert flags(-10.0, -10.3, -1.2) == {}


def test_nothing_is_flagged_where_the_own_basin_stays_the_lowest():
    assert flags(-10.3, -10.0, None) == {}
    assert flags(-10.0, -10.005, None) == {}
    assert flags(-10.0, None, None) == {}
