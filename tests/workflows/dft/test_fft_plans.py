"""Plans of FFTW outlive the process that made them."""

import subprocess
import sys

from workflows.dft.fast import fft_plans

PLANS = """
import sys
from pathlib import Path
from time import process_time
from gpaw.fftw import create_plans
from workflows.dft.fast import fft_plans

file = Path(sys.argv[1])
known = fft_plans.recall(file)
began = process_time()
plans = create_plans((48, 54, 60), float)
print(known, process_time() - began, fft_plans.keep(file))
"""


def planned(file):
    done = subprocess.run(
        [sys.executable, "-c", PLANS, str(file)], capture_output=True, text=True, check=True
    )
    known, seconds, kept = done.stdout.split()
    return known == "True", float(seconds), kept == "True"


def test_a_second_process_need_not_plan_again(tmp_path):
    file = fft_plans.wisdom_file(tmp_path)
    known, seconds, kept = planned(file)
    assert (known, kept) == (False, True)
    again, seconds_again, _ = planned(file)
    assert again
    assert seconds_again < seconds / 10
    assert [each.name for each in tmp_path.iterdir()] == [file.name]


def test_damaged_and_missing_files_are_no_obstacle(tmp_path):
    file = fft_plans.wisdom_file(tmp_path)
    file.write_text("(fftw-3.3.10 fftw_wisdom\n")
    assert planned(file)[0] is False
    assert planned(file)[0] is True
    assert planned(tmp_path / "missing" / "plans")[2] is False
