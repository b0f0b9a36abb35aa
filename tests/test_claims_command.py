"""`archcalc claims`: one claim explained, lists and summaries, and the page about them."""

import json
import re
from fractions import Fraction
from pathlib import Path

import pytest

from archcalc.claims.assertions import ASSERTIONS, keys_of
from archcalc.claims.ledger import ledgers
from archcalc.claims.subject import Networks
from archcalc.cli import main
from tests.test_claims import ledger

ROOT = Path(__file__).parent.parent


# --- explanations ---------------------------------------------------------------------------------


def explained(capsys: pytest.CaptureFixture[str], id: str) -> str:
    assert main(["claims", id]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("id", "arithmetic"),
    [
        ("d0-lenet-total-params", "156 + 12 + 1,516 + 32 + 48,120 + 10,164 = 60,000"),
        ("d4-lenet-c3-1516", "456 + 606 + 303 + 151 = 1,516"),
        ("d4-lenet-c3-1516", "(5·5·4 + 1)·3 = 303"),
        ("d0-lenet-c3-params", "456 + 909 + 151 = 1,516"),
        ("d0-lenet-c3-params-4in", "(5·5·4 + 1)·9 = 909"),
        ("d0-3x3-stack-27c2", "27·C·C = 27·256·256 = 1,769,472"),
        ("d0-7x7-49c2", "49·C·C = 49·256·256 = 3,211,264"),
        ("d0-7x7-81pct-more", "about 81.4815"),
        ("d4-two-3x3-18", " = 18"),
        ("d4-one-5x5-25", " = 25"),
        ("d2-conv-3x3-128-128", "3·3·128)·128 = 147,456"),
        ("d2-bottleneck-40960", "4,096 + 36,864 = 40,960"),
        ("d4-direct-5x5-macs", "(14·14·48)·(5·5·480) = 112,896,000"),
        ("d4-two-step-macs", "1,505,280 + 3,763,200 = 5,268,480"),
        ("d4-gap-fc-51-3m", "7·7·1024·1024 = 51,380,224"),
        ("d4-lenet-sum-omits-c3", "156 + 12 + 32 + 48,120 + 10,164 = 58,484"),
        ("d0-alexnet-input-227", "227"),
        ("d0-alexnet-conv1-shape", "(227 + 2·0 - 11)//4 + 1 = 55"),
    ],
)
def test_the_documents_own_arithmetic_is_shown(id, arithmetic, capsys):
    assert arithmetic in " ".join(explained(capsys, id).split())


def test_the_working_of_every_claim_evaluates_to_its_value():
    networks = Networks()
    for claim in ledgers():
        for line in claim.check.working(networks):
            exact = re.sub(r"\d+", r"Fraction(\g<0>)", line.substituted.replace("·", "*"))
            assert eval(exact, {"Fraction": Fraction}) == line.value, (claim.id, line)


# --- the command ----------------------------------------------------------------------------------


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = main(["claims", *arguments])
    captured = capsys.readouterr()
    return status, captured.out + captured.err


def test_the_summary_counts_by_source_and_verdict(capsys):
    status, text = run(capsys, "--source", "documents")
    lines = text.splitlines()
    assert status == 0
    assert lines[1].split() == ["source", "exact", "rounded", "approximate", "contradicted", "not",
                                "computable", "claims", "title"]  # fmt: skip
    rows = {line.split()[0]: [int(n) for n in line.split()[1:7]] for line in lines[2:8]}
    total = rows.pop("total")
    assert total == [sum(column) for column in zip(*rows.values(), strict=True)]
    assert sum(total[:-1]) == total[-1] == 444
    decided = 444 - total[-2]
    assert lines[0] == f"444 claims in 5 documents, {decided} of which a spec decides"
    assert "Key concepts of CNNs ..." in lines[4]  # cut at a word: "(lecture notes, 2021, Korean)"
    assert max(map(len, lines)) <= 100
    assert lines[-1] == "all 444 verdicts are as expected"


def test_a_single_source_is_listed_a_line_a_claim(capsys):
    _, text = run(capsys, "--source", "d1")
    ids = [claim.id for claim in ledgers() if claim.source.name == "d1"]
    listed = text.splitlines()[3 : 3 + len(ids)]
    assert [line.split()[0] for line in listed] == ids
    assert "d1-7x7-49                    exact           One 7x7 filter has 49 parameters" in listed
    assert max(map(len, listed)) <= 100


def test_a_table_is_told_by_its_first_figure_that_differs(capsys):
    _, text = run(capsys, "--source", "szegedy2014", "--verdict", "contradicted")
    # 7·7·3·64 = 9,408 weights; the paper's K is 1,024. Table 1 has 58 figures, and 9 of branches.
    first = "first: conv1 weights 2.7K (K = 1,024) against 9,408, 70.6% too low"
    assert f"googlenet.table1 11 of 67 figures differ; {first}" in " ".join(text.split())
    _, text = run(capsys, "googlenet.table1")
    assert "computed  56 of 67 figures agree" in text
    assert "conv1 macs: (height·width·out)·(kernel·kernel·in)" in text


def test_claims_read_an_op_as_explain_does(capsys):
    from archcalc.explanation import explain
    from archcalc.network import load

    (s2,) = explain(load("lenet5"), "s2", "parameters").workings
    assert s2.formula == "(coefficient + bias)·channels"
    assert f"s2: {s2.formula} = (1 + 1)·6 = 12" in explained(capsys, "d4-lenet-sum-omits-c3")


def test_a_fraction_with_a_large_denominator_is_told_roughly(capsys):
    text = " ".join(explained(capsys, "googlenet.params.claim12x").split())
    assert "60,965,224/6,998,552, about 8.7111" in text
    assert "7620653" not in text.replace(",", "")  # an eighth of 60,965,224: in lowest terms


def test_json_has_the_keys_of_the_contract(capsys):
    status, text = run(capsys, "--model", "lenet5", "--format", "json")
    records = {record["id"]: record for record in json.loads(text)}
    keys = {"id", "source", "claim", "stated", "computed", "verdict", "rounding", "note"}
    assert status == 0
    assert all(keys <= set(record) for record in records.values())
    total = records["d4-lenet-sum-omits-c3"]
    assert (total["stated"], total["computed"], total["verdict"]) == (60000, 58484, "contradicted")


def test_filters_narrow_the_list(capsys):
    _, text = run(capsys, "--model", "googlenet", "--verdict", "contradicted", "--format", "json")
    ids = [record["id"] for record in json.loads(text)]
    assert "d2-googlenet-4m" in ids
    assert "d2-vgg-110m" not in ids
    _, text = run(capsys, "--quantity", "connections", "--source", "lecun1998", "--format", "csv")
    assert len(text.splitlines()) == 1 + 8  # seven layers and the total


@pytest.mark.parametrize("format", ["text", "markdown", "csv", "json", "latex", "html"])
def test_every_format_has_every_claim(format, capsys):
    given = ("--source", "d2", "--verdict", "contradicted", "--format", format)
    status, text = run(capsys, *given)
    assert status == 0
    assert {"d2-googlenet-4m", "d2-vgg-110m"} <= set(re.findall(r"[\w.-]+", text))


def test_an_unexpected_verdict_is_exit_code_1(capsys, tmp_path, monkeypatch):
    claim = {"type": "value", "model": "lenet5", "layer": "c1", "quantity": "parameters",
             "stated": 157, "expected": "exact"}  # fmt: skip
    path = ledger(tmp_path, claim)
    monkeypatch.setattr("archcalc.claims.ledger.ledger_files", lambda: [path])
    status, text = run(capsys)
    assert status == 1
    assert "expected exact, derived contradicted" in " ".join(text.split())
    assert text.endswith("1 of 1 verdicts are not as expected\n")


def test_a_contradicted_claim_that_is_expected_is_exit_code_0(capsys):
    assert run(capsys, "d2-googlenet-4m")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["d2-googlenet-4mm"], "no claim 'd2-googlenet-4mm'; did you mean 'd2-googlenet-4m'"),
        (["--source", "d9"], "no claim has the source 'd9'; such as"),
        (["--model", "lenet"], "no claim has the model 'lenet'; did you mean 'lenet5'"),
        (["d4-lenet"], "no claim 'd4-lenet'; 35 begin so, such as 'd4-lenet-ancestor' and"),
        (["vgg16"], "no claim 'vgg16'; archcalc claims --model vgg16 shows what is stated about"),
        (["d2-googlenet-4"], "no claim 'd2-googlenet-4'; did you mean 'd2-googlenet-4m'"),
        (["d2-googlenet-4m", "--source", "d2"], "give an ID or --source"),
        (["d2-googlenet-4m", "--verdict", "exact"], "give an ID or --verdict"),
    ],
)
def test_a_users_mistake_is_one_line_and_exit_code_2(arguments, message, capsys):
    status, text = run(capsys, *arguments)
    assert status == 2
    assert message in text
    assert text.count("\n") == 1


def test_one_claim_in_markdown_is_its_text_fenced(capsys):
    text = explained(capsys, "d2-googlenet-4m")
    assert run(capsys, "d2-googlenet-4m", "--format", "markdown")[1] == f"```\n{text}```\n"


# --- the page about them --------------------------------------------------------------------------


def test_the_page_has_every_type_and_all_its_keys():
    text = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
    page = text.partition("## Types\n")[2]
    rows = dict(re.findall(r"^\| `(\w+)` \|(.*)\|$", page, re.MULTILINE))
    assert set(rows) == set(ASSERTIONS)
    for name, cls in ASSERTIONS.items():
        assert {key for key in keys_of(cls) if f"`{key}`" not in rows[name]} == set(), name


def test_the_claim_on_the_page_is_that_of_its_ledger():
    page = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
    own, shown = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    assert own == (ROOT / "docs" / "my_claims.json").read_text(encoding="utf-8")
    written = json.loads(shown)
    (claim,) = [claim for claim in ledgers() if claim.id == written["id"]]
    assert written == claim.keys
