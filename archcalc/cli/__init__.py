"""The command line: thin commands, one module each, loaded only when called.

Only this package prints or exits. A user's mistake is one clear message on stderr and exit code 2;
a disagreement, or a verdict that is not the expected one, is exit code 1; a fault of archcalc's own
is 70, and Ctrl-C 130.
"""

from __future__ import annotations

import gc
import os
import sys

from archcalc.cli.start_page import start_page, width

_ASKS_FOR_START: tuple[list[str], ...] = ([], ["-h"], ["--help"])
"""What is answered by the start page, without click and what it loads."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code, and exits with it when called as a program.

    Commands run without Python's garbage collector, which would search a large network again and
    again and free nothing: no command makes reference cycles worth collecting. `verify`, whose
    torch modules do, turns it on. A program that ends has nothing searched either.
    """
    is_collecting = gc.isenabled()
    gc.disable()
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    finally:
        if arguments is None:
            gc.freeze()
        (gc.enable if is_collecting else gc.disable)()


def _run(arguments: list[str]) -> int:
    try:
        if arguments in _ASKS_FOR_START and "_ARCHCALC_COMPLETE" not in os.environ:
            if sys.stdout is not None:
                sys.stdout.write(start_page(width()))
                sys.stdout.flush()
            return 0
        from archcalc.cli.program import run_command

        return run_command(arguments)
    except (Exception, KeyboardInterrupt) as error:
        from archcalc.cli.program import exit_code

        return exit_code(error)
