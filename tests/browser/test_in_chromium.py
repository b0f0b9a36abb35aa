"""The page in a real browser: figures and texts equal archcalc's, and every view can be used.

Needs Playwright and a Chromium of the system (`chromium`, `chromium-browser` or `google-chrome`);
skipped, and said so, where there is none.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import archcalc
from archcalc.arithmetic import Zero
from archcalc.errors import ArchcalcError
from archcalc.graph import NamedInputs, Node
from archcalc.names import catalog
from archcalc.network import Network
from archcalc.page import page
from archcalc.page.variable import what_varies
from archcalc.traced import formula, substituted

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this system"),
]
FEW = [
    *("lenet5", "alexnet", "googlenet", "resnet50", "vgg16", "nasnet-a-cifar", "zfnet-deconv"),
    *("swin-t", "mixer-b-16", "gpt2"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "page.html"
    networks = [archcalc.load(name) for name in archcalc.models()]
    studies = [archcalc.load(name) for name in catalog.built_in("studies")]
    file.write_text(page(networks, studies), encoding="utf-8")
    return file


class Tab:
    """A page that is open, with what it said and asked for."""

    def __init__(self, browser: Any, file: Path, width: int = 1280, scheme: str = "light"):
        self.file = file
        self.page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.said: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.said.append(f"asks for {request.url}"))
        self.go("")

    def go(self, address: str) -> None:
        self.page.goto("about:blank")
        self.said.clear()
        self.page.goto(f"{self.file.as_uri()}#{address}")
        self.page.wait_for_selector("h1")
        self.said[:] = [text for text in self.said if text != f"asks for {self.file.as_uri()}"]

    def text(self, selector: str) -> str:
        found: str = self.page.inner_text(selector)
        return found


@pytest.fixture
def tab(browser: Any, everything: Path) -> Iterator[Tab]:
    opened = Tab(browser, everything)
    yield opened
    assert opened.said == []
    opened.page.close()


COUNT = """([id, options]) => {
  const { byId, graphOf, count, working, toolsOf } = window.archcalc;
  const net = byId.get(id), graph = graphOf(net), found = count(net, graph, options);
  if (found.error) return JSON.stringify({ error: found.error });
  const { shapes, p, m, act, live, depth } = found;
  const texts = graph.nodes.map((_, i) => ["P", "M"].map((key) => working(found, graph, i, key)));
  const names = graph.nodes.map((node) => node.name);
  const tools = toolsOf(net, found, graph).map(({ tool, number }) => [tool, number ?? null]);
  return JSON.stringify({ names, shapes, p, m, act, live, depth, texts, tools });
}"""


def settings(net: Network) -> list[dict[str, Any]]:
    """What a network is counted at: as it is; elsewhere where it takes an image."""
    found: list[dict[str, Any]] = [{}, {"batch": 3, "bytes": 2}]
    if what_varies(net).input and not isinstance(net.input, NamedInputs):
        _, height, width = net.input
        found += [{"sides": [height + 64, width + 32]}, {"sides": [height * 2 + 1, width * 2]}]
    return found


def otherwise(net: Network, options: dict[str, Any]) -> Network | None:
    """The network with other settings; None where archcalc refuses them."""
    if not options:
        return net
    sides = options.get("sides")
    try:
        return archcalc.load(
            net.name,
            input=[net.input[0], *sides] if sides else None,  # type: ignore[index]
            batch=options.get("batch", 1),
            bytes_per_number=options.get("bytes", 4),
        )
    except ArchcalcError:
        return None


def compare(tab: Tab, name: str) -> None:
    usual = archcalc.load(name)
    for options in settings(usual):
        counted = json.loads(tab.page.evaluate(COUNT, [name, options]))
        where = f"{name} {options}"
        net = otherwise(usual, options)
        if net is None:
            if name != "zfnet-deconv":  # its unpooling must fit the pooling far before it
                assert "error" in counted, where
            continue
        assert "error" not in counted, (where, counted)
        readings = [net.readings_by_name[node.name] for node in net.nodes]
        assert counted["names"] == [node.name for node in net.nodes]
        assert counted["shapes"] == [list(node.shape) for node in net.nodes], where
        assert counted["p"] == [reading.parameters for reading in readings], where
        assert counted["m"] == [reading.macs for reading in readings], where
        assert counted["live"] == [net.live_bytes[node.name] for node in net.nodes], where
        assert counted["depth"] == [net.depths[node.name] for node in net.nodes], where
        assert sum(counted["act"]) == net.activations, where
        if options.get("batch", 1) == 1:
            check_texts(net, counted["texts"], where)
            said = archcalc.reconcile(net).derived.items()
            assert counted["tools"] == [[name, each.number] for name, each in said], where


def check_texts(net: Network, texts: list[Any], where: str) -> None:
    """The arithmetic of each node as `explain` has it."""
    known: dict[Any, list[dict[str, str]]] = {}
    for node, pair in zip(net.nodes, texts, strict=True):
        key = (id(node.op), node.input_shapes, *map(type, node.input_shapes))
        if key not in known:
            known[key] = explained_texts(net, node)
        for expected, shown in zip(known[key], pair, strict=True):
            assert expected == {part: shown.get(part) for part in expected}, (where, node.name)


def explained_texts(net: Network, node: Node) -> list[dict[str, str]]:
    """What `explain` says of a node's parameters and MACs."""
    reading = net.explained(node)
    return [
        {"reason": number.reason}
        if isinstance(number, Zero)
        else {"names": formula(number), "digits": substituted(number, commas=True)}
        for number in (reading.parameters, reading.op.macs(reading.y, *reading.xs))
    ]


@pytest.mark.parametrize("name", FEW)
def test_figures_and_arithmetic_equal_archcalcs(tab: Tab, name: str) -> None:
    compare(tab, name)


@pytest.mark.slow
def test_those_of_every_spec_do(tab: Tab) -> None:
    for kind in catalog.SPEC_FOLDERS:
        for name in catalog.built_in(kind):
            compare(tab, name)


@pytest.mark.slow
def test_every_network_says_that_it_is_equal(tab: Tab) -> None:
    for kind in catalog.SPEC_FOLDERS:
        for name in catalog.built_in(kind):
            tab.page.evaluate("(id) => { location.hash = '#' + id }", name)
            tab.page.wait_for_function("(id) => location.hash.slice(1) === id", arg=name)
            tab.page.wait_for_selector(f"main[data-shows='{name}']")
            assert tab.text("#equal") == "✓ equal to archcalc's figures", name


# --- what a reader does ---------------------------------------------------------------------------


def test_the_network_below_five_gmacs_with_the_fewest_errors(tab: Tab) -> None:
    tab.page.fill("input[aria-label='filter networks']", "macs<5G error<100")
    tab.page.click("th button:has-text('Top-1 error')")
    first = tab.page.inner_text("tbody tr:first-child td:nth-child(2)")
    errors = tab.page.locator("tbody tr td:nth-child(10)").all_inner_texts()
    found = [float(text.rstrip("%")) for text in errors]
    assert found == sorted(found)
    assert len(found) > 3
    assert "filter=macs%3C5G" in tab.page.url
    tab.page.click("tbody tr:first-child a")
    assert tab.text("h1") == first.strip()
    assert "equal to archcalc's figures" in tab.text("main")


def test_a_network_begins_at_its_top_and_the_list_is_where_it_was_left(tab: Tab) -> None:
    row = tab.page.locator("tbody tr a").nth(60)
    row.scroll_into_view_if_needed()
    before = tab.page.evaluate("scrollY")
    assert before > 500
    row.click()
    tab.page.wait_for_selector("#equal")
    assert tab.page.evaluate("scrollY") == 0
    tab.page.evaluate("scrollTo(0, 300)")
    tab.page.click(".tree [role=row] >> nth=2")
    assert tab.page.evaluate("scrollY") > 0, "a layer of it is chosen in its place"
    tab.page.click("nav a:has-text('Networks')")
    tab.page.wait_for_selector("th button")
    assert abs(tab.page.evaluate("scrollY") - before) < 50


def test_words_and_ranges_filter(tab: Tab) -> None:
    tab.go("?filter=vgg+params%3E130M")
    large = [
        net
        for name in archcalc.models()
        if "vgg" in name and (net := archcalc.load(name)).parameters > 130e6
    ]
    assert tab.page.locator("tbody tr").count() == len(large) > 5
    tab.page.fill("input[aria-label='filter networks']", "nosuchnetwork")
    assert tab.page.locator("tbody tr").count() == 0


def test_a_deep_link_opens_a_layer_at_another_input(tab: Tab) -> None:
    tab.go("googlenet/inception4a?input=320x320&batch=2")
    net = archcalc.load("googlenet", input=(3, 320, 320), batch=2)
    assert f"{net.macs:,}" in tab.text(".tiles")
    assert f"{net['inception4a'].macs:,}" in tab.text(".panel")
    assert "archcalc explain googlenet --layer inception4a --input 3x320x320 --batch 2" in (
        tab.text("main")
    )
    tab.go("googlenet/inception4a/nothing")
    assert "no layer" in tab.text(".panel")
    tab.go("nonet")
    assert "no network 'nonet'" in tab.text("main")


def test_what_if_changes_every_figure(tab: Tab) -> None:
    tab.go("resnet50")
    tab.page.fill("input[name=height]", "320")
    tab.page.fill("input[name=width]", "256")
    tab.page.fill("input[name=classes]", "10")
    net = archcalc.load("resnet50", input=(3, 320, 256), num_classes=10)
    assert f"{net.macs:,}" in tab.text(".tiles")
    assert f"{net.parameters:,}" in tab.text(".tiles")
    assert "input=320x256&classes=10" in tab.page.url
    tab.page.fill("input[name=height]", "1")
    tab.page.fill("input[name=width]", "0")
    assert "equal" in tab.text("main") or "No figures" in tab.text("main")
    tab.page.click("text=as defined")
    assert "25,557,032" in tab.text(".tiles")


def test_too_small_an_input_is_refused(tab: Tab) -> None:
    tab.go("vgg16?input=20x20")
    assert "No figures: pool5" in tab.text("main")


def test_the_tree_is_walked_by_keys(tab: Tab) -> None:
    tab.go("resnet50")
    tab.page.focus(".tree tbody tr:first-child")
    for _ in range(4):
        tab.page.keyboard.press("ArrowDown")
    path = "document.activeElement.dataset.path"
    assert tab.page.evaluate(path) == "layer1"
    tab.page.keyboard.press("ArrowRight")
    tab.page.keyboard.press("ArrowDown")
    assert tab.page.evaluate(path) == "layer1.0"
    tab.page.keyboard.press("Enter")
    assert "231,211,008" in tab.text(".panel")
    assert "#resnet50/layer1.0" in tab.page.url
    tab.page.keyboard.press("ArrowLeft")
    assert tab.page.evaluate(path) == "layer1"
    tab.page.keyboard.press("/")
    assert tab.page.evaluate("document.activeElement.name") == "find"
    tab.page.keyboard.type("vgg19")
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_function("document.title.startsWith('VGG-19')")


def test_the_diagram_leads_into_its_boxes(tab: Tab) -> None:
    tab.go("googlenet/inception4a")
    boxes = tab.page.locator(".diagram g[role=button]")
    assert boxes.count() == 8
    tab.page.click(".diagram g[aria-label^='inception4a.3x3.conv:']")
    assert "179,920" in tab.text(".panel")


@pytest.mark.parametrize("address", ["unet", "googlenet/inception4a", "vit-b-16"])
def test_all_of_a_diagram_is_in_its_picture(tab: Tab, address: str) -> None:
    """U-Net's shortcuts go far around its boxes."""
    tab.go(address)
    ends = """svg => {
      const right = svg.getBoundingClientRect().right;
      const parts = [...svg.querySelectorAll("path, rect, text")];
      return parts.map((part) => part.getBoundingClientRect().right - right);
    }"""
    beyond = tab.page.locator("svg[aria-label^=diagram]").first.evaluate(ends)
    assert len(beyond) > 20
    assert max(beyond) <= 0


def test_behind_gates_the_receptive_field_goes_on_through_windows(tab: Tab) -> None:
    tab.go("efficientnet-b0")
    # 851 is the receptive field of the convolutions alone; through the gates all is seen.
    assert "whole (851)" in tab.text("main")
    assert "up to 851 through windows" in tab.text("main")


def test_studies_claims_and_compare(tab: Tab) -> None:
    tab.go("studies")
    assert "44.9% fewer" in tab.text("main")
    pooling = tab.text("#study-overlapping-pooling").split("\n")
    said = pooling.index("operations: compare")
    assert [text for text in pooling[said:] if text][1:3] == ["560K", "2.67x as many"]
    tab.go("studies/inception-3a-naive")
    card = "#study-inception-3a-naive"
    assert tab.page.locator(card).bounding_box()["y"] < 200, "the address leads to its card"
    tab.page.click(f"{card} summary")
    tab.page.wait_for_selector(f"{card} g[role=button]")
    tab.go("claims?verdict=contradicted&source=d4")
    assert tab.page.locator("tr[data-claim]").count() >= 10
    tab.go("compare/vgg16,resnet50")
    assert "4.01x fewer" in tab.text("main")
    assert "112x112" in tab.text("main")
    tab.go("compare/vit-b-16,resnet50")
    depths = tab.page.locator("table.narrow tr", has=tab.page.locator("th:text-is('depth')"))
    assert depths.locator("td").last.inner_text() == "50 equal"
    tab.go("compare/swin-t,vit-b-16")
    row = tab.page.locator("tbody tr", has=tab.page.locator("th:text-is('16')"))
    assert row.locator("td").first.inner_text().split("\n") == ["14x14", "197 tokens, 14x14"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "address",
    ["", "googlenet/inception4a", "compare/vgg16,resnet50", "studies", "claims"],
)
def test_a_phone_needs_no_sideways_scroll(
    browser: Any, everything: Path, address: str, scheme: str
) -> None:
    phone = Tab(browser, everything, width=390, scheme=scheme)
    phone.go(address)
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390
    ground = "getComputedStyle(document.body).backgroundColor"
    expected = {"light": "rgb(255, 255, 255)", "dark": "rgb(13, 17, 23)"}[scheme]
    assert phone.page.evaluate(ground) == expected
    assert phone.said == []
    phone.page.close()


VIEWS = {
    "networks": "",
    "network": "googlenet/inception4a?input=320x320",
    "refused": "vgg16?input=20x20",
    "compare": "compare/vgg16,resnet50",
    "studies": "studies",
    "claims": "claims?verdict=contradicted",
    "nothing": "nonet",
}


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
@pytest.mark.parametrize("address", VIEWS.values(), ids=VIEWS)
def test_axe_finds_nothing(
    browser: Any, everything: Path, address: str, scheme: str, width: int
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe")
    opened = Tab(browser, everything, width=width, scheme=scheme)
    opened.go(address)
    levels = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = axe.Axe().run(opened.page, options={"runOnly": levels, "resultTypes": ["violations"]})
    assert [(one["id"], one["nodes"]) for one in found.response["violations"]] == []
    opened.page.close()


def test_the_scheme_can_be_chosen(tab: Tab) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    tab.page.click("#theme")
    tab.page.click("#theme")
    assert tab.page.evaluate(ground) == "rgb(13, 17, 23)"


def test_a_phone_shows_the_figures_of_two_networks(browser: Any, everything: Path) -> None:
    phone = Tab(browser, everything, width=390)
    phone.go("compare/vgg16,resnet50")
    for cell in phone.page.locator("table.narrow tbody tr td:last-child").all():
        box = cell.bounding_box()
        assert box["x"] + box["width"] <= 390
    phone.page.close()


def test_a_users_own_spec_has_its_page(browser: Any, tmp_path: Path) -> None:
    spec = tmp_path / "mine.json"
    spec.write_text(
        '{"title": "<b>Mine</b>", "year": 2024, "source": "s", "input": [3, 16, 16], "layers": '
        '[{"name": "c", "op": "conv2d", "out_channels": 8, "kernel_size": 3}, {"op": "relu"}]}'
    )
    file = tmp_path / "mine.html"
    file.write_text(page([archcalc.load(spec)]), encoding="utf-8")
    opened = Tab(browser, file)
    opened.go("mine/c")
    assert opened.text("h1") == "<b>Mine</b>"
    side = random.randrange(20, 99)
    opened.page.fill("input[name=height]", str(side))
    opened.page.fill("input[name=width]", str(side))
    macs = (side - 2) ** 2 * 8 * 27
    assert f"{macs:,}" in opened.text(".panel")
    assert opened.said == []


def test_networks_of_several_sizes_are_all_in_the_first_view_of_their_page(
    browser: Any, tmp_path: Path
) -> None:
    file = tmp_path / "few.html"
    few = ["resnet50", "lenet5", "gpt2"]
    file.write_text(page([*map(archcalc.load, few)]), encoding="utf-8")
    opened = Tab(browser, file)
    assert "3 of 3 networks" in opened.text("main")
    assert opened.said == []


def test_a_network_set_otherwise_is_counted_so(browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "mine.html"
    net = archcalc.load("resnet18", input=(3, 96, 96), batch=8, bytes_per_number=2, num_classes=7)
    file.write_text(page([net]), encoding="utf-8")
    opened = Tab(browser, file)
    assert opened.text("h1") == "ResNet-18", "the only network of a page is what it shows"
    assert f"{net.macs:,}" in opened.text(".tiles")
    assert f"{net.memory_peak:,} B" in opened.text(".tiles")
    assert opened.text("#equal") == "✓ equal to archcalc's figures"
    assert opened.text("#equal ~ code") == (
        "archcalc explain resnet18 --set num_classes=7 --input 3x96x96 --batch 8 --bytes 2"
    )
    opened.page.fill("input[name=batch]", "1")
    one = archcalc.load("resnet18", input=(3, 96, 96), bytes_per_number=2, num_classes=7)
    assert f"{one.macs:,}" in opened.text(".tiles")
    assert opened.said == []
