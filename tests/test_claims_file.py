"""`archcalc claims --file`: figures of one's own, checked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from archcalc.claims import claims_file
from archcalc.cli import main

FC6 = 25_088 * 4_096 + 4_096
"""Weights and biases of VGG-16's first linear layer, over 512 maps of 7x7: 102,764,544."""


def written(folder: Path, *claims: Any, **keys: Any) -> str:
    path = folder / "mine.json"
    path.write_text(json.dumps({"claims": list(claims), **keys}))
    return str(path)


def fc6(**keys: Any) -> dict[str, Any]:
    return {"model": "vgg16", "layer": "fc6", "quantity": "parameters", **keys}


# (stated, rounding, whether it is met, the verdict) of 102,764,544
STATED = [
    (FC6, "any", True, "exact"),
    ("102,764,544", "exact", True, "exact"),
    ("102.8M", "any", True, "rounded"),
    ("102.8M", "exact", False, "rounded"),
    ("102.8M", "nearest", True, "rounded"),
    ("102.8M", "up", True, "rounded"),
    ("102.8M", "down", False, "rounded"),
    ("102.7M", "any", True, "rounded"),
    ("102.7M", "nearest", False, "rounded"),
    ("102.7 M params", "down", True, "rounded"),
    ("102.7 million weights", "up", False, "rounded"),
    ("1.028e8", "nearest", True, "rounded"),
    ("102.8 x10^6", "nearest", True, "rounded"),
    ("0.103B", "nearest", True, "rounded"),
    ("103.9M", "any", False, "contradicted"),
    ("about 100M", "any", True, "approximate"),
    ("about 100M", "nearest", False, "approximate"),
]


@pytest.mark.parametrize(("stated", "rounding", "is_met", "verdict"), STATED)
def test_a_claim_is_met_as_its_rounding_demands(
    stated: Any,
    rounding: str,
    is_met: bool,
    verdict: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = written(tmp_path, fc6(stated=stated, rounding=rounding))
    assert main(["claims", "--file", file, "--format", "json"]) == int(not is_met)
    (record,) = json.loads(capsys.readouterr().out)
    assert (record["computed"], record["verdict"], record["is_expected"]) == (FC6, verdict, is_met)


def test_bytes_are_of_decimal_or_binary_units(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """60,000 parameters of 4 bytes: 240,000 bytes, 234.375 KiB."""
    memory = {"model": "lenet5", "quantity": "memory_parameters"}
    stated = ["240 KB", "234.4 KiB", "234.4 KB", "240000", "240,000 bytes", "0.24MB"]
    claims = [{**memory, "stated": text, "id": text, "rounding": "nearest"} for text in stated]
    assert main(["claims", "--file", written(tmp_path, *claims), "--format", "json"]) == 1
    met = {record["id"]: record["is_expected"] for record in json.loads(capsys.readouterr().out)}
    assert met == dict.fromkeys(stated, True) | {"234.4 KB": False}


def test_a_k_of_1024_is_named_only_where_it_gives_the_figure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """388,096 parameters are 379.0 of 1,024, so that 379K is one reading of them and 380K is none.
    102,228,128 bytes are 97.49 of 1024²."""
    (tmp_path / "my.json").write_text(
        '{"input": [757], "layers": [{"op": "linear", "out_features": 512}]}'
    )
    size = {"model": f"{tmp_path}/my.json", "quantity": "parameters"}  # 757·512 + 512
    memory = {"model": "resnet50", "quantity": "memory_parameters"}
    stated = ["388K", "379K", "380K", "97.5MB"]
    claims = [{**(memory if "B" in text else size), "stated": text, "id": text} for text in stated]
    assert main(["claims", "--file", written(tmp_path, *claims), "--format", "json"]) == 1
    found = {record["id"]: record for record in json.loads(capsys.readouterr().out)}
    assert [found[text]["computed"] for text in stated] == [388_096] * 3 + [102_228_128]
    assert [found[text]["is_expected"] for text in stated] == [True, False, False, False]
    readings = {text: found[text]["reading"] for text in stated[1:]}
    assert readings == {
        "379K": "K = 1,024: 388,096", "380K": None, "97.5MB": "MB = 1,048,576: 102,228,128",
    }  # fmt: skip


def test_bytes_may_be_called_b(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    memory = {"model": "lenet5", "quantity": "memory_parameters"}
    claims = [{**memory, "stated": "240,000 B"}, {**memory, "stated": "2.4e5 bytes", "id": "e"}]
    assert main(["claims", "--file", written(tmp_path, *claims)]) == 0
    assert "2 of 2 claims met" in capsys.readouterr().out


def test_models_are_what_commands_take(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "my.json").write_text(
        '{"input": [3, 8, 8], "layers": [{"op": "conv2d", "out_channels": 4, "kernel_size": 3}]}'
    )
    (tmp_path / "net.py").write_text("import torch\nNet = lambda: torch.nn.Linear(8, 4)\n")
    own = {"model": f"{tmp_path}/my.json", "quantity": "parameters", "stated": 112}  # 3·3·3·4 + 4
    code = {
        "model": f"{tmp_path}/net.py:Net[input=8]", "quantity": "parameters", "stated": 36,
        "id": "code",
    }  # fmt: skip
    # 4 of 6x6 outputs of 27 multiply-adds, of two samples.
    macs = {**own, "model": f"{tmp_path}/my.json[batch=2]", "quantity": "macs", "stated": 7_776}
    file = written(tmp_path, own, macs, code)
    assert main(["claims", "--file", file]) == 2
    assert capsys.readouterr().err == (
        f"archcalc: {file}: claims[2].model: '{code['model'][:57]}"[:10_000]
        + ("...'" if len(code["model"]) > 60 else code["model"][57:] + "'")
        + " is code, which a claims file does not run; --run-code lets it\n"
    )
    assert main(["claims", "--file", file, "--run-code"]) == 0
    assert capsys.readouterr().out.endswith("3 of 3 claims met\n")


def test_a_figure_in_flops_that_is_one_of_macs_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """15,470,264,320 multiply-adds, which many papers call FLOPs."""
    claim = {"model": "vgg16", "quantity": "flops", "stated": "15.5 GFLOPs"}
    assert main(["claims", "--file", written(tmp_path, claim)]) == 1
    assert " ".join(capsys.readouterr().out.split()) == (
        "vgg16 flops stated 15.5 GFLOPs, computed 30,940,528,640: 49.9% too low; a reading that "
        "agrees: multiply-adds, which are half as many: 15,470,264,320 0 of 1 claims met"
    )


def test_a_figure_that_a_tool_prints_is_explained_by_its_convention(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """fvcore prints 1,504,878,688 for torchvision's googlenet, of 1,498,376,192 multiply-adds; of
    two digits, 1.4G, no tool is asked."""
    claim = {"model": "googlenet-bn", "quantity": "macs"}
    stated = ["1,504,878,688", "1.505G", "1.4G"]
    claims = [{**claim, "stated": text, "id": text} for text in stated]
    assert main(["claims", "--file", written(tmp_path, *claims), "--format", "json"]) == 1
    readings = [record["reading"] for record in json.loads(capsys.readouterr().out)]
    sum_of_fvcore = "MACs + 2·3,226,160 batch norm + 50,176 global avg pool inputs"
    said = f"as fvcore counts, {sum_of_fvcore}: 1,504,878,688"
    assert readings == [said, said, None]


def test_the_source_and_the_place_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(
        tmp_path,
        fc6(stated="102.8M", at="row 3", id="third"),
        fc6(stated=1, source="README"),
        source="Table 2",
    )
    assert main(["claims", "--file", file, "third"]) == 0
    assert "source    Table 2 row 3: mine.json\n" in capsys.readouterr().out
    unnamed = written(tmp_path, fc6(stated="102.8M", at="row 3", id="third"))
    assert main(["claims", "--file", unnamed, "third"]) == 0
    assert "source    mine.json row 3\n" in capsys.readouterr().out
    written(tmp_path, fc6(stated=1, source="README"))
    assert main(["claims", "--file", file, "--source", "README"]) == 1
    assert capsys.readouterr().out.endswith("0 of 1 claims met\n")


WRONG = [
    (5, "claims[0]: a claim is an object, got 5"),
    ({}, "claims[0]: 'model' and 'quantity' and 'stated' are missing"),
    (fc6(), "claims[0]: 'stated' is missing"),
    (fc6(stated=1, value=2), "claims[0]: unknown key 'value'"),
    (fc6(stated=1.5), "claims[0].stated: is a text, got 1.5"),
    (fc6(stated=True), "claims[0].stated: is a text, got true"),
    (fc6(stated=""), "claims[0].stated: is a text, got ''"),
    (fc6(stated="lots"), "claims[0].stated: states a figure such as 138M"),
    (fc6(stated="-3M"), "claims[0].stated: states a figure such as 138M"),
    (fc6(stated="1 GFLOPs"), "claims[0].stated: 'flops' is a unit of operations, and of no param"),
    (fc6(stated="97 MB"), "claims[0].stated: no unit 'MB'; parameters takes K, M, G, T or none"),
    (fc6(stated="1", rounding="nearst"), "claims[0].rounding: is one of any, exact, nearest"),
    ({**fc6(stated=1), "quantity": "params"}, "claims[0].quantity: no quantity 'params'; did you"),
    ({**fc6(stated=1), "quantity": "memory_peak", "stated": "1 Mb"},
     "claims[0].stated: no unit of bytes 'Mb'; did you mean 'MB'?"),
    ({**fc6(stated=1), "model": ["vgg16"]}, "claims[0].model: is a text, got ['vgg16']"),
    ({**fc6(stated=1), "model": None}, "claims[0].model: is a text, got null"),
    ({**fc6(stated=1), "model": "vgg17"}, "claims[0].model: no model 'vgg17'; did you mean"),
    ({**fc6(stated=1), "model": "vgg*"}, "claims[0].model: one model is wanted, got 'vgg*'"),
    ({**fc6(stated=1), "layer": "fc9"}, "claims[0].layer: vgg16 has no layer 'fc9'; did you mean"),
    ({**fc6(stated=1), "layer": "input"}, "claims[0].layer: vgg16 has no layer 'input'"),
    ({**fc6(stated=1), "layer": {}}, "claims[0].layer: is a text, got an object"),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "said"), WRONG)
def test_what_is_wrong_in_a_claim_has_its_place(
    claim: Any, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, claim)
    assert main(["claims", "--file", file]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"archcalc: {file}: {said}")
    assert len(err.splitlines()) == 1


def test_all_that_is_wrong_is_said_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, fc6(), fc6(stated=1), fc6(stated=2))
    assert main(["claims", "--file", file]) == 2
    assert [line.split(": ", 2)[2] for line in capsys.readouterr().err.splitlines()] == [
        "claims[0]: 'stated' is missing; " + claims_file._EXAMPLE,
        "claims[2]: the claim 'vgg16 fc6 parameters' is there twice; "
        "an 'id' of its own tells it from the other one",
        "2 problems",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "a claims file is an object with 'claims', a list"),
        ("{}", "claims: is a list of one claim at least"),
        ('{"claims": [], "sources": {}}', "unknown key 'sources'; did you mean 'source'?"),
        ('{"claims": ', "not JSON"),
    ],
)
def test_another_file_is_refused(
    text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.json").write_text(text)
    assert main(["claims", "--file", str(tmp_path / "mine.json")]) == 2
    assert said in capsys.readouterr().err


def test_the_work_of_a_file_is_bounded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = {"quantity": "parameters", "stated": 1}
    many = [{**one, "model": "lenet5", "id": str(i)} for i in range(1_001)]
    assert main(["claims", "--file", written(tmp_path, *many)]) == 2
    assert "claims: has 1,001 claims; the most is 1,000\n" in capsys.readouterr().err
    monkeypatch.setattr(claims_file, "MOST_JUDGED_LAYERS", 25)  # lenet5 has 13 nodes
    assert main(["claims", "--file", written(tmp_path, *many[:3])]) == 2
    said = "claims[1]: the networks of the claims come to more than 25 layers\n"
    assert capsys.readouterr().err.endswith(said)
    assert main(["claims", "--file", written(tmp_path, *many[:1])]) == 1


def test_a_file_in_place_of_an_id_is_pointed_at(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["claims", "mine.json"]) == 2
    assert capsys.readouterr().err.endswith("a file of claims is judged with --file mine.json\n")
    assert main(["claims", "--run-code"]) == 2
    assert capsys.readouterr().err == "archcalc: --run-code goes with --file FILE\n"


@pytest.mark.parametrize("format", ["text", "markdown", "csv", "json", "latex", "html"])
def test_every_format_has_a_row_a_claim(
    format: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, fc6(stated="102.8M"), {**fc6(stated=1), "layer": "fc7"})
    assert main(["claims", "--file", file, "--format", format]) == 1
    out = capsys.readouterr().out
    assert "102.8M" in out
    assert "fc7" in out
