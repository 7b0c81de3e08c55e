"""The paragraph on methods: every number against the study file, and references that parse."""

import re

import bibtexparser
import pytest

from tests.conftest import LEVEL
from tests.workflows.report.test_downloads import STUDY
from workflows.findings.findings import Findings
from workflows.planner import make_plan
from workflows.report.methods import methods
from workflows.study.level import installed_version

#: Settings of the level, what the paragraph says, and keys of the works that it cites.
LEVELS = {
    "PBE with D3": (
        {"functional": "PBE", "dispersion": "D3(BJ)", "ecut_eV": 345.0, "smearing_eV": 0.07},
        ("functional PBE [", "dispersion correction D3(BJ) [", "345 eV", "smearing of 0.07 eV"),
        {"perdew1996pbe", "grimme2010d3", "grimme2011bj", "bengtsson1999dipole"},
    ),
    "RPBE with D4": (
        {"functional": "RPBE", "dispersion": "D4", "fmax_eV_per_A": 0.03, "spin": "all"},
        ("functional RPBE [", "correction D4 [", "below 0.03 eV/Å", "All calculations were spin"),
        {"hammer1999rpbe", "caldeweyher2019d4", "bengtsson1999dipole"},
    ),
    "BEEF-vdW": (
        {"functional": "BEEF-vdW", "dispersion": "none", "dipole_correction": False},
        ("functional BEEF-vdW [", "BEEF-vdW on PAW datasets of PBE", "which contains dispersion"),
        {"wellendorff2012beef"},
    ),
    "PBEsol": (
        {"functional": "PBEsol", "dispersion": "none", "kpoint_length_A": 13.0},
        ("functional PBEsol [", "without dispersion correction", "13 Å / a", "slab: 3x3x1"),
        {"perdew2008pbesol", "bengtsson1999dipole"},
    ),
}
ALWAYS = {"mortensen2024gpaw", "larsen2017ase", "bloechl1994paw", "lehtola2018libxc"}


def written(tmp_path, changes, more=""):
    """The methods of a study whose level has some other settings."""
    level = LEVEL.format(ecut=300.0, fmax=0.1, max_steps=40, dispersion="none", vacuum=3.5)
    for key, value in changes.items():
        text = str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')
        level = re.sub(rf"^{key} = .*\n", "", level, flags=re.M) + f"{key} = {text}\n"
    file = tmp_path / "study.toml"
    file.write_text(level + more + STUDY, encoding="utf-8")
    return methods(Findings(make_plan(file), tmp_path / "results"))


@pytest.mark.parametrize("name", LEVELS)
def test_paragraph_states_the_level(tmp_path, name):
    changes, words, cited = LEVELS[name]
    made = written(tmp_path, changes)
    paragraph = " ".join(made.sentences)
    for each in (
        *words,
        f"GPAW {installed_version('gpaw')} [1]",
        f"gpaw-data {installed_version('gpaw-data')}",
        "PbI2-terminated CsPbI3 (001), 3 layers, 1 kept fixed, a 1x1 cell",
        "at least 6 Å of vacuum",
        "only for tests",
    ):
        assert each in paragraph, each
    assert ("dipole correction [" in paragraph) == changes.get("dipole_correction", True)
    assert {each.key for each in made.references} == ALWAYS | cited


def test_single_point_is_stated_beside_the_relaxation(tmp_path):
    more = """
[single_point]
base = "production"
name = "finer"
functional = "HSE06"
ecut_eV = 450.0
"""
    paragraph = " ".join(written(tmp_path, {"ecut_eV": 320.0}, more).sentences)
    relaxed = paragraph.index("Structures were relaxed with the functional PBE [")
    energies = paragraph.index("Energies were calculated at these structures with the functional")
    assert relaxed < paragraph.index("320 eV") < energies < paragraph.index("450 eV")
    assert "HSE06" in paragraph[energies:]


def test_barriers_are_stated_with_their_method(tmp_path):
    more = """
[vacancies.V_hop]
element = "I"

[[barriers]]
name = "hop"
species = "slab.V_hop"
images = 7
"""
    made = written(tmp_path, {}, more)
    paragraph = " ".join(made.sentences)
    assert "climbing-image nudged elastic bands [" in paragraph
    assert "of 7 images in neutral cells" in paragraph
    keys = {each.key for each in made.references}
    assert {"henkelman2000climbing", "smidstrup2014idpp"} <= keys
    assert "G. Henkelman et al., J. Chem. Phys. 113, 9901 (2000)" in made.text


def test_numbers_count_up_and_belong_to_their_works(tmp_path):
    made = written(tmp_path, {"dispersion": "D3(BJ)"})
    groups = re.findall(r"\[([\d, ]+)\]", " ".join(made.sentences))
    numbers = [int(number) for group in groups for number in group.split(", ")]
    assert numbers == list(range(1, len(made.references) + 1))
    listed = made.text.splitlines()[-len(numbers) :]
    assert listed[0] == (
        "[1] J. J. Mortensen et al., J. Chem. Phys. 160, 092503 (2024), doi:10.1063/5.0182685"
    )
    assert listed[2].startswith("[3] P. E. Blöchl, Phys. Rev. B 50, 17953 (1994)")


def test_bibtex_can_be_parsed(tmp_path):
    for settings, _, cited in LEVELS.values():
        made = written(tmp_path, settings)
        entries = bibtexparser.loads(made.bibtex).entries_dict
        assert set(entries) == ALWAYS | cited
        for reference in made.references:
            entry = entries[reference.key]
            assert entry["ENTRYTYPE"] == "article"
            assert entry["doi"] == reference.doi
            assert entry["year"] == str(reference.year)
            assert entry["author"].count("{") == entry["author"].count("}")
            assert len(entry["author"].split(" and ")) == len(reference.authors)
            assert entry["title"].startswith("{")
            assert entry["title"].endswith("}")


FREE_ENERGIES = """
[[free_energies]]
reaction = "adsorption"
displacement_A = 0.02

"""


def test_free_energies_are_stated_with_their_treatment_of_low_modes(tmp_path):
    made = written(tmp_path, {}, FREE_ENERGIES)
    paragraph = " ".join(made.sentences)
    assert "displacements of 0.02 Å, after relaxation to forces below 0.01 eV/Å [2]" in paragraph
    assert "modes below 100 cm⁻¹ raised to that [" in paragraph
    keys = {each.key for each in made.references}
    assert "ribeiro2011quasiharmonic" in keys
    assert not {"grimme2012rrho", "sprowl2016hindered"} & keys
    rotor = '[conditions]\nlow_modes = "free-rotor"\n'
    cited = {each.key for each in written(tmp_path, {}, FREE_ENERGIES + rotor).references}
    assert "grimme2012rrho" in cited
    assert "ribeiro2011quasiharmonic" not in cited
    hindered = (
        '[conditions.hindered."slab.L"]\ntranslation_barrier_eV = 0.3\nrotation_barrier_eV = 0.1\n'
    )
    made = written(tmp_path, {}, FREE_ENERGIES + hindered)
    assert "sprowl2016hindered" in {each.key for each in made.references}
    assert "ligands of slab.L are hindered" in " ".join(made.sentences)
