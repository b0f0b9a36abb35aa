"""Whatever a file or an option holds: a network, or a clear message; soon, and in little memory.

FUZZ=100000 pytest tests/test_fuzz.py  tries that many of each kind, and others each time.
"""

from __future__ import annotations

import io
import json
import os
import resource
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archcalc.cli import main
from archcalc.errors import ArchcalcError, SpecError
from archcalc.expressions.expression import ExpressionError
from archcalc.expressions.parsing import parse
from archcalc.graph import Graph
from archcalc.language.expand import expand
from archcalc.language.read import from_json
from archcalc.language.strict_json import read_text
from archcalc.names.catalog import specs_folder
from archcalc.network import Network, load
from tests.hostile_specs import (
    EVERYTHING,
    EXPRESSIONS,
    NUMBERS,
    TEXTS,
    changed_specs,
    changed_texts,
    json_values,
    written,
)
from tests.spec_files import block, spec

LONG_RUN = os.environ.get("FUZZ")

fuzzed = settings(
    max_examples=int(LONG_RUN or 150),
    deadline=None,
    derandomize=not LONG_RUN,
    database=None,
    suppress_health_check=list(HealthCheck),
)

SECONDS = 10
"""What no command takes on a slow machine; `claims` expands all networks that are spoken of."""
SECONDS_A_NODE = 60e-6
"""What a network takes that is right and has many nodes."""
MEGABYTES = 300


@contextmanager
def bounds() -> Iterator[list[Graph]]:
    """Hold what runs inside to the bounds; it notes the networks that it made."""
    graphs: list[Graph] = []
    memory, start = _peak_megabytes(), time.process_time()
    yield graphs
    taken = time.process_time() - start
    nodes = sum(len(graph.nodes) for graph in graphs)
    assert taken < SECONDS + SECONDS_A_NODE * nodes, f"{taken:.1f} s, {nodes} nodes"
    assert _peak_megabytes() - memory < MEGABYTES


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def check(text: str) -> None:
    """Read a file's text and expand every network in it, in both modes."""
    with bounds():
        try:
            read = from_json(read_text(text, "my.json"), "my.json", "my")
        except SpecError as error:
            check_message(error)
            return
    for preset in list(read.presets.values())[:4]:
        for train in (False, True):
            with bounds() as graphs:
                try:
                    graphs.append(expand(read, preset, train=train))
                except SpecError as error:
                    check_message(error)
                    continue
                check_quantities(
                    Network("my", preset, graphs[0], mode="train" if train else "eval")
                )


def check_message(error: ArchcalcError) -> None:
    """One line a problem, each of which can be printed, and says something."""
    lines = str(error).split("\n")
    if isinstance(error, SpecError):
        assert len(lines) == len(error.problems) + (len(error.problems) > 1)
        assert all(line.startswith("my.json") for line in lines)
    else:
        assert len(lines) == 1
    for line in lines:
        assert line.isprintable()
        assert len(line) < 2_000


def check_quantities(network: Network) -> None:
    """Whatever can be expanded can be counted."""
    assert network.parameters >= 0
    assert network.macs >= 0
    assert network.depth >= 0
    assert network.memory_peak > 0
    assert network.connections >= network.macs
    assert network.arithmetic_intensity >= 0
    assert len(network.receptive_fields) == len(network) + 1
    assert network.receptive_field


@fuzzed
@given(changed_specs())
def test_changed_spec_files(text: str) -> None:
    check(text)


@fuzzed
@given(changed_texts())
def test_changed_text(text: str) -> None:
    check(text)


@fuzzed
@given(json_values())
def test_any_json(tree: Any) -> None:
    check(json.dumps(tree))


# --- the command line -----------------------------------------------------------------------------

MODELS = ("lenet5", "vgg11", "resnet18", "densenet-40-k12", "stacked-3x3", "fractalnet20", "<file>")
ARGUMENTS = ("num_classes", "depth", "units", "n", "growth", "unit", "bias", "columns", "shortcut")
WORDS = st.one_of(
    st.sampled_from([*TEXTS, *EXPRESSIONS, *map(str, NUMBERS), "\udcff", "9" * 5000, "true"]),
    st.text(max_size=10),
    st.integers().map(str),
)
INPUTS = st.one_of(
    WORDS,
    st.lists(st.integers(-1, 10**10) | st.integers(0, 300), max_size=4).map(
        lambda sizes: "x".join(map(str, sizes))
    ),
)
OPTIONS: dict[str, st.SearchStrategy[str]] = {
    "--set": st.builds("{}={}".format, st.sampled_from(ARGUMENTS) | WORDS, WORDS) | WORDS,
    "--input": INPUTS,
    "--batch": st.sampled_from(["1", "3", "1000000000"]) | WORDS,
    "--bytes": st.sampled_from(["1", "8", "17"]) | WORDS,
    "--mode": st.sampled_from(["train", "eval"]) | WORDS,
    "--columns": st.sampled_from(["macs", "macs,depth", "receptive_field,memory", ","]) | WORDS,
    "--format": st.sampled_from(["json", "csv", "markdown", "latex", "html", "text"]) | WORDS,
    "--sort": st.sampled_from(["macs", "model", "receptive_field"]) | WORDS,
    "--layer": st.sampled_from(["conv1", "c3", "layer1.0", "input", "fc"]) | WORDS,
    "--quantity": st.sampled_from(["macs", "parameters", "receptive_field", "memory"]) | WORDS,
    "--depth": st.sampled_from(["1", "2"]) | WORDS,
    "--models": st.sampled_from(["lenet5", "vgg*", "lenet5,resnet18", "<file>"]) | WORDS,
    "--source": WORDS,
    "--model": WORDS,
    "--verdict": WORDS,
}
SETTING = ("--set", "--input", "--batch", "--bytes", "--mode", "--format")
TAKES: dict[str, tuple[str, ...]] = {
    "table": ("--models", "--columns", "--sort", *SETTING),
    "layers": ("--depth", "--columns", *SETTING),
    "explain": ("--layer", "--quantity", *SETTING),
    "claims": ("--source", "--model", "--verdict", "--format"),
    "list": ("--format",),
    "ops": ("--format",),
    "validate": (),
}
"""Which options a command is asked with; any other, too, once in a while."""


@st.composite
def command_lines(draw: Any) -> list[str]:
    command = draw(st.sampled_from(list(TAKES)))
    words = [command]
    if command in ("layers", "explain", "validate"):
        words.append(draw(st.sampled_from(MODELS) | WORDS))
    if command == "ops":
        words.append(draw(st.sampled_from(["conv2d", "pad"]) | WORDS))
    if command == "table":  # not all networks, each time
        words += ["--models", draw(OPTIONS["--models"])]
    for _ in range(draw(st.integers(0, 3))):
        known = st.sampled_from(TAKES[command]) if TAKES[command] else st.just("--format")
        option = draw(st.one_of(known, known, known, st.sampled_from(list(OPTIONS))))
        words += [
            draw(st.sampled_from([option, option, option, "--\x1b[2J"])),
            draw(OPTIONS[option]),
        ]
    return words


def check_command(words: list[str], file: str) -> None:
    """An answer on stdout, or a clear message on stderr; and never a traceback."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "my.json"
        path.write_text(file, encoding="utf-8", errors="surrogatepass")
        out, err = io.StringIO(), io.StringIO()
        with bounds(), redirect_stdout(out), redirect_stderr(err):
            status = main([word.replace("<file>", str(path)) for word in words])
    if status == 0:
        assert out.getvalue()
        return
    assert status == 2
    assert out.getvalue() == ""
    for line in err.getvalue().removesuffix("\n").split("\n"):
        assert line.startswith("archcalc: ")
        assert line.isprintable()
        assert len(line) < 2_000 + len("".join(words))


@settings(fuzzed, max_examples=int(LONG_RUN or 40))
@given(command_lines(), changed_specs())
def test_command_lines(words: list[str], file: str) -> None:
    check_command(words, file)


# --- what was found -------------------------------------------------------------------------------


DEEP = {f"b{i}": block({"name": "a", "block": f"b{i + 1}"}) for i in range(58)}
HEAVY = {
    "paths into deep blocks": spec(
        {"name": "x", "block": "b0"},
        {"name": "y", "op": "relu", "repeat": 50_000, "inputs": "x" + ".a" * 59},
        blocks={**DEEP, "b58": block({"name": "a", "op": "relu"})},
    ),
    "long lists as arguments": spec(
        {"name": "x", "block": "b", "repeat": 60_000, "list": ["index", *range(250)]},
        blocks={"b": block({"op": "scale", "factor": "list[3]"}, arguments={"list": None})},
    ),
    "arithmetic on long lists": spec(
        {"name": "x", "op": "scale", "repeat": 50_000, "factor": f"(q{'+q' * 90})[0]"},
        arguments={"q": list(range(250))},
    ),
}
"""Each took from 5 to 100 seconds, or most of a gigabyte."""


@pytest.mark.parametrize("case", HEAVY)
def test_small_files_that_asked_for_much(case: str) -> None:
    check(json.dumps(HEAVY[case]))


def test_a_key_like_a_place_in_a_list_is_made_printable_too() -> None:
    """Found by fuzzing: a key that starts with a bracket was printed as it is."""
    with pytest.raises(SpecError) as caught:
        read_text('{"[\\u001b[2J": {"\\n": 1}}', "my.json")
    place = "[\\x1b[2J"
    assert str(caught.value).split("\n")[:2] == [
        f"my.json: '{place}' has characters that cannot be printed",
        f"my.json: {place}: '\\n' has characters that cannot be printed",
    ]


def test_an_unknown_option_is_made_printable(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table", "--\x1b[31m"]) == 2
    said = capsys.readouterr().err.removesuffix("\n")
    assert said.isprintable()
    assert "--\\x1b[31m" in said


def test_a_file_s_name_is_made_printable(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "my\x1b[31m.json"
    file.write_bytes((specs_folder() / "networks" / "lenet5.json").read_bytes())
    assert load(str(file)).name == "my\\x1b[31m"
    assert main(["layers", str(file), "--set", "n=1"]) == 2
    assert capsys.readouterr().err == "archcalc: my\\x1b[31m has no argument 'n'; it has none\n"


@pytest.mark.parametrize(
    "text",
    [
        "1or 2",
        "1.5and n",
        "n < 1or n",
        "0in n",
        "0.1inyes",
        "2ifs",
        "0xfor n",
        "1e5or n",
        "1_0in n",
        "0b1and n",
        "1.or n",
        ".5in n",
    ],
)
def test_a_number_that_runs_into_a_word_is_refused_without_a_warning(text: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(ExpressionError):
            parse(text)
    assert caught == []
    assert parse("in_1or + c3or").names == {"in_1or", "c3or"}


def test_the_file_with_everything_is_right() -> None:
    """Or its changes would all stop at the same mistake."""
    read = from_json(read_text(written(EVERYTHING), "my.json"), "my.json", "my")
    for preset in read.presets.values():
        for train in (False, True):
            assert len(expand(read, preset, train=train).nodes) > 15
