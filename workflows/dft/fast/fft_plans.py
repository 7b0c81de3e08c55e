"""Plans of FFTW, kept between tasks.

FFTW times several ways of a transform before it settles on one, for each size of a grid: 1 s for
15 atoms, 3 s for 88. Its *wisdom* is what it has found.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from gpaw import cgpaw


def wisdom_file(results: Path) -> Path:
    """Where the plans for this kind of processor are kept in a results folder."""
    name = platform.machine()
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        name = next((line for line in lines if line.startswith("model name")), name)
    return results / f".fftw-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def recall(file: Path) -> bool:
    """Take up the plans of a file; False if there are none or it is damaged."""
    fftw = _fftw()
    return bool(
        fftw and file.is_file() and fftw.fftw_import_wisdom_from_filename(os.fsencode(file))
    )


def keep(file: Path) -> bool:
    """Add the plans of this process to a file, in one step; False if they cannot be written."""
    fftw = _fftw()
    if not fftw:
        return False
    recall(file)  # what other tasks have added meanwhile
    temporary = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    try:
        if not fftw.fftw_export_wisdom_to_filename(os.fsencode(temporary)):
            return False
        temporary.replace(file)
    except OSError:
        return False
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    return True


def _fftw() -> Any:
    """The FFTW that GPAW is linked to, or None: other libraries have no wisdom."""
    if not hasattr(cgpaw, "FFTWPlan"):
        return None
    library = ctypes.CDLL(sys.modules[cgpaw.FFTWPlan.__module__].__file__)
    return library if hasattr(library, "fftw_import_wisdom_from_filename") else None
