"""What open names are in Python and in LaTeX: `height`, `units[0]`, `image.height`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence


def python_names(names: Sequence[str]) -> dict[str, str]:
    """What each name is in Python: an item of a list itself, a size of a named input one word.

    >>> python_names(["units[0]", "image.height", "image_height"])
    {'units[0]': 'units[0]', 'image.height': 'image_height', 'image_height': 'image_height_'}
    """
    words: dict[str, str] = {}
    for name in names:
        word = re.sub(r"^(?=\d)|[. ]", "_", name)
        while word in words.values():
            word += "_"
        words[name] = word
    return words


def latex_symbols(names: Sequence[str]) -> dict[str, str]:
    r"""What each name is in LaTeX: its first letter where that is one name's alone.

    >>> latex_symbols(["height", "num_classes", "units[0]"])
    {'height': 'h', 'num_classes': 'n', 'units[0]': 'u_{0}'}
    >>> list(latex_symbols(["image.height", "width", "widen_factor"]).values())
    ['h_{\\mathrm{image}}', '\\mathrm{width}', '\\mathrm{widen\\_factor}']
    """
    parts = {name: name.rpartition(".") for name in names}
    stems = {name: word.partition("[")[0] for name, (_, _, word) in parts.items()}
    initials = Counter(stem[0] for stem in set(stems.values()))
    symbols = {}
    for name, (input, _, word) in parts.items():
        stem = stems[name]
        is_short = stem[0].isalpha() and initials[stem[0]] == 1
        symbol = stem[0] if is_short else _upright(stem)
        item = word[len(stem) :].replace("][", ",").strip("[]")
        index = _upright(input) if input else item
        symbols[name] = f"{symbol}_{{{index}}}" if index else symbol
    return symbols


def _upright(word: str) -> str:
    escaped = word.replace("_", r"\_")
    return rf"\mathrm{{{escaped}}}"
