"""Energies that mix tilt basins are flagged."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from ase import Atoms

from analysis.energies.rows import Calculated
from slabs.structure import Structure
from workflows.findings.basins import basin_flags, basin_offsets_eV


def calculated(energy_eV, placement=""):
    structure = Structure(Atoms("Pb"), ("surface",), placement=placement)
    result = None if energy_eV is None else SimpleNamespace(energy_eV=energy_eV)
    return Calculated(structure, Path("x"), "done", result=result)


STUDY = SimpleNamespace(surfaces={"slab": None})
STRIPPED = "from slab.GA, ligands taken away"


def flags(own_eV, stripped_eV):
    candidates = {"slab": [calculated(own_eV), calculated(stripped_eV, STRIPPED)]}
    known = [c for c in candidates["slab"] if c.result is not None]
    found = {"slab": min(known, key=lambda c: c.result.energy_eV)}
    for name in ("slab.GA", "slab.GA.V_I", "slab.V_I", "slab.GAI", "GA"):
        found[name] = calculated(-1.0)
        candidates[name] = [found[name]]
    return basin_flags(STUDY, candidates, found)


def test_what_started_from_the_old_basin_is_flagged():
    found = flags(-10.0, -10.3)
    assert set(found) == {"slab.V_I", "slab.GAI"}
    assert "slab is 0.300 eV lower in the basin of slab.GA" in found["slab.V_I"]


def test_nothing_is_flagged_where_the_own_basin_stays_the_lowest():
    assert flags(-10.3, -10.0) == {}
    assert flags(-10.0, -10.005) == {}
    assert flags(-10.0, None) == {}


def test_surfaces_without_a_check_are_left_alone():
    found = {"slab": calculated(-1.0), "slab.V_I": calculated(np.float64(-0.5))}
    assert basin_flags(STUDY, {name: [each] for name, each in found.items()}, found) == {}


def offsets(own_eV, **stripped_eV):
    """Offsets after the ligands of some slabs were taken away."""
    bare = [calculated(own_eV)]
    bare += [
        calculated(energy, f"from slab.{name.replace('_', '.')}, ligands taken away")
        for name, energy in stripped_eV.items()
    ]
    known = [each for each in bare if each.result is not None]
    found = {"slab": min(known, key=lambda c: c.result.energy_eV)}
    found |= {name: calculated(-1.0) for name in ("slab.GA", "slab.GA.OA.V", "slab.V", "slab.GAI")}
    return basin_offsets_eV(STUDY, {"slab": bare}, {**found, "GA": calculated(-1.0)})


def test_offsets_are_energies_above_the_basin_of_the_bare_slab():
    # The ligand left a higher basin; nothing is known of what it was not taken from.
    above = {"slab": 0.0, "slab.GA": 0.3, "slab.GA.OA.V": 0.3}
    assert offsets(-10.3, GA=-10.0) == pytest.approx(above)
    # It left a lower one, from which all others start too high.
    below = {"slab": 0.0, "slab.GA": 0.0, "slab.GA.OA.V": 0.0, "slab.V": 0.3, "slab.GAI": 0.3}
    assert offsets(-10.0, GA=-10.3) == pytest.approx(below)


def test_the_check_of_the_slab_itself_counts_before_that_of_what_it_is_built_on():
    found = offsets(-10.3, GA=-10.0, GA_OA=-10.2)
    assert (found["slab.GA"], found["slab.GA.OA.V"]) == pytest.approx((0.3, 0.1))


def test_without_a_check_only_the_bare_slab_is_known():
    assert offsets(-10.0) == {"slab": 0.0}
    assert offsets(-10.0, GA=None) == {"slab": 0.0}
