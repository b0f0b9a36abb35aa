// Counts a network in the browser, by the formulas that archcalc's own ops have written.
"use strict";
const F = Math.floor;

/** Nodes in execution order and the tree of their names, from shared groups. */
function expand(net) {
  const nodes = [];
  const leaf = (row, path, word) => {
    const i = nodes.length;
    const inputs = row.slice(2).map((back) => (back > 0 ? i - back : back - 1));
    nodes.push({ name: path, op: DATA.ops[row[1]], inputs });
    return { path, word, first: i, last: i, kids: [], node: i, group: -1, block: "" };
  };
  const walk = (rows, prefix) =>
    rows.map((row) => {
      const word = DATA.words[row[0]];
      const path = prefix ? prefix + "." + word : word;
      if (row[1] >= 0) return leaf(row, path, word);
      const first = nodes.length;
      const group = -1 - row[1];
      const kids = walk(DATA.groups[group][0], path);
      return {
        path,
        word,
        first,
        last: nodes.length - 1,
        kids,
        node: -1,
        group,
        block: DATA.words[row[2]],
      };
    });
  const isFlat = Array.isArray(net.tree);
  const kids = walk(isFlat ? net.tree : DATA.groups[net.tree][0], "");
  const group = isFlat ? -1 : net.tree;
  return {
    nodes,
    root: {
      path: "",
      word: net.title,
      first: 0,
      last: nodes.length - 1,
      kids,
      node: -1,
      group,
      block: "",
    },
  };
}

/** Sizes of the inputs: of an image with other sides where some are asked for. */
function inputShapes(net, sides) {
  if (!Array.isArray(net.input)) return Object.values(net.input);
  return [sides && net.input.length === 3 ? [net.input[0], ...sides] : net.input];
}

/** Every figure of every node; `error` says why there are none. */
function count(
  net,
  graph,
  { sides = null, batch = net.batch || 1, bytes = net.bytes || 4, classes = null } = {},
) {
  const given = inputShapes(net, sides);
  const changed = new Map();
  if (classes !== null)
    for (const [i, k] of net.classes || []) {
      const fields = changed.get(i) || graph.nodes[i].op.f.slice();
      fields[k] = classes;
      changed.set(i, fields);
    }
  const own = new Map(net.samples || []);
  const n = graph.nodes.length;
  const found = {
    shapes: [],
    p: [],
    m: [],
    act: [],
    depth: [],
    fields: [],
    xs: [],
    samples: [],
    error: "",
    batch,
    bytes,
  };
  for (let i = 0; i < n; i++) {
    const { op, inputs, name } = graph.nodes[i];
    const f = changed.get(i) || op.f;
    const x = inputs.map((j) => (j < 0 ? given[-1 - j] : found.shapes[j]));
    const y = op.o.map((number) => FORMULAS[number](x, null, f));
    if (!y.every((size) => Number.isInteger(size) && size > 0)) {
      found.error = `${name} (${textOf(op.s, x, y, f)}) does not fit an input of ${x[0].join("x")}`;
      return found;
    }
    const differ = (op.q || []).some((axes, k) =>
      axes.some((axis) => x[0][axis] !== x[k + 1][axis]),
    );
    if (differ) {
      found.error = `${name} joins ${x.map((shape) => shape.join("x")).join(" and ")}`;
      return found;
    }
    found.shapes.push(y);
    found.xs.push(x);
    found.fields.push(f);
    found.p.push(FORMULAS[op.p](x, y, f));
    const samples = own.get(i) ?? batch;
    found.samples.push(samples);
    found.m.push(samples * FORMULAS[op.m](x, y, f));
    found.act.push(op.a ? samples * product(y) : 0);
    const values = op.v === undefined ? inputs : inputs.slice(0, op.v);
    found.depth.push((op.w || 0) + Math.max(0, ...values.map((j) => (j < 0 ? 0 : found.depth[j]))));
  }
  found.live = liveBytes(net, graph, found, given, batch, bytes);
  found.isDefault = !sides || sides.every((side, k) => side === net.input[k + 1]);
  found.rf = fieldsSeen(net, graph, found.isDefault);
  return found;
}

/** Bytes alive while each node runs: what is still needed, and its own output. A view is in the
 * memory of what it shows; outputs of the network stay. */
function liveBytes(net, graph, found, given, batch, bytes) {
  const owner = (j) => (j >= 0 && graph.nodes[j].op.i ? owner(graph.nodes[j].inputs[0]) : j);
  const lastUse = new Map();
  graph.nodes.forEach((node, i) => node.inputs.forEach((j) => lastUse.set(owner(j), i)));
  const kept = new Set(net.kept.map(owner));
  const size = (j) =>
    (j >= 0 ? found.samples[j] : batch) * bytes * product(j < 0 ? given[-1 - j] : found.shapes[j]);
  let live = given.reduce((total, _, k) => total + size(-1 - k), 0);
  return graph.nodes.map((node, i) => {
    live += node.op.i ? 0 : size(i);
    const now = live;
    for (const j of new Set(node.inputs.map(owner)))
      if (lastUse.get(j) === i && !kept.has(j)) live -= size(j);
    return now;
  });
}

/** What each node has, from how many in a row have it, and what it is. */
function runs(lengths) {
  const found = [];
  for (let k = 0; k < lengths.length; k += 2)
    for (let i = 0; i < lengths[k]; i++) found.push(lengths[k + 1]);
  return found;
}

/** What each node sees of the input; nothing where that depends on the input's size. */
function fieldsSeen(net, graph, isDefault) {
  const found = runs(net.rf);
  return isDefault || !graph.nodes.some((node) => node.op.z) ? found : found.map(() => "-");
}

/** The side that a node sees through windows: the larger of `188..204`, what is in brackets in
 * `whole (851)`; null where there is none. */
function sideSeen(seen) {
  const sides = String(seen).match(/\d+/g);
  return sides && Math.max(...sides.map(Number));
}

const product = (sizes) => sizes.reduce((a, b) => a * b, 1);
const sum = (values, first, last) => {
  let s = 0;
  for (let i = first; i <= last; i++) s += values[i];
  return s;
};

/** A text with the digits of one node in its holes. */
function textOf(number, x, y, f) {
  return DATA.texts[number].replace(/\{(\d+)(,|\?([\d.]+))?\}/g, (_, hole, how, sizes) => {
    const value = FORMULAS[+hole](x, y, f);
    // A number that is one of its own factors is a size, and sizes have no commas.
    const isSize =
      !how || (sizes && sizes.split(".").some((size) => FORMULAS[+size](x, y, f) === value));
    return isSize ? String(value) : exact(value);
  });
}

/** How a node's parameters or MACs come about: in names, in digits; or why there are none. */
function working(found, graph, i, key) {
  const op = graph.nodes[i].op;
  const at = [found.xs[i], found.shapes[i], found.fields[i]];
  const numbers = op[key];
  if (!Array.isArray(numbers)) return { reason: textOf(numbers, ...at) };
  const [digits, ...more] = textOf(numbers[1], ...at).split("\n");
  return { names: textOf(numbers[0], ...at), digits, more };
}

/** What tools that count print of one sample: of each its number, and what it is the sum of by layer
 * type; or why that is not known. A softmax at the end is left to a loss, as modules leave it. */
function toolsOf(net, found, graph) {
  const left = new Set(net.left || []);
  return DATA.counters.map(([tool, word], c) => {
    const parts = new Map();
    for (let i = 0; i < graph.nodes.length; i++) {
      const { op } = graph.nodes[i],
        said = DATA.tools[op.t][c];
      if (left.has(i)) continue;
      if (!Array.isArray(said)) return { tool, word, reason: `${op.n}: ${DATA.texts[said]}` };
      said.forEach((number, k) => {
        const value = FORMULAS[number](found.xs[i], found.shapes[i], found.fields[i]),
          of = k ? op.n.replaceAll("_", " ") : "multiply-adds";
        if (value) parts.set(of, (parts.get(of) || 0) + value);
      });
    }
    return { tool, word, parts, number: [...parts.values()].reduce((a, b) => a + b, 0) };
  });
}

const summary = (found, graph, i) =>
  textOf(graph.nodes[i].op.s, found.xs[i], found.shapes[i], found.fields[i]);

// --- how figures are written ---------------------------------------------------------------------

const exact = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ",");
function significant(value) {
  for (const decimals of [2, 1, 0]) {
    const scaled = Math.floor(value * 10 ** decimals + 0.5);
    if (scaled < 1000 || decimals === 0) return (scaled / 10 ** decimals).toFixed(decimals);
  }
}
function short(value) {
  if (value < 1000) return String(value);
  for (const [unit, letter] of [
    [1e3, "K"],
    [1e6, "M"],
    [1e9, "G"],
    [1e12, "T"],
  ]) {
    for (const scale of [100, 10, 1]) {
      const rounded = Math.floor((2 * value * scale + unit) / (2 * unit));
      if (rounded < 1000) return (rounded / scale).toFixed({ 100: 2, 10: 1, 1: 0 }[scale]) + letter;
    }
  }
  return exact(Math.round(value / 1e12)) + "T";
}
function memory(value) {
  let unit = "B";
  for (const larger of ["KiB", "MiB", "GiB", "TiB"]) {
    if (value < 1023.5) break;
    value /= 1024;
    unit = larger;
  }
  return (
    (Number.isInteger(value) && value < 1000
      ? value
      : value >= 1000
        ? exact(Math.round(value))
        : significant(value)) +
    " " +
    unit
  );
}
function percent(part, whole) {
  if (!part || !whole) return "";
  const tenths = Math.floor((2000 * part + whole) / (2 * whole));
  if (!tenths) return "<0.1%";
  if (tenths === 1000 && part < whole) return ">99.9%";
  return (tenths / 10).toFixed(1) + "%";
}
function against(value, reference) {
  if (value === reference) return "equal";
  if (!value || !reference) return "-";
  const [large, small] = value > reference ? [value, reference] : [reference, value];
  const ratio = large % small === 0 ? exact(large / small) : significant(large / small);
  if (value > reference)
    return value < 2 * reference
      ? `${percent(value - reference, reference)} more`
      : `${ratio}x as many`;
  return 2 * value > reference
    ? `${percent(reference - value, reference)} fewer`
    : `${ratio}x fewer`;
}
