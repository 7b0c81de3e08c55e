"""Density differences and charges; every calculated number comes from real GPAW."""

import subprocess
import sys

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from ase.io.cube import read_cube_data
from ase.units import Bohr
from gpaw import GPAW

from analysis.density.ball_and_stick import around, ball_and_stick
from analysis.density.difference import (
    DensityDifference,
    grid_heights_A,
    load_density_difference,
    unbalanced,
)
from analysis.density.hirshfeld import hirshfeld_electrons
from analysis.density.isosurfaces import isosurfaces
from analysis.density.slices import anchor_bond, bond_slice
from analysis.results import atoms_to_dict, load_result
from tests.conftest import LEVEL
from workflows.dft.kinds.density_difference import free_atoms
from workflows.execution.engine import environment, run_plan
from workflows.export import export_study
from workflows.findings.findings import Findings
from workflows.planner import make_plan
from workflows.recipes.density_differences.rows import fragment_words
from workflows.store import TASK_FILE, write_json, write_result
from workflows.study.errors import StudyError
from workflows.study.level import digest
from workflows.summary import document, tables

SLAB = """
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [1, 1]
layers = 1
vacuum_A = 8.0

[ligands.NH3]
smiles = "N"
anchor_smarts = "[NX3]"
site = "metal-top"

[vacancies.V_I]
element = "I"
"""
ASKED = """
[[density_differences]]
species = "slab.NH3"
"""
FILLING = ASKED + 'vacancy = "V_I"\n'


def gaussian(place_A, cell_A=8.0, points=40):
    """A spherical cloud exp(-r^2) in a cubic cell, periodic along x and y."""
    axis = np.arange(points) * cell_A / points
    gaps = [axis - x for x in place_A]
    gaps[:2] = [(g + cell_A / 2) % cell_A - cell_A / 2 for g in gaps[:2]]
    x, y, z = np.meshgrid(*gaps, indexing="ij")
    atoms = Atoms("PbI", positions=[(4.0, 4.0, 2.0), place_A], cell=[cell_A] * 3, pbc=(1, 1, 0))
    return DensityDifference(
        np.exp(-(x**2 + y**2 + z**2)), atoms, ("surface", "I atom"), np.array([0, 1])
    )


def test_heights_are_those_of_the_grid_for_odd_numbers_of_points_too():
    cell = np.diag([3.0, 3.0, 12.0])
    for points in (62, 63):
        assert grid_heights_A(points, cell)[-1] == pytest.approx(12.0 * (points - 1) / points)


def test_density_that_lost_electrons_is_refused():
    assert unbalanced({"whole": 10.004}, {"whole": 10}, 0.0005) == ""
    assert "the density of NH3 holds 9.9800 electrons, not 10" in unbalanced(
        {"NH3": 9.98}, {"NH3": 10}, 0.0
    )
    assert "integrates to +0.00200 e" in unbalanced({"NH3": 10.0}, {"NH3": 10}, 0.002)


@pytest.mark.parametrize("place_A", [(4.0, 4.0, 4.0), (7.9, 0.3, 4.0)])
def test_isosurface_of_a_round_cloud_is_a_sphere(place_A):
    density = gaussian(place_A)
    gained, lost = isosurfaces(density, 0.01, (place_A[0] / 8.0, place_A[1] / 8.0))
    assert len(lost.faces) == 0
    radii = np.linalg.norm(gained.vertices_A - place_A, axis=1)
    assert radii == pytest.approx(np.sqrt(np.log(100.0)), abs=0.02)
    a, b, c = np.moveaxis(gained.vertices_A[gained.faces], 1, 0)
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2
    assert area == pytest.approx(4 * np.pi * np.log(100.0), rel=0.02)


def test_picture_has_whole_molecules_and_ions_on_both_edges():
    # A methylamine that leans over the edge of its cell, on the lead atom in the corner.
    amine = molecule("H3CNH2")
    amine.positions += [0.3, 0.2, 5.0] - amine.positions[amine.symbols == "N"][0]
    slab = Atoms("PbI", positions=[(0, 0, 2.5), (3, 0, 2.5)], cell=[6, 6, 12], pbc=(1, 1, 0))
    shown = around(slab + amine, (0.5, 0.5))
    assert sorted(map(tuple, shown.positions[shown.symbols == "Pb"][:, :2].round(6))) == [
        (0.0, 0.0), (0.0, 6.0), (6.0, 0.0), (6.0, 6.0),
    ]  # fmt: skip
    again = shown[[symbol in "CNH" for symbol in shown.symbols]]
    assert again.get_all_distances() == pytest.approx(amine.get_all_distances())
    foot = again.positions[again.positions[:, 2].argmin(), :2]
    assert ((foot >= 0.0) & (foot < 6.0)).all()
    triangles, colours = ball_and_stick(shown)
    assert len(triangles) == len(colours)


def test_slice_shows_the_plane_of_the_bond_across_the_cell_boundary():
    density = gaussian((7.5, 4.0, 2.0))
    bond = anchor_bond(density, "I atom")
    assert bond.length_A == pytest.approx(3.5)
    assert bond.end_A == pytest.approx([7.5, 4.0, 2.0])
    cut = bond_slice(density, bond)
    value = [
        np.interp(u, cut.across_A, cut.difference_e_per_A3[abs(cut.z_A - 2.0).argmin()])
        for u in (3.5, 4.5, -4.5)  # the cloud, 1 A beyond it, and its image
    ]
    assert value == pytest.approx([1.0, np.exp(-1.0), 1.0], abs=0.02)
    assert ("I", 3.5, 2.0) in [
        (s, round(x, 3), round(z, 3)) for s, (x, z) in zip(cut.symbols, cut.places_A, strict=True)
    ]
    assert cut.words == "upright plane of the Pb-I contact (3.50 Å)"


@pytest.mark.parametrize(
    ("name", "electrons"),
    # From GPAW's own HirshfeldPartitioning of its older calculator (finite differences, 0.16 A).
    # O in water is published between -0.28 and -0.34 e, with the basis.
    [("H2O", {"O": 8.288, "H": 0.855}), ("HCl", {"Cl": 17.106, "H": 0.894})],
)
def test_hirshfeld_charges_of_molecules(name, electrons):
    atoms = molecule(name, vacuum=3.5, pbc=True)
    atoms.calc = GPAW(
        mode={"name": "pw", "ecut": 500}, xc="PBE", symmetry={"point_group": False}, txt=None
    )
    atoms.get_potential_energy()
    density = atoms.calc.get_all_electron_density()
    found = hirshfeld_electrons(density, atoms, free_atoms(atoms.calc))
    assert found.sum() == pytest.approx(atoms.numbers.sum(), abs=1e-3)
    assert found == pytest.approx([electrons[s] for s in atoms.symbols], abs=0.005)


def run_difference(base, atoms, fragments):
    """Folder of a finished density difference of atoms that were never relaxed."""
    parent, folder = base / "parent", base / "difference"
    parent.mkdir()
    folder.mkdir()
    structure = atoms_to_dict(atoms)
    values = {"structure": structure, "energy_eV": 0.0, "charge": 0, "fingerprint": "f"}
    write_result(parent, "relax", "parent", values)
    spec = {
        "kind": "density-difference", "parents": ["parent"], "fragments": fragments,
        "groups": [{}], "grid_refinement": 1, "kpoints": [1, 1, 1], "charge": 0,
        "spin_polarised": False, "spin_all": False, "dipole_layer": False,
        "level": {
            "functional": "PBE", "ecut_eV": 500.0, "smearing_eV": 0.01, "scf_energy_eV": 1e-5,
            "scf_density": 1e-5, "scf_eigenstates_eV2": 1e-8,
        },
    }  # fmt: skip
    limits = {"max_scf_iterations": 100, "max_steps": 1}
    task = {"label": "test", "key": digest(spec), "spec": spec, "limits": limits}
    write_json(folder / TASK_FILE, {**task, "parent_folders": ["parent"]})
    command = [sys.executable, "-m", "workflows.dft.task", str(folder)]
    subprocess.run(command, env=environment(), check=True)
    return folder


def test_bond_of_hydrogen_gathers_electrons_between_the_nuclei(tmp_path):
    atoms = Atoms("H2", positions=[(0, 0, 0), (0, 0, 1.4 * Bohr)], cell=[6.0, 6.0, 8.6])
    atoms.pbc = (True, True, False)
    atoms.center()
    folder = run_difference(tmp_path, atoms, {"left": [0], "right": [1]})
    values = load_result(folder).values
    density = load_density_difference(folder)
    points = density.difference_e_per_A3.shape
    assert points[2] % 2 == 1
    assert values["electrons"] == pytest.approx({"whole": 2, "left": 1, "right": 1}, abs=1e-3)
    assert values["parts"]["left"]["magnetic_moment_muB"] == pytest.approx(1.0, abs=0.01)
    assert values["gained_by_atom_e"] == pytest.approx([0.0, 0.0], abs=2e-3)
    # Accurate densities at the middle of the bond, in e/bohr^3: 0.273 for H2 (Hartree-Fock
    # limit), 2 exp(-1.4) / pi = 0.157 for the two atoms.
    middle = np.array(points) // 2
    at_middle = density.difference_e_per_A3[tuple(middle[:2])]
    z, _ = density.planar_average()
    centre = np.interp(4.3, z, at_middle) * Bohr**3
    assert centre == pytest.approx(0.273 - 0.157, abs=0.02)
    # Behind the nuclei there are fewer, and both sides are alike.
    _, profile = density.planar_average()
    behind = np.interp([4.3 - 1.5, 4.3 + 1.5], z, profile)
    assert behind[0] == pytest.approx(behind[1], abs=1e-3)
    assert behind[0] < -0.01
    assert density.cumulated()[1][-1] == pytest.approx(0.0, abs=1e-4)
    assert density.transferred_e(4.3) == pytest.approx(0.0, abs=0.05)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    base = tmp_path_factory.mktemp("densities")
    file = base / "study.toml"
    level = LEVEL.format(ecut=220.0, fmax=0.9, max_steps=40, dispersion="none", vacuum=3.5)
    file.write_text(level + SLAB + ASKED + FILLING)
    plan = make_plan(file)
    states = run_plan(plan, base / "results", cores=1)
    assert {s.state for s in states.values()} == {"done"}, [s.why for s in states.values()]
    return plan, base / "results"


def rows_and_density(finished, number):
    plan, results = finished
    row = document(plan, results)["density_differences"][number]
    return row, load_density_difference(type(results)(row["folder"]))


def test_ammonia_gives_electrons_of_its_lone_pair_to_the_surface(finished):
    row, density = rows_and_density(finished, 0)
    # Pb 82 + 2 I 53 + N 7 + 3 H = 198 electrons, core included.
    wanted = {"whole": 198, "surface": 188, "NH3": 10}
    assert row["electrons"] == pytest.approx(wanted, abs=2e-3)
    assert row["integral_e"] == pytest.approx(0.0, abs=1e-5)
    assert row["difference"] == "n(whole) - n(surface) - n(NH3)"
    gained = row["gained_e"]
    assert gained["NH3"] == pytest.approx(-0.15, abs=0.02)
    assert gained["surface"] == pytest.approx(-gained["NH3"], abs=1e-3)
    assert gained["layer 1 from below, PbI2"] == gained["surface"]
    assert sum(row["gained_by_atom_e"]) == pytest.approx(0.0, abs=1e-3)
    # The lone pair moves from nitrogen into the bond, and the hydrogens lose electrons.
    nitrogen = density.atoms.positions[density.atoms.symbols == "N"][0]
    values = density.difference_e_per_A3
    x, y = (round(nitrogen[n] / 6.29 * values.shape[n]) % values.shape[n] for n in (0, 1))
    z, _ = density.planar_average()
    beside, bond = np.interp(nitrogen[2] - np.array([0.3, 0.9]), z, values[x, y])
    assert beside < -0.03
    assert bond > 0.03
    assert density.transferred_e(nitrogen[2] + 0.5) == pytest.approx(-0.10, abs=0.03)


def test_iodine_takes_electrons_when_it_fills_its_vacancy(finished):
    row, density = rows_and_density(finished, 1)
    assert row["electrons"] == pytest.approx(
        {"whole": 198, "slab with V_I": 145, "I atom": 53}, abs=2e-3
    )
    parts = row["parts"]
    assert parts["slab with V_I"]["formula"] == "PbH3IN"
    for name in ("slab with V_I", "I atom"):
        assert parts[name]["spin_polarised"]
        assert parts[name]["magnetic_moment_muB"] == pytest.approx(1.0, abs=0.05)
    assert row["gained_e"]["I atom"] == pytest.approx(0.20, abs=0.03)
    assert row["gained_e"]["slab with V_I"] == pytest.approx(-0.20, abs=0.03)
    (atom,) = np.flatnonzero(density.fragment_of == 1)
    assert density.atoms.symbols[atom] == "I"


def test_cube_file_holds_the_same_in_atomic_units(finished):
    row, density = rows_and_density(finished, 0)
    cube, atoms = read_cube_data(f"{row['folder']}/{row['cube']}")
    assert cube == pytest.approx(density.difference_e_per_A3 * Bohr**3, abs=1e-5)
    assert atoms.positions == pytest.approx(density.atoms.positions, abs=1e-4)


def test_table_and_export_say_what_the_fragments_are(finished, tmp_path):
    plan, results = finished
    (table,) = tables(plan, results, "density_differences")
    assert ("slab.NH3", "NH3", "10.0000", "10") in [row[:4] for row in table.rows]
    assert table.common()["Level"] == "test: only for tests"
    assert "NH3 in slab.NH3: the molecule." in table.footnotes
    assert any("without the I atom that V_I removes, not relaxed" in n for n in table.footnotes)
    export_study(Findings(plan, results), tmp_path)
    stem = tmp_path / "density-difference-slab.NH3"
    for suffix in (".pdf", "-slice-NH3.png", "-isosurface.png", ".cube"):
        assert stem.with_name(stem.name + suffix).stat().st_size > 10_000
    lines = stem.with_name(f"{stem.name}.csv").read_text().splitlines()
    assert lines[0] == "z_A,difference_e_per_A,integral_from_below_e"
    assert float(lines[-1].split(",")[2]) == pytest.approx(0.0, abs=1e-4)


IONS = """
[ligands.GA]
molecule = "GA"
balance = "electron"

[ligands.GAI]
molecule = "GA"
balance = "counter-ion"
counter_ion = "I"

[ligands.GAx]
molecule = "GA"
balance = "substitution"
"""


def test_fragments_of_ions_are_neutral_and_said_in_words(write_study):
    study = make_plan(write_study(SLAB, IONS, ASKED)).study
    (electron,) = fragment_words(study, "slab.GA", None)
    assert "the ion with the electron (an anion: the hole) that makes it neutral" in electron
    (pair,) = fragment_words(study, "slab.GAI", None)
    assert "counter-ion together" in pair
    (exchange,) = fragment_words(study, "slab.GAx", None)
    assert "the surface without the ion that it replaced is neutral" in exchange


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('vacancy = "V_I"', 'vacancy = "V_Br"', "vacancy: 'V_Br' is not defined; defined: V_I"),
        ('element = "I"', 'element = "I"\ncharge = 1', "must lack one neutral atom"),
        ("layers = 1", 'layers = 3\nsides = "two"', "must lack one neutral atom"),
        ('species = "slab.NH3"', 'species = "NH3"', "'NH3' must be a slab"),
    ],
)
def test_vacancies_that_cannot_be_filled_are_refused(write_study, old, new, message):
    study = write_study(SLAB, FILLING)
    study.write_text(study.read_text().replace(old, new))
    with pytest.raises(StudyError, match=message):
        make_plan(study)


def test_every_candidate_fills_the_vacancy_that_is_its_own(write_study):
    candidates = '[[candidates]]\nspecies = "slab.NH3"\ncount = 2\n'
    wide = SLAB.replace("[1, 1]", "[2, 1]")
    plan = make_plan(write_study(wide, candidates, FILLING))
    (key,) = plan.planned["density_differences"]
    spec = plan.tasks[key].spec
    assert len(spec["removed"]) == len(spec["parents"]) == len(plan.species["slab.NH3"])
    for species, atom in zip(plan.species["slab.NH3"], spec["removed"], strict=True):
        assert species.structure.atoms.symbols[atom] == "I"
