"""One HTML file that needs nothing else: data, formulas, style and script, and a policy that allows
no more."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from importlib.resources import files

from archcalc.network import Network
from archcalc.page.payload import Payload
from archcalc.page.trees import BOX_WIDTH
from archcalc.parts.checks import check_learning_known
from archcalc.pictures.palette import COLOURS

SCRIPTS = (
    *("engine.js", "parts.js", "diagram.js", "scatter.js", "filter.js", "networks.js", "view.js"),
    *("tree.js", "panel.js", "execution.js", "network.js", "compare.js", "studies.js", "claims.js"),
    "addresses.js",
)
STYLES = ("elements.css", "views.css", "media.css")

_PAGE = """\
<!doctype html>
<html lang="en" data-theme="auto">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
script-src '{script_hash}'; style-src '{style_hash}'; img-src data:; \
base-uri 'none'; form-action 'none'">
<link rel="icon" href="data:,">
<title>archcalc</title>
<style>{style}</style>
</head>
<body>
<header>
<a class="name" href="#"><svg width="16" height="14" aria-hidden="true">\
<rect class="k1" width="16" height="4"/><rect class="k3" y="5" width="11" height="4"/>\
<rect class="kl" y="10" width="6" height="4"/></svg>archcalc</a>
<nav aria-label="views">{views}</nav>
<form id="find" role="search"><input name="find" list="all-networks" type="search" \
placeholder="find a network  /" aria-label="find a network"></form>
<button id="theme" type="button" title="light, dark or as the system has it">theme: auto</button>
</header>
<main><noscript>This page counts in the browser: it needs JavaScript.</noscript></main>
<datalist id="all-networks"></datalist>
<script type="application/json" id="data">{data}</script>
<script>{script}</script>
</body>
</html>
"""
_EXTRA = {"link": ("#0a5cad", "#6cb6ff"), "chosen": ("#d9eafb", "#15304d")}
"""Colours of the page that no picture has: of links and of what is chosen."""


def page(networks: Sequence[Network], studies: Sequence[Network] = ()) -> str:
    """The page of some networks; with studies, they and what is stated have views of their own."""
    check_learning_known(networks, "page")
    payload = Payload(networks, studies)
    script = _script(payload.formulas)
    style = _style()
    data = json.dumps(payload.data, ensure_ascii=False, separators=(",", ":"))
    views = [("", "Networks"), ("compare", "Compare")]
    if studies:
        views += [("studies", "Studies"), ("claims", "Claims")]
    return _PAGE.format(
        script_hash=_hash(script),
        style_hash=_hash(style),
        style=style,
        views="".join(f'<a href="#{to}">{text}</a>' for to, text in views),
        data=data.replace("<", "\\u003c"),
        script=script,
    )


def _script(formulas: Sequence[str]) -> str:
    functions = ",\n".join(f"(x,y,f)=>{code}" for code in formulas)
    parts = [*map(_static, SCRIPTS)]
    first = 'const DATA = JSON.parse(document.querySelector("#data").textContent);'
    known = f"const BOX_WIDTH = {BOX_WIDTH};\nconst FORMULAS = [\n{functions}\n];"
    return "\n".join(["(() => {", parts[0], first, known, *parts[1:], "})();"])


def _static(name: str) -> str:
    return (files("archcalc.page") / "static" / name).read_text("utf-8")


def _style() -> str:
    light = {role: colour.light for role, colour in COLOURS.items()}
    dark = {role: colour.dark for role, colour in COLOURS.items()}
    light |= {role: colours[0] for role, colours in _EXTRA.items()}
    dark |= {role: colours[1] for role, colours in _EXTRA.items()}
    css = "".join(map(_static, STYLES))
    return (
        f":root{{{_variables(light)}}}"
        "@media screen and (prefers-color-scheme:dark)"
        f"{{:root[data-theme=auto]{{{_variables(dark)}}}}}"
        f"@media screen{{:root[data-theme=dark]{{color-scheme:dark;{_variables(dark)}}}}}"
        f":root[data-theme=light]{{color-scheme:light}}@media print{{:root{{color-scheme:light}}}}"
        f"\n{css}"
    )


def _variables(colours: dict[str, str]) -> str:
    return "".join(f"--{role}:{colour};" for role, colour in colours.items())


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
