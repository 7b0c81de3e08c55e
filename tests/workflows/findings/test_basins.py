"""Energies that mix tilt basins are flagged."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from ase import Atoms

from analysis.energies.rows import Calculated
from slabs.structure import Structure
from workflows.findings.basins import basin_flags, basin_offsets_eV
from workflows.planning.basins import FROM_BETTER_BASIN
from workflows.species.stripped import stripped_words

SLABS = ("slab.GA", "slab.V_I", "slab.GAI")


def calculated(energy_eV, placement="", **values):
    structure = Structure(Atoms("Pb"), ("surface",), placement=placement)
    result = None if energy_eV is None else SimpleNamespace(energy_eV=energy_eV, values=values)
    state = "done" if result else "failed"
    return Calculated(structure, Path("x"), state, result=result)


def plan_of(candidates, checks=()):
    return SimpleNamespace(
        study=SimpleNamespace(
            surfaces={"slab": None},
            basin_checks=[SimpleNamespace(species=name) for name in checks],
        ),
        species={
            name: [SimpleNamespace(structure=each.structure) for each in made]
            for name, made in candidates.items()
        },
        first_keys=dict.fromkeys(candidates, ("first",)),
    )


def flags(own_eV, stripped_eV, other_eV):
    """Only slab.V_I and slab.GAI are relaxed from the other basin, with this energy."""
    candidates = {"slab": [calculated(own_eV), calculated(stripped_eV)], "GA": [calculated(-1.0)]}
    candidates |= {name: [calculated(-1.0)] for name in SLABS}
    for name in SLABS[1:]:
        candidates[name].append(calculated(other_eV, FROM_BETTER_BASIN))
    known = {n: [c for c in made if c.result is not None] for n, made in candidates.items()}
    found = {n: min(made, key=lambda c: c.result.energy_eV) for n, made in known.items()}
    plan = plan_of(candidates)
    return basin_flags(plan, candidates, found)


def test_what_could_not_be_relaxed_from_the_better_basin_is_flagged():
    found = flags(-10.0, -10.3, None)
    assert set(found) == {"slab.V_I", "slab.GAI"}
    assert "in which slab is 0.300 eV lower;" in found["slab.V_I"]


def test_what_took_a_result_was_not_tried_unless_what_it_was_made_from_was():
    # Relaxed at another level, the bare slab had no better basin: V_I took the first result.
    names = ("slab.V_I", "slab.GA", "slab.GA.V_I")
    taken = calculated(-1.0, FROM_BETTER_BASIN, same_as="first")
    candidates = {name: [calculated(-1.0), taken] for name in names}
    candidates["slab.GA"][1] = calculated(-0.8, FROM_BETTER_BASIN)
    candidates["slab"] = [calculated(-10.0), calculated(-10.3)]
    found = {name: min(made, key=lambda c: c.result.energy_eV) for name, made in candidates.items()}
    assert set(basin_flags(plan_of(candidates), candidates, found)) == {"slab.V_I"}


def test_nothing_is_flagged_where_all_were_tried():
    assert flags(-10.0, -10.3, -0.9) == {}
    assert flags(-10.0, -10.3, -1.2) == {}


def test_nothing_is_flagged_where_the_own_basin_stays_the_lowest():
    assert flags(-10.3, -10.0, None) == {}
    assert flags(-10.0, -10.005, None) == {}
    assert flags(-10.0, None, None) == {}


def offsets(own_eV, tried, **stripped_eV):
    """Offsets after ligands were taken away; `tried` is what else was relaxed from there."""
    names = {name: f"slab.{name.replace('_', '.')}" for name in stripped_eV}
    bare = [calculated(own_eV)]
    bare += [calculated(energy, stripped_words(names[n])) for n, energy in stripped_eV.items()]
    candidates = {"slab": bare, "GA": [calculated(-1.0)]}
    candidates |= {n: [calculated(-1.0)] for n in ("slab.GA", "slab.GA.OA.V", "slab.V", "slab.X")}
    for name, energy in tried.items():
        candidates[f"slab.{name}"].append(calculated(energy, FROM_BETTER_BASIN))
    known = {n: [c for c in made if c.result is not None] for n, made in candidates.items()}
    found = {n: min(made, key=lambda c: c.result.energy_eV) for n, made in known.items()}
    plan = plan_of(candidates, names.values())
    return basin_offsets_eV(plan, candidates, found)


def test_offsets_are_energies_above_the_basin_of_the_bare_slab():
    # The ligand left a higher basin; nothing is known of what was not tried there.
    above = {"slab": 0.0, "slab.GA": 0.3, "slab.GA.OA.V": 0.3}
    assert offsets(-10.3, {}, GA=-10.0) == pytest.approx(above)
    # It left a lower one: slab.V was relaxed from there, for slab.X that failed.
    below = {"slab": 0.0, "slab.GA": 0.0, "slab.GA.OA.V": 0.0, "slab.V": 0.0, "slab.X": 0.3}
    found = offsets(-10.0, {"V": -0.8, "X": None}, GA=-10.3)
    assert found == pytest.approx(below)


def test_the_check_of_the_slab_itself_counts_before_that_of_what_it_is_built_on():
    found = offsets(-10.3, {}, GA=-10.0, GA_OA=-10.2)
    assert (found["slab.GA"], found["slab.GA.OA.V"]) == pytest.approx((0.3, 0.1))


def test_without_a_check_only_the_bare_slab_is_known():
    assert offsets(-10.0, {}) == {"slab": 0.0}
    assert offsets(-10.0, {}, GA=None) == {"slab": 0.0}
