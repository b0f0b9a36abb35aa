// What is shown of a network, by its parts: `view` has the network, its graph, what was counted, by
// which options, and which part is chosen.

const KIND_WORDS = {
  "1x1": "1x1",
  "3x3": "up to 3x3",
  larger: "larger kernels",
  depthwise: "depthwise",
  linear: "linear",
  products: "matrix products",
  other: "norm and other",
};

const range = (a, b) => Array.from({ length: b - a + 1 }, (_, i) => a + i);
const queryText = (view) => (view.query.size ? "?" + view.query : "");

/** The figures of a whole network. */
const totals = ({ graph }, c) => ({
  p: sum(c.p, 0, graph.nodes.length - 1),
  m: sum(c.m, 0, graph.nodes.length - 1),
  act: sum(c.act, 0, graph.nodes.length - 1),
  depth: Math.max(...c.depth),
  live: Math.max(...c.live),
});

/** How much of a quantity is in each kind of layer of a part. */
function byKind(view, part, values) {
  const { graph } = view;
  const kinds = new Map();
  for (let i = part.first; i <= part.last; i++)
    if (values[i]) {
      const k = graph.nodes[i].op.k;
      kinds.set(k, (kinds.get(k) || 0) + values[i]);
    }
  return Object.keys(KIND_WORDS)
    .filter((k) => kinds.has(k))
    .map((k) => ({ label: KIND_WORDS[k], value: kinds.get(k), fill: `var(--kind-${k})` }));
}

/** Children, where equal repetitions that follow each other are one row. */
function folded(view, part) {
  const { found } = view;
  const rows = [];
  for (const kid of part.kids) {
    const last = rows[rows.length - 1];
    const equal =
      last &&
      /^\d+$/.test(kid.word) &&
      last.part.group >= 0 &&
      last.part.group === kid.group &&
      sum(found.m, kid.first, kid.last) === sum(found.m, last.part.first, last.part.last) &&
      sum(found.p, kid.first, kid.last) === sum(found.p, last.part.first, last.part.last);
    if (equal) {
      last.last = kid;
      last.many++;
    } else rows.push({ part: kid, last: kid, many: 1 });
  }
  return rows;
}

/** A layer with the norms and activations that are with it. */
function joined(view, nodes) {
  const { graph, found } = view;
  const lead = nodes.find((i) => !graph.nodes[i].op.e) ?? nodes[0];
  return nodes.map((i) => (i === lead ? summary(found, graph, i) : graph.nodes[i].op.n)).join(", ");
}

/** What a part is: its layer, its block, or how many it has. */
function opOf(view, part) {
  const { graph } = view;
  const nodes = range(part.first, part.last);
  if (nodes.filter((i) => !graph.nodes[i].op.e).length <= 1) return joined(view, nodes);
  if (part.block) return part.block;
  return part.kids.every((kid) => /^\d+$/.test(kid.word))
    ? `${part.kids.length} block${part.kids.length > 1 ? "s" : ""}`
    : `${part.kids.length} layers`;
}

/** The part of a dotted name. */
const partOf = ({ graph }, path) =>
  path
    .split(".")
    .reduce(
      (part, _, i, words) =>
        part &&
        part.kids.find(
          (kid) =>
            kid.path === words.slice(0, i + 1).join(".") ||
            (part === graph.root && kid.path === path),
        ),
      graph.root,
    );

/** The shapes that a part takes from outside. */
function shapesInto(view, part) {
  const { net, graph, found, options } = view;
  const given = inputShapes(net, options.sides);
  const sources = new Set();
  for (let i = part.first; i <= part.last; i++)
    for (const j of graph.nodes[i].inputs) if (j < part.first) sources.add(j);
  return [...sources].map((j) => (j < 0 ? given[-1 - j] : found.shapes[j]).join("x"));
}
