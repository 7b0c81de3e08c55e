"""Every number leads back to the digits of a log."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import HCL

PASSIVANT = str(Path(sys.executable).parent / "passivant")


def answer(*arguments):
    run = subprocess.run(
        [PASSIVANT, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    from tests.conftest import LEVEL

    folder = tmp_path_factory.mktemp("trace")
    study = folder / "study.toml"
    level = LEVEL.format(ecut=220.0, fmax=0.8, max_steps=40, dispersion="D3(BJ)", vacuum=3.5)
    study.write_text(level + HCL)
    answer("run", study)
    return study


def last_energy_eV(log):
    text = Path(log).read_text(encoding="utf-8")
    return float(re.findall(r"Extrapolated:\s+(-?\d+\.\d+)", text)[-1])


def test_dft_energy_is_the_one_of_the_log(finished):
    rows = json.loads(answer("trace", finished, "--json"))
    assert rows
    for row in rows:
        assert row["dft_energy_eV"] == pytest.approx(last_energy_eV(row["log"]), abs=2e-6)
        total = row["dft_energy_eV"] + row["dispersion_energy_eV"] - row["dipole_image_energy_eV"]
        assert row["energy_eV"] == pytest.approx(total, abs=1e-9)
        assert row["dispersion_energy_eV"] < 0
        assert row["kpoints"] == [1, 1, 1]
        assert row["fmax_eV_per_A"] < 0.8
        assert len(row["cell_A"]) == 3


def test_reaction_energy_is_the_sum_of_its_terms(finished):
    table = json.loads(answer("table", finished, "--json"))
    energies = {row["name"]: row["reaction_energy_eV"] for row in table["reactions"]}
    sums = dict.fromkeys(energies, 0.0)
    for row in json.loads(answer("trace", finished, "--json")):
        numerator, _, denominator = row["coefficient"].partition("/")
        sums[row["reaction"]] += int(numerator) / int(denominator or 1) * row["energy_eV"]
    assert sums == pytest.approx(energies, abs=1e-9)


@pytest.mark.parametrize("style", ["text", "md", "csv"])
def test_every_format_has_the_energies(finished, style):
    rows = json.loads(answer("trace", finished, "--json"))
    text = answer("trace", finished, "--format", style)
    for row in rows:
        energy = row["dft_energy_eV"]
        shown = repr(energy) if style == "csv" else f"{energy:.6f}"
        assert shown in text.replace("\\", "")
        assert row["species"] in text
