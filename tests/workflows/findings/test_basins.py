"""Energies that mix tilt basins are flagged."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
from ase import Atoms

from analysis.energies.rows import Calculated
from slabs.structure import Structure
from workflows.findings.basins import basin_flags


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
