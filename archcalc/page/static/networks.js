// The view of all networks: a scatter linked with a table, filtered by words and ranges.

const COLUMNS = [
  ["year", "Year"],
  ["parameters", "Parameters"],
  ["MACs", "MACs"],
  ["activations", "Activations"],
  ["depth", "Depth"],
  ["peak", "Peak live"],
  ["error", "Top-1 error"],
];
const SIZES = [
  ["large", "large images"],
  ["small", "up to 64 pixels"],
  ["sequence", "sequences"],
  ["all", "all"],
];

function viewNetworks(state) {
  const q = state.query;
  const shown = {
    filter: q.get("filter") || "",
    size: q.get("size") || (DATA.studies.length ? SIZES[0][0] : "all"), // those chosen are all shown
    x: q.get("x") || "MACs",
    y: q.get("y") || "parameters",
    sort: q.get("sort") || "year",
    lines: new Set((q.get("lines") || "").split("|").filter(Boolean)),
    area: null,
    ticked: new Set(),
  };
  const table = h("div", { class: "card scroll" }),
    chart = h("div", { class: "card" }),
    counted = h("p", { class: "muted", "aria-live": "polite" });
  const compare = h(
    "button",
    { click: () => go("compare/" + [...shown.ticked].join(",")) },
    "Compare",
  );
  const input = h("input", {
    type: "search",
    value: shown.filter,
    size: 44,
    "aria-label": "filter networks",
    placeholder: "resnet macs<5G params<30M year>=2015",
    input: () => {
      shown.filter = input.value;
      shown.area = null;
      draw();
    },
  });
  const sizes = SIZES.filter(
    ([key]) => key === "all" || DATA.networks.some((net) => net.takes === key),
  ).map(([key, text]) =>
    h(
      "button",
      {
        "data-size": key,
        click: () => {
          shown.size = key;
          shown.area = null;
          draw();
        },
      },
      text,
    ),
  );
  const chips = DATA.lineages.map((line) =>
    h(
      "button",
      {
        "data-line": line.name,
        click: () => {
          shown.lines.has(line.name) ? shown.lines.delete(line.name) : shown.lines.add(line.name);
          draw();
        },
      },
      smallMark(line),
      line.name,
    ),
  );
  const choose = (axis) =>
    h(
      "select",
      {
        "aria-label": axis + " axis",
        change: (event) => {
          shown[axis] = event.target.value;
          shown.area = null;
          draw();
        },
      },
      Object.keys(figure).map((key) =>
        h(
          "option",
          { value: key, selected: shown[axis] === key },
          key === "error" ? "top-1 error, %" : key,
        ),
      ),
    );

  const isOfSize = (net) => shown.size === "all" || net.takes === shown.size;
  function chosen() {
    const matches = matcher(shown.filter);
    return DATA.networks.filter(
      (net) => isOfSize(net) && (!shown.lines.size || shown.lines.has(net.line)) && matches(net),
    );
  }
  function draw() {
    for (const button of sizes)
      button.setAttribute("aria-pressed", button.dataset.size === shown.size);
    const there = new Set(DATA.networks.filter(isOfSize).map((net) => net.line));
    for (const chip of chips) {
      chip.setAttribute("aria-pressed", shown.lines.has(chip.dataset.line));
      chip.hidden = !there.has(chip.dataset.line);
    }
    let nets = chosen();
    const of = (axis) => figure[shown[axis]];
    const dots = nets.filter((net) => of("x")(net) && of("y")(net));
    chart.replaceChildren(
      scatter(dots, shown, draw),
      h(
        "div",
        { class: "row" },
        h("label", {}, "y ", choose("y")),
        h("label", {}, "x ", choose("x")),
        h(
          "span",
          { class: "muted" },
          "drag in the picture to keep an area; a mark leads to its network",
        ),
        shown.area
          ? h(
              "button",
              {
                click: () => {
                  shown.area = null;
                  draw();
                },
              },
              "all of it",
            )
          : "",
      ),
    );
    if (shown.area) {
      const [x1, x2, y1, y2] = shown.area;
      nets = dots.filter(
        (n) => of("x")(n) >= x1 && of("x")(n) <= x2 && of("y")(n) >= y1 && of("y")(n) <= y2,
      );
    }
    const back = shown.sort.startsWith("-");
    const key = shown.sort.replace("-", "");
    const value = key === "name" ? (n) => n.title : figure[key];
    nets.sort((a, b) => {
      const [u, v] = [value(a), value(b)];
      return u === v ? 0 : u === null ? 1 : v === null ? -1 : (u < v ? -1 : 1) * (back ? -1 : 1);
    });
    counted.textContent = `${nets.length} of ${DATA.networks.length} networks`;
    const head = ([k, text]) =>
      h(
        "th",
        {
          class: k === "name" ? "" : "n",
          "aria-sort": key === k ? (back ? "descending" : "ascending") : "none",
        },
        h(
          "button",
          {
            click: () => {
              shown.sort = shown.sort === k ? "-" + k : k;
              draw();
            },
          },
          text + (key === k ? (back ? " ▼" : " ▲") : ""),
        ),
      );
    const largest = {
      parameters: Math.max(...nets.map(figure.parameters)),
      MACs: Math.max(...nets.map(figure.MACs)),
    };
    table.replaceChildren(
      h(
        "table",
        {},
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            h("th", {}, h("span", { class: "unseen" }, "compare")),
            head(["name", "Network"]),
            h("th", { class: "n" }, "Input"),
            COLUMNS.map(head),
            h("th", { class: "n" }, "RF"),
          ),
        ),
        h(
          "tbody",
          {},
          nets.map((net) => {
            const tick = h("input", {
              type: "checkbox",
              checked: shown.ticked.has(net.id),
              "aria-label": "compare " + net.title,
              change: () => {
                tick.checked ? shown.ticked.add(net.id) : shown.ticked.delete(net.id);
                compare.disabled = shown.ticked.size < 2;
              },
            });
            const cell = (k) => {
              const v = figure[k](net);
              const text =
                v === null
                  ? ""
                  : k === "error"
                    ? v.toFixed(1) + "%"
                    : k === "peak"
                      ? memory(v)
                      : k === "year" || k === "depth"
                        ? String(v)
                        : k === "parameters"
                          ? exact(v)
                          : short(v);
              return h(
                "td",
                { class: "n" },
                text,
                largest[k]
                  ? h(
                      "svg",
                      { width: 74, height: 3, "aria-hidden": "true" },
                      h("rect", {
                        x: 74 - (74 * v) / largest[k],
                        width: (74 * v) / largest[k],
                        height: 3,
                        fill: "var(--plain)",
                      }),
                    )
                  : "",
              );
            };
            return h(
              "tr",
              { "data-id": net.id },
              h("td", {}, tick),
              h(
                "td",
                {},
                h(
                  "span",
                  { class: "cell" },
                  smallMark(lineOf.get(net.line)),
                  link(net.id, net.title),
                ),
              ),
              h("td", { class: "n" }, said(net)),
              COLUMNS.map(([k]) => cell(k)),
              h("td", { class: "n" }, String(net.equal[5])),
            );
          }),
        ),
      ),
    );
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
  return [
    h("h1", {}, "What neural networks cost"),
    h(
      "p",
      { class: "muted" },
      `${DATA.networks.length} networks, counted from their definitions in this page. Choose one to see where its cost is, what happens at another input size, and the arithmetic of every number.`,
    ),
    h("div", { class: "row controls" }, input, sizes),
    h("div", { class: "row chips" }, chips),
    chart,
    h(
      "div",
      { class: "row controls" },
      counted,
      compare,
      h("span", { class: "muted" }, "tick two to four rows"),
    ),
    table,
  ];
}
