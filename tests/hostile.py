"""What the tests of hostile input share: the command line in this process, TOML, bad values."""

import contextlib
import datetime
import io
import signal
import sys
import tomllib
from dataclasses import dataclass
from unittest import mock

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.conftest import AMMONIA_ON_PBI2, HCL, LEVEL
from workflows.cli import main as cli
from workflows.study.shipped import shipped_text

#: Cases are the same in every run.
CASES = settings(
    derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
BASE = LEVEL.format(ecut=300.0, fmax=0.1, max_steps=40, dispersion="none", vacuum=3.5)
MOLECULES = BASE + HCL
SLAB = BASE + AMMONIA_ON_PBI2 + '[vacancies.V_I]\nelement = "I"\n'
#: A file of this name anywhere means that somebody ran what was only a name.
MARK = "was-executed"
TOUCH = f"touch {MARK}"
LONG = "a" * 3000
#: Words that mean something to a shell, a terminal, rich, Snakemake, LaTeX, HTML or matplotlib.
WORDS = (
    " ", "'", '"', ";", "&", "|", "$", "`", "\\", "%", "{", "}", "{x}", "*", "?", "~", "#", "!",
    f"$({TOUCH})", f"`{TOUCH}`", f"; {TOUCH};", f"' {TOUCH} '", "$HOME", "..", "-rf", "--help",
    "[red]", "[/red]", "[bold", ":smile:", "<b>", "</script>", "$x^$", "\\frac", "_x", "=1+1",
    "שלום", "日本", "é", "\N{NO-BREAK SPACE}",
)  # fmt: skip
#: Never to reach a terminal as they are.
HIDDEN = (
    "\x1b[31m", "\x1b]0;x\x07", "\n", "\r", "\t", "\0", "\x08", "\x9b1m", "\u200b", "\u202e",
    "\u2066", "\u2028", "\ufeff", "\U000e0041",
)  # fmt: skip
TEXTS = st.lists(
    st.one_of(
        st.sampled_from(WORDS),
        st.sampled_from(HIDDEN),
        st.text(st.characters(blacklist_categories=["Cs"]), max_size=8),
    ),
    max_size=5,
).map("".join)
NUMBERS = st.one_of(
    st.floats(),
    st.integers(),
    st.sampled_from([0, -1, 2**63 - 1, 2**63, -(10**30), 10**400, 1e308, 5e-324]),
)
VALUES = st.one_of(
    NUMBERS,
    TEXTS,
    st.booleans(),
    st.sampled_from(["slab", "OAm", "slab.OAm", "OAm.slab", "CsPbI3", "I2", "nothing", "", LONG]),
    st.sampled_from(["slab -> slab", "slab + OAm -> slab.OAm", "1/0 I2 -> I2", "-> ->"]),
    st.just(datetime.date(2025, 1, 1)),
    st.lists(st.one_of(NUMBERS, TEXTS, st.just([]), st.just({})), max_size=4),
    st.dictionaries(st.one_of(TEXTS, st.sampled_from(["name", "size"])), NUMBERS, max_size=2),
    st.sampled_from([[[[1]]], {"a": {"b": {"c": {}}}}, [{}, {}], [0.0, 0.0, 0.0]]),
)


def toml(value):
    """A value of a TOML document; whatever is not plain in a text is escaped."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        plain = (c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08X}" for c in value)
        return f'"{"".join(plain)}"'
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(k)} = {toml(v)}" for k, v in value.items()) + "}"
    return str(value)


def document(tables):
    """A TOML document of these keys; long tables in lines of their own."""
    lines = []
    for key, value in tables.items():
        if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
            for each in value:
                lines += [f"[[{toml(key)}]]", *(f"{toml(k)} = {toml(v)}" for k, v in each.items())]
        elif isinstance(value, dict):
            lines += [f"[{toml(key)}]", *(f"{toml(k)} = {toml(v)}" for k, v in value.items())]
        else:
            lines.insert(0, f"{toml(key)} = {toml(value)}")
    return "\n".join(lines) + "\n"


def shipped(name):
    """A shipped study as keys and values."""
    return tomllib.loads(shipped_text(name))


@dataclass(frozen=True)
class Answer:
    """Exit status of the command line, and what it printed."""

    status: int
    out: str
    err: str


def passivant(*arguments):
    """The command line in this process; whatever it fails to catch ends the test."""
    out, err = io.StringIO(), io.StringIO()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with (
            mock.patch.object(sys, "argv", ["passivant", *map(str, arguments)]),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            cli.main()
    except SystemExit as end:
        return Answer(end.code or 0, out.getvalue(), err.getvalue())
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    raise AssertionError("the command line did not exit")


def shown(text):
    """Whether a terminal may get this text: nothing hidden but the ends of lines."""
    return all(line.replace("\N{NO-BREAK SPACE}", " ").isprintable() for line in text.split("\n"))


def check_refused(answer, *words):
    """One sentence on stderr that holds the words, and status 2."""
    assert answer.status == 2, answer
    assert answer.out == ""
    assert answer.err.startswith("passivant: ")
    assert answer.err.count("\n") == 1
    assert len(answer.err) < 2200
    assert shown(answer.err)
    for word in words:
        assert word in answer.err


def contents(folder):
    """Everything below a folder, to see that it is left as it was."""
    return {
        path: path.read_bytes() if path.is_file() and path.stat().st_size < 1e6 else None
        for path in sorted(folder.rglob("*"))
    }
