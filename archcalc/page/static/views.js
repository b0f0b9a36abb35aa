// The other views, and the addresses that lead to all of them.

const COMPARED = ["var(--kind-1x1)", "var(--kind-linear)", "var(--kind-depthwise)", "var(--kind-products)"];

function viewCompare(ids) {
  const nets = ids.map((id) => byId.get(id)).filter(Boolean).slice(0, 4);
  const add = h("input", { list: "all-networks", placeholder: "add a network", "aria-label": "add a network", change: (event) => { const net = named(event.target.value); if (net) go("compare/" + [...new Set([...nets.map((n) => n.id), net.id])].slice(0, 4).join(",")); } });
  const square = (k) => h("svg", { width: 12, height: 12, "aria-hidden": "true" }, h("rect", { width: 12, height: 12, fill: COMPARED[k] }));
  const head = [h("h1", {}, "Compare"), h("p", { class: "muted" }, "Two to four networks side by side; ratios are against the first."), h("div", { class: "row chips controls" }, nets.map((net, k) => h("button", { "aria-label": "without " + net.title, click: () => go("compare/" + nets.filter((n) => n !== net).map((n) => n.id).join(",")) }, square(k), net.title, " ✕")), nets.length < 4 ? add : "")];
  if (!nets.length) return head;
  const counts = nets.map((net) => count(net, graphOf(net)));
  const rows = [["parameters", 0, exact], ["MACs", 1, exact], ["activations", 2, exact], ["depth", 3, String], ["peak live outputs", 4, memory], ["receptive field", 5, String]];
  const table = h("div", { class: "card scroll" }, h("table", { class: "narrow" }, h("thead", {}, h("tr", {}, h("th", {}, "figure"), nets.map((net, k) => h("th", { class: "n" }, h("span", { class: "cell" }, square(k), link(net.id, net.title)))))), h("tbody", {}, h("tr", {}, h("th", {}, "input"), nets.map((net) => h("td", { class: "n" }, said(net)))), rows.map(([name, i, write]) => h("tr", {}, h("th", {}, name), nets.map((net, k) => { const ratio = k && i < 5 ? against(net.equal[i], nets[0].equal[i]) : ""; return h("td", { class: "n" }, write(net.equal[i]), " ", ratio ? h("small", { class: ratio.includes("fewer") ? "fewer" : ratio === "equal" ? "muted" : "more" }, ratio) : ""); }))),
    h("tr", {}, h("th", {}, "top-1 error, as papers print"), nets.map((net) => h("td", { class: "n" }, errorOf(net) === null ? "-" : errorOf(net) + "%", h("small", { class: "muted" }, protocolOf(net))))))));
  const sizes = new Map();
  nets.forEach((net, k) => counts[k].shapes.forEach((shape, i) => {
    const positions = shape.length > 2 ? shape.slice(1) : shape.length === 2 ? [shape[0]] : [];
    const isVector = !positions.length || (positions.every((v) => v === 1));
    const key = isVector ? "vector" : positions.length > 1 ? positions.join("x") : positions[0] + " tokens";
    if (!sizes.has(key)) sizes.set(key, { area: isVector ? 0 : product(positions), p: [0, 0, 0, 0], m: [0, 0, 0, 0] });
    sizes.get(key).p[k] += counts[k].p[i];
    sizes.get(key).m[k] += counts[k].m[i];
  }));
  const shown = [...sizes].filter(([, v]) => v.p.some(Boolean) || v.m.some(Boolean)).sort((a, b) => b[1].area - a[1].area);
  const most = { p: Math.max(...shown.flatMap(([, v]) => v.p)), m: Math.max(...shown.flatMap(([, v]) => v.m)) };
  const cell = (v, key) => h("td", {}, nets.map((net, k) => h("div", { class: "cell" }, bar([{ label: net.title, value: v[key][k], fill: COMPARED[k] }], most[key], 180), v[key][k] ? `${short(v[key][k])} ${percent(v[key][k], net.equal[key === "p" ? 0 : 1])}` : h("span", { class: "muted" }, "none"))));
  const curves = (values, name) => { const width = Math.max(320, Math.min(900, document.documentElement.clientWidth - 80)), top = Math.max(...values.flat()); return h("div", { class: "card" }, h("svg", { width, height: 150, viewBox: `0 0 ${width} 150`, role: "img", "aria-label": name }, values.map((v, k) => h("path", { d: steps(v, top, width, 130), fill: "none", stroke: COMPARED[k], "stroke-width": 1.6 })), h("text", { x: 4, y: 146, class: "m" }, name))); };
  return [...head, table, h("h2", {}, "Where each spends, by the size of the map"), h("div", { class: "card scroll", tabindex: 0, role: "region", "aria-label": "cost by the size of the map" }, h("table", {}, h("thead", {}, h("tr", {}, h("th", {}, "map"), h("th", {}, "parameters"), h("th", {}, "MACs"))), h("tbody", {}, shown.map(([key, v]) => h("tr", {}, h("th", {}, key), cell(v, "p"), cell(v, "m")))))),
    h("h2", {}, "Memory while it runs"), curves(counts.map((c) => c.live), `bytes of outputs alive, over the share of layers that have run; at most ${memory(Math.max(...counts.flatMap((c) => c.live)))}`), h("h2", {}, "Receptive field by depth"), curves(counts.map((c) => c.rf.map((v) => (typeof v === "number" ? v : 0))), "pixels that one output sees, over the share of layers")];
}

function viewStudies(chosen) {
  const families = new Map();
  for (const net of DATA.studies) { if (!families.has(net.family)) families.set(net.family, []); families.get(net.family).push(net); }
  const sections = [...families].map(([family, members]) => {
    const most = [0, 1].map((i) => Math.max(...members.map((net) => net.equal[i])));
    return h("section", { id: "study-" + members[0].id }, h("h2", {}, family), h("p", { class: "muted" }, members[0].source), h("div", { class: "cols" }, members.map((net) => {
      const reference = members.find((other) => other.id === net.against);
      const line = (name, i, write) => h("div", { class: "figure" }, h("span", { class: "muted" }, name), h("span", { class: "cell" }, bar([{ label: name, value: net.equal[i], fill: "var(--plain)" }], most[i], 90), write(net.equal[i])), reference ? h("span", { class: { f: "fewer", e: "muted" }[(against(net.equal[i], reference.equal[i]).match(/fewer|equal/) || [""])[0][0]] || "more" }, against(net.equal[i], reference.equal[i])) : "");
      return h("div", { class: "card" }, h("h3", {}, link(net.id, net.title)), reference ? h("p", { class: "muted" }, "against " + reference.title) : "", line("parameters", 0, exact), line("MACs", 1, short), h("div", { class: "muted" }, `depth ${net.equal[3]}, RF ${net.equal[5]}`));
    })));
  });
  return [h("h1", {}, "Studies"), h("p", { class: "muted" }, "Small networks side by side: what one choice of design changes. Each leads to its layers and arithmetic."), sections];
}

const SIGNS = { exact: "=", rounded: "≈", approximate: "~", contradicted: "≠", "not computable": "–" };
const verdictOf = (claim) => Object.keys(SIGNS).find((v) => claim[6].startsWith(v)) || claim[6];
const claimTable = (claims) => h("div", { class: "card scroll" }, h("table", { class: "claims" }, h("thead", {}, h("tr", {}, ["where", "what", "stated", "computed", "verdict"].map((text) => h("th", {}, text)))), h("tbody", {}, claims.slice(0, 300).map(([id, source, at, text, stated, computed, verdict, reading, models]) => h("tr", { "data-claim": id }, h("td", { class: "where" }, link("claims?source=" + encodeURIComponent(DATA.sources[source][0]), DATA.sources[source][0]), " ", at), h("td", { class: "wrap" }, text, " ", models.filter((m) => byId.has(m)).slice(0, 3).map((m) => [link(m, m), " "])), h("td", { class: "wrap" }, cutTo(stated, 160)), h("td", { class: "wrap" }, cutTo(computed, 160)), h("td", { class: "wrap" }, SIGNS[verdictOf({ 6: verdict })] + " " + verdict, reading ? `; a reading that agrees: ${cutTo(reading, 120)}` : ""))))), claims.length > 300 ? h("p", { class: "muted" }, `${claims.length - 300} more: narrow the list`) : "");

function viewClaims(state) {
  const shown = { words: state.query.get("words") || "", source: state.query.get("source") || "", verdict: state.query.get("verdict") || "" };
  const list = h("div"), counted = h("p", { class: "muted", "aria-live": "polite" });
  const words = h("input", { type: "search", value: shown.words, placeholder: "words in a statement", "aria-label": "words in a statement", input: () => { shown.words = words.value; draw(); } });
  const source = h("select", { "aria-label": "source", change: () => { shown.source = source.value; draw(); } }, h("option", { value: "" }, "all sources"), DATA.sources.map(([name, title]) => h("option", { value: name, selected: name === shown.source }, `${name}: ${cutTo(title, 60)}`)));
  const verdicts = Object.keys(SIGNS).map((verdict) => h("button", { "data-verdict": verdict, click: () => { shown.verdict = shown.verdict === verdict ? "" : verdict; draw(); } }, `${SIGNS[verdict]} ${verdict} ${DATA.claims.filter((claim) => verdictOf(claim) === verdict).length}`));
  function draw() {
    for (const button of verdicts) button.setAttribute("aria-pressed", button.dataset.verdict === shown.verdict);
    const found = DATA.claims.filter((claim) => (!shown.source || DATA.sources[claim[1]][0] === shown.source) && (!shown.verdict || verdictOf(claim) === shown.verdict) && (claim[3] + claim[4] + claim[0] + claim[8].join(" ")).toLowerCase().includes(shown.words.toLowerCase()));
    counted.textContent = `${found.length} of ${DATA.claims.length} statements`;
    list.replaceChildren(claimTable(found));
    const query = new URLSearchParams(Object.entries(shown).filter(([, value]) => value));
    history.replaceState(null, "", "#claims" + (query.size ? "?" + query : ""));
  }
  draw();
  return [h("h1", {}, "What is stated, judged"), h("p", { class: "muted" }, "Figures and structures that documents and papers state, next to what the specs give. Verdicts are derived, never stored."), h("div", { class: "row controls" }, words, source), h("div", { class: "row chips controls" }, verdicts), counted, list];
}

// --- addresses -----------------------------------------------------------------------------------

const go = (address) => { location.hash = "#" + address; };
const named = (text) => { const bare = (t) => t.toLowerCase().replace(/[^a-z0-9]/g, ""); return byId.get(text) || [...byId.values()].find((net) => bare(net.title) === bare(text) || bare(net.id) === bare(text)) || [...byId.values()].find((net) => bare(text) && (bare(net.id) + bare(net.title)).includes(bare(text))); };

function show() {
  const [path, query] = decodeURI(location.hash.slice(1)).split("?");
  const [first, ...rest] = path.split("/");
  const state = { query: new URLSearchParams(query || "") };
  const main = document.querySelector("main");
  const [only, ...others] = DATA.networks;
  const net = byId.get(first) || (first === "" && !others.length && only) || undefined;
  const view = { "": () => viewNetworks(state), compare: () => viewCompare((rest[0] || "").split(",").filter(Boolean)), studies: () => viewStudies(rest[0]), claims: () => viewClaims(state) }[first];
  state.isStudy = net && DATA.studies.includes(net);
  if (!net && !view) main.replaceChildren(h("h1", {}, "Not here"), h("p", {}, `This page has no network '${first}'. `, link("", "All networks")));
  else main.replaceChildren(...(net ? viewNetwork(net, rest.join("/"), state) : view()).flat(Infinity).filter((child) => child !== ""));
  main.dataset.shows = net ? net.id : first;
  document.title = (net ? net.title + " – " : "") + "archcalc";
  const tab = net ? (state.isStudy ? "studies" : "") : first;
  for (const item of document.querySelectorAll("nav a")) item.hash.slice(1) === tab ? item.setAttribute("aria-current", "page") : item.removeAttribute("aria-current");
}

const THEMES = ["auto", "light", "dark"];
function theme(name) {
  document.documentElement.dataset.theme = name;
  document.querySelector("#theme").textContent = "theme: " + name;
}
document.querySelector("#theme").addEventListener("click", () => theme(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % 3]));
document.querySelector("#find").addEventListener("submit", (event) => { event.preventDefault(); const net = named(event.target.elements.find.value); if (net) { go(net.id); event.target.reset(); } });
document.querySelector("#all-networks").append(...[...byId.values()].map((net) => h("option", { value: net.id }, net.title)));
addEventListener("keydown", (event) => {
  if (event.key === "/" && !/INPUT|SELECT|TEXTAREA/.test(document.activeElement.tagName)) { event.preventDefault(); document.querySelector("#find input").focus(); }
  if (event.key === "Escape") document.querySelector(".panel.open")?.classList.remove("open");
});
addEventListener("hashchange", show);
window.archcalc = { DATA, FORMULAS, byId, graphOf, count, working, summary, inputShapes, toolsOf };
theme("auto");
show();
