"""What goes wrong with a user's input, as data: where, what, and what was probably meant.

Only the command line turns these into messages on stderr and an exit code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

LONGEST_QUOTE = 60
"""The most characters of a text that a message shows in quotation marks."""
LONGEST_PLACE = 300
"""The most characters of the place of a problem in a file."""
MOST_TOGETHER = 20
"""The most networks of which a message says together why they are refused."""
LONGEST_PATH = 500
"""The most characters of a path, or of another text that stands without quotation marks."""


class ArchcalcError(Exception):
    """A mistake in what the user gave; its text is one clear line. Exit code 2."""


class Problem(NamedTuple):
    """One thing wrong in a spec file: its place, what is wrong there, and a suggestion."""

    place: str
    problem: str
    hint: str = ""
    given: str = ""
    """With which settings, or in which networks of the file: `with n=4`, `in mini`."""

    def __str__(self) -> str:
        place = self.place
        if len(place) > LONGEST_PLACE:
            half = LONGEST_PLACE // 2 - 3
            place = f"{place[:half]} ... {place[-half:]}"
        text = f"{place}: {self.problem}" if place else self.problem
        if self.given:
            text += f", {self.given}"
        return f"{text}; {self.hint}" if self.hint else text


class SpecError(ArchcalcError):
    """All the problems that one phase of reading found in a spec file, in file order."""

    def __init__(self, file: str, problems: Iterable[Problem]):
        self.file = quote(file, marks="")
        self.problems = tuple(problems)
        super().__init__(self.file, self.problems)  # what copies of it are made of

    def __str__(self) -> str:
        lines = [f"{self.file}: {problem}" for problem in self.problems]
        if len(lines) > 1:
            lines.append(f"{self.file}: {len(lines)} problems")
        return "\n".join(lines)


_on_command_line: ContextVar[bool] = ContextVar("on_command_line", default=False)
"""Whether messages are read by someone who typed a command."""


@contextmanager
def told_on_command_line() -> Iterator[None]:
    """Within it, messages call parameters what they are on the command line."""
    token = _on_command_line.set(True)
    try:
        yield
    finally:
        _on_command_line.reset(token)


def told(command_line: str, python: str) -> str:
    """What the reader of a message writes, where the two are no spellings of one parameter."""
    return command_line if _on_command_line.get() else python


def parameter(name: str, value: object = None) -> str:
    """A parameter, or one with a value, as the reader of a message writes it.

    >>> parameter("where"), parameter("sort", "macs"), parameter("ascending", True)
    ('where', "sort='macs'", 'ascending=True')
    >>> with told_on_command_line():
    ...     parameter("where"), parameter("sort", "macs"), parameter("ascending", True)
    ('--where', '--sort macs', '--ascending')
    """
    if value is None:
        return told(f"--{name}", name)
    return told(f"--{name}" if value is True else f"--{name} {value}", f"{name}={value!r}")


def check_texts(**given: object) -> None:
    """Refuse parameters that are no text, which no command line gives.

    Raises:
        ArchcalcError: one is none.
    """
    for name, value in given.items():
        if not isinstance(value, str):
            raise ArchcalcError(f"{parameter(name)} takes a text, got {quote(value)}")


def together(errors: Iterable[ArchcalcError]) -> ArchcalcError:
    """Several mistakes as one, each of their lines once, and how many more there are.

    >>> str(together([ArchcalcError("no file 'a.json'"), ArchcalcError("no file 'b.json'")]))
    "no file 'a.json'\\nno file 'b.json'"
    """
    several = [*errors]
    if len(several) == 1:
        return several[0]
    shown = [*dict.fromkeys(str(error) for error in several)]
    lines = dict.fromkeys(line for said in shown[:MOST_TOGETHER] for line in said.splitlines())
    more = len(shown) - MOST_TOGETHER
    return ArchcalcError("\n".join([*lines, *[f"and {more} more are refused"] * (more > 0)]))


_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
"""Letters and marks that take part in no word that is seen: fillers, joiners, selectors."""


def is_legible(text: str) -> bool:
    """Whether all of a text is seen where it is printed: no control, and no invisible letter."""
    return text.isprintable() and not _INVISIBLE.search(text)


def quote(text: object, marks: str = "'") -> str:
    """A user's text made safe to print: escaped, cut at 60 characters, in quotation marks.

    Without them it is a path or a message, and cut at 500.

    >>> quote("c1\\x1b[31m")
    "'c1\\\\x1b[31m'"
    """
    safe = str(text)
    if not is_legible(safe):
        escaped = (c if is_legible(c) else c.encode("unicode_escape").decode() for c in safe)
        safe = "".join(escaped)
    longest = LONGEST_QUOTE if marks else LONGEST_PATH
    if len(safe) > longest:
        safe = safe[: longest - 3] + "..."
    return f"{marks}{safe}{marks}"


def reason(error: OSError) -> str:
    """What the system says of a file, as it stands inside a line."""
    return (error.strerror or str(error)).lower()


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A suggestion in the words `did you mean 'x' or 'y'?`, or nothing.

    >>> did_you_mean("Out_Channel", ["out_channels", "bias"])
    "did you mean 'out_channels'?"
    """
    from archcalc.suggestions import suggestions  # loaded only when something is wrong

    found = suggestions(name, known)
    return f"did you mean {' or '.join(map(quote, found))}?" if found else ""
