// Two to four networks side by side.

const COMPARED = [
  "var(--kind-1x1)",
  "var(--kind-linear)",
  "var(--kind-depthwise)",
  "var(--kind-products)",
];

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
        rows.map(([name, i, write]) =>
          h(
            "tr",
            {},
            h("th", {}, name),
            nets.map((net, k) => {
              const ratio = k && i < 5 ? ratioTo(net.equal[i], nets[0].equal[i]) : "";
              return h("td", { class: "n" }, write(net.equal[i]), " ", ratio);
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
              h("small", { class: "muted" }, protocolOf(net)),
            ),
          ),
        ),
      ),
    ),
  );
  const sizes = new Map();
  nets.forEach((net, k) =>
    counts[k].shapes.forEach((shape, i) => {
      const positions = shape.length > 2 ? shape.slice(1) : shape.length === 2 ? [shape[0]] : [];
      const isVector = !positions.length || positions.every((v) => v === 1);
      const key = isVector
        ? "vector"
        : positions.length > 1
          ? positions.join("x")
          : positions[0] + " tokens";
      if (!sizes.has(key))
        sizes.set(key, {
          area: isVector ? 0 : product(positions),
          p: [0, 0, 0, 0],
          m: [0, 0, 0, 0],
        });
      sizes.get(key).p[k] += counts[k].p[i];
      sizes.get(key).m[k] += counts[k].m[i];
    }),
  );
  const shown = [...sizes]
    .filter(([, v]) => v.p.some(Boolean) || v.m.some(Boolean))
    .sort((a, b) => b[1].area - a[1].area);
  const most = {
    p: Math.max(...shown.flatMap(([, v]) => v.p)),
    m: Math.max(...shown.flatMap(([, v]) => v.m)),
  };
  const cell = (v, key) =>
    h(
      "td",
      {},
      nets.map((net, k) =>
        h(
          "div",
          { class: "cell" },
          bar([{ label: net.title, value: v[key][k], fill: COMPARED[k] }], most[key], 180),
          v[key][k]
            ? `${short(v[key][k])} ${percent(v[key][k], net.equal[key === "p" ? 0 : 1])}`
            : h("span", { class: "muted" }, "none"),
        ),
      ),
    );
  const curves = (values, name) => {
    const width = Math.max(320, Math.min(900, document.documentElement.clientWidth - 80)),
      top = Math.max(...values.flat());
    return h(
      "div",
      { class: "card" },
      h(
        "svg",
        { width, height: 150, viewBox: `0 0 ${width} 150`, role: "img", "aria-label": name },
        values.map((v, k) =>
          h("path", {
            d: steps(v, top, width, 130),
            fill: "none",
            stroke: COMPARED[k],
            "stroke-width": 1.6,
          }),
        ),
        h("text", { x: 4, y: 146, class: "m" }, name),
      ),
    );
  };
  return [
    ...head,
    table,
    h("h2", {}, "Where each spends, by the size of the map"),
    h(
      "div",
      {
        class: "card scroll",
        tabindex: 0,
        role: "region",
        "aria-label": "cost by the size of the map",
      },
      h(
        "table",
        {},
        h(
          "thead",
          {},
          h("tr", {}, h("th", {}, "map"), h("th", {}, "parameters"), h("th", {}, "MACs")),
        ),
        h(
          "tbody",
          {},
          shown.map(([key, v]) => h("tr", {}, h("th", {}, key), cell(v, "p"), cell(v, "m"))),
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
      counts.map((c) => {
        let side = 0; // where all of the input is seen, that of the layers before
        return c.rf.map((seen) => (side = sideSeen(seen) ?? side));
      }),
      "pixels that one output sees, over the share of layers",
    ),
  ];
}
