// The view of one network: what if, totals, the tree with bars, a panel, and how it runs.

const NUMBERS = [[4, "float32"], [2, "float16"], [1, "int8"], [8, "float64"]];
const KIND_WORDS = { "1x1": "1x1", "3x3": "up to 3x3", larger: "larger kernels", depthwise: "depthwise", linear: "linear", products: "matrix products", other: "norm and other" };

function whatIf(query, net) {
  const sides = (query.get("input") || "").match(/^(\d{1,5})x(\d{1,5})$/);
  const whole = (key, most) => { const v = +query.get(key); return Number.isInteger(v) && v > 0 && v <= most ? v : null; };
  return { sides: sides && !net.fixed ? [+sides[1], +sides[2]] : null, batch: whole("batch", 1e6) || net.batch || 1, bytes: whole("bytes", 16) || net.bytes || 4, classes: net.classes ? whole("classes", 1e6) : null };
}

function viewNetwork(net, layer, state) {
  const graph = graphOf(net);
  let options = whatIf(state.query, net);
  const usual = count(net, graph);
  let found = count(net, graph, options);
  let chosen = layer;
  const open = new Set();
  for (let path = layer; path.includes("."); ) { path = path.slice(0, path.lastIndexOf(".")); open.add(path); }
  const tiles = h("dl", { class: "tiles" }), note = h("p", { "aria-live": "polite" }), tree = h("div", { class: "card scroll" }), panel = h("section", { class: "card panel", "aria-label": "the part chosen" }), runs = h("div", { class: "card" }), tools = h("div", { class: "card scroll", tabindex: 0, role: "region", "aria-label": "what tools print" });

  const field = (name, text, value, attributes = {}) => h("label", {}, text, h("input", { type: "number", min: 1, name, value, "aria-label": text, ...attributes }));
  const [high, wide] = net.fixed ? [] : options.sides || net.input.slice(1);
  const form = h("form", { class: "whatif row", submit: (event) => event.preventDefault(), input: () => change() }, h("strong", {}, "what if"),
    net.fixed ? "" : [field("height", "height", high), field("width", "width", wide)], field("batch", "batch", options.batch), net.classes ? field("classes", "classes", options.classes || net.classes[0][2]) : "",
    h("label", {}, "numbers", h("select", { name: "bytes" }, NUMBERS.map(([bytes, text]) => h("option", { value: bytes, selected: bytes === options.bytes }, text)))), h("button", { type: "button", click: () => go(net.id + (chosen ? "/" + chosen : "")) }, "as defined"));
  function change() {
    const value = (name) => (form.elements[name] ? form.elements[name].value : "");
    const query = new URLSearchParams();
    if (!net.fixed && (+value("height") !== net.input[1] || +value("width") !== net.input[2])) query.set("input", `${value("height")}x${value("width")}`);
    if (+value("batch") !== (net.batch || 1)) query.set("batch", value("batch"));
    if (net.classes && +value("classes") !== net.classes[0][2]) query.set("classes", value("classes"));
    if (+value("bytes") !== (net.bytes || 4)) query.set("bytes", value("bytes"));
    state.query = query;
    options = whatIf(query, net);
    found = count(net, graph, options);
    draw();
  }
  function remember() { history.replaceState(null, "", "#" + net.id + (chosen ? "/" + chosen : "") + (state.query.size ? "?" + state.query : "")); }

  function draw() {
    remember();
    if (found.error) { note.replaceChildren(h("span", { class: "error" }, "No figures: " + found.error + ".")); tiles.replaceChildren(); tree.replaceChildren(); panel.replaceChildren(); runs.replaceChildren(); tools.replaceChildren(); return; }
    const total = totals(found), was = totals(usual);
    const changed = (key) => (total[key] === was[key] ? "" : h("small", { class: total[key] > was[key] ? "more" : "fewer" }, against(total[key], was[key])));
    const rf = found.isDefault ? net.equal[5] : graph.nodes.some((node) => node.op.z) ? "-" : net.equal[5];
    const tile = (name, text, more, key) => h("div", {}, h("dt", {}, name), h("dd", {}, text, h("small", {}, more), key ? changed(key) : ""));
    tiles.replaceChildren(tile("parameters", exact(total.p), memory(total.p * options.bytes), "p"), tile("MACs", short(total.m), exact(total.m), "m"), tile("FLOPs = 2 x MACs", short(2 * total.m), exact(2 * total.m), "m"), tile("activations", short(total.act), exact(total.act), "act"), tile("depth", String(total.depth), "weighted layers"), tile("receptive field", String(rf), net.fixed ? "" : "pixels, of " + (options.sides || net.input.slice(1)).join("x")), tile("peak live outputs", memory(total.live), exact(total.live) + " B", "live"));
    const same = [was.p, was.m, was.act, was.depth, was.live].every((value, i) => value === net.equal[i]);
    const more = [options.sides ? ` --input ${net.input[0]}x${options.sides.join("x")}` : net.own ? ` --input ${net.input.join("x")}` : "", options.batch > 1 ? ` --batch ${options.batch}` : "", options.classes ? ` --set num_classes=${options.classes}` : "", options.bytes !== 4 ? ` --bytes ${options.bytes}` : ""].join("");
    note.replaceChildren("Counted here by archcalc's own formulas; for the network as defined ", same ? h("span", { class: "fewer", id: "equal" }, "✓ equal to archcalc's figures") : h("span", { class: "error", id: "equal" }, "✗ not equal to archcalc's figures"), ". ", h("code", {}, `archcalc explain ${net.called || net.id}${chosen ? " --layer " + chosen : ""}${more}`));
    drawTree();
    drawPanel();
    drawRuns();
    drawTools();
  }
  const totals = (c) => ({ p: sum(c.p, 0, graph.nodes.length - 1), m: sum(c.m, 0, graph.nodes.length - 1), act: sum(c.act, 0, graph.nodes.length - 1), depth: Math.max(...c.depth), live: Math.max(...c.live) });

  function byKind(part, values) {
    const kinds = new Map();
    for (let i = part.first; i <= part.last; i++) if (values[i]) { const k = graph.nodes[i].op.k; kinds.set(k, (kinds.get(k) || 0) + values[i]); }
    return Object.keys(KIND_WORDS).filter((k) => kinds.has(k)).map((k) => ({ label: KIND_WORDS[k], value: kinds.get(k), fill: `var(--kind-${k})` }));
  }
  /** Children, where equal repetitions that follow each other are one row. */
  function folded(part) {
    const rows = [];
    for (const kid of part.kids) {
      const last = rows[rows.length - 1];
      const equal = last && /^\d+$/.test(kid.word) && last.part.group >= 0 && last.part.group === kid.group && sum(found.m, kid.first, kid.last) === sum(found.m, last.part.first, last.part.last) && sum(found.p, kid.first, kid.last) === sum(found.p, last.part.first, last.part.last);
      if (equal) { last.last = kid; last.many++; } else rows.push({ part: kid, last: kid, many: 1 });
    }
    return rows;
  }
  /** A layer with the norms and activations that are with it. */
  function joined(nodes) {
    const lead = nodes.find((i) => !graph.nodes[i].op.e) ?? nodes[0];
    return nodes.map((i) => (i === lead ? summary(found, graph, i) : graph.nodes[i].op.n)).join(", ");
  }
  function opOf(part) {
    const nodes = range(part.first, part.last);
    if (nodes.filter((i) => !graph.nodes[i].op.e).length <= 1) return joined(nodes);
    if (part.block) return part.block;
    return part.kids.every((kid) => /^\d+$/.test(kid.word)) ? `${part.kids.length} blocks` : `${part.kids.length} layers`;
  }
  function drawTree() {
    const whole = totals(found);
    const largest = { p: 1, m: 1 };
    for (const { part, last } of folded(graph.root)) for (const key of ["p", "m"]) largest[key] = Math.max(largest[key], sum(found[key], part.first, last.last));
    const rows = [];
    const walk = (part, level) => {
      for (const { part: kid, last, many } of folded(part)) {
        const all = { ...kid, last: last.last };
        const isOpen = open.has(kid.path);
        const name = many > 1 ? `${kid.word}..${last.word}` : kid.word;
        const live = Math.max(...found.live.slice(kid.first, last.last + 1));
        const values = ["p", "m"].map((key) => sum(found[key], kid.first, last.last));
        const toggle = () => { isOpen ? open.delete(kid.path) : open.add(kid.path); drawTree(); focusRow(kid.path); };
        const row = h("tr", { role: "row", "aria-level": level + 1, "aria-selected": kid.path === chosen, "aria-expanded": kid.kids.length ? isOpen : null, tabindex: kid.path === chosen || (!chosen && !rows.length) ? 0 : -1, "data-path": kid.path, click: () => select(kid.path), keydown: (event) => keys(event, kid, isOpen, toggle) },
          h("td", { title: `${kid.path}: ${opOf(kid)}` }, kid.kids.length ? h("button", { tabindex: -1, "aria-label": (isOpen ? "close " : "open ") + kid.path, click: (event) => { event.stopPropagation(); toggle(); } }, isOpen ? "▼" : "▶") : h("span", { class: "none" }), h("strong", {}, name), " ", h("span", { class: "op" }, (many > 1 ? `${many} × ` : "") + opOf(kid))),
          h("td", { class: "n shape" }, found.shapes[last.last].join("x")),
          ...["p", "m"].map((key, k) => h("td", {}, h("span", { class: "cell" }, bar(byKind(all, found[key]), largest[key], 62, isOpen), percent(values[k], whole[key])))),
          h("td", { class: "live" }, bar([{ label: "bytes of outputs alive", value: live, fill: live === whole.live ? "var(--more)" : "var(--live)" }], whole.live, 40)), h("td", { class: "n seen" }, String(found.rf[last.last]).replace("whole", "all")));
        row.style.setProperty("--level", level);
        row.firstChild.style.paddingLeft = 0.4 + level * 1.1 + "rem";
        rows.push(row);
        if (isOpen) walk(kid, level + 1);
      }
    };
    walk(graph.root, 0);
    tree.replaceChildren(h("table", { class: "tree", role: "treegrid", "aria-label": "layers of " + net.title }, h("thead", {}, h("tr", {}, h("th", {}, "layer"), h("th", { class: "n shape" }, "output"), h("th", {}, "parameters"), h("th", {}, "MACs"), h("th", { class: "live" }, "live"), h("th", { class: "n seen" }, "RF"))), h("tbody", {}, rows)), legend());
  }
  const swatch = (colour, text) => h("span", {}, h("svg", { width: 12, height: 12, "aria-hidden": "true" }, h("rect", { width: 12, height: 12, fill: `var(--${colour})` })), text);
  const legend = () => { const kinds = new Set(byKind(graph.root, found.p).concat(byKind(graph.root, found.m)).map((k) => k.label)); return h("p", { class: "legend" }, Object.entries(KIND_WORDS).filter(([, text]) => kinds.has(text)).map(([k, text]) => swatch("kind-" + k, text)), swatch("live", "bytes of outputs alive"), swatch("more", "where they are most")); };
  const focusRow = (path) => { const row = tree.querySelector(`[data-path="${CSS.escape(path)}"]`); if (row) { tree.querySelectorAll("[tabindex='0']").forEach((r) => r.setAttribute("tabindex", -1)); row.setAttribute("tabindex", 0); row.focus(); } };
  function keys(event, kid, isOpen, toggle) {
    const all = [...tree.querySelectorAll("tbody tr")], at = all.indexOf(event.currentTarget);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined && all[to]) { event.preventDefault(); focusRow(all[to].dataset.path); }
    else if (event.key === "ArrowRight" && kid.kids.length && !isOpen) { event.preventDefault(); toggle(); }
    else if (event.key === "ArrowLeft") { event.preventDefault(); if (isOpen) toggle(); else if (kid.path.includes(".")) focusRow(kid.path.slice(0, kid.path.lastIndexOf("."))); }
    else if (event.key === "Enter" || event.key === " ") { event.preventDefault(); select(kid.path); focusRow(kid.path); }
  }
  function select(path) { chosen = path; for (let p = path; p.includes("."); ) { p = p.slice(0, p.lastIndexOf(".")); open.add(p); } draw(); panel.classList.add("open"); }
  const partOf = (path) => path.split(".").reduce((part, _, i, words) => part && part.kids.find((kid) => kid.path === words.slice(0, i + 1).join(".") || (part === graph.root && kid.path === path)), graph.root);

  function drawPanel() {
    const part = chosen ? partOf(chosen) : graph.root;
    if (!part) { panel.replaceChildren(h("p", { class: "error" }, `${net.title} has no layer ${chosen}.`)); return; }
    const close = h("button", { class: "close", "aria-label": "close", click: () => panel.classList.remove("open") }, "✕");
    const shape = `${shapesInto(part).join(", ")} → ${found.shapes[part.last].join("x")}`;
    const above = chosen.split(".").slice(0, -1).map((_, i, words) => words.slice(0, i + 1).join("."));
    panel.replaceChildren(close, h("p", { class: "muted" }, link(net.id + queryText(), net.id), above.map((path) => [" / ", h("a", { href: "#" + net.id + "/" + path + queryText() }, path.split(".").pop())])), h("h3", {}, chosen || "The whole network"), h("p", { class: "muted" }, opOf(part), h("br"), shape), drawDiagram(part), ...["p", "m"].flatMap((key) => arithmetic(part, key)).flat(Infinity));
  }
  const queryText = () => (state.query.size ? "?" + state.query : "");
  function shapesInto(part) {
    const given = inputShapes(net, options.sides);
    const sources = new Set();
    for (let i = part.first; i <= part.last; i++) for (const j of graph.nodes[i].inputs) if (j < part.first) sources.add(j);
    return [...sources].map((j) => (j < 0 ? given[-1 - j] : found.shapes[j]).join("x"));
  }
  /** The arithmetic of a layer, or a line for each part of a group. */
  function arithmetic(part, key) {
    const noun = key === "p" ? "parameters" : "MACs", name = key === "p" ? "P" : "M";
    const total = sum(found[key], part.first, part.last);
    const heading = h("h3", {}, noun, " ", h("span", { class: "muted" }, `${exact(total)}${total ? ", " + percent(total, totals(found)[key]) + " of the network" : ""}`));
    if (part.node >= 0) return [heading, h("div", { class: "work", "data-work": key }, worked(part.node, name, found[key][part.node]))];
    const line = (to, text, digits, value) => [h("a", { href: "#" + net.id + "/" + to + queryText() }, text), h("span", {}, digits), h("span", { class: "n" }, "= " + exact(value))];
    const inside = part.last - part.first < 40 ? range(part.first, part.last).filter((i) => found[key][i]) : [];
    let rows, names = new Set();
    if (inside.length && inside.length <= 14) {
      names = new Set(inside.map((i) => working(found, graph, i, name).names));
      rows = inside.map((i) => { const at = graph.nodes[i].name, [digits] = worked(i, name, found[key][i], true).split(" = "); return line(at, at.slice(part.path ? part.path.length + 1 : 0), digits, found[key][i]); });
    } else rows = folded(part).map(({ part: kid, last, many }) => [kid, last, many, sum(found[key], kid.first, last.last)]).filter((row) => row[3]).map(([kid, last, many, value]) => line(kid.path, many > 1 ? `${kid.word}..${last.word}` : kid.word, many > 1 ? `${many}·${exact(value / many)}` : "", value));
    return [heading, names.size === 1 ? h("p", { class: "work muted" }, [...names][0]) : "", rows.length ? h("div", { class: "work sums" }, rows) : ""];
  }
  function worked(i, name, value, isShort = false) {
    const { reason, names, digits, more } = working(found, graph, i, name);
    if (reason !== undefined) return `0: ${reason}`;
    const scale = name === "M" && found.samples[i] > 1 ? `${found.samples[i]}·` : "";
    const is = digits === exact(value) || digits === String(value) ? "" : ` = ${exact(value)}`;
    const inner = scale && /[+]/.test(digits) ? `(${digits})` : digits;
    return isShort ? `${scale}${inner}${is}` : `${names}\n= ${scale}${inner}${is}${more.map((line) => `\n  ${line}`).join("")}`;
  }
  const range = (a, b) => Array.from({ length: b - a + 1 }, (_, i) => a + i);

  function drawDiagram(part) {
    const number = part.group >= 0 ? DATA.groups[part.group][1] : -1;
    if (number < 0) return "";
    return h("div", { class: "scroll diagram" }, diagramOf(part, DATA.plans[number], ([name, isGroup, offsets]) => {
      const nodes = offsets.map((offset) => part.first + offset);
      const path = part.path ? part.path + "." + name : name;
      const total = (values) => nodes.reduce((t, i) => t + values[i], 0);
      const costly = nodes.reduce((best, i) => (found.m[i] > found.m[best] || (found.m[i] === found.m[best] && found.p[i] > found.p[best]) ? i : best), nodes[0]);
      return { op: isGroup ? opOf(partOf(path)) : joined(nodes), p: total(found.p), m: total(found.m), shape: found.shapes[nodes[nodes.length - 1]].join("x"), kind: costly, path };
    }, sum(found.m, part.first, part.last), { input: shapesInto(part), output: found.shapes[part.last].join("x"), nodes: graph.nodes, select }));
  }

  function drawRuns() {
    const width = Math.max(320, Math.min(760, document.documentElement.clientWidth - 80)), height = 120, whole = Math.max(...found.live);
    const seen = found.rf.map((v) => (typeof v === "number" ? v : null)), most = Math.max(1, ...seen.filter((v) => v !== null));
    const curve = seen.map((v, i) => (v === null ? "" : `${i && seen[i - 1] !== null ? "L" : "M"}${((i / seen.length) * width).toFixed(1)} ${(height - (v / most) * (height - 14)).toFixed(1)}`)).join("");
    const at = found.live.indexOf(whole);
    const part = chosen ? partOf(chosen) : null;
    runs.replaceChildren(h("svg", { width, height: height + 18, viewBox: `0 0 ${width} ${height + 18}`, role: "img", "aria-label": `bytes of outputs alive in execution order, at most ${memory(whole)} at ${graph.nodes[at].name}` },
      part ? h("rect", { x: (part.first / seen.length) * width, width: Math.max(2, ((part.last - part.first + 1) / seen.length) * width), y: 0, height, fill: "var(--chosen)" }) : "",
      h("path", { d: steps(found.live, whole, width, height - 14).replace(/^/, "") + `L${width} ${height - 14}Z`, fill: "var(--live)", transform: "translate(0 14)" }), h("path", { d: curve, fill: "none", stroke: "var(--field)", "stroke-width": 2 }),
      h("text", { x: Math.min(width - 260, (at / seen.length) * width + 4), y: 11 }, `peak ${memory(whole)} at ${graph.nodes[at].name}`), curve ? h("text", { x: width - 4, y: height + 13, "text-anchor": "end" }, `receptive field up to ${most}`) : ""),
      h("p", { class: "legend" }, h("span", {}, h("svg", { width: 12, height: 12, "aria-hidden": "true" }, h("rect", { width: 12, height: 12, fill: "var(--live)" })), "bytes of outputs alive, in execution order"), h("span", {}, h("svg", { width: 16, height: 12, "aria-hidden": "true" }, h("line", { x1: 0, x2: 16, y1: 6, y2: 6, stroke: "var(--field)", "stroke-width": 2 })), "receptive field")));
  }
  function drawTools() {
    const macs = found.m.reduce((total, value, i) => total + value / found.samples[i], 0);
    const row = ({ tool, word, parts, number, reason }) => h("tr", {}, h("th", {}, tool), h("td", {}, word), reason ? [h("td", { class: "n" }, "-"), h("td", {}), h("td", { class: "wrap" }, reason)]
      : [h("td", { class: "n" }, exact(number)), h("td", {}, number === 2 * macs ? "2 x MACs" : against(number, macs)), h("td", { class: "wrap" }, [...parts].sort((a, b) => b[1] - a[1]).map(([of, value]) => `${exact(value)} of ${of}`).join(" + "))]);
    tools.replaceChildren(h("table", {}, h("thead", {}, h("tr", {}, h("th", {}, "tool"), h("th", {}, "calls it"), h("th", { class: "n" }, "its number"), h("th", {}, "against MACs"), h("th", {}, "as a sum"))), h("tbody", {}, toolsOf(net, found, graph).map(row))));
  }
  draw();
  const stated = DATA.claims.filter((claim) => claim[8].includes(net.id)), contradicted = stated.filter((claim) => verdictOf(claim) === "contradicted");
  return [h("p", { class: "muted" }, link(state.isStudy ? "studies" : "", state.isStudy ? "Studies" : "Networks"), " / ", net.family), h("h1", {}, net.title), h("p", { class: "muted" }, net.source, net.note ? ". " + net.note : ""), form, tiles, note, h("h2", {}, "Where the cost is"), h("div", { class: "two" }, h("div", {}, tree, h("h2", {}, "While it runs"), runs), panel),
    h("h2", {}, "What tools print"), h("p", { class: "muted" }, "Of one sample, derived from the rules of each tool, without the softmax at the end; ", h("code", {}, `archcalc reconcile ${net.called || net.id}`), " has the sums as formulas."), tools,
    net.known ? [h("h2", {}, "What was measured"), h("ul", {}, net.known.map(([error, protocol]) => h("li", {}, `top-1 error ${error}% (${protocol})`)))] : "",
    stated.length ? [h("h2", {}, "Stated about this network"), h("p", { class: "muted" }, Object.keys(SIGNS).map((verdict) => [verdict, stated.filter((claim) => verdictOf(claim) === verdict).length]).filter(([, many]) => many).map(([verdict, many]) => `${many} ${verdict}`).join(", "), "; ", link("claims?words=" + net.id, "among all")),
      contradicted.length ? claimTable(contradicted) : "", stated.length > contradicted.length ? h("details", {}, h("summary", {}, contradicted.length ? "the others" : "all of them"), claimTable(stated.filter((claim) => !contradicted.includes(claim)))) : ""] : ""];
}
