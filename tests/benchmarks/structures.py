"""Wall times of building structures: ``python -m tests.benchmarks.structures``.

One thread, medians of several runs; nothing is asserted.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from slabs.adsorption.adsorb import adsorb
from slabs.adsorption.placement import Adsorbate
from slabs.adsorption.poses import Search, poses_at
from slabs.adsorption.score import Surroundings, ionic_charges_e, judge
from slabs.adsorption.sites import find_sites
from slabs.crystals.perovskite import perovskite
from slabs.ligands.ligand import make_ligand
from slabs.structure import SURFACE_GROUP, Structure
from slabs.surfaces.slab import build_slab
from slabs.surfaces.symmetry import operations
from slabs.surfaces.vacancies import distinct_vacancies
from workflows.planner import make_plan
from workflows.species.descriptions import write_structures
from workflows.study.shipped import shipped_text

RUNS = 3
PLACEMENTS = 1000


def _slab(size):
    return build_slab(perovskite("CsPbI3"), termination="PbI2", layers=5, size=size, vacuum_A=15.0)


def paper_study():
    """All structures of the shipped study: built, written and drawn."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "paper.toml"
        file.write_text(shipped_text("paper"), encoding="utf-8")
        plan = make_plan(file)
        rows = write_structures(list(plan.species.values()), plan.study, Path(folder) / "out")
    return f"{len(rows)} structures, with files and pictures"


def checked_placements():
    """Poses of full-length oleylamine on a 2x2 slab, each checked and scored."""
    slab, ligand = _slab((2, 2)), make_ligand("OAm")
    site = find_sites(slab, "metal-top")[0]
    poses = poses_at(ligand, slab, site, Search(azimuth_step_deg=3.0)).positions_A[:PLACEMENTS]
    around = Surroundings(slab, ionic_charges_e(slab))
    verdict = judge(poses, ligand, around, [(ligand.anchors[0], site.atoms[0])])
    return f"{len(poses)} placements, {int(np.isfinite(verdict.score_eV).sum())} without a clash"


def large_surface():
    """A 10x10 surface with one full-length oleylamine and its distinct vacancies."""
    slab = _slab((10, 10))
    (covered,) = adsorb(slab, [Adsorbate("OAm", make_ligand("OAm"), "metal-top")], 15.0)
    found = distinct_vacancies(covered, "I")
    return f"{len(covered.atoms)} atoms, {len(found)} distinct surface vacancies"


def large_bare_surface():
    """Symmetry of a bare 10x10 surface: sites and vacancies that are distinct."""
    slab = _slab((10, 10))
    symmetry = operations(slab)
    sites = find_sites(slab, "metal-top", symmetry)
    bare = Structure(slab, (SURFACE_GROUP,) * len(slab))
    found = distinct_vacancies(bare, "I", symmetry=symmetry)
    return f"{len(sites)} sites in {len({s.orbit for s in sites})} class, {len(found)} vacancy"


def clear_caches():
    """Every run starts from nothing."""
    from workflows.species import parts

    parts._ligand.cache_clear()


def main():
    rows = []
    for case in (paper_study, checked_placements, large_surface, large_bare_surface):
        times, words = [], ""
        for _ in range(RUNS):
            clear_caches()
            began = time.perf_counter()
            words = case()
            times.append(time.perf_counter() - began)
        rows.append(
            {
                "case": case.__name__,
                "what": words,
                "median_s": statistics.median(times),
                "all_s": [round(t, 2) for t in times],
            }
        )
        print(f"{case.__name__:22s} {rows[-1]['median_s']:8.2f} s   {words}", flush=True)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
