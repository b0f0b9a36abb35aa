"""Code of a user's own, run: what it prints does not mix with what is printed of it, it does not
end the program, and whatever it raises has words."""

from __future__ import annotations

import dis
import linecache
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import FrameType
from typing import NoReturn

from archcalc.errors import quote


class CodeEnded(Exception):
    """Code raised what is no Exception and would end the program, such as SystemExit; its cause."""


class _Exit(BaseException):
    """Code ends the process, without what Python does before."""


@contextmanager
def own_code() -> Iterator[None]:
    """Runs code of a user's own: what it prints goes to standard error, and a process that it forks
    and that comes to its end here is ended.

    Raises:
        CodeEnded: it raised what is no Exception, or ended the process. An interrupt stays one.
    """
    process, end = os.getpid(), os._exit

    def ended(status: int) -> NoReturn:
        if os.getpid() != process:
            end(status)
        raise _Exit(f"os._exit({status})")

    os._exit = ended
    try:
        with redirect_stdout(sys.stderr):
            yield
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise CodeEnded from error
    finally:
        os._exit = end
        if os.getpid() != process:
            end(0)


def raised(error: Exception) -> tuple[str, str]:
    """The class of an error, and the first line of its words; the class again if it has none."""
    first: BaseException = error
    if isinstance(error, CodeEnded) and error.__cause__ is not None:
        first = error.__cause__
    name = "SystemExit" if isinstance(first, _Exit) else type(first).__name__
    try:
        text = str(first).strip()
    except Exception:  # whatever a class of errors of a user's own does
        text = ""
    return name, (text or name).split("\n")[0]


def said_of(error: Exception) -> str:
    """What is said of an error: its class and its words, safe to print."""
    name, text = raised(error)
    return f"{name}: {quote(text, '')}"


def is_raised_by_code(error: BaseException) -> bool:
    """Whether a statement of somebody's Python code raised an error, `raise` or `assert`, or a
    check of torch's, and no operator."""
    trace, own = error.__traceback__, None
    inside: list[str] = []
    while trace is not None:
        if _is_own(trace.tb_frame):
            own, inside = trace, []
        else:
            inside.append(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
    if own is None or inside:
        return own is not None and all(name.startswith("_check") for name in inside)
    steps = {step.offset: step.opname for step in dis.get_instructions(own.tb_frame.f_code)}
    return steps.get(own.tb_lasti) == "RAISE_VARARGS"


def line_that_runs() -> str:
    """The line of a user's own code, or of a library's, that is running: its file, number and text;
    nothing where none is."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__") != "archcalc.importer.passes":
        if _is_own(frame):
            return _line(frame, frame.f_lineno)
        frame = frame.f_back
    return ""


def line_that_raised(error: BaseException) -> str:
    """The line of a user's own code, or of a library's, in which an error came about."""
    trace, found = error.__traceback__, ""
    while trace is not None:
        if _is_own(trace.tb_frame):
            found = _line(trace.tb_frame, trace.tb_lineno)
        trace = trace.tb_next
    return found


def _is_own(frame: FrameType) -> bool:
    package = _package_of(frame)
    return package not in ("archcalc", "torch") and package not in sys.stdlib_module_names


def _line(frame: FrameType, number: int) -> str:
    file = frame.f_code.co_filename
    place, text = f"{Path(file).name}:{number}", linecache.getline(file, number).strip()
    return f"{place}, {quote(text)}" if text else place


def _package_of(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]
