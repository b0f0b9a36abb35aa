// How a network runs, and what tools say of it.

/** Memory and receptive field in execution order. */
function drawRuns(runs, view) {
  const { graph, found, chosen } = view;
  const width = Math.max(320, Math.min(760, document.documentElement.clientWidth - 80)),
    height = 120,
    whole = Math.max(...found.live);
  const seen = found.rf.map(sideSeen),
    known = seen.filter((v) => v !== null),
    most = Math.max(1, ...known);
  // Behind attention few fields have a number, and those see one token, or nothing.
  const isShown = most > 1 && 2 * known.length > seen.length;
  const curve = (isShown ? seen : [])
    .map((v, i) =>
      v === null
        ? ""
        : `${i && seen[i - 1] !== null ? "L" : "M"}${((i / seen.length) * width).toFixed(1)} ${(height - (v / most) * (height - 14)).toFixed(1)}`,
    )
    .join("");
  const at = found.live.indexOf(whole);
  const part = chosen ? partOf(view, chosen) : null;
  runs.replaceChildren(
    h(
      "svg",
      {
        width,
        height: height + 18,
        viewBox: `0 0 ${width} ${height + 18}`,
        role: "img",
        "aria-label": `bytes of outputs alive in execution order, at most ${memory(whole)} at ${graph.nodes[at].name}`,
      },
      part
        ? h("rect", {
            x: (part.first / seen.length) * width,
            width: Math.max(2, ((part.last - part.first + 1) / seen.length) * width),
            y: 0,
            height,
            fill: "var(--chosen)",
          })
        : "",
      h("path", {
        d: steps(found.live, whole, width, height - 14) + `L${width} ${height - 14}Z`,
        fill: "var(--live)",
        transform: "translate(0 14)",
      }),
      h("path", { d: curve, fill: "none", stroke: "var(--field)", "stroke-width": 2 }),
      h(
        "text",
        { x: Math.min(width - 260, (at / seen.length) * width + 4), y: 11 },
        `peak ${memory(whole)} at ${graph.nodes[at].name}`,
      ),
      curve
        ? h(
            "text",
            { x: width - 4, y: height + 13, "text-anchor": "end" },
            `receptive field up to ${most} through windows`,
          )
        : "",
    ),
    h(
      "p",
      { class: "legend" },
      h(
        "span",
        {},
        h(
          "svg",
          { width: 12, height: 12, "aria-hidden": "true" },
          h("rect", { width: 12, height: 12, fill: "var(--live)" }),
        ),
        "bytes of outputs alive, in execution order",
      ),
      curve
        ? h(
            "span",
            {},
            h(
              "svg",
              { width: 16, height: 12, "aria-hidden": "true" },
              h("line", { x1: 0, x2: 16, y1: 6, y2: 6, stroke: "var(--field)", "stroke-width": 2 }),
            ),
            "receptive field",
          )
        : "",
    ),
  );
}

/** What tools print of a network. */
function drawTools(tools, view) {
  const { net, graph, found } = view;
  const macs = found.m.reduce((total, value, i) => total + value / found.samples[i], 0);
  const row = ({ tool, word, parts, number, reason }) =>
    h(
      "tr",
      {},
      h("th", {}, tool),
      h("td", {}, word),
      reason
        ? [h("td", { class: "n" }, "-"), h("td", {}), h("td", { class: "wrap" }, reason)]
        : [
            h("td", { class: "n" }, exact(number)),
            h("td", {}, number === 2 * macs ? "2 x MACs" : against(number, macs)),
            h(
              "td",
              { class: "wrap" },
              [...parts]
                .sort((a, b) => b[1] - a[1])
                .map(([of, value]) => `${exact(value)} of ${of}`)
                .join(" + "),
            ),
          ],
    );
  tools.replaceChildren(
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", {}, "tool"),
          h("th", {}, "calls it"),
          h("th", { class: "n" }, "its number"),
          h("th", {}, "against MACs"),
          h("th", {}, "as a sum"),
        ),
      ),
      h("tbody", {}, toolsOf(net, found, graph).map(row)),
    ),
  );
}
