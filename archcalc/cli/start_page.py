"""What `archcalc` alone prints: how it is called, and its commands by use.

It loads nothing, so that it is there at once.
"""

from __future__ import annotations

import sys

COMMANDS_BY_USE = {
    "Figures": {
        "list": "The built-in networks and studies, by family, with the arguments that --set "
        "takes.",
        "table": "Networks side by side: parameters, MACs, activations, depth, receptive field.",
        "layers": "The layers of one network, with subtotals that add up.",
        "explain": "How every number of a network, a group of layers or a layer comes about.",
        "compare": "Networks compared with the first of them: figures, arguments, layers that "
        "differ.",
        "formula": "What a network costs as closed forms in the sizes and arguments left open.",
        "sweep": "Figures of a network at all combinations of arguments and sizes.",
        "solve": "The largest value of an argument or a size for which a condition holds.",
    },
    "Checks": {
        "reconcile": "What other tools print for a network, each number as an exact sum.",
        "claims": "Stated figures, of documents, papers or a file of your own, judged against the "
        "specs.",
        "verify": "Networks built in PyTorch and compared with archcalc, node by node, exactly.",
    },
    "Pictures and pages": {
        "plot": "Pictures of what networks cost, as SVG, PNG or PDF.",
        "diagram": "A network or a group of layers as boxes, with shapes and costs.",
        "page": "One HTML page of networks that counts again in the browser, for other inputs and "
        "batches.",
        "report": "Markdown pages: an overview, and a page per network with its arithmetic.",
    },
    "Networks of your own": {
        "spec": "The spec file of a built-in network, as a start for one of your own.",
        "validate": "Every problem of spec files: of all presets, in both modes.",
        "ops": "The layer types that specs can use, or one of them with its fields and an example.",
        "schema": "The JSON Schema of spec files or counter files, for completion in an editor.",
        "import": "The spec file of a torch module of your own, with its blocks and repetitions.",
        "export": "The torch module of a network as a torch.export or ONNX file, with initial "
        "weights.",
    },
}
"""Each command with the first sentence of its own help, in the order that `archcalc --help` shows.

A command is `archcalc.cli.NAME_command`; with its line here, the help need not load it.
"""

COMMANDS = {name: line for lines in COMMANDS_BY_USE.values() for name, line in lines.items()}

_PURPOSE = "What a neural network costs, with the arithmetic shown and PyTorch to confirm it."
_EXAMPLES = """
  archcalc table resnet50 vgg16
  archcalc explain googlenet --layer inception4a

Options:
  --version   Show the version and exit.
  -h, --help  Show this message and exit.
"""


def start_page(width: int) -> str:
    """How archcalc is called, and its commands, as click lays out a help page."""
    page = "Usage: archcalc [OPTIONS] [COMMAND] [ARGS]...\n\n"
    page += _indented(_PURPOSE, width, "  ") + _EXAMPLES
    longest = max(map(len, COMMANDS))
    for use, lines in COMMANDS_BY_USE.items():
        page += f"\n{use}:\n"
        for name, line in lines.items():
            page += _indented(line, width, f"  {name.ljust(longest)}  ")
    return page


def _indented(text: str, width: int, before: str) -> str:
    """A text in as many lines as it takes, behind what stands before the first."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(before) + len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    first, *more = lines
    return "".join([f"{before}{first}\n", *(f"{' ' * len(before)}{line}\n" for line in more)])


def width() -> int:
    """Columns to lay text out in: the terminal's, held to 80..100; 100 when piped."""
    if sys.stdout is None or not sys.stdout.isatty():
        return 100
    from shutil import get_terminal_size  # which loads what unpacks archives

    return max(80, min(100, get_terminal_size().columns))
