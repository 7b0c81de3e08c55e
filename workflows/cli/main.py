"""The command line: all commands, and what happens to their errors."""

from __future__ import annotations

import io
import re
import signal
import sys
from importlib.metadata import version
from typing import Annotated

import typer
from rich.markup import escape

from analysis.errors import DamagedResultError
from slabs.errors import InputError
from slabs.text import one_line
from workflows.cli.common import check_shown, err
from workflows.cli.converge import converge
from workflows.cli.help_pages import examples, help_text
from workflows.cli.jobs import cancel, status, submit
from workflows.cli.plot import plot
from workflows.cli.prepare import build, check, doctor, init, levels, plan, schema, tolerance
from workflows.cli.screen import screen
from workflows.cli.show import export, run, table, trace
from workflows.cli.verify import verify
from workflows.cli.write_report import report

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="DFT of ligands and point defects on surfaces of halide perovskites.",
    epilog=escape(
        "Begin with: passivant init smoke mystudy; passivant check mystudy; passivant run mystudy."
    ),
)
#: Commands in the order in which they are needed.
GROUPS = {
    "Set up a study": (doctor, init, levels, schema, tolerance, check, build, plan),
    "Calculate": (run, screen, converge, submit, status, cancel),
    "Show results": (table, trace, plot, report, export, verify),
}
for group, commands in GROUPS.items():
    for command in commands:
        app.command(
            rich_help_panel=group, help=help_text(command), epilog=examples(command.__name__)
        )(command)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"passivant {version('passivant')}")
        raise typer.Exit


@app.callback()
def options(
    *,
    version_: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Take the options that stand before the command."""


#: Names that were given may be long; nobody reads more.
LONGEST_MESSAGE = 2000


def spelled(message: str) -> str:
    """A message with the letters of its units; a file in front and what is quoted stay as they are.

    Examples
    --------
    >>> spelled("6 A.toml: 'vacuum 5 A' gives 5 A, less than 6 A")
    "6 A.toml: 'vacuum 5 A' gives 5 Å, less than 6 Å"
    """
    from analysis.notation import readable

    file, colon, rest = message.partition(": ")
    parts = re.split(r"('[^']*')", rest)
    shown = [part if part.startswith("'") else readable(part) for part in parts]
    return file + colon + "".join(shown)


def main() -> None:
    """Run the command line; bad input ends with one sentence and exit status 2."""
    # SIGTERM ends like Ctrl-C. A script that starts us in the background has SIGINT ignored,
    # which our tasks would inherit: they could not be stopped.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal that lacks letters of a title
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        for argument in sys.argv[1:]:
            check_shown(argument)
        sys.exit(app(standalone_mode=False))
    except BrokenPipeError:
        sys.exit(1)
    except DamagedResultError as error:
        err.print(f"passivant: {one_line(str(error))}", highlight=False, style="red")
        sys.exit(1)
    except (InputError, OSError, typer.TyperException) as error:
        message = error.format_message() if isinstance(error, typer.TyperException) else str(error)
        if message:  # without a command the help has been printed already
            words = one_line(spelled(message), LONGEST_MESSAGE)
            err.print(f"passivant: {words}", highlight=False, style="red")
        sys.exit(2)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)


if __name__ == "__main__":
    main()
