"""What goes wrong with a user's input, as data: where, what, and what was probably meant.

Only the command line turns these into messages on stderr and an exit code.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

LONGEST_QUOTE = 60
LONGEST_PATH = 500
"""Or of another text that stands without quotation marks."""


class ArchcalcError(Exception):
    """A mistake in what the user gave; its text is one clear line. Exit code 2."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a spec file: its place, what is wrong there, and a suggestion."""

    place: str
    problem: str
    hint: str = ""
    given: str = ""
    """With which settings, or in which networks of the file: `with n=4`, `in mini`."""

    def __str__(self) -> str:
        text = f"{self.place}: {self.problem}" if self.place else self.problem
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


def quote(text: object, marks: str = "'") -> str:
    """A user's text made safe to print: escaped, cut at 60 characters, in quotation marks.

    Without them it is a path or a message, and cut at 500.

    >>> quote("c1\\x1b[31m")
    "'c1\\\\x1b[31m'"
    """
    safe = str(text)
    if not safe.isprintable():
        escaped = (c if c.isprintable() else c.encode("unicode_escape").decode() for c in safe)
        safe = "".join(escaped)
    longest = LONGEST_QUOTE if marks else LONGEST_PATH
    if len(safe) > longest:
        safe = safe[: longest - 3] + "..."
    return f"{marks}{safe}{marks}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A suggestion in the words `did you mean 'x' or 'y'?`, or nothing; case does not matter.

    >>> did_you_mean("Out_Channel", ["out_channels", "bias"])
    "did you mean 'out_channels'?"
    """
    from difflib import get_close_matches  # loaded only when something is wrong

    spelled = {name.lower(): name for name in known}
    lower = name[:LONGEST_QUOTE].lower()
    near = [lower] if lower in spelled else get_close_matches(lower, spelled, n=2, cutoff=0.6)
    return f"did you mean {' or '.join(quote(spelled[n]) for n in near)}?" if near else ""
