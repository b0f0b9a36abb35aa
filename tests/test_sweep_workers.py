"""Sweeps side by side, elsewhere and in Parquet: the same rows, in the same bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from distributed import LocalCluster
from pyarrow.parquet import ParquetFile, read_table

import archcalc
from archcalc.cli import main
from archcalc.errors import ArchcalcError
from archcalc.network import load
from archcalc.sweeps import Cluster, Threads, blocks, evaluation, parquet, parts_folder
from archcalc.sweeps import space as spaces
from archcalc.sweeps.blocks import Rows, SpaceBlock, Task
from archcalc.sweeps.printed import refusals, sweep_table

WRN = {"depth": range(7, 50), "widen": range(1, 9), "height": [31, 32, 33]}
VGG = {"height": range(40, 0, -1), "width": [32, 5], "num_classes": [1, 9, 10]}
MODELS: dict[str, dict[str, Any]] = {"wrn-28-10": WRN, "vgg16": VGG}


def told(model: str, workers: Any, **asked: Any) -> tuple[Any, list[str]]:
    """All that a sweep says."""
    found = archcalc.sweep(load(model), MODELS[model], workers=workers, **asked)
    table = sweep_table(found, found.rows())
    return (table.title, table.as_records()), refusals(found)


class Backwards:
    """The last block is computed first."""

    def computed(self, task: Task, parts: Iterable[SpaceBlock]) -> Iterator[Rows]:
        first, *others = parts
        yield task.rows(first)
        late = {id(part): task.rows_known(part) for part in reversed(others)}
        yield from blocks.put_in_order(task, iter(others), lambda part: lambda: late[id(part)], 2)


@pytest.mark.parametrize("asked", [{}, {"where": "macs < 5e8"}, {"pareto": "parameters,-macs"}])
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("workers", [Threads(3), Backwards()], ids=["threads", "backwards"])
def test_any_number_of_workers_says_the_same(
    model: str, workers: Any, asked: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Figures, the points that stand for reasons, and how many closed forms there were."""
    monkeypatch.setattr(spaces, "POINTS_AT_ONCE", 20)
    monkeypatch.setattr(evaluation, "SAMPLE", 0)  # so that no network has been read before
    assert told(model, workers, **asked) == told(model, Threads(1), **asked)


def test_what_workers_cannot_say_is_computed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spaces, "POINTS_AT_ONCE", 20)
    monkeypatch.setattr(Task, "rows_known", lambda task, part: None)
    assert told("wrn-28-10", Threads(2)) == told("wrn-28-10", Threads(1))


def test_an_error_of_a_worker_is_the_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spaces, "POINTS_AT_ONCE", 20)
    space = {"depth": range(10, 101, 6), "widen": range(1, 20)}
    found = archcalc.sweep(
        load("wrn-28-10"), space, where="macs / (widen - 15) > 1", workers=Threads(2)
    )
    with pytest.raises(ArchcalcError, match="divides by zero"):
        list(found)


# --- elsewhere ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Of a cluster of two processes on this computer."""
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    with LocalCluster(
        n_workers=2, threads_per_worker=2, processes=True, dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("model", MODELS)
def test_a_cluster_says_the_same(model: str, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spaces, "POINTS_AT_ONCE", 20)
    assert told(model, Cluster(address)) == told(model, Threads(1))


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_writes_the_same_bytes(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spaces, "POINTS_AT_ONCE", 20)
    monkeypatch.setattr(parts_folder, "POINTS_A_PART", 100)
    words = ["sweep", "wrn-28-10", "--set", "depth=7:49", "--set", "widen=1:8", "--output"]
    assert main([*words, f"{tmp_path}/here/", "--threads", "1"]) == 0
    assert main([*words, f"{tmp_path}/there/", "--dask", address]) == 0
    here, there = (
        {file.name: file.read_bytes() for file in (tmp_path / name).iterdir()}
        for name in ("here", "there")
    )
    assert len(here) > 3
    assert here == there


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "no such thing", ""])
def test_no_cluster_is_said(
    address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(spaces, "POINTS_AT_ONCE", 2)
    monkeypatch.setattr("archcalc.sweeps.cluster.SECONDS", 0.5)
    words = ["sweep", "lenet5", "--input", "32:40", "--dask", address]
    assert main(words) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"archcalc: no Dask cluster at '{address}'")
    assert said.count("\n") == 1


def test_threads_and_a_cluster_are_not_asked_together(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["sweep", "lenet5", "--input", "32:40", "--dask", "tcp://x:1", "--threads", "2"]
    assert main(words) == 2
    said = "archcalc: --threads is for this computer, and --dask for others\n"
    assert capsys.readouterr().err == said


def test_a_sweep_loads_neither_dask_nor_pyarrow() -> None:
    program = (
        "import sys; from archcalc.cli import main; "
        "main(['sweep', 'lenet5', '--input', '32:34']); "
        "assert not {'dask', 'distributed', 'pyarrow', 'pandas'} & {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)


# --- Parquet --------------------------------------------------------------------------------------


def test_a_parquet_file_has_the_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spaces, "POINTS_AT_ONCE", 20)
    monkeypatch.setattr(parquet, "ROWS_A_GROUP", 50)
    file = tmp_path / "f.parquet"
    words = [
        "sweep",
        "wrn-28-10",
        "--set",
        "depth=7:49",
        "--set",
        "widen=1:8",
        "--input",
        "32,3x8x9",
    ]
    assert main([*words, "--output", str(file)]) == 0
    table = read_table(file)
    assert ParquetFile(file).num_row_groups > 5
    assert table.schema.names == ["depth", "widen", "input", "parameters", "macs", "refused"]
    assert [str(type) for type in table.schema.types] == [
        "int64", "int64", "string", "int64", "int64", "string"
    ]  # fmt: skip
    space = {"depth": range(7, 50), "widen": range(1, 9), "input": [32, (3, 8, 9)]}
    found = archcalc.sweep(load("wrn-28-10"), space)
    records = sweep_table(found, found.rows()).as_records()
    shown = [{**record, "input": str(record["input"])} for record in records]
    assert table.to_pylist() == shown
    assert any(row["macs"] is None and row["refused"] for row in shown)


def test_a_parquet_file_of_the_best_is_in_their_order(tmp_path: Path) -> None:
    file = tmp_path / "f.parquet"
    words = ["sweep", "resnet50", "--input", "64:512:32", "--sort", "macs", "--ascending"]
    assert main([*words, "--where", "macs > 1e9", "--limit", "2", "--output", str(file)]) == 0
    assert read_table(file).column("input").to_pylist() == [128, 160]


def test_numbers_over_64_bits_are_no_parquet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """49·C² of 10^9 channels is 4.9·10^19."""
    file = tmp_path / "f.parquet"
    assert main(["sweep", "one-7x7", "--set", "channels=10,1000000000", "--output", str(file)]) == 2
    said = "'parameters' has numbers over 64 bits; CSV and JSON have any whole number"
    assert capsys.readouterr().err == f"archcalc: {said}\n"
    assert list(tmp_path.iterdir()) == []
