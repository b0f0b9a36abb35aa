"""reports/ is what `archcalc report` writes, whole."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from itertools import count
from pathlib import Path

import pytest

from archcalc.claims.ledger import ledgers
from archcalc.cli import main
from archcalc.cli.files import write_folder
from archcalc.errors import ArchcalcError
from archcalc.names import catalog
from archcalc.network import load, models
from archcalc.report import pages

REPORTS = Path(__file__).parent.parent / "reports"


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    return pages([*map(load, models())], [*map(load, catalog.built_in("studies"))])


def test_reports_are_in_sync(generated: dict[str, str]) -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in REPORTS.iterdir()}
    assert set(committed) == set(generated)
    stale = [name for name in generated if committed[name] != generated[name]]
    assert stale == [], "run archcalc report"


def test_every_network_is_linked_and_has_a_page(generated: dict[str, str]) -> None:
    overview = generated["README.md"]
    for name in models():
        assert f"[{name}]({name}.md)" in overview
        assert f"{name}.md" in generated


def test_pages_and_overview_are_short_until_something_is_opened(generated: dict[str, str]) -> None:
    """In lines that are seen: an overview of at most six screens, any other page of four. A screen
    is 45 lines; a picture counts by its height, 20 pixels a line."""
    for name, text in generated.items():
        if not name.endswith(".md"):
            continue
        most = 6 if name == "README.md" else 4
        assert lines_seen(text, generated) <= most * 45 * 1.6, name


def lines_seen(text: str, files: dict[str, str]) -> float:
    closed = re.sub(
        r"<details>.*?</details>\n", "", re.sub(NESTED, "", text, flags=re.S), flags=re.S
    )
    lines = 0.0
    for line in filter(None, closed.split("\n")):
        picture = re.fullmatch(r"!\[.*\]\((\S+\.svg)\)", line)
        if picture:
            height = re.search(r'height="([\d.]+)" role', files[picture[1]])
            assert height is not None
            lines += float(height[1]) / 20
        else:
            lines += 1 + len(line) // 160
    return lines


NESTED = r"<details><summary>\d+ more studies</summary>.*</details>\n\n(?=##|---)"


def test_every_picture_is_shown_and_every_shown_one_is_there(generated: dict[str, str]) -> None:
    pages = "".join(text for name, text in generated.items() if name.endswith(".md"))
    shown = set(re.findall(r"\]\((\S+\.svg)\)", pages))
    assert shown == {name for name in generated if name.endswith(".svg")}


def test_what_only_documents_state_is_on_the_page_of_claims(generated: dict[str, str]) -> None:
    assert "| d4 line" not in generated["googlenet.md"]
    assert "d4 line" in generated["claims.md"]


def test_each_source_of_claims_opens_once(generated: dict[str, str]) -> None:
    summaries = re.findall(r"<summary>([\w-]+): (\d+) claims?\b", generated["claims.md"])
    counted = Counter(claim.source.name for claim in ledgers())
    assert {name: int(many) for name, many in summaries} == counted
    assert len(summaries) == len(counted)


def test_a_page_has_the_figures_and_the_arithmetic(generated: dict[str, str]) -> None:
    page = generated["googlenet.md"]
    assert re.search(r"\n\| +6,998,552 +\| +1,582,671,872 +\|", page)
    # The whole-network total, the module's, and the comparison stand on the page.
    for figure in ("1,582,671,872", "73,608,192", "112,896,000", "5,268,480", "21.4x fewer"):
        assert figure in page


def test_a_folder_that_cannot_be_written_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "reports"
    assert main(["report", "--models", "lenet5", "--output", str(folder)]) == 2
    assert capsys.readouterr().err == (
        f"archcalc: cannot write {folder}: not a directory; nothing was written\n"
    )


def test_a_page_that_cannot_be_written_leaves_the_folder_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "README.md").write_text("before")
    (tmp_path / "lenet5.md").mkdir()
    assert main(["report", "--models", "lenet5", "--output", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"archcalc: cannot write {tmp_path / 'lenet5.md'}: is a directory; nothing was written\n"
    )
    assert (tmp_path / "README.md").read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", "lenet5.md"]


def test_a_full_disk_leaves_no_page(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk: the overview fits in it, no page does."""
    folder = tmp_path / "out"
    folder.mkdir()
    report = ["report", "--models", "lenet5", "--output", str(folder)]
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000)); "
        f"from archcalc.cli import main; sys.exit(main({report!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    page = folder / "lenet5.md"
    assert done.stderr == f"archcalc: cannot write {page}: file too large; nothing was written\n"
    assert done.returncode == 2
    assert [path.name for path in tmp_path.rglob("*")] == ["out"]


OLD = {"README.md": "old", "lenet5.md": "old", "notes.txt": "kept"}
NEW = {"README.md": "new", "lenet5.md": "new", "vgg16.md": "new"}


def old_folder(path: Path, kind: str) -> Path:
    """A folder with an earlier report and a file of the user's, which one of several kinds."""
    path.mkdir()
    for name, text in OLD.items():
        (path / name).write_text(text)
    if kind == "with a folder in it":
        (path / "figures").mkdir()
    return path


def texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


KINDS = ["with files alone", "with a folder in it"]


@pytest.mark.parametrize("kind", KINDS)
def test_pages_take_the_place_of_old_ones_and_other_files_stay(kind: str, tmp_path: Path) -> None:
    folder = old_folder(tmp_path / "out", kind)
    folder.chmod(0o750)
    write_folder(folder, NEW)
    assert texts(folder) == OLD | NEW
    assert (folder / "figures").exists() == (kind == "with a folder in it")
    assert folder.stat().st_mode & 0o777 == 0o750
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_folder_that_one_is_in_stays_the_same_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = old_folder(tmp_path / "out", "")
    monkeypatch.chdir(folder)
    write_folder(Path("."), NEW)
    assert texts(Path(".")) == OLD | NEW


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    folder = old_folder(tmp_path / "out", "")
    link = tmp_path / "link"
    link.symlink_to(folder)
    write_folder(link, NEW)
    assert link.is_symlink()
    assert texts(folder) == OLD | NEW


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", ["rename", "replace", "link"])
@pytest.mark.parametrize("time", range(4))
def test_a_failure_at_any_step_leaves_all_as_it_was(
    kind: str, step: str, time: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And says that nothing was written, or there was no failure and all was."""
    folder = old_folder(tmp_path / "out", kind)
    fail_at(monkeypatch, step, time, OSError(5, "Input/output error"))
    said = ""
    try:
        write_folder(folder, NEW)
    except ArchcalcError as error:
        said = str(error).partition(": ")[2]
    assert said in ("", "input/output error; nothing was written")
    assert texts(folder) == (OLD if said else OLD | NEW)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def fail_at(monkeypatch: pytest.MonkeyPatch, step: str, time: int, error: BaseException) -> None:
    """The so-manieth call of `os.rename`, `os.replace` or `os.link` fails, once."""
    calls = count()
    real = getattr(os, step)

    def failing(*paths: Path) -> None:
        if next(calls) == time:
            raise error
        real(*paths)

    monkeypatch.setattr(os, step, failing)


KILLED = """
import os, signal, sys
from itertools import count
from pathlib import Path
from archcalc.cli.files import write_folder

step, time, folder, *names = sys.argv[1:]
real, calls = getattr(os, step), iter(range(99))

def killed(*paths):
    if next(calls) == int(time):
        os.kill(os.getpid(), signal.SIGKILL)
    real(*paths)

setattr(os, step, killed)
write_folder(Path(folder), dict.fromkeys(names, "new"))
"""


@pytest.mark.parametrize(("step", "time"), [("link", 0), ("rename", 0), ("rename", 1)])
def test_a_kill_at_any_step_mixes_no_pages(step: str, time: int, tmp_path: Path) -> None:
    """Between the two renames there are none; the next run clears away what the killed one left."""
    folder = old_folder(tmp_path / "out", "with files alone")
    command = [sys.executable, "-c", KILLED, step, str(time), str(folder), *NEW]
    assert subprocess.run(command).returncode == -signal.SIGKILL
    assert not folder.exists() or texts(folder) == OLD
    assert len(list(tmp_path.iterdir())) == 2
    with pytest.raises(ArchcalcError):
        write_folder(folder, {"README.md": "new", "no/such.md": "new"})
    assert texts(folder) == OLD
    write_folder(folder, NEW)
    assert texts(folder) == OLD | NEW
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_report_of_a_users_own_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text((catalog.specs_folder() / "networks" / "lenet5.json").read_text())
    assert main(["report", "--models", str(file), "--output", str(tmp_path / "out")]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        *("README.md", "mine-cost.svg", "mine.md", "networks.svg"),
    ]
    overview = (tmp_path / "out" / "README.md").read_text()
    assert "\n1 network, computed from its spec; its name leads to its arithmetic.\n" in overview
    assert "claims.md" not in overview
    assert "Studies" not in overview


def test_a_report_of_other_inputs(tmp_path: Path) -> None:
    """Claims are about ResNet-50 at 224; all its MACs but the linear layer's go with the area."""
    out = tmp_path / "out"
    options = ["--input", "320", "--batch", "8", "--output", str(out)]
    assert main(["report", "resnet50", *options]) == 0
    page = (out / "resnet50.md").read_text()
    macs = 8 * ((3_857_973_248 - 2_048_000) * 320**2 // 224**2 + 2_048_000)
    assert (
        f"resnet50, 3x320x320, batch 8, eval mode, without the softmax at its end: {macs:,}" in page
    )
    assert "Stated about" not in page
    assert "matrix products, batch 8;" in (out / "README.md").read_text()
    assert "parameters against MACs, batch 8" in (out / "networks.svg").read_text()


def a_network(path: Path, *presets: str) -> str:
    """A file of the smallest network, or of a few of them."""
    path.parent.mkdir(exist_ok=True)
    tree = {"title": "T", "year": 2024, "source": "s", "input": [1], "layers": [{"op": "relu"}]}
    members = {"presets": {name: {} for name in presets}} if presets else {}
    path.write_text(json.dumps({**tree, **members}))
    return str(path)


def test_no_page_is_lost_to_another_of_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = a_network(tmp_path / "a" / "net.json"), a_network(tmp_path / "b" / "NET.json")
    readme = a_network(tmp_path / "my.json", "README", "vgg16")
    for selection, said in (
        (f"{one},{other}", f"{other} and {one} would have the same page, NET.md"),
        (readme, f"{readme}:README and the overview would have the same page, README.md"),
    ):
        assert main(["report", "--models", selection, "--output", str(tmp_path / "out")]) == 2
        assert capsys.readouterr().err == f"archcalc: {said}; rename one of them\n"
    assert not (tmp_path / "out").exists()


def test_a_file_s_name_is_no_markdown(tmp_path: Path) -> None:
    file = a_network(tmp_path / "a|b [c](d) #e.json")
    assert main(["report", "--models", file, "--output", str(tmp_path / "out")]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "README.md", "a-b--c--d---e-cost.svg", "a-b--c--d---e.md",
    ]  # fmt: skip
    overview = (tmp_path / "out" / "README.md").read_text()
    assert r"| [a\|b \[c\](d) #e](a-b--c--d---e.md) |" in " ".join(overview.split())
