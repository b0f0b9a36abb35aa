// The panel of one part: where it is, its diagram, and its arithmetic.

/** The panel of the part that is chosen: its diagram and its arithmetic. */
function drawPanel(panel, view) {
  const { net, graph, found, chosen } = view;
  const part = chosen ? partOf(view, chosen) : graph.root;
  if (!part) {
    panel.replaceChildren(h("p", { class: "error" }, `${net.title} has no layer ${chosen}.`));
    return;
  }
  const close = h(
    "button",
    { class: "close", "aria-label": "close", click: () => panel.classList.remove("open") },
    "✕",
  );
  const shape = `${shapesInto(view, part).join(", ")} → ${found.shapes[part.last].join("x")}`;
  const above = chosen
    .split(".")
    .slice(0, -1)
    .map((_, i, words) => words.slice(0, i + 1).join("."));
  panel.replaceChildren(
    close,
    h(
      "p",
      { class: "muted" },
      link(net.id + queryText(view), net.id),
      above.map((path) => [
        " / ",
        h("a", { href: "#" + net.id + "/" + path + queryText(view) }, path.split(".").pop()),
      ]),
    ),
    h("h3", {}, chosen || "The whole network"),
    h("p", { class: "muted" }, opOf(view, part), h("br"), shape),
    drawDiagram(view, part),
    ...["p", "m"].flatMap((key) => arithmetic(view, part, key)).flat(Infinity),
  );
}

/** The arithmetic of a layer, or a line for each part of a group. */
function arithmetic(view, part, key) {
  const { net, graph, found } = view;
  const noun = key === "p" ? "parameters" : "MACs",
    name = key === "p" ? "P" : "M";
  const total = sum(found[key], part.first, part.last);
  const share = percent(total, totals(view, found)[key]);
  const heading = h(
    "h3",
    {},
    noun,
    " ",
    h(
      "span",
      { class: "muted" },
      total && part !== graph.root ? `${exact(total)}, ${share} of the network` : exact(total),
    ),
  );
  if (part.node >= 0)
    return [
      heading,
      h(
        "div",
        { class: "work", "data-work": key },
        worked(view, part.node, name, found[key][part.node]),
      ),
    ];
  const line = (to, text, digits, value) => [
    h("a", { href: "#" + net.id + "/" + to + queryText(view) }, text),
    h("span", {}, digits),
    h("span", { class: "n" }, "= " + exact(value)),
  ];
  const inside =
    part.last - part.first < 40 ? range(part.first, part.last).filter((i) => found[key][i]) : [];
  let rows,
    names = new Set();
  if (inside.length && inside.length <= 14) {
    names = new Set(inside.map((i) => working(found, graph, i, name).names));
    rows = inside.map((i) => {
      const at = graph.nodes[i].name,
        [digits] = worked(view, i, name, found[key][i], true).split(" = ");
      return line(at, at.slice(part.path ? part.path.length + 1 : 0), digits, found[key][i]);
    });
  } else
    rows = folded(view, part)
      .map(({ part: kid, last, many }) => [kid, last, many, sum(found[key], kid.first, last.last)])
      .filter((row) => row[3])
      .map(([kid, last, many, value]) =>
        line(
          kid.path,
          many > 1 ? `${kid.word}..${last.word}` : kid.word,
          many > 1 ? `${many}·${exact(value / many)}` : "",
          value,
        ),
      );
  return [
    heading,
    names.size === 1 ? h("p", { class: "work muted" }, [...names][0]) : "",
    rows.length ? h("div", { class: "work sums" }, rows) : "",
  ];
}

/** A number's working, in names and in digits; or in digits alone. */
function worked(view, i, name, value, isShort = false) {
  const { graph, found } = view;
  const { reason, names, digits, more } = working(found, graph, i, name);
  if (reason !== undefined) return `0: ${reason}`;
  const scale = name === "M" && found.samples[i] > 1 ? `${found.samples[i]}·` : "";
  const is = digits === exact(value) || digits === String(value) ? "" : ` = ${exact(value)}`;
  const inner = scale && /[+]/.test(digits) ? `(${digits})` : digits;
  return isShort
    ? `${scale}${inner}${is}`
    : `${names}\n= ${scale}${inner}${is}${more.map((line) => `\n  ${line}`).join("")}`;
}

function drawDiagram(view, part) {
  const { graph, found } = view;
  const number = part.group >= 0 ? DATA.groups[part.group][1] : -1;
  if (number < 0) return "";
  return h(
    "div",
    { class: "scroll diagram" },
    diagramOf(
      part,
      DATA.plans[number],
      ([name, isGroup, offsets]) => {
        const nodes = offsets.map((offset) => part.first + offset);
        const path = part.path ? part.path + "." + name : name;
        const total = (values) => nodes.reduce((t, i) => t + values[i], 0);
        const costly = nodes.reduce(
          (best, i) =>
            found.m[i] > found.m[best] ||
            (found.m[i] === found.m[best] && found.p[i] > found.p[best])
              ? i
              : best,
          nodes[0],
        );
        return {
          op: isGroup ? opOf(view, partOf(view, path)) : joined(view, nodes),
          p: total(found.p),
          m: total(found.m),
          shape: found.shapes[nodes[nodes.length - 1]].join("x"),
          kind: costly,
          path,
        };
      },
      sum(found.m, part.first, part.last),
      {
        input: shapesInto(view, part),
        output: found.shapes[part.last].join("x"),
        nodes: graph.nodes,
        select: view.select,
      },
    ),
  );
}
