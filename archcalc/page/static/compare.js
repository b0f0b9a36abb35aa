// Two to four networks side by side.

const COMPARED = [
  "var(--kind-1x1)",
  "var(--kind-linear)",
  "var(--kind-depthwise)",
  "var(--kind-products)",
];

/** Where a stride stands among others: from fine to coarse, what has none at the end. */
function strideOrder(stride) {
  const word = ["vector", "no input"].indexOf(stride);
  const [above, below = 1] = String(stride).split("/").map(Number);
  return word < 0 ? above / below : 1e9 + word;
}

function viewCompare(ids) {
  const nets = ids
    .map((id) => byId.get(id))
    .filter(Boolean)
    .slice(0, 4);
  const add = h("input", {
    list: "all-networks",
    placeholder: "add a network",
    "aria-label": "add a network",
    change: (event) => {
      const net = named(event.target.value);
      if (net)
        go("compare/" + [...new Set([...nets.map((n) => n.id), net.id])].slice(0, 4).join(","));
    },
  });
  const square = (k) =>
    h(
      "svg",
      { width: 12, height: 12, "aria-hidden": "true" },
      h("rect", { width: 12, height: 12, fill: COMPARED[k] }),
    );
  const head = [
    h("h1", {}, "Compare"),
    h("p", { class: "muted" }, "Two to four networks side by side; ratios are against the first."),
    h(
      "div",
      { class: "row chips controls" },
      nets.map((net, k) =>
        h(
          "button",
          {
            "aria-label": "without " + net.title,
            click: () =>
              go(
                "compare/" +
                  nets
                    .filter((n) => n !== net)
                    .map((n) => n.id)
                    .join(","),
              ),
          },
          square(k),
          net.title,
          " ✕",
        ),
      ),
      nets.length < 4 ? add : "",
    ),
  ];
  if (!nets.length) return head;
  const counts = nets.map((net) => count(net, graphOf(net)));
  const rows = [
    ["parameters", 0, exact],
    ["MACs", 1, exact],
    ["activations", 2, exact],
    ["depth", 3, String],
    ["peak live outputs", 4, memory],
    ["receptive field", 5, String],
  ];
  const table = h(
    "div",
    { class: "card scroll" },
    h(
      "table",
      { class: "narrow" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", {}, "figure"),
          nets.map((net, k) =>
            h(
              "th",
              { class: "n" },
              h("span", { class: "cell" }, square(k), link(net.id, net.title)),
            ),
          ),
        ),
      ),
      h(
        "tbody",
        {},
        h(
          "tr",
          {},
          h("th", {}, "input"),
          nets.map((net) => h("td", { class: "n" }, said(net))),
        ),
        rows.map(([name, i, say]) =>
          h(
            "tr",
            {},
            h("th", {}, name),
            nets.map((net, k) => {
              const write = i === 3 ? differenceTo : ratioTo;
              const ratio = k && i < 5 ? write(net.equal[i], nets[0].equal[i]) : "";
              return h("td", { class: "n" }, say(net.equal[i]), " ", ratio);
            }),
          ),
        ),
        h(
          "tr",
          {},
          h("th", {}, "top-1 error, as papers print"),
          nets.map((net) =>
            h(
              "td",
              { class: "n" },
              errorOf(net) === null ? "-" : errorOf(net) + "%",
              h("small", { class: "muted protocol" }, protocolOf(net)),
            ),
          ),
        ),
      ),
    ),
  );
  const strides = new Map();
  nets.forEach((net, k) =>
    runs(net.strides).forEach((stride, i) => {
      if (!strides.has(stride)) strides.set(stride, { p: [0, 0, 0, 0], m: [0, 0, 0, 0] });
      strides.get(stride).p[k] += counts[k].p[i];
      strides.get(stride).m[k] += counts[k].m[i];
    }),
  );
  const shown = [...strides]
    .filter(([, v]) => v.p.some(Boolean) || v.m.some(Boolean))
    .sort(([a], [b]) => strideOrder(a) - strideOrder(b));
  const most = {
    p: Math.max(...shown.flatMap(([, v]) => v.p)),
    m: Math.max(...shown.flatMap(([, v]) => v.m)),
  };
  const maps = (stride) => {
    const words = nets.map((net) => DATA.words[net.maps[stride]] || "");
    return (new Set(words).size === 1 ? words.slice(0, 1) : words).map((word) =>
      h("div", { class: "cell" }, word || "\u00a0"),
    );
  };
  const longest = Math.min(180, document.documentElement.clientWidth / 6);
  const cell = (v, key) =>
    h(
      "td",
      {},
      nets.map((net, k) =>
        h(
          "div",
          { class: "cell" },
          bar([{ label: net.title, value: v[key][k], fill: COMPARED[k] }], most[key], longest),
          v[key][k]
            ? `${short(v[key][k])} ${percent(v[key][k], net.equal[key === "p" ? 0 : 1])}`
            : h("span", { class: "muted" }, "none"),
        ),
      ),
    );
  const curves = (values, name) => {
    const width = Math.max(280, Math.min(1180, document.documentElement.clientWidth - 80)),
      top = Math.max(1, ...values.flat());
    return h(
      "div",
      { class: "card" },
      h(
        "svg",
        { width, height: 132, viewBox: `0 0 ${width} 132`, role: "img", "aria-label": name },
        values.map((v, k) =>
          h("path", {
            d: steps(v, top, width, 130),
            fill: "none",
            stroke: COMPARED[k],
            "stroke-width": 1.6,
          }),
        ),
      ),
      h("p", { class: "legend" }, name),
    );
  };
  return [
    ...head,
    table,
    h("h2", {}, "Where each spends, by output stride"),
    h(
      "p",
      { class: "muted" },
      "Output stride: along a side, how many positions of the input there are for each of the map.",
    ),
    h(
      "div",
      {
        class: "card scroll",
        tabindex: 0,
        role: "region",
        "aria-label": "cost by output stride",
      },
      h(
        "table",
        {},
        h(
          "thead",
          {},
          h("tr", {}, ["stride", "map", "parameters", "MACs"].map((title) => h("th", {}, title))),
        ),
        h(
          "tbody",
          {},
          shown.map(([stride, v]) =>
            h(
              "tr",
              {},
              h("th", {}, String(stride)),
              h("td", { class: "muted" }, maps(stride)),
              cell(v, "p"),
              cell(v, "m"),
            ),
          ),
        ),
      ),
    ),
    h("h2", {}, "Memory while it runs"),
    curves(
      counts.map((c) => c.live),
      `bytes of outputs alive, over the share of layers that have run; at most ${memory(Math.max(...counts.flatMap((c) => c.live)))}`,
    ),
    h("h2", {}, "Receptive field by depth"),
    curves(
      counts.map((c, k) => {
        const [first] = inputShapes(nets[k]);
        const all = Math.max(...(first.length > 1 ? first.slice(1) : first));
        let side = all; // what sees all of the input sees no less than the layers before
        return c.rf.map((seen) => {
          const known = sideSeen(seen);
          side = Math.max(side, known);
          return known || (seen === "whole" ? side : null);
        });
      }),
      "input positions along a side that one output sees, over the share of layers; no line where they have no number",
    ),
  ];
}
