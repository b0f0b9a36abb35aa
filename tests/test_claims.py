"""Claims: the rule of verdicts, the types of assertion, the ledgers, what reaches them."""

import json
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from archcalc.claims.assertions import ASSERTIONS
from archcalc.claims.judge import Judgement, judge
from archcalc.claims.ledger import ledger_files, ledgers
from archcalc.claims.stated import VERDICTS, closeness
from archcalc.errors import SpecError
from archcalc.stated_figure import StatedFigure, read_figure
from tests.mutations import unreached

ROOT = Path(__file__).parent.parent


def ledger(folder: Path, *claims: dict, **keys: object) -> Path:
    """A ledger file of some claims, with what they all need filled in."""
    filled = [{"id": f"c{i}", "claim": "x", **claim} for i, claim in enumerate(claims)]
    tree = {"kind": "documents", "sources": {"t": "a text"}, "claims": filled, **keys}
    path = folder / "ledger.json"
    path.write_text(json.dumps(tree))
    return path


def judged(folder: Path, **claim: object) -> Judgement:
    """One claim, judged against the built-in specs."""
    [judgement] = judge(ledgers([ledger(folder, claim)]))
    return judgement


@pytest.fixture(scope="module")
def judgements() -> list[Judgement]:
    """The built-in ledgers, judged."""
    return judge(ledgers())


# --- figures and the rule of verdicts -------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value", "step"),
    [
        ("156", 156, 1),
        ("60,965,224", 60_965_224, 1),
        ("60M", 60_000_000, 1_000_000),
        ("112.9M", 112_900_000, 100_000),
        ("3.8x10^9", 3_800_000_000, 100_000_000),
        ("1.5 billion", 1_500_000_000, 100_000_000),
        ("0.27M", 270_000, 10_000),
        ("81%", 81, 1),
        ("27 C^2", 27, 1),
    ],
)
def test_a_figure_is_read_with_the_worth_of_its_last_digit(text, value, step):
    read = read_figure(text)
    assert (read.value, read.step) == (value, step)


def test_a_unit_means_what_the_claim_says():
    assert read_figure("112K", {"K": 1024}).value == 114_688


@pytest.mark.parametrize(
    ("stated", "computed", "hedged", "verdict", "rounding"),
    [
        ("1,516", 1516, False, "exact", None),
        ("112.9M", 112_896_000, False, "rounded", "nearest"),
        ("51.3M", 51_380_224, False, "rounded", "down"),  # 51.38: to the nearest it is 51.4
        ("51.4M", 51_380_224, False, "rounded", "nearest"),
        ("60M", 60_965_224, False, "rounded", "down"),
        ("62M", 60_965_224, False, "contradicted", None),
        ("5.71B", 5_713_216_096, False, "rounded", "nearest"),
        ("5.72B", 5_713_216_096, False, "rounded", "up"),
        ("5.73B", 5_713_216_096, False, "contradicted", None),
        ("6 billion", 5_713_216_096, False, "rounded", "nearest"),
        ("5 billion", 5_713_216_096, False, "contradicted", None),  # 12.5% too low
        ("1.5", Fraction(25, 18), True, "approximate", None),  # 1.389, 8% too high
        ("1.5", Fraction(25, 18), False, "contradicted", None),
        ("1.6", Fraction(25, 18), True, "contradicted", None),  # 15.2% too high: past the band
        ("~7.8 billion", 7_969_996_800, False, "approximate", None),
        ("1515", 1516, False, "contradicted", None),
    ],
)
def test_the_rule_of_verdicts(stated, computed, hedged, verdict, rounding):
    found = closeness(read_figure(stated), computed, hedged=hedged)
    assert (found.verdict, found.rounding) == (verdict, rounding)


@pytest.mark.parametrize("stated", ["2", "3"])
def test_half_a_step_is_nearest_both_ways(stated):
    assert closeness(read_figure(stated), Fraction(5, 2)).rounding == "nearest"


@pytest.mark.parametrize(
    "computed", [2, 25, 153, 1516, 60_965_224, 5_713_216_096, Fraction(25, 18)]
)
@pytest.mark.parametrize("hedged", [False, True])
def test_a_nearer_figure_never_has_the_weaker_verdict(computed, hedged):
    size = 10 ** len(str(int(computed)))
    for step in (size // 10, Fraction(size, 100), Fraction(size, 1000)):
        figures = [
            StatedFigure("", step * i, step) for i in range(1, 3 * int(computed / step) + 10)
        ]
        figures.sort(key=lambda stated: abs(stated.value - computed))
        verdicts = [closeness(stated, computed, hedged=hedged).verdict for stated in figures]
        assert verdicts == sorted(verdicts, key=VERDICTS.index)
        assert "contradicted" in verdicts


def test_a_difference_is_a_share_of_the_computed():
    assert closeness(read_figure("4M"), 6_998_552).difference == "42.8% too low"
    assert closeness(read_figure("10000"), 1000).difference == "10 times the computed"


# --- types of assertion, on figures known from LeNet's, AlexNet's and GoogLeNet's papers ----------

TYPES = [
    ({"type": "value", "model": "lenet5", "layer": "c1", "quantity": "parameters", "stated": 156},
     "exact", 156),
    ({"type": "value", "model": "lenet5", "quantity": "parameters", "stated": "60,000",
      "value": "c1 + s2 + s4 + c5 + f6"}, "contradicted", 58_484),
    ({"type": "value", "model": "lenet5", "layer": "c3", "quantity": "parameters", "reading": 4,
      "contiguous": False, "stated": 303}, "exact", 303),
    ({"type": "value", "model": "inception-v3", "quantity": "parameters", "relation": "<",
      "stated": "25 million"}, "exact", 23_834_568),
    ({"type": "value", "model": "inception-v3", "quantity": "parameters", "relation": ">",
      "stated": "25 million"}, "contradicted", 23_834_568),
    ({"type": "value", "quantity": "weights", "value": "seven", "to": "three", "stated": "81% more",
      "terms": {"seven": {"model": "one-7x7"}, "three": {"model": "three-3x3"}}},
     "rounded", Fraction(2200, 27)),
    ({"type": "comparison", "model": "alexnet", "layer": "pool1", "values": ["stride", "kernel"],
      "stated": "overlapping"}, "exact", [2, 3]),
    ({"type": "comparison", "model": "lenet5", "layer": "s2", "values": ["stride", "kernel"],
      "stated": "overlapping"}, "contradicted", [2, 2]),
    ({"type": "series", "model": "alexnet", "quantity": "channels", "stated": "384, 384, 256",
      "values": ["conv3", "conv4", "conv5"]}, "exact", [384, 384, 256]),
    ({"type": "formula", "model": "lenet5", "quantity": "parameters", "layers": ["s2", "s4"],
      "formula": "(in_channels + 1)*channels", "stated": "(maps + 1)·maps"},
     "contradicted", [12, 32]),
    ({"type": "closed_form", "model": "three-3x3", "quantity": "weights", "stated": "27 C^2",
      "open": {"C": "channels"}}, "exact", "27·C²"),
    ({"type": "closed_form", "model": "one-7x7", "quantity": "macs", "stated": "49·C^2·H",
      "open": {"C": "channels", "H": "height"}}, "contradicted", "1372·C²·H"),
    ({"type": "shape", "model": "alexnet", "layer": "conv1", "split_by": "conv2",
      "stated": "55x55x48 x2"}, "exact", "55x55x48 x2"),
    ({"type": "shape", "of": "both", "axes": "N", "model": "lenet5", "layer": "f6",
      "stated": "120 -> 84"},
     "exact", "120 -> 84"),
    ({"type": "kernel", "model": "alexnet", "layer": "conv2",
      "stated": "128 x 5x5x48 x2, stride 1, pad 2"}, "exact", "128 x 5x5x48 x2, stride 1, pad 2"),
    ({"type": "kernel", "model": "vgg16", "layer": "conv4.2", "stated": "512 x 3x3x256"},
     "contradicted", "512 x 3x3x512"),
    ({"type": "kernel", "models": ["vgg11", "vgg16-1x1"], "only": "conv", "stated": "3x3"},
     "contradicted", ["3x3", "1x1"]),
    ({"type": "sequence", "model": "lenet5", "stated": "conv - pool - conv - pool - fc - fc - fc",
      "words": {"fc": ["linear", "rbf", "whole-map conv"]}},
     "exact", ["conv", "pool", "conv", "pool", "fc", "fc", "fc"]),
    ({"type": "sequence", "model": "alexnet", "layer": ["conv1", "norm1", "pool1"],
      "repeats": "once", "stated": "conv - pool - lrn"}, "contradicted", ["conv", "lrn", "pool"]),
    ({"type": "count", "model": "alexnet", "stated": "5 conv, 3 fc"}, "exact", ["5 conv", "3 fc"]),
    ({"type": "kind", "model": "alexnet", "among": "pool", "stated": "maxpool"},
     "exact", ["maxpool"]),
    ({"type": "kind", "model": "alexnet", "layer": "conv1", "stated": "lrn"},
     "contradicted", ["relu"]),
    ({"type": "which", "model": "googlenet", "block": "inception", "after": "maxpool",
      "stated": "1, 3, 8"}, "exact", [1, 3, 8]),
    ({"type": "which", "model": "vgg16", "among": "conv, fc", "followed_by": "relu",
      "stated": "1 to 15"}, "exact", list(range(1, 16))),
    ({"type": "which", "model": "alexnet", "among": "conv", "where": "groups > 1",
      "stated": "conv2, conv4, conv5"}, "exact", ["conv2", "conv4", "conv5"]),
    ({"type": "count", "model": "googlenet", "has": ["conv 1x1", "gap"],
      "blocks": ["inception"], "stated": "yes"}, "exact", "37 conv 1x1, 1 gap, 9 inception"),
    ({"type": "field", "model": "alexnet", "layer": "conv1", "field": "kernel_size",
      "stated": [11, 11]}, "exact", [11, 11]),
    ({"type": "mode", "model": "googlenet", "stated": "aux1, aux2"}, "exact", ["aux1", "aux2"]),
    ({"type": "branches", "model": "identity-shortcut", "join": "add",
      "stated": "conv - conv | identity"}, "exact", ["conv - conv", "identity"]),
    ({"type": "branches", "model": "densenet121", "layer": "denseblock1.1", "join": "add",
      "stated": "conv - conv | identity"}, "contradicted", ["identity", "conv - conv"]),
    ({"type": "reads", "model": "densenet121", "parts": ["denseblock1.*"], "stated": "all earlier"},
     "exact", "all earlier"),
    ({"type": "reads", "model": "nasnet-a-large", "parts": ["stage1.*"], "stated": "all earlier"},
     "contradicted", "the last 2"),
    ({"type": "table", "model": "lenet5", "columns": [{"quantity": "parameters"}],
      "rows": {"c1": 156, "s2": 13}}, "contradicted", [156, 12]),
    ({"type": "all", "parts": [{"type": "count", "model": "alexnet", "stated": "3 fc"},
                               {"type": "count", "model": "vgg16", "stated": "3 fc"}]},
     "exact", [["3 fc"], ["3 fc"]]),
    ({"type": "table", "row": "model", "columns": [{"quantity": "parameters"}],
      "rows": {"lenet5": 60000, "nobody": "22.8M"}}, "not computable", [60_000, None]),
    ({"type": "table", "row": "model", "columns": [{"quantity": "parameters"}],
      "rows": {"lenet5": 61000, "nobody": "22.8M"}}, "contradicted", [60_000, None]),
    ({"type": "comparison", "model": "alexnet", "layer": "norm1", "values": ["1", "size"],
      "stated": "neighbours"}, "exact", [1, 5]),
    ({"type": "undecided", "reason": "history", "stated": "1998"}, "not computable", None),
    ({"type": "measurement", "model": "alexnet", "quantity": "top5_error", "stated": "18.2%",
      "protocol": "10 crops", "data": "ILSVRC-2012 validation"}, "not computable", None),
    ({"type": "value", "model": "nobody", "quantity": "parameters", "stated": "22.8M"},
     "not computable", None),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "verdict", "computed"), TYPES)
def test_a_type_of_assertion_computes_and_judges(claim, verdict, computed, tmp_path):
    found = judged(tmp_path, **claim).finding
    assert (found.verdict, found.computed) == (verdict, computed)


def test_every_type_of_assertion_is_tried_above():
    assert {claim["type"] for claim, _, _ in TYPES} == set(ASSERTIONS)


def test_a_hedged_structure_is_approximate_if_half_of_it_holds(tmp_path):
    head = {"type": "sequence", "model": "googlenet", "layer": ["avgpool", "fc", "prob"],
            "words": {"fc": ["linear"]}, "hedged": True}  # fmt: skip
    assert judged(tmp_path, **head, stated="gap - softmax").verdict == "approximate"
    assert judged(tmp_path, **head, stated="fc - fc - fc - fc").verdict == "contradicted"


def test_a_contradicted_claim_names_the_reading_that_agrees(tmp_path):
    claim = {"type": "value", "model": "lenet5", "quantity": "macs", "stated": "341k",
             "readings": [{"says": "parameters", "quantity": "parameters"},
                          {"says": "connections", "quantity": "connections"}]}  # fmt: skip
    assert judged(tmp_path, **claim).reading == "connections: 340,908"


# --- ledgers --------------------------------------------------------------------------------------


def test_a_table_says_how_many_of_its_figures_cannot_be_computed(tmp_path):
    table = {"type": "table", "row": "model", "columns": [{"quantity": "parameters"}],
             "rows": {"lenet5": 60000, "nobody": "22.8M", "yolo": "60M"}}  # fmt: skip
    found = judged(tmp_path, **table).finding
    assert found.text == "1 of 3 figures agree"
    assert found.difference == "2 of 3 figures: there is no spec of nobody"


def test_the_built_in_ledgers_hold_all_statements():
    claims = ledgers()
    kinds = [claim.source.kind for claim in claims]
    assert (kinds.count("documents"), kinds.count("papers")) == (444, 452)


def test_every_verdict_is_the_expected_one(judgements):
    off = [judged.claim.id for judged in judgements if not judged.is_expected]
    assert off == []


def test_every_claim_expects_a_verdict():
    assert [claim.id for claim in ledgers() if not claim.expected] == []


def test_what_is_not_computable_says_why(judgements):
    silent = [
        judged.claim.id
        for judged in judgements
        if judged.verdict == "not computable" and not judged.finding.difference
    ]
    assert silent == []


def figures_of(computed: object) -> Iterator[Fraction]:
    if isinstance(computed, list):
        for one in computed:
            yield from figures_of(one)
    elif isinstance(computed, int | Fraction):
        yield Fraction(computed)


CONTRADICTING = {
    "exact": r"\b(disagrees?|misprint|contradict|not reproduced|too (high|low))",
    "rounded": r"\b(disagrees?|misprint|contradict|not reproduced|too (high|low))",
    "contradicted": r"\b(agrees?|exact(ly)?|matches|reproduces)\b",
}
"""What a note may not say beside a verdict, unless another reading or part of it is meant."""


def test_no_note_contradicts_its_verdict(judgements):
    off = [
        (judged.claim.id, judged.claim.note)
        for judged in judgements
        if not judged.reading
        and not judged.finding.figures
        and re.search(CONTRADICTING.get(judged.verdict, "(?!)"), judged.claim.note)
    ]
    assert off == []


def test_a_figure_that_a_note_calls_arithmetic_is_the_computed_one(judgements):
    checked = 0
    for judged in judgements:
        computed = list(figures_of(judged.finding.computed))
        for text in re.findall(
            r"[Aa]rithmetic gives ([0-9][0-9,.]*[0-9][KMG]?)", judged.claim.note
        ):
            noted = [closeness(read_figure(text), one).verdict for one in computed]
            assert {"exact", "rounded"} & set(noted), (judged.claim.id, text)
            checked += 1
    assert checked > 3


def test_no_code_names_a_claim():
    ids = {claim.id for claim in ledgers()}
    named = {
        word
        for path in (ROOT / "archcalc").rglob("*.py")
        for word in re.findall(r"""["']([\w.\-]+)["']""", path.read_text())
        if word in ids
    }
    assert named <= {"xception"}  # an id that is also the name of a network


def test_the_documents_sentences_are_not_here():
    hangul = re.compile("[\uac00-\ud7a3]")
    assert [path.name for path in ledger_files() if hangul.search(path.read_text())] == []


PROBLEMS = [
    ({"type": "valeu", "stated": 1}, "unknown type 'valeu'; did you mean 'value'?"),
    ({"type": "value", "stated": 1, "vaule": "c1"},
     "unknown key 'vaule' of value; did you mean 'value'?"),
    ({"type": "value", "model": "lenet5"}, "'stated' is missing"),
    ({"type": "comparison", "stated": "fewer"}, "key 'values' of comparison is missing"),
    ({"type": "comparison", "stated": "fewer", "values": "a"}, "values takes a list, got 'a'"),
    ({"type": "value", "stated": 1, "quantity": "parameter"},
     "unknown quantity 'parameter'; did you mean 'parameters'?"),
    ({"type": "value", "stated": 1, "expected": "right"},
     "expected is one of exact, rounded, approximate, contradicted, not computable; got 'right'"),
    ({"type": "value", "stated": 1, "source": "u"}, "unknown source 'u'; it has t"),
]  # fmt: skip


CELLS = [
    ({"type": "table", "model": "lenet5", "columns": [{"quantity": "params"}], "rows": {"c1": 156}},
     "c1 params: unknown quantity 'params'; did you mean 'parameters'?"),
    ({"type": "table", "columns": [{"type": "kernel", "axis": 1}], "rows": {"c1": "5x5"}},
     "c1 kernel: unknown key 'axis' of kernel; it has models"),
    ({"type": "table", "columns": [{}, {}], "rows": {"c1": 156}},
     "row 'c1' has 1 cells for 2 columns"),
    ({"type": "all", "parts": [{"type": "kind", "stated": "relu"}, {"type": "kind"}]},
     "part 2: 'stated' is missing"),
    ({"type": "all", "parts": ["relu"]}, "parts takes a list of objects, got '['relu']'"),
    ({"type": "value", "stated": 1, "readings": [{"says": "as sums", "type": "comparison"}]},
     "as sums: key 'values' of comparison is missing"),
]  # fmt: skip
"""Of a claim in several parts, which part is wrong."""


@pytest.mark.parametrize(("claim", "message"), [*PROBLEMS, *CELLS])
def test_a_bad_claim_is_refused_with_its_place(claim, message, tmp_path):
    with pytest.raises(SpecError) as caught:
        ledgers([ledger(tmp_path, claim)])
    text = str(caught.value)
    assert text.startswith(f"{tmp_path}/ledger.json: claims[0] 'c0': ")
    assert text.endswith(message)


def test_a_claim_about_a_layer_that_does_not_exist_says_so(tmp_path):
    claim = {"type": "value", "model": "lenet5", "quantity": "parameters", "value": "c1 + c9",
             "stated": 1}  # fmt: skip
    with pytest.raises(SpecError, match="claim c0: lenet5 has no layer 'c9'"):
        judged(tmp_path, **claim)


def test_a_value_without_a_quantity_of_a_spec_is_refused(tmp_path):
    claim = {"type": "value", "model": "lenet5", "value": "100 + 56", "stated": 156}
    with pytest.raises(SpecError, match="no quantity of a spec"):
        judged(tmp_path, **claim)


def test_two_claims_of_one_id_are_refused(tmp_path):
    claim = {"id": "same", "type": "undecided", "reason": "history", "stated": "1998"}
    with pytest.raises(SpecError, match=r"the id is taken, in ledger\.json"):
        ledgers([ledger(tmp_path, claim, claim)])


# --- every computed claim depends on a spec -------------------------------------------------------


@pytest.mark.slow
def test_a_change_of_one_field_of_a_spec_reaches_every_computed_claim(judgements):
    claims = [judged.claim for judged in judgements if judged.verdict != "not computable"]
    assert unreached(claims) == []


def test_the_search_for_changes_finds_a_claim_that_depends_on_nothing(tmp_path):
    constant = {"type": "value", "model": "lenet5", "quantity": "parameters",
                "value": "c1 - c1 + 156", "stated": 156}  # fmt: skip
    real = {"type": "value", "model": "lenet5", "quantity": "parameters", "layer": "c1",
            "stated": 156}  # fmt: skip
    claims = ledgers([ledger(tmp_path, constant, real)])
    assert unreached(claims) == ["c0"]
