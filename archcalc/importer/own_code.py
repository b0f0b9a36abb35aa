"""Code of a user's own, run: what it prints does not mix with what is printed of it, and whatever
it raises has words."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout


class CodeEnded(Exception):
    """Code raised what is no Exception and would end the program, such as SystemExit; its cause."""


@contextmanager
def own_code() -> Iterator[None]:
    """Runs code of a user's own: what it prints goes to standard error.

    Raises:
        CodeEnded: it raised what is no Exception. An interrupt stays one.
    """
    try:
        with redirect_stdout(sys.stderr):
            yield
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise CodeEnded from error


def raised(error: Exception) -> tuple[str, str]:
    """The class of an error, and the first line of its words; the class again if it has none."""
    first: BaseException = error
    if isinstance(error, CodeEnded) and error.__cause__ is not None:
        first = error.__cause__
    name = type(first).__name__
    try:
        text = str(first).strip()
    except Exception:  # whatever a class of errors of a user's own does
        text = ""
    return name, (text or name).split("\n")[0]
