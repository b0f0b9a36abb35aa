// The view of one network: what if, totals, and what the other files draw.

const NUMBERS = [
  [4, "float32"],
  [2, "float16"],
  [1, "int8"],
  [8, "float64"],
];
function whatIf(query, net) {
  const sides = (query.get("input") || "").match(/^(\d{1,5})x(\d{1,5})$/);
  const whole = (key, most) => {
    const v = +query.get(key);
    return Number.isInteger(v) && v > 0 && v <= most ? v : null;
  };
  return {
    sides: sides && !net.fixed ? [+sides[1], +sides[2]] : null,
    batch: whole("batch", 1e6) || net.batch || 1,
    bytes: whole("bytes", 16) || net.bytes || 4,
    classes: net.classes ? whole("classes", 1e6) : null,
  };
}

function viewNetwork(net, layer, state) {
  const graph = graphOf(net);
  const usual = count(net, graph);
  const view = { net, graph, chosen: layer, open: new Set(), query: state.query, select };
  setOptions();
  openAbove(layer);
  const tree = treeOf(view);
  const tiles = h("dl", { class: "tiles" }),
    note = h("p", { "aria-live": "polite" }),
    panel = h("section", { class: "card panel", "aria-label": "the part chosen" }),
    runs = h("div", { class: "card" }),
    tools = h("div", {
      class: "card scroll",
      tabindex: 0,
      role: "region",
      "aria-label": "what tools print",
    });

  const field = (name, text, value, attributes = {}) =>
    h(
      "label",
      {},
      text,
      h("input", { type: "number", min: 1, name, value, "aria-label": text, ...attributes }),
    );
  const [high, wide] = net.fixed ? [] : view.options.sides || net.input.slice(1);
  const form = h(
    "form",
    { class: "whatif row", submit: (event) => event.preventDefault(), input: () => change() },
    h("strong", {}, "what if"),
    net.fixed ? "" : [field("height", "height", high), field("width", "width", wide)],
    field("batch", "batch", view.options.batch),
    net.classes ? field("classes", "classes", view.options.classes || net.classes[0][2]) : "",
    h(
      "label",
      {},
      "numbers",
      h(
        "select",
        { name: "bytes" },
        NUMBERS.map(([bytes, text]) =>
          h("option", { value: bytes, selected: bytes === view.options.bytes }, text),
        ),
      ),
    ),
    h(
      "button",
      { type: "button", click: () => go(net.id + (view.chosen ? "/" + view.chosen : "")) },
      "as defined",
    ),
  );
  function change() {
    const value = (name) => (form.elements[name] ? form.elements[name].value : "");
    const query = new URLSearchParams();
    if (!net.fixed && (+value("height") !== net.input[1] || +value("width") !== net.input[2]))
      query.set("input", `${value("height")}x${value("width")}`);
    if (+value("batch") !== (net.batch || 1)) query.set("batch", value("batch"));
    if (net.classes && +value("classes") !== net.classes[0][2])
      query.set("classes", value("classes"));
    if (+value("bytes") !== (net.bytes || 4)) query.set("bytes", value("bytes"));
    view.query = query;
    setOptions();
    draw();
  }
  function setOptions() {
    view.options = whatIf(view.query, net);
    view.found = count(net, graph, view.options);
  }
  function openAbove(path) {
    for (let above = path; above.includes(".");) {
      above = above.slice(0, above.lastIndexOf("."));
      view.open.add(above);
    }
  }
  function select(path) {
    view.chosen = path;
    openAbove(path);
    draw();
    panel.classList.add("open");
  }
  function remember() {
    history.replaceState(
      null,
      "",
      "#" +
        net.id +
        (view.chosen ? "/" + view.chosen : "") +
        (view.query.size ? "?" + view.query : ""),
    );
  }

  function draw() {
    const { found, options, chosen } = view;
    remember();
    if (found.error) {
      note.replaceChildren(h("span", { class: "error" }, "No figures: " + found.error + "."));
      tiles.replaceChildren();
      tree.element.replaceChildren();
      panel.replaceChildren();
      runs.replaceChildren();
      tools.replaceChildren();
      return;
    }
    const total = totals(view, found),
      was = totals(view, usual);
    const changed = (key) => (total[key] === was[key] ? "" : ratioTo(total[key], was[key]));
    const rf = found.isDefault
      ? net.equal[5]
      : graph.nodes.some((node) => node.op.z)
        ? "-"
        : net.equal[5];
    const tile = (name, text, more, key) =>
      h(
        "div",
        {},
        h("dt", {}, name),
        h("dd", {}, text, h("small", {}, more), key ? changed(key) : ""),
      );
    tiles.replaceChildren(
      tile("parameters", exact(total.p), memory(total.p * options.bytes), "p"),
      tile("MACs", short(total.m), exact(total.m), "m"),
      tile("FLOPs = 2 x MACs", short(2 * total.m), exact(2 * total.m), "m"),
      tile("activations", short(total.act), exact(total.act), "act"),
      tile("depth", String(total.depth), "weighted layers"),
      tile(
        "receptive field",
        String(rf),
        net.fixed ? "" : "pixels, of " + (options.sides || net.input.slice(1)).join("x"),
      ),
      tile("peak live outputs", memory(total.live), exact(total.live) + " B", "live"),
    );
    const same = [was.p, was.m, was.act, was.depth, was.live].every(
      (value, i) => value === net.equal[i],
    );
    const more = [
      options.sides
        ? ` --input ${net.input[0]}x${options.sides.join("x")}`
        : net.own
          ? ` --input ${net.input.join("x")}`
          : "",
      options.batch > 1 ? ` --batch ${options.batch}` : "",
      options.classes ? ` --set num_classes=${options.classes}` : "",
      options.bytes !== 4 ? ` --bytes ${options.bytes}` : "",
    ].join("");
    note.replaceChildren(
      "Counted here by archcalc's own formulas; for the network as defined ",
      same
        ? h("span", { class: "fewer", id: "equal" }, "✓ equal to archcalc's figures")
        : h("span", { class: "error", id: "equal" }, "✗ not equal to archcalc's figures"),
      ". ",
      h(
        "code",
        {},
        `archcalc explain ${net.called || net.id}${chosen ? " --layer " + chosen : ""}${more}`,
      ),
    );
    tree.draw();
    drawPanel(panel, view);
    drawRuns(runs, view);
    drawTools(tools, view);
  }
  draw();
  const stated = DATA.claims.filter((claim) => claim[8].includes(net.id)),
    contradicted = stated.filter((claim) => verdictOf(claim) === "contradicted");
  return [
    h(
      "p",
      { class: "muted" },
      link(state.isStudy ? "studies" : "", state.isStudy ? "Studies" : "Networks"),
      " / ",
      net.family,
    ),
    h("h1", {}, net.title),
    h(
      "p",
      { class: "muted" },
      DATA.words[net.source],
      net.note === undefined ? "" : ". " + DATA.words[net.note],
    ),
    form,
    tiles,
    note,
    h("h2", {}, "Where the cost is"),
    h(
      "div",
      { class: "two" },
      h("div", {}, tree.element, h("h2", {}, "While it runs"), runs),
      panel,
    ),
    h("h2", {}, "What tools print"),
    h(
      "p",
      { class: "muted" },
      "Of one sample, derived from the rules of each tool, without the softmax at the end; ",
      h("code", {}, `archcalc reconcile ${net.called || net.id}`),
      " has the sums as formulas.",
    ),
    tools,
    net.known
      ? [
          h("h2", {}, "What was measured"),
          h(
            "ul",
            {},
            net.known.map(([error, protocol]) =>
              h("li", {}, `top-1 error ${error}% (${protocol})`),
            ),
          ),
        ]
      : "",
    stated.length
      ? [
          h("h2", {}, "Stated about this network"),
          h(
            "p",
            { class: "muted" },
            Object.keys(SIGNS)
              .map((verdict) => [
                verdict,
                stated.filter((claim) => verdictOf(claim) === verdict).length,
              ])
              .filter(([, many]) => many)
              .map(([verdict, many]) => `${many} ${verdict}`)
              .join(", "),
            "; ",
            link("claims?words=" + net.id, "among all"),
          ),
          contradicted.length ? claimTable(contradicted) : "",
          stated.length > contradicted.length
            ? h(
                "details",
                {},
                h("summary", {}, contradicted.length ? "the others" : "all of them"),
                claimTable(stated.filter((claim) => !contradicted.includes(claim))),
              )
            : "",
        ]
      : "",
  ];
}
