"""The command line: all commands, and what happens to their errors."""

from __future__ import annotations

import signal
import sys

import typer
from rich.markup import escape

from slabs.errors import InputError
from workflows.cli_cluster import cancel, status, submit
from workflows.cli_common import err
from workflows.cli_converge import converge
from workflows.cli_figures import plot
from workflows.cli_prepare import build, check, doctor, init, levels, plan, schema, tolerance
from workflows.cli_report import report
from workflows.cli_results import export, run, table, trace

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="DFT workflows for ligand passivation and iodine vacancies on halide perovskite surfaces.",
)
for command in (
    doctor, init, levels, schema, tolerance, check, build, plan, run, submit, status, cancel,
    table, trace, converge, plot, report, export,
):  # fmt: skip
    app.command()(command)


def main() -> None:
    """Run the command line; bad input ends with one sentence and exit status 2."""
    # SIGTERM ends like Ctrl-C. A script that starts us in the background has SIGINT ignored,
    # which our tasks would inherit: they could not be stopped.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        sys.exit(app(standalone_mode=False))
    except BrokenPipeError:
        sys.exit(1)
    except (InputError, OSError, typer.TyperException) as error:
        message = error.format_message() if isinstance(error, typer.TyperException) else str(error)
        if message:  # without a command the help has been printed already
            err.print(f"passivant: {escape(message)}", highlight=False, style="red")
        sys.exit(2)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)


if __name__ == "__main__":
    main()
