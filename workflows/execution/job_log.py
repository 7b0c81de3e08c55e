"""What a program has printed before it failed: the line of its log that says why."""

from __future__ import annotations

import re
from pathlib import Path

#: Last line of a traceback, also with the rank before it that GPAW prints.
_EXCEPTION = re.compile(r"(?:^|\s)((?:\w+\.)*\w*(?:Error|Exception)(?:: .*|:?$))")
#: What a shell puts before its messages.
_SHELL = re.compile(r"^\S*bash: line \d+: ")
_TAIL_BYTES = 100_000


def last_error(log: Path, start: int = 0) -> str:
    """The last exception in a log, else its last line with letters; empty if there is none.

    Parameters
    ----------
    log
        The log.
    start
        How many bytes at its beginning are about something else.
    """
    try:
        with log.open("rb") as file:
            file.seek(max(start, log.stat().st_size - _TAIL_BYTES))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
    lines = [line.strip() for line in text.splitlines() if re.search(r"[^\W\d_]", line)]
    for place in reversed(range(len(lines))):
        found = _EXCEPTION.search(lines[place])
        if found:
            # The message may stand below the name of the exception.
            below = lines[place + 1 : place + 2] if found[1].endswith(":") else []
            return " ".join([found[1], *below])
    return _SHELL.sub("", lines[-1]) if lines else ""
