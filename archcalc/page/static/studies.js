// The studies: small networks side by side.

function viewStudies() {
  const families = new Map();
  for (const net of DATA.studies) {
    if (!families.has(net.family)) families.set(net.family, []);
    families.get(net.family).push(net);
  }
  const sections = [...families].map(([family, members]) => {
    const costs = members.map(costsOf);
    const most = costs[0].map((_, i) => Math.max(...costs.map((each) => each[i][1])));
    return h(
      "section",
      {},
      h("h2", {}, family),
      h("p", { class: "muted" }, DATA.words[members[0].source]),
      h(
        "div",
        { class: "cols" },
        members.map((net, number) => {
          const at = members.findIndex((other) => other.id === net.against);
          const reference = members[at];
          const line = ([name, value], i) =>
            h(
              "div",
              { class: "figure" },
              h("span", { class: "muted" }, name),
              h(
                "span",
                { class: "cell" },
                bar([{ label: name, value, fill: "var(--plain)" }], most[i], 90),
                name === "parameters" ? exact(value) : short(value),
              ),
              reference ? ratioTo(value, costs[at][i][1]) : "",
            );
          return h(
            "div",
            { class: "card", id: "study-" + net.id },
            h("h3", {}, link(net.id, net.title)),
            reference ? h("p", { class: "muted" }, "against " + reference.title) : "",
            costs[number].map((cost, i) => (most[i] ? line(cost, i) : "")),
            h("div", { class: "muted" }, `depth ${net.equal[3]}, RF ${net.equal[5]}`),
            studyDiagram(net),
          );
        }),
      ),
    );
  });
  return [
    h("h1", {}, "Studies"),
    h(
      "p",
      { class: "muted" },
      "Small networks side by side: what one choice of design changes. Each leads to its layers and arithmetic.",
    ),
    sections,
  ];
}

/** What a network of a study costs, by name: its parameters and MACs, or its operations. */
const costsOf = (net) =>
  net.operations || [
    ["parameters", net.equal[0]],
    ["MACs", net.equal[1]],
  ];

/** The diagram of a study, drawn when it is asked for; nothing of a chain. */
function studyDiagram(net) {
  const graph = graphOf(net);
  if (graph.root.group < 0 || DATA.groups[graph.root.group][1] < 0) return "";
  const draw = () => {
    if (details.children.length > 1) return;
    const found = count(net, graph);
    const select = (path) => go(net.id + "/" + path);
    details.append(drawDiagram({ net, graph, found, options: {}, select }, graph.root));
  };
  const details = h("details", { toggle: draw }, h("summary", {}, "diagram"));
  return details;
}
