// The view of all networks: a scatter linked with a table, filtered by words and ranges.

const COLUMNS = [["year", "Year"], ["parameters", "Parameters"], ["MACs", "MACs"], ["activations", "Activations"], ["depth", "Depth"], ["peak", "Peak live"], ["error", "Top-1 error"]];
const WORDS = { params: "parameters", macs: "MACs", flops: "flops", act: "activations", memory: "peak", top1: "error" };
const SIZES = [["large", "large images"], ["small", "up to 64 pixels"], ["sequence", "sequences"], ["all", "all"]];
const UNITS = { k: 1e3, m: 1e6, g: 1e9, t: 1e12, b: 1e9 };

/** What a filter says: `resnet macs<5G year>=2015`. */
function matcher(text) {
  const tests = text.trim().split(/\s+/).filter(Boolean).map((word) => {
    const range = word.match(/^([a-z0-9]+)(<=|>=|<|>|=)([\d.]+)([kmgtb]?)%?$/i);
    if (!range) return (net) => `${net.id} ${net.title} ${net.family} ${net.year}`.toLowerCase().includes(word.toLowerCase());
    const key = Object.keys(figure).find((k) => k.toLowerCase() === range[1].toLowerCase()) || WORDS[range[1].toLowerCase()];
    const bound = +range[3] * (UNITS[range[4].toLowerCase()] || 1);
    const of = key === "flops" ? (net) => 2 * figure.MACs(net) : figure[key];
    if (!of) return () => false;
    const compare = { "<": (a) => a < bound, "<=": (a) => a <= bound, ">": (a) => a > bound, ">=": (a) => a >= bound, "=": (a) => a === bound }[range[2]];
    return (net) => of(net) !== null && compare(of(net));
  });
  return (net) => tests.every((test) => test(net));
}

function viewNetworks(state) {
  const q = state.query;
  const shown = { filter: q.get("filter") || "", size: q.get("size") || SIZES.find(([key]) => DATA.networks.some((net) => key === "all" || net.takes === key))[0], x: q.get("x") || "MACs", y: q.get("y") || "parameters", sort: q.get("sort") || "year", lines: new Set((q.get("lines") || "").split("|").filter(Boolean)), area: null, ticked: new Set() };
  const table = h("div", { class: "card scroll" }), chart = h("div", { class: "card" }), counted = h("p", { class: "muted", "aria-live": "polite" });
  const compare = h("button", { click: () => go("compare/" + [...shown.ticked].join(",")) }, "Compare");
  const input = h("input", { type: "search", value: shown.filter, size: 44, "aria-label": "filter networks", placeholder: "resnet macs<5G params<30M year>=2015", input: () => { shown.filter = input.value; shown.area = null; draw(); } });
  const sizes = SIZES.filter(([key]) => key === "all" || DATA.networks.some((net) => net.takes === key)).map(([key, text]) => h("button", { "data-size": key, click: () => { shown.size = key; shown.area = null; draw(); } }, text));
  const chips = DATA.lineages.map((line) => h("button", { "data-line": line.name, click: () => { shown.lines.has(line.name) ? shown.lines.delete(line.name) : shown.lines.add(line.name); draw(); } }, smallMark(line), line.name));
  const choose = (axis) => h("select", { "aria-label": axis + " axis", change: (event) => { shown[axis] = event.target.value; shown.area = null; draw(); } }, Object.keys(figure).map((key) => h("option", { value: key, selected: shown[axis] === key }, key === "error" ? "top-1 error, %" : key)));

  const isOfSize = (net) => shown.size === "all" || net.takes === shown.size;
  function chosen() {
    const matches = matcher(shown.filter);
    return DATA.networks.filter((net) => isOfSize(net) && (!shown.lines.size || shown.lines.has(net.line)) && matches(net));
  }
  function draw() {
    for (const button of sizes) button.setAttribute("aria-pressed", button.dataset.size === shown.size);
    const there = new Set(DATA.networks.filter(isOfSize).map((net) => net.line));
    for (const chip of chips) { chip.setAttribute("aria-pressed", shown.lines.has(chip.dataset.line)); chip.hidden = !there.has(chip.dataset.line); }
    let nets = chosen();
    const of = (axis) => figure[shown[axis]];
    const dots = nets.filter((net) => of("x")(net) && of("y")(net));
    chart.replaceChildren(scatter(dots, shown, draw), h("div", { class: "row" }, h("label", {}, "y ", choose("y")), h("label", {}, "x ", choose("x")), h("span", { class: "muted" }, "drag in the picture to keep an area; a mark leads to its network"), shown.area ? h("button", { click: () => { shown.area = null; draw(); } }, "all of it") : ""));
    if (shown.area) { const [x1, x2, y1, y2] = shown.area; nets = dots.filter((n) => of("x")(n) >= x1 && of("x")(n) <= x2 && of("y")(n) >= y1 && of("y")(n) <= y2); }
    const back = shown.sort.startsWith("-");
    const key = shown.sort.replace("-", "");
    const value = key === "name" ? (n) => n.title : figure[key];
    nets.sort((a, b) => { const [u, v] = [value(a), value(b)]; return u === v ? 0 : u === null ? 1 : v === null ? -1 : (u < v ? -1 : 1) * (back ? -1 : 1); });
    counted.textContent = `${nets.length} of ${DATA.networks.length} networks`;
    const head = ([k, text]) => h("th", { class: k === "name" ? "" : "n", "aria-sort": key === k ? (back ? "descending" : "ascending") : "none" }, h("button", { click: () => { shown.sort = shown.sort === k ? "-" + k : k; draw(); } }, text + (key === k ? (back ? " ▼" : " ▲") : "")));
    const largest = { parameters: Math.max(...nets.map(figure.parameters)), MACs: Math.max(...nets.map(figure.MACs)) };
    table.replaceChildren(h("table", {}, h("thead", {}, h("tr", {}, h("th", {}, h("span", { class: "unseen" }, "compare")), head(["name", "Network"]), h("th", { class: "n" }, "Input"), COLUMNS.map(head), h("th", { class: "n" }, "RF"))), h("tbody", {}, nets.map((net) => {
      const tick = h("input", { type: "checkbox", checked: shown.ticked.has(net.id), "aria-label": "compare " + net.title, change: () => { tick.checked ? shown.ticked.add(net.id) : shown.ticked.delete(net.id); compare.disabled = shown.ticked.size < 2; } });
      const cell = (k) => { const v = figure[k](net); const text = v === null ? "" : k === "error" ? v.toFixed(1) + "%" : k === "peak" ? memory(v) : k === "year" || k === "depth" ? String(v) : k === "parameters" ? exact(v) : short(v); return h("td", { class: "n" }, text, largest[k] ? h("svg", { width: 74, height: 3, "aria-hidden": "true" }, h("rect", { x: 74 - (74 * v) / largest[k], width: (74 * v) / largest[k], height: 3, fill: "var(--plain)" })) : ""); };
      return h("tr", { "data-id": net.id }, h("td", {}, tick), h("td", {}, h("span", { class: "cell" }, smallMark(lineOf.get(net.line)), link(net.id, net.title))), h("td", { class: "n" }, said(net)), COLUMNS.map(([k]) => cell(k)), h("td", { class: "n" }, String(net.equal[5])));
    }))));
    compare.disabled = shown.ticked.size < 2;
    const query = new URLSearchParams();
    if (shown.filter) query.set("filter", shown.filter);
    if (shown.size !== sizes[0].dataset.size) query.set("size", shown.size);
    if (shown.x !== "MACs") query.set("x", shown.x);
    if (shown.y !== "parameters") query.set("y", shown.y);
    if (shown.sort !== "year") query.set("sort", shown.sort);
    if (shown.lines.size) query.set("lines", [...shown.lines].join("|"));
    history.replaceState(null, "", "#" + (query.size ? "?" + query : ""));
  }
  draw();
  return [h("h1", {}, "What neural networks cost"), h("p", { class: "muted" }, `${DATA.networks.length} networks, counted from their definitions in this page. Choose one to see where its cost is, what happens at another input size, and the arithmetic of every number.`),
    h("div", { class: "row controls" }, input, sizes), h("div", { class: "row chips" }, chips), chart, h("div", { class: "row controls" }, counted, compare, h("span", { class: "muted" }, "tick two to four rows")), table];
}

/** Points with names that do not lie on each other; dragging keeps an area. */
function scatter(nets, shown, redraw) {
  const width = Math.max(320, Math.min(1260, document.documentElement.clientWidth - 60)), height = width < 600 ? 330 : 460, left = 52, bottom = 34;
  if (!nets.length) return h("p", { class: "muted" }, "No network has both figures.");
  const scale = (key, from, to) => {
    const values = nets.map(figure[key]);
    const linear = key === "year" || key === "error";
    const [a, b] = [Math.min(...values), Math.max(...values)];
    const [least, most] = linear ? [a - 1, b + 1] : [a / Math.max(b / a, 4) ** 0.06, Math.max(b, a * 4) * Math.max(b / a, 4) ** 0.06];
    const t = linear ? (v) => (v - least) / (most - least) : (v) => Math.log(v / least) / Math.log(most / least);
    const back = linear ? (s) => least + s * (most - least) : (s) => least * (most / least) ** s;
    const marks = linear ? Array.from({ length: Math.floor(most) - Math.ceil(least) + 1 }, (_, i) => Math.ceil(least) + i).filter((v) => most - least < 15 || v % 5 === 0) : ticks(least, most);
    return { at: (v) => from + t(v) * (to - from), back: (p) => back((p - from) / (to - from)), marks };
  };
  const x = scale(shown.x, left, width - 12), y = scale(shown.y, height - bottom, 18);
  const svg = h("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": `${shown.y} against ${shown.x} of ${nets.length} networks; the table has the figures` });
  for (const v of x.marks) svg.append(h("line", { x1: x.at(v), x2: x.at(v), y1: 18, y2: height - bottom, stroke: "var(--grid)" }), h("text", { class: "m", x: x.at(v), y: height - bottom + 15, "text-anchor": "middle" }, plainTick(v)));
  for (const v of y.marks) svg.append(h("line", { x1: left, x2: width - 12, y1: y.at(v), y2: y.at(v), stroke: "var(--grid)" }), h("text", { class: "m", x: left - 6, y: y.at(v) + 4, "text-anchor": "end" }, plainTick(v)));
  svg.append(h("text", { x: left, y: 11, "font-weight": 600 }, shown.y === "error" ? "top-1 error, %" : shown.y), h("text", { x: width - 12, y: height - 3, "text-anchor": "end", "font-weight": 600 }, shown.x === "error" ? "top-1 error, %" : shown.x));
  const taken = nets.map((net) => { const [a, b] = [x.at(figure[shown.x](net)), y.at(figure[shown.y](net))]; return [a - 4, b - 4, a + 4, b + 4]; });
  const families = new Map();
  for (const net of [...nets].sort((a, b) => b.equal[1] - a.equal[1])) { if (!families.has(net.family)) families.set(net.family, []); families.get(net.family).push(net); }
  const order = [];
  for (let rank = 0; order.length < nets.length; rank++) for (const members of families.values()) if (members[rank]) order.push(members[rank]);
  for (const net of order) {
    const [a, b] = [x.at(figure[shown.x](net)), y.at(figure[shown.y](net))];
    const line = lineOf.get(net.line);
    const group = h("g", { class: "dot", "data-id": net.id, click: () => go(net.id) }, mark(line, a, b), h("title", {}, `${net.title}, ${net.year}: ${exact(net.equal[0])} parameters, ${exact(net.equal[1])} MACs${errorOf(net) === null ? "" : `, top-1 error ${errorOf(net)}%`}`));
    svg.append(group);
    const w = widthOf(net.title);
    for (const [lx, ly] of [[a + 8, b + 4], [a - 8 - w, b + 4], [a - w / 2, b - 9], [a - w / 2, b + 17]]) {
      const box = [lx, ly - 9, lx + w, ly + 2];
      if (lx < left || lx + w > width || ly < 20 || ly > height - bottom) continue;
      if (taken.some((o) => box[0] < o[2] && o[0] < box[2] && box[1] < o[3] && o[1] < box[3])) continue;
      taken.push(box);
      const text = h("text", { x: lx, y: ly });
      text.style.fill = `var(--mark-${line.colour})`;
      text.append(net.title);
      svg.append(text);
      break;
    }
  }
  let from = null;
  const area = h("rect", { fill: "var(--chosen)", opacity: 0.5 });
  const place = (event) => { const box = svg.getBoundingClientRect(); return [((event.clientX - box.left) * width) / box.width, ((event.clientY - box.top) * height) / box.height]; };
  svg.addEventListener("pointerdown", (event) => { from = place(event); });
  svg.addEventListener("pointermove", (event) => {
    if (!from) return;
    const to = place(event);
    for (const [k, v] of Object.entries({ x: Math.min(from[0], to[0]), y: Math.min(from[1], to[1]), width: Math.abs(to[0] - from[0]), height: Math.abs(to[1] - from[1]) })) area.setAttribute(k, v);
    svg.append(area);
  });
  svg.addEventListener("pointerup", (event) => {
    const to = place(event);
    if (from && Math.abs(to[0] - from[0]) > 8 && Math.abs(to[1] - from[1]) > 8) {
      const [x1, x2] = [from[0], to[0]].map(x.back).sort((p, q) => p - q), [y1, y2] = [from[1], to[1]].map(y.back).sort((p, q) => p - q);
      shown.area = [x1, x2, y1, y2];
      redraw();
    }
    from = null;
  });
  return svg;
}
