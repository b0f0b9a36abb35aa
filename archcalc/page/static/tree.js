// The tree of a network's layers, with bars in its rows.

const swatch = (colour, text) =>
  h(
    "span",
    {},
    h(
      "svg",
      { width: 12, height: 12, "aria-hidden": "true" },
      h("rect", { width: 12, height: 12, fill: `var(--${colour})` }),
    ),
    text,
  );

/** The kinds of layer that a network has. */
function legend(view) {
  const { graph, found } = view;
  const kinds = new Set(
    byKind(view, graph.root, found.p)
      .concat(byKind(view, graph.root, found.m))
      .map((k) => k.label),
  );
  return h(
    "p",
    { class: "legend" },
    Object.entries(KIND_WORDS)
      .filter(([, text]) => kinds.has(text))
      .map(([k, text]) => swatch("kind-" + k, text)),
    swatch("live", "bytes of outputs alive"),
    swatch("more", "where they are most"),
  );
}

/** The tree, whose rows open and close; `view.select` chooses one. */
function treeOf(view) {
  const tree = h("div", { class: "card scroll" });
  function draw() {
    const { net, graph, found, chosen } = view;
    const whole = totals(view, found);
    const largest = { p: 1, m: 1 };
    for (const { part, last } of folded(view, graph.root))
      for (const key of ["p", "m"])
        largest[key] = Math.max(largest[key], sum(found[key], part.first, last.last));
    const rows = [];
    const walk = (part, level) => {
      for (const { part: kid, last, many } of folded(view, part)) {
        const all = { ...kid, last: last.last };
        const isOpen = view.open.has(kid.path);
        const name = many > 1 ? `${kid.word}..${last.word}` : kid.word;
        const live = Math.max(...found.live.slice(kid.first, last.last + 1));
        const values = ["p", "m"].map((key) => sum(found[key], kid.first, last.last));
        const toggle = () => {
          isOpen ? view.open.delete(kid.path) : view.open.add(kid.path);
          draw();
          focusRow(kid.path);
        };
        const row = h(
          "tr",
          {
            role: "row",
            "aria-level": level + 1,
            "aria-selected": kid.path === chosen,
            "aria-expanded": kid.kids.length ? isOpen : null,
            tabindex: kid.path === chosen || (!chosen && !rows.length) ? 0 : -1,
            "data-path": kid.path,
            click: () => view.select(kid.path),
            keydown: (event) => keys(event, kid, isOpen, toggle),
          },
          h(
            "td",
            { title: `${kid.path}: ${opOf(view, kid)}` },
            kid.kids.length
              ? h(
                  "button",
                  {
                    tabindex: -1,
                    "aria-label": (isOpen ? "close " : "open ") + kid.path,
                    click: (event) => {
                      event.stopPropagation();
                      toggle();
                    },
                  },
                  isOpen ? "▼" : "▶",
                )
              : h("span", { class: "none" }),
            h("strong", {}, name),
            " ",
            h("span", { class: "op" }, (many > 1 ? `${many} × ` : "") + opOf(view, kid)),
          ),
          h("td", { class: "n shape" }, found.shapes[last.last].join("x")),
          ...["p", "m"].map((key, k) =>
            h(
              "td",
              {},
              h(
                "span",
                { class: "cell" },
                bar(byKind(view, all, found[key]), largest[key], 62, isOpen),
                percent(values[k], whole[key]),
              ),
            ),
          ),
          h(
            "td",
            { class: "live" },
            bar(
              [
                {
                  label: "bytes of outputs alive",
                  value: live,
                  fill: live === whole.live ? "var(--more)" : "var(--live)",
                },
              ],
              whole.live,
              40,
            ),
          ),
          h("td", { class: "n seen" }, String(found.rf[last.last])),
        );
        row.style.setProperty("--level", level);
        row.firstChild.style.paddingLeft = 0.4 + level * 1.1 + "rem";
        rows.push(row);
        if (isOpen) walk(kid, level + 1);
      }
    };
    walk(graph.root, 0);
    tree.replaceChildren(
      h(
        "table",
        { class: "tree", role: "treegrid", "aria-label": "layers of " + net.title },
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            h("th", {}, "layer"),
            h("th", { class: "n shape" }, "output"),
            h("th", {}, "parameters"),
            h("th", {}, "MACs"),
            h("th", { class: "live" }, "live"),
            h("th", { class: "n seen" }, "RF"),
          ),
        ),
        h("tbody", {}, rows),
      ),
      legend(view),
    );
  }
  const focusRow = (path) => {
    const row = tree.querySelector(`[data-path="${CSS.escape(path)}"]`);
    if (row) {
      tree.querySelectorAll("[tabindex='0']").forEach((r) => r.setAttribute("tabindex", -1));
      row.setAttribute("tabindex", 0);
      row.focus();
    }
  };
  function keys(event, kid, isOpen, toggle) {
    const all = [...tree.querySelectorAll("tbody tr")],
      at = all.indexOf(event.currentTarget);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined && all[to]) {
      event.preventDefault();
      focusRow(all[to].dataset.path);
    } else if (event.key === "ArrowRight" && kid.kids.length && !isOpen) {
      event.preventDefault();
      toggle();
    } else if (event.key === "ArrowLeft") {
      event.preventDefault();
      if (isOpen) toggle();
      else if (kid.path.includes(".")) focusRow(kid.path.slice(0, kid.path.lastIndexOf(".")));
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      view.select(kid.path);
      focusRow(kid.path);
    }
  }
  return { element: tree, draw };
}
