// The studies: small networks side by side.

function viewStudies() {
  const families = new Map();
  for (const net of DATA.studies) {
    if (!families.has(net.family)) families.set(net.family, []);
    families.get(net.family).push(net);
  }
  const sections = [...families].map(([family, members]) => {
    const most = [0, 1].map((i) => Math.max(...members.map((net) => net.equal[i])));
    return h(
      "section",
      {},
      h("h2", {}, family),
      h("p", { class: "muted" }, DATA.words[members[0].source]),
      h(
        "div",
        { class: "cols" },
        members.map((net) => {
          const reference = members.find((other) => other.id === net.against);
          const line = (name, i, write) =>
            h(
              "div",
              { class: "figure" },
              h("span", { class: "muted" }, name),
              h(
                "span",
                { class: "cell" },
                bar([{ label: name, value: net.equal[i], fill: "var(--plain)" }], most[i], 90),
                write(net.equal[i]),
              ),
              reference ? ratioTo(net.equal[i], reference.equal[i]) : "",
            );
          return h(
            "div",
            { class: "card", id: "study-" + net.id },
            h("h3", {}, link(net.id, net.title)),
            reference ? h("p", { class: "muted" }, "against " + reference.title) : "",
            most[0] ? line("parameters", 0, exact) : "",
            most[1] ? line("MACs", 1, short) : "",
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
