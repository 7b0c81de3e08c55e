"""Densities of states: groups, edges, alignment and levels by hand, and with real GPAW."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from matplotlib.backends.backend_agg import FigureCanvasAgg

from analysis.dos.band_edges import AlignmentError, BandEdges, band_edges, zero_eV
from analysis.dos.defect_levels import gaps, level_words
from analysis.dos.density_of_states import DensityOfStates, load_dos
from analysis.dos.figures import EDGE, curve_values, default_curves, plot_dos, split_curve
from analysis.dos.spectrum import Spectrum, broadened, sum_rule
from analysis.dos.stack_figures import StackedDos, common_zero_eV, plot_stack
from analysis.groups import atom_groups
from analysis.palette import line_colour
from analysis.results import load_result
from slabs.errors import InputError
from slabs.structure import Structure
from tests.conftest import HCL, LEVEL
from tests.findings import documents_of, findings_of, table_of
from workflows.execution.engine import environment, prepare, run_plan
from workflows.export import export_study
from workflows.findings.findings import Findings
from workflows.findings.states import task_folder, task_states
from workflows.planner import make_plan
from workflows.recipes.dos.outputs import dos_outputs
from workflows.recipes.dos.table import dos_table, unconverged_gaps
from workflows.store import write_result
from workflows.study.errors import StudyError

PASSIVANT = str(Path(sys.executable).parent / "passivant")
A = 6.3


def slab_atoms():
    """PbI2, CsI and PbI2 layers; the iodide of the upper face along x comes last."""
    half = A / 2
    places = [(0, 0, 4), (half, 0, 4), (0, half, 4), (0, 0, 4 + half), (half, half, 4 + half),
              (0, 0, 4 + A), (0, half, 4 + A), (half, 0, 4 + A)]  # fmt: skip
    return Atoms("PbI2ICsPbI2", positions=places, cell=[A, A, 20], pbc=(True, True, False))


def ethylamine(anchor):
    """Nitrogen above `anchor`, the chain upwards."""
    relative = [(0, 0, 0), (0.9, 0, 0.4), (-0.5, 0.8, 0.4), (-0.6, -0.8, 1.0), (0.4, -1.4, 1.3),
                (-1.2, -1.4, 0.3), (-1.5, -0.4, 2.2), (-2.3, 0.2, 1.9), (-0.9, 0.2, 2.9),
                (-1.9, -1.3, 2.7)]  # fmt: skip
    return Atoms("NHHCHHCHHH", positions=np.array(relative) + anchor)


def test_groups_of_a_covered_slab_with_a_vacancy():
    slab = slab_atoms()
    gone = tuple(float(x) for x in slab.positions[7])
    del slab[7]
    atoms = slab + ethylamine([0, 0, 13.0])
    atoms += Atoms("I", positions=[(3, 3, 13.5)])
    names = ("surface",) * 7 + ("EA",) * 11
    groups = atom_groups(Structure(atoms, names, vacancies=(("I", gone),)))
    found = {name: own.tolist() for name, own in groups.items()}
    assert found["Pb"] == [0, 5]
    assert found["slab"] == list(range(7))
    assert found["layer 3 from below, PbI2"] == [5, 6]
    assert found["layer 2 from below, CsI"] == [3, 4]
    assert found["layer 1 from below, PbI2"] == [0, 1, 2]
    assert found["surface Pb"] == found["beside V_I"] == [5]
    assert found["surface I"] == [6]
    assert found["surface Cs"] == [4]
    # The amine and the carbon on it; the hydrogens of that carbon are of the chain.
    assert found["EA, head"] == [7, 8, 9, 10]
    assert found["EA, chain"] == [11, 12, 13, 14, 15, 16]
    assert found["EA, counter-ion"] == [17]
    assert found["EA"] == list(range(7, 18))


def test_groups_of_molecules_and_crystals():
    molecule = Atoms("I2", positions=[(0, 0, 0), (0, 0, 2.7)], cell=[9, 9, 12], pbc=True)
    assert set(atom_groups(Structure(molecule, ("I2",) * 2))) == {"I", "I2"}
    crystal = Atoms("CsPb", positions=[(0, 0, 0), (3, 3, 3)], cell=[6, 6, 6], pbc=True)
    assert set(atom_groups(Structure(crystal, ("bulk",) * 2))) == {"Cs", "Pb"}


def test_two_functional_groups_have_one_head():
    # Amino acid: the carboxylate touches the slab, the amine is far from it.
    from slabs.ligands.ligand import make_ligand

    acid = make_ligand(smiles="NCCCCC(=O)O", anchor_smarts="[CX3](=O)[OX2H1]").atoms
    oxygen = acid.positions[acid.numbers == 8].mean(axis=0)
    nitrogen = acid.positions[acid.numbers == 7][0]
    acid.rotate(nitrogen - oxygen, "z")
    lowest = acid.positions[:, 2].min()
    acid.positions += [0, 0, 13.0 - lowest]
    slab = slab_atoms()
    groups = atom_groups(Structure(slab + acid, ("surface",) * 8 + ("AA",) * len(acid)))
    atoms = slab + acid
    assert atoms[groups["AA, head"]].get_chemical_formula() == "CHO2"
    assert 7 in atoms.numbers[groups["AA, chain"]]


def levels_of(*spins):
    """Shape=(spins, kpoints, bands) from one list of bands, each over the k-points, per spin."""
    return np.array([np.array(bands, dtype=float).T for bands in spins])


def test_band_edges_by_counting_electrons():
    bands = [(-1.0, -0.5), (-0.8, 0.0), (1.2, 1.0), (2.0, 3.0)]
    edges = band_edges(levels_of(bands), 4.0, 2.0)
    assert (edges.vbm_eV, edges.cbm_eV) == (0.0, 1.0)
    assert edges.gap_eV == edges.direct_gap_eV == 1.0
    indirect = [(0.0, -0.5), (1.2, 1.0)]
    assert band_edges(levels_of(indirect), 2.0, 2.0) == BandEdges(0.0, 1.0, 1.2)
    # Odd electrons in bands of two, bands that cross the Fermi level, no empty band.
    assert band_edges(levels_of(bands), 3.0, 2.0) is None
    assert band_edges(levels_of([(0.0, 1.0), (0.5, 2.0)]), 2.0, 2.0) is None
    assert band_edges(levels_of(bands), 8.0, 2.0) is None
    assert band_edges(levels_of([(0.0, 0.0), (0.001, 0.001)]), 2.0, 2.0) is None


def test_band_edges_of_an_unpaired_electron():
    up = [(-2.0,), (-0.5,), (1.0,)]
    down = [(-1.9,), (0.3,), (1.5,)]
    edges = band_edges(levels_of(up, down), 3.0, 1.0)
    assert (edges.vbm_eV, edges.cbm_eV) == (-0.5, 0.3)


def test_alignment_and_refusals():
    edges = BandEdges(1.5, 3.0, 1.5)
    assert zero_eV("fermi", 2.0, None, None) == 2.0
    assert zero_eV("vbm", 2.0, edges, None) == 1.5
    assert zero_eV("vacuum", 2.0, None, 5.0) == 5.0
    with pytest.raises(AlignmentError, match="no gap"):
        zero_eV("vbm", 2.0, None, 5.0)
    with pytest.raises(AlignmentError, match="no vacuum level"):
        zero_eV("vacuum", 2.0, edges, None)
    with pytest.raises(AlignmentError, match="'cbm' is not allowed; allowed: fermi, vbm, vacuum"):
        zero_eV("cbm", 2.0, edges, 5.0)


def test_broadening_keeps_states_and_places_them():
    energies = np.linspace(-5.0, 5.0, 2001)
    found = broadened(energies, np.array([-1.0, 2.0]), np.array([[1.0, 0.0], [0.5, 2.0]]), 0.1)
    assert np.trapezoid(found, energies) == pytest.approx([1.0, 2.5])
    assert energies[found[0].argmax()] == pytest.approx(-1.0)
    # At one width from the level a Gaussian of GPAW has fallen to 1/e.
    assert found[0][np.isclose(energies, -0.9)] == pytest.approx(found[0].max() / np.e)


def by_hand(levels, electrons, weights=None, *, fermi_eV=0.0, shift_eV=0.0, structure=None):
    """A density of states from levels; the projections of band n are `weights[n]` per atom."""
    structure = structure or Structure(slab_atoms(), ("surface",) * 8)
    atoms = len(structure.atoms)
    spins, kpoints, bands = levels.shape
    if weights is None:
        weights = np.full((bands, atoms), 1 / atoms)
    shares = np.zeros((atoms, 2, spins, bands), dtype=np.float32)
    shares[:, 1] = np.asarray(weights).T[:, None]
    energies = np.linspace(-4.0, 4.0, 801)
    each = 2.0 / spins
    total = np.zeros((spins, len(energies)))
    projections = np.zeros((atoms, 2, spins, len(energies)), dtype=np.float32)
    for spin in range(spins):
        for k in range(kpoints):
            states = np.full(bands, each / kpoints)
            total[spin] += broadened(energies, levels[spin, k], states, 0.1)
            parts = shares[:, :, spin] * states
            projections[:, :, spin] += broadened(energies, levels[spin, k], parts, 0.1)
    spectrum = Spectrum(
        energies, total, projections, levels, (levels < fermi_eV).astype(float),
        np.full(kpoints, 1 / kpoints), shares, fermi_eV, electrons, 4.0, coupled=False,
    )  # fmt: skip
    potentials = -100.0 - structure.atoms.numbers + shift_eV
    return DensityOfStates(structure, spectrum, None, {"above": 5.0}, potentials, 0.1)


def vacant_structure():
    slab = slab_atoms()
    gone = tuple(float(x) for x in slab.positions[7])
    del slab[7]
    return Structure(slab, ("surface",) * 7, vacancies=(("I", gone),))


def vacant_by_hand(shift_eV=0.3):
    """One level at -0.2 (up, filled) and 0.6 eV (down, empty) in the gap from -1 to 1 eV."""
    up = [(-1.6,), (-1.0,), (-0.2,), (1.0,), (1.5,)]
    down = [(-1.6,), (-1.0,), (0.6,), (1.0,), (1.5,)]
    weights = np.full((5, 7), 1 / 7)
    weights[2] = [0.1, 0, 0, 0, 0, 0.8, 0.1]
    levels = levels_of(up, down) + shift_eV
    return by_hand(
        levels, 5.0, weights,
        fermi_eV=0.2 + shift_eV, shift_eV=shift_eV, structure=vacant_structure(),
    )  # fmt: skip


def test_levels_of_a_vacancy_in_the_gap_of_the_whole_slab():
    whole = by_hand(levels_of([(-1.6,), (-1.0,), (1.0,)]), 4.0)
    vacant = vacant_by_hand()
    (gap,) = gaps(vacant, whole, "slab")
    assert gap.host.source == "slab"
    assert gap.host.shift_eV == pytest.approx(0.3)
    assert gap.host.spread_eV == pytest.approx(0.0, abs=1e-9)
    assert gap.host.atoms == 3
    assert gap.host.edges.vbm_eV == pytest.approx(-0.7)
    occupied, empty = gap.levels
    assert (occupied.spin, occupied.electrons, occupied.states) == ("up", 1.0, 1.0)
    assert (empty.spin, empty.electrons) == ("down", 0.0)
    assert occupied.above_vbm_eV == pytest.approx(0.8)
    assert empty.above_vbm_eV == pytest.approx(1.6)
    assert occupied.orbitals["Pb p"] == pytest.approx(0.9)
    assert occupied.places["beside V_I"] == pytest.approx(0.8)
    assert level_words(occupied) == "VBM + 0.80 eV (up, 1 of 1 e; 90 % Pb p; 80 % beside V_I)"
    # The zero is that of the whole slab, not the highest occupied level.
    assert vacant.zero_eV("vbm", vacant.scalar, gap.host.edges) == pytest.approx(-0.7)
    assert vacant.scalar.edges.vbm_eV == pytest.approx(0.1)


def test_levels_of_a_vacancy_without_the_whole_slab():
    (gap,) = gaps(vacant_by_hand())
    assert gap.host.source == ""
    assert gap.host.edges.vbm_eV == pytest.approx(-0.7)
    assert gap.host.edges.cbm_eV == pytest.approx(1.3)
    assert len(gap.levels) == 2
    # A whole slab has edges and no levels; a metal has neither.
    (gap,) = gaps(by_hand(levels_of([(-1.0,), (1.0,)]), 2.0))
    assert gap.host.edges.gap_eV == 2.0
    assert gap.levels == ()
    (gap,) = gaps(by_hand(levels_of([(-1.0, 1.0), (0.0, 2.0)]), 2.0))
    assert gap.host is None


def test_a_band_that_disperses_is_one_level():
    levels = levels_of([(-1.0, -1.2), (0.0, 0.1), (1.0, 1.2)])
    vacant = by_hand(levels, 4.0, fermi_eV=0.5, structure=vacant_structure())
    whole = by_hand(levels_of([(-1.0, -1.2), (1.0, 1.2)]), 2.0)
    (gap,) = gaps(vacant, whole, "slab")
    (level,) = gap.levels
    assert level.energy_eV == pytest.approx(0.05)
    assert level.dispersion_eV == pytest.approx(0.1)
    assert (level.spin, level.electrons, level.states) == ("", 2.0, 2.0)


def test_sums_select_and_the_sum_rule():
    dos = vacant_by_hand()
    spectrum = dos.scalar
    assert dos.select(group="beside V_I", orbital="s").sum() == 0.0
    parts = dos.select(element="Pb") + dos.select(element="I") + dos.select(element="Cs")
    assert parts == pytest.approx(spectrum.select())
    inside = dos.select(group="layer 3 from below, PbI2", element="Pb")
    assert inside == pytest.approx(dos.select(group="surface Pb"))
    with pytest.raises(InputError, match="'OAm' is no group of atoms; groups: Pb; I; Cs;"):
        dos.select(group="OAm")
    rule = sum_rule(spectrum)
    assert rule.electrons == pytest.approx(5.0)
    assert rule.total == pytest.approx(5.0, abs=0.01)
    assert rule.fraction == pytest.approx(1.0, abs=0.01)


def test_a_figure_shows_what_was_asked_for():
    dos = vacant_by_hand()
    assert split_curve("Pb:p") == ("Pb", "p")
    assert split_curve("OAm, head") == ("OAm, head", None)
    with pytest.raises(InputError, match="'x' in 'Pb:x' is no orbital; allowed: s, p, d, f"):
        split_curve("Pb:x")
    assert default_curves(dos, -4.0, 4.0)[0] == "Pb:p"
    assert default_curves(dos, -4.0, 4.0)[-1] == "beside V_I"
    figure = plot_dos(dos, "by hand", "single", align="vbm", curves=["Pb:p", "beside V_I"])
    (axis,) = figure.axes
    assert axis.get_xlabel() == r"$E - E_\mathrm{VBM}$ / eV"
    up, down = (line for line in axis.lines if line.get_color() == line_colour("Pb"))
    values = curve_values(dos, "Pb:p", dos.scalar)
    assert up.get_ydata() == pytest.approx(values[0])
    assert down.get_ydata() == pytest.approx(-values[1])
    assert up.get_xdata() == pytest.approx(dos.scalar.energies_eV + 0.7)
    FigureCanvasAgg(figure).draw()
    with pytest.raises(InputError, match="nothing was calculated from 20 to 30 eV"):
        plot_dos(dos, "by hand", shown_eV=(20.0, 30.0))


@pytest.mark.parametrize("columns", ["single", "double"])
@pytest.mark.parametrize("panels", [1, 2])
@pytest.mark.parametrize("spins", [1, 2])
def test_words_in_a_panel_hide_no_curve(columns, panels, spins):
    whole = by_hand(levels_of([(-1.6,), (-1.0,), (1.0,)]), 4.0)
    dos = vacant_by_hand() if spins == 2 else whole
    if panels == 2:
        dos = replace(dos, spin_orbit=replace(whole.scalar, coupled=True))
    figure = plot_dos(dos, "by hand", columns, align="fermi")
    FigureCanvasAgg(figure).draw()
    assert len(figure.axes) == panels
    for axis, spectrum in zip(figure.axes, dos.spectra, strict=True):
        words = axis.texts[0]
        assert "spin-orbit coupling" in words.get_text()
        box = words.get_window_extent().transformed(axis.transData.inverted())
        assert box.y0 > spectrum.total_per_eV.max()
        assert box.y1 < axis.get_ylim()[1]
        if len(spectrum.total_per_eV) == 2:
            assert axis.get_ylim()[0] < -spectrum.total_per_eV.max()


def test_the_legend_has_no_level_that_is_not_there():
    legend = plot_dos(vacant_by_hand(), "by hand", align="fermi").legends[0]
    assert {"occupied level", "empty level"} <= {each.get_text() for each in legend.get_texts()}
    levels = levels_of([(-1.0,), (0.0,), (1.0,)])
    filled = by_hand(levels, 4.0, fermi_eV=0.5, structure=vacant_structure())
    whole = by_hand(levels_of([(-1.0,), (1.0,)]), 2.0)
    found = gaps(filled, whole, "slab")
    legend = plot_dos(filled, "by hand", align="fermi", gaps_found=found).legends[0]
    words = {each.get_text() for each in legend.get_texts()}
    assert "occupied level" in words
    assert "empty level" not in words


def test_a_stack_counts_from_the_clean_slab_and_marks_levels():
    whole = by_hand(levels_of([(-1.6,), (-1.0,), (1.0,)]), 4.0)
    vacant = vacant_by_hand(shift_eV=0.3)
    (clean_gap,), (gap,) = gaps(whole), gaps(vacant, whole, "slab")
    assert common_zero_eV(whole, whole) == pytest.approx(-1.0)
    assert common_zero_eV(vacant, whole) == pytest.approx(-0.7)
    stack = [StackedDos("clean", whole, clean_gap), StackedDos("V_I / slab", vacant, gap)]
    figure = plot_stack(stack, "title", "single")
    upper, lower = figure.axes
    assert [axis.texts[0].get_text() for axis in (upper, lower)] == ["clean", "V_I / slab"]
    assert lower.get_xlabel().startswith(r"$E - E_{\mathrm{VBM}}$ of clean / eV (aligned by")
    pins = [line for line in lower.lines if line.get_marker() == "o"]
    found = [(float(p.get_xdata()[0]), p.get_ydata()[0] > 0, p.get_mfc()) for p in pins]
    assert found == [
        (pytest.approx(0.8), True, "black"),
        (pytest.approx(1.6), False, "white"),
    ]
    edges = [line.get_xdata()[0] for line in lower.lines if line.get_color() == EDGE["color"]]
    assert edges == pytest.approx([0.0, 2.0])
    # The same states per eV and height in both panels.
    assert np.ptp(upper.get_ylim()) == pytest.approx(np.ptp(lower.get_ylim()))
    assert figure.get_supylabel() == r"DOS / states eV$^{-1}$ cell$^{-1}$"
    assert figure.legends[0].get_title().get_text() == "without spin-orbit coupling"
    assert figure.get_size_inches()[0] * 2.54 == pytest.approx(8.6)
    FigureCanvasAgg(figure).draw()


def test_a_stack_with_spin_orbit_coupling_counts_from_its_own_edge():
    scalar = by_hand(levels_of([(-1.6,), (-1.0,), (1.0,)]), 4.0)
    coupled = by_hand(levels_of([(-1.6,), (-1.6,), (-0.8,), (-0.8,), (0.2,)]), 4.0).scalar
    whole = replace(scalar, spin_orbit=replace(coupled, coupled=True))
    assert common_zero_eV(whole, whole, coupled=True) == pytest.approx(-0.8)
    _, gap = gaps(whole)  # a state holds one electron
    stack = [StackedDos("clean", whole, gap, coupled=True)]
    figure = plot_stack(stack, "title", labels={"Pb": "lead"})
    (axis,) = figure.axes
    edges = [line.get_xdata()[0] for line in axis.lines if line.get_color() == EDGE["color"]]
    assert edges == pytest.approx([0.0, 1.0])  # the gap with coupling
    (legend,) = figure.legends
    assert legend.get_title().get_text() == "with spin-orbit coupling"
    assert "lead p" in [text.get_text() for text in legend.get_texts()]


def test_lone_pairs_are_shown_and_edges_are_lines():
    whole = by_hand(levels_of([(-1.6,), (-1.0,), (1.0,)]), 4.0)
    assert "Pb:s" in default_curves(whole, -4.0, 4.0)
    (axis,) = plot_dos(whole, "by hand", align="vbm", curves=["Pb:s", "Pb:p"]).axes
    assert axis.get_ylabel() == r"DOS / states eV$^{-1}$ cell$^{-1}$"
    lines = {line.get_label(): line for line in axis.lines}
    assert lines["Pb s"].get_color() == lines["Pb p"].get_color() == line_colour("Pb")
    assert (lines["Pb s"].get_linestyle(), lines["Pb p"].get_linestyle()) == ("--", "-")
    assert list(lines["band edges"].get_xdata()) == [0.0, 0.0]
    assert not axis.patches  # no band of colour


BULK = """
[crystals.CsPbI3]
material = "CsPbI3"
lattice_constants_A = [6.5]
kpoint_length_A = 12.0

[[dos]]
species = "CsPbI3"
spin_orbit = true
empty_bands = 14
align = "vbm"
"""


def calculated(base, text, ranks=1):
    """Plan, results and density of states of a study with one species and a parent made up.

    An equation of state leaves a structure and no density; here not even the former is
    calculated.
    """
    file = base / "study.toml"
    level = LEVEL.format(ecut=220.0, fmax=0.1, max_steps=5, dispersion="none", vacuum=4.0)
    file.write_text(level + text)
    plan = make_plan(file)
    results = base / f"results-{ranks}"
    prepare(plan, results)
    (key,) = plan.planned["dos"]
    (parent,) = plan.tasks[key].parents
    task = plan.tasks[parent]
    values = {
        "structure": task.spec["structure"], "energy_eV": 0.0, "charge": 0, "fingerprint": "",
        "level": {"functional": "PBE", "codes": {"gpaw-data": "made up"}},
    }  # fmt: skip
    write_result(task_folder(task, results), task.kind, parent, values)
    folder = task_folder(plan.tasks[key], results)
    command = ["gpaw", "python", "-m", "workflows.dft.task", str(folder)]
    if ranks > 1:
        command = ["mpiexec", "--bind-to", "none", "-n", str(ranks), *command]
    assert subprocess.run(command, env=environment(), timeout=200, check=False).returncode == 0
    return plan, results, load_dos(folder)


@pytest.fixture(scope="module")
def bulk(tmp_path_factory):
    """Density of states of cubic CsPbI3 at the measured lattice constant."""
    return calculated(tmp_path_factory.mktemp("bulk"), BULK)


def test_gap_of_bulk_with_and_without_spin_orbit_coupling(bulk):
    _, _, dos = bulk
    # PBE without the coupling: 1.20 eV at 6.29 and 1.35 eV at 6.4 A, at R, which the grid holds.
    assert dos.scalar.edges.gap_eV == pytest.approx(1.49, abs=0.05)
    assert dos.scalar.edges.direct_gap_eV == pytest.approx(dos.scalar.edges.gap_eV, abs=1e-6)
    narrowing = dos.scalar.edges.gap_eV - dos.spin_orbit.edges.gap_eV
    # Set up in all plane waves, as test_spin_orbit_states does it, 1.20 eV at 6.29 A and 1.23 eV
    # at 6.4 A; in these 14 empty bands alone 0.15 eV less.
    assert narrowing == pytest.approx(1.25, abs=0.03)
    assert abs(dos.spin_orbit.gap_change_eV) < 0.005
    # Not inverted: iodine 5p with lead 6s below, lead 6p (j = 1/2) above.
    lead = dos.groups["Pb"][0]
    edges, levels = dos.spin_orbit.edges, dos.spin_orbit.eigenvalues_eV[0]
    band = int(np.flatnonzero((levels == edges.cbm_eV).any(axis=0))[0])
    assert band == round(dos.spin_orbit.electrons)
    energies = dos.spin_orbit.energies_eV
    lead_p = dos.spin_orbit.projections_per_eV[lead, 1, 0]
    lead_s = dos.spin_orbit.projections_per_eV[lead, 0, 0]
    above, below = (abs(energies - edge).argmin() for edge in (edges.cbm_eV, edges.vbm_eV))
    assert lead_p[above] > 2 * lead_s[above]
    assert lead_s[below] > 2 * lead_p[below]


def test_sum_rule_of_bulk_and_equivalent_atoms(bulk):
    _, _, dos = bulk
    for spectrum in dos.spectra:
        rule = sum_rule(spectrum)
        # 44 valence electrons; 5d of lead and 5s of cesium lie below the window.
        assert rule.electrons == pytest.approx(32.0, abs=1e-6)
        assert rule.total == pytest.approx(32.0, abs=0.1)
        # Measured: 3 to 4 % of the electrons are outside of the projectors.
        assert 0.95 < rule.fraction < 0.98
        first, *others = dos.groups["I"]
        for other in others:
            mine, theirs = (spectrum.projections_per_eV[n] for n in (first, other))
            assert mine == pytest.approx(theirs, abs=2e-3 * float(mine.max()))


def test_two_ranks_find_the_same(bulk, tmp_path):
    _, _, alone = bulk
    _, _, both = calculated(tmp_path, BULK, ranks=2)
    for mine, theirs in zip(alone.spectra, both.spectra, strict=True):
        complete = mine.energies_eV < mine.complete_to_eV - 0.5
        assert theirs.total_per_eV[:, complete] == pytest.approx(
            mine.total_per_eV[:, complete], abs=0.05
        )
        assert theirs.edges.gap_eV == pytest.approx(mine.edges.gap_eV, abs=1e-3)


IODINE = """
[molecules.I]
smiles = "[I]"

[[dos]]
species = "I"
spin_orbit = true
empty_bands = 8
"""


def test_both_spins_of_an_atom_on_two_ranks(tmp_path):
    _, _, dos = calculated(tmp_path, IODINE, ranks=2)
    assert len(dos.scalar.total_per_eV) == 2
    for spectrum in dos.spectra:
        assert spectrum.electrons == 7.0
        assert spectrum.occupations.sum() == pytest.approx(7.0, abs=1e-6)
    # 5s lies below the six levels of 5p, one of which is empty.
    levels = np.sort(dos.spin_orbit.eigenvalues_eV[0, 0])[:8]
    assert levels[2] - levels[1] > 5.0
    assert dos.spin_orbit.edges.cbm_eV == pytest.approx(levels[7])


def test_table_figure_and_files_of_bulk(bulk, tmp_path):
    plan, results, dos = bulk
    states = task_states(plan, results)
    table = table_of("dos", plan, states)
    assert [row[0] for row in table.rows] == ["CsPbI3", "CsPbI3, spin-orbit"]
    assert float(table.rows[0][1]) == pytest.approx(dos.scalar.edges.gap_eV, abs=0.01)
    assert float(table.rows[0][2]) < 0.0 < float(table.rows[0][3])
    assert "From E_F: CsPbI3." in table.footnotes
    assert "k-points 2x2x2: CsPbI3." in table.footnotes
    assert any("the projections hold" in note for note in table.footnotes)
    (about,) = documents_of("dos", plan, states)
    assert [each["spin_orbit"] for each in about["spectra"]] == [False, True]
    json.dumps(about, allow_nan=False)
    names = {path.name for path in export_study(Findings(plan, results), tmp_path / "out")}
    assert {
        "DOS-CsPbI3.pdf",
        "DOS-CsPbI3.csv",
        "DOS-CsPbI3-spin-orbit.csv",
        "DOS-CsPbI3.npz",
    } <= names
    lines = (tmp_path / "out" / "DOS-CsPbI3.csv").read_text().splitlines()
    assert lines[0].startswith(
        "energy_from_vbm_eV,energy_of_calculation_eV,total_per_eV,Pb_s_per_eV"
    )
    refused = [
        PASSIVANT,
        "plot",
        str(plan.file),
        "dos",
        "--align",
        "vacuum",
        "--results",
        str(results),
    ]
    done = subprocess.run(refused, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "CsPbI3: there is no vacuum level" in " ".join(done.stderr.split())


def test_gaps_that_change_with_the_number_of_bands_are_flagged(bulk):
    plan, results, dos = bulk
    found = findings_of(plan, task_states(plan, results))
    (row,) = documents_of("dos", plan, task_states(plan, results))
    assert row["spectra"][0]["gap_change_eV"] is None
    assert row["spectra"][1]["gap_change_eV"] == dos.spin_orbit.gap_change_eV
    (output,) = dos_outputs(found, plan.study.dos, plan.planned["dos"])
    words = "CsPbI3, spin-orbit: the gap changes by "
    (note,) = (n for n in dos_table(plan.study, [output]).footnotes if n.startswith(words))
    assert note.endswith(" eV from half of the empty bands to all.")
    assert unconverged_gaps([output]) == []
    gap_eV = dos.spin_orbit.edges.gap_eV
    doubtful = replace(dos.spin_orbit, half_bands_gap_eV=gap_eV + 0.0312)
    output = replace(output, dos=replace(dos, spin_orbit=doubtful))
    (note,) = unconverged_gaps([output])
    assert note == (
        f"{words}-0.031 eV from half of the empty bands to all; not converged, raise empty_bands."
    )
    assert note in dos_table(plan.study, [output]).warnings
    # A gap that only half of the bands have, or none at all.
    closed = replace(dos.spin_orbit, eigenvalues_eV=0 * dos.spin_orbit.eigenvalues_eV)
    assert replace(closed, half_bands_gap_eV=0.05).gap_change_eV == pytest.approx(-0.05)
    assert replace(closed, half_bands_gap_eV=0.0).gap_change_eV is None


def test_a_damaged_file_is_said_in_the_table(bulk):
    plan, results, _ = bulk
    (output,) = dos_outputs(
        findings_of(plan, task_states(plan, results)), plan.study.dos, plan.planned["dos"]
    )
    file = output.state.folder / "dos.npz"
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    try:
        (output,) = dos_outputs(
            findings_of(plan, task_states(plan, results)), plan.study.dos, plan.planned["dos"]
        )
        assert output.dos is None
        assert output.status.startswith("damaged: ")
        assert table_of("dos", plan, task_states(plan, results)).rows[0][1] == "-"
    finally:
        file.write_bytes(whole)


def test_crystals_have_no_vacuum_level(write_study):
    with pytest.raises(StudyError, match=r"dos\.0\.align: 'CsPbI3' has no vacuum level"):
        make_plan(write_study(BULK.replace('"vbm"', '"vacuum"')))


def test_the_zero_is_no_part_of_the_task_and_odd_grids_become_even(write_study):
    one = make_plan(write_study(BULK, name="one"))
    two = make_plan(write_study(BULK.replace('align = "vbm"\n', ""), name="two"))
    assert one.planned["dos"] == two.planned["dos"]
    odd = BULK.replace("kpoint_length_A = 12.0", "kpoint_length_A = 18.0")
    plan = make_plan(write_study(odd, name="three"))
    spec = plan.tasks[plan.planned["dos"][0]].spec
    assert (spec["scf_kpoints"], spec["kpoints"]) == ([3, 3, 3], [4, 4, 4])
    # What spin-orbit coupling acts in is part of tasks that have it, and of no others.
    assert spec["coupled_bands"] == "complete"
    plain = make_plan(write_study(odd.replace("spin_orbit = true\n", ""), name="four"))
    assert "coupled_bands" not in plain.tasks[plain.planned["dos"][0]].spec


MOLECULE = """
[[dos]]
species = "HCl"
from_eV = -30.0
empty_bands = 6
align = "vacuum"

[[dos]]
species = "HCl"
from_eV = -30.0
empty_bands = 6
width_eV = 0.3

[[dos]]
species = "H2"
empty_bands = 4
"""


def test_levels_of_a_molecule(write_study, tmp_path):
    plan = make_plan(write_study(HCL, MOLECULE, fmax=0.1))
    states = run_plan(plan, tmp_path / "results", cores=2)
    assert {s.state for s in states.values()} == {"done"}
    sharp, broad, _ = dos_outputs(findings_of(plan, states), plan.study.dos, plan.planned["dos"])
    assert len({sharp.stem, broad.stem}) == 2
    for dos in (sharp.dos, broad.dos):
        spectrum = dos.scalar
        assert spectrum.electrons == 8.0
        assert spectrum.filled(spectrum.total_per_eV) == pytest.approx(8.0, abs=0.01)
        rule = sum_rule(spectrum)
        assert rule.electrons == pytest.approx(8.0, abs=1e-6)
        assert 0.9 < rule.fraction < 1.15
    # Each peak is at a level, as high as its degeneracy: 3s, the bond, two lone pairs.
    levels = sharp.dos.scalar.eigenvalues_eV[0, 0, :4]
    energies, total = sharp.dos.scalar.energies_eV, sharp.dos.scalar.total_per_eV[0]
    height = 2.0 / (np.sqrt(np.pi) * 0.1)
    assert levels[2] == pytest.approx(levels[3], abs=0.01)
    for level, states_there in ((levels[0], 1), (levels[1], 1), (levels[2:4].mean(), 2)):
        near = abs(energies - level) < 0.3
        assert energies[near][total[near].argmax()] == pytest.approx(level, abs=0.02)
        assert total[near].max() == pytest.approx(states_there * height, rel=0.02)
    # -8.02 eV is what PBE gives in a box of 12 A at 700 eV.
    edges = sharp.dos.scalar.edges
    assert edges.vbm_eV - sharp.zeros_eV("vacuum")[0] == pytest.approx(-8.02, abs=0.1)
    chlorine = sharp.dos.select(element="Cl", orbital="p")[0]
    top = abs(energies - edges.vbm_eV).argmin()
    assert chlorine[top] > 0.8 * total[top]
    assert sharp.dos.spin_orbit is None
    with pytest.raises(InputError, match="no spin-orbit coupling"):
        sharp.dos.select(spin_orbit=True)
    values = load_result(sharp.state.folder).values
    assert values["vacuum_eV"]["around"] == sharp.zeros_eV("vacuum")[0]
