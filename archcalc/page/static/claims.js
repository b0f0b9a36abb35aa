// What is stated, judged.

const SIGNS = {
  exact: "=",
  rounded: "≈",
  approximate: "~",
  contradicted: "≠",
  "not computable": "–",
};
const verdictOf = (claim) => Object.keys(SIGNS).find((v) => claim[6].startsWith(v)) || claim[6];
const claimTable = (claims) =>
  h(
    "div",
    { class: "card scroll" },
    h(
      "table",
      { class: "claims" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          ["where", "what", "stated", "computed", "verdict"].map((text) => h("th", {}, text)),
        ),
      ),
      h(
        "tbody",
        {},
        claims
          .slice(0, 300)
          .map(([id, source, at, text, stated, computed, verdict, reading, models]) =>
            h(
              "tr",
              { "data-claim": id },
              h(
                "td",
                { class: "where" },
                link(
                  "claims?source=" + encodeURIComponent(DATA.sources[source][0]),
                  DATA.sources[source][0],
                ),
                " ",
                at,
              ),
              h(
                "td",
                { class: "wrap" },
                text,
                " ",
                models
                  .filter((m) => byId.has(m))
                  .slice(0, 3)
                  .map((m) => [link(m, m), " "]),
              ),
              h("td", { class: "wrap" }, cutTo(stated, 160)),
              h("td", { class: "wrap" }, cutTo(computed, 160)),
              h(
                "td",
                { class: "wrap" },
                SIGNS[verdictOf({ 6: verdict })] + " " + verdict,
                reading ? `; a reading that agrees: ${cutTo(reading, 120)}` : "",
              ),
            ),
          ),
      ),
    ),
    claims.length > 300
      ? h("p", { class: "muted" }, `${claims.length - 300} more: narrow the list`)
      : "",
  );

function viewClaims(state) {
  const shown = {
    words: state.query.get("words") || "",
    source: state.query.get("source") || "",
    verdict: state.query.get("verdict") || "",
  };
  const list = h("div"),
    counted = h("p", { class: "muted", "aria-live": "polite" });
  const words = h("input", {
    type: "search",
    value: shown.words,
    placeholder: "words in a statement",
    "aria-label": "words in a statement",
    input: () => {
      shown.words = words.value;
      draw();
    },
  });
  const source = h(
    "select",
    {
      "aria-label": "source",
      change: () => {
        shown.source = source.value;
        draw();
      },
    },
    h("option", { value: "" }, "all sources"),
    DATA.sources.map(([name, title]) =>
      h("option", { value: name, selected: name === shown.source }, `${name}: ${cutTo(title, 60)}`),
    ),
  );
  const verdicts = Object.keys(SIGNS).map((verdict) =>
    h(
      "button",
      {
        "data-verdict": verdict,
        click: () => {
          shown.verdict = shown.verdict === verdict ? "" : verdict;
          draw();
        },
      },
      `${SIGNS[verdict]} ${verdict} ${DATA.claims.filter((claim) => verdictOf(claim) === verdict).length}`,
    ),
  );
  function draw() {
    for (const button of verdicts)
      button.setAttribute("aria-pressed", button.dataset.verdict === shown.verdict);
    const found = DATA.claims.filter(
      (claim) =>
        (!shown.source || DATA.sources[claim[1]][0] === shown.source) &&
        (!shown.verdict || verdictOf(claim) === shown.verdict) &&
        (claim[3] + claim[4] + claim[0] + claim[8].join(" "))
          .toLowerCase()
          .includes(shown.words.toLowerCase()),
    );
    counted.textContent = `${found.length} of ${DATA.claims.length} statements`;
    list.replaceChildren(claimTable(found));
    const query = new URLSearchParams(Object.entries(shown).filter(([, value]) => value));
    history.replaceState(null, "", "#claims" + (query.size ? "?" + query : ""));
  }
  draw();
  return [
    h("h1", {}, "What is stated, judged"),
    h(
      "p",
      { class: "muted" },
      "Figures and structures that documents and papers state, next to what the specs give. Verdicts are derived, never stored.",
    ),
    h("div", { class: "row controls" }, words, source),
    h("div", { class: "row chips controls" }, verdicts),
    counted,
    list,
  ];
}
