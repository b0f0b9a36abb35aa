// Pieces of the page: elements, marks, bars and curves. Names of networks reach it as text alone.

/** An element with attributes and children; a function among the attributes listens. */
function h(tag, attributes = {}, ...children) {
  const isSvg = SVG_TAGS.has(tag);
  const element = isSvg
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || (value === false && !name.startsWith("aria-")))
      continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else if (name.startsWith("aria-")) element.setAttribute(name, String(value));
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(
    ...children
      .flat(Infinity)
      .filter((child) => child !== null && child !== undefined && child !== ""),
  );
  return element;
}
const SVG_TAGS = new Set(["svg", "rect", "circle", "path", "line", "text", "g", "title"]);
const byId = new Map([...DATA.networks, ...DATA.studies].map((net) => [net.id, net]));
const lineOf = new Map(DATA.lineages.map((line) => [line.name, line]));
const graphs = new Map();
const graphOf = (net) => {
  if (!graphs.has(net.id)) graphs.set(net.id, expand(net));
  return graphs.get(net.id);
};
const said = (net) =>
  Array.isArray(net.input)
    ? net.input.join("x")
    : Object.entries(net.input)
        .map(([k, v]) => `${k} ${v.join("x")}`)
        .join(", ");
const link = (to, text, more = {}) => h("a", { href: "#" + to, ...more }, text);
const dated = (net) => (net.year === null ? net.title : `${net.title}, ${net.year}`);
const figure = {
  parameters: (n) => n.equal[0],
  MACs: (n) => n.equal[1],
  activations: (n) => n.equal[2],
  depth: (n) => n.equal[3],
  peak: (n) => n.equal[4],
  year: (n) => n.year,
  error: (n) => errorOf(n),
};
const measuredOf = (net) => (net.known && (net.known.find((k) => k[3]) || net.known[0])) || null;
const errorOf = (net) => {
  const known = measuredOf(net);
  return known ? known[0] : null;
};
const protocolOf = (net) => {
  const known = measuredOf(net);
  return known ? known[1] : "";
};

/** The outline of a lineage's mark. */
function mark(line, x, y, r = 5) {
  const fill = `var(--mark-${line.colour})`;
  const s = r * 0.9,
    t = r * 1.1,
    w = r * 0.34;
  const shapes = {
    square: [
      [-s, -s],
      [s, -s],
      [s, s],
      [-s, s],
    ],
    triangle: [
      [0, -t],
      [t, s],
      [-t, s],
    ],
    down: [
      [0, t],
      [t, -s],
      [-t, -s],
    ],
    diamond: [
      [0, -r * 1.25],
      [t, 0],
      [0, r * 1.25],
      [-t, 0],
    ],
    plus: [
      [-w, -r],
      [w, -r],
      [w, -w],
      [r, -w],
      [r, w],
      [w, w],
      [w, r],
      [-w, r],
      [-w, w],
      [-r, w],
      [-r, -w],
      [-w, -w],
    ],
  };
  if (line.shape === "circle") return h("circle", { cx: x, cy: y, r, fill });
  if (line.shape === "ring")
    return h("circle", {
      cx: x,
      cy: y,
      r: r - 1,
      fill: "var(--paper)",
      stroke: fill,
      "stroke-width": 2.2,
    });
  return h("path", {
    d:
      "M" +
      shapes[line.shape].map(([a, b]) => `${(x + a).toFixed(1)} ${(y + b).toFixed(1)}`).join("L") +
      "Z",
    fill,
  });
}
/** What a figure is to another, in words and in their colour. */
const ratioTo = (value, reference) => toned(against(value, reference));
/** The same of a small number, as a difference. */
function differenceTo(value, reference) {
  const more = value - reference;
  return toned(more ? `${Math.abs(more)} ${more > 0 ? "more" : "fewer"}` : "equal");
}
function toned(said) {
  const tone = said.endsWith("fewer")
    ? "fewer"
    : said === "equal" || said === "-"
      ? "muted"
      : "more";
  return h("small", { class: tone }, said);
}
const PEN = document.createElement("canvas").getContext("2d");
/** How wide a text of 11 pixels is in a picture of this page. */
function widthOf(text, isBold = false) {
  PEN.font = `${isBold ? 600 : 400} 11px Helvetica, Arial, "Liberation Sans", sans-serif`;
  return PEN.measureText(text).width;
}
/** As much of a text as a width has room for. */
function fitted(text, width, isBold) {
  let shown = text;
  while (shown.length > 1 && widthOf(shown, isBold) > width) shown = shown.slice(0, -2) + "…";
  return shown;
}
const smallMark = (line) =>
  h("svg", { width: 14, height: 14, "aria-hidden": "true" }, mark(line, 7, 7));

/** A bar with its parts by kind of layer; `of` is the longest bar's value. */
function bar(parts, of, width = 84, fade = false) {
  let x = 0;
  const total = parts.reduce((sum, part) => sum + part.value, 0);
  const rects = parts
    .filter((part) => part.value)
    .map((part) => {
      const length = Math.max((part.value / of) * width, 0.5);
      const rect = h(
        "rect",
        { x, y: 2, width: length, height: 12, fill: part.fill },
        h("title", {}, `${part.label}: ${exact(part.value)}`),
      );
      x += length;
      return rect;
    });
  return total
    ? h(
        "svg",
        { width: Math.ceil(x) + 1, height: 16, "aria-hidden": "true", opacity: fade ? 0.35 : 1 },
        rects,
      )
    : "";
}

/** A step curve of values in execution order. */
function steps(values, most, width, height) {
  const x = (i) => ((i / values.length) * width).toFixed(1);
  const step = (value, i) => {
    if (value === null) return "";
    const y = (height - (value / most) * height).toFixed(1);
    return `${i && values[i - 1] === null ? "M" : "L"}${x(i)} ${y}L${x(i + 1)} ${y}`;
  };
  return `M0 ${height}${values.map(step).join("")}`;
}

/** Round values on a logarithmic axis. */
function ticks(least, most) {
  const found = [];
  for (let power = 10 ** Math.floor(Math.log10(least)); power <= most; power *= 10)
    for (const times of most / least > 1000 ? [1] : [1, 2, 5])
      if (power * times >= least && power * times <= most) found.push(power * times);
  return found;
}
const plainTick = (value) =>
  value >= 1000 ? short(value).replace(/\.0+(?=[KMGT])/, "") : String(value);
