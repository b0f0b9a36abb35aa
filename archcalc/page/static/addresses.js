// The addresses that lead to all views.

const go = (address) => {
  location.hash = "#" + address;
};
const named = (text) => {
  const bare = (t) => t.toLowerCase().replace(/[^a-z0-9]/g, "");
  return (
    byId.get(text) ||
    [...byId.values()].find(
      (net) => bare(net.title) === bare(text) || bare(net.id) === bare(text),
    ) ||
    [...byId.values()].find(
      (net) => bare(text) && (bare(net.id) + bare(net.title)).includes(bare(text)),
    )
  );
};

/** Where the views of all networks, of claims and others were left, in pixels from the top. */
const left = new Map();
let shown = "";

function show() {
  const [path, query] = decodeURI(location.hash.slice(1)).split("?");
  const [first, ...rest] = path.split("/");
  const state = { query: new URLSearchParams(query || "") };
  const main = document.querySelector("main");
  const [only, ...others] = DATA.networks;
  const net = byId.get(first) || (first === "" && !others.length && only) || undefined;
  const view = {
    "": () => viewNetworks(state),
    compare: () => viewCompare((rest[0] || "").split(",").filter(Boolean)),
    studies: () => viewStudies(),
    claims: () => viewClaims(state),
  }[first];
  state.isStudy = net && DATA.studies.includes(net);
  if (!net && !view)
    main.replaceChildren(
      h("h1", {}, "Not here"),
      h("p", {}, `This page has no network '${first}'. `, link("", "All networks")),
    );
  else
    main.replaceChildren(
      ...(net ? viewNetwork(net, rest.join("/"), state) : view())
        .flat(Infinity)
        .filter((child) => child !== ""),
    );
  main.dataset.shows = net ? net.id : first;
  // A network begins at its top; a list is as it was.
  if (first !== shown) scrollTo(0, net ? 0 : left.get(first) || 0);
  shown = first;
  if (first === "studies") document.getElementById("study-" + rest[0])?.scrollIntoView();
  document.title = (net ? net.title + " – " : "") + "archcalc";
  const tab = net ? (state.isStudy ? "studies" : "") : first;
  for (const item of document.querySelectorAll("nav a"))
    item.hash.slice(1) === tab
      ? item.setAttribute("aria-current", "page")
      : item.removeAttribute("aria-current");
}

const THEMES = ["auto", "light", "dark"];
function theme(name) {
  document.documentElement.dataset.theme = name;
  document.querySelector("#theme").textContent = "theme: " + name;
}
document
  .querySelector("#theme")
  .addEventListener("click", () =>
    theme(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % 3]),
  );
document.querySelector("#find").addEventListener("submit", (event) => {
  event.preventDefault();
  const net = named(event.target.elements.find.value);
  if (net) {
    go(net.id);
    event.target.reset();
  }
});
document
  .querySelector("#all-networks")
  .append(...[...byId.values()].map((net) => h("option", { value: net.id }, net.title)));
addEventListener("keydown", (event) => {
  if (event.key === "/" && !/INPUT|SELECT|TEXTAREA/.test(document.activeElement.tagName)) {
    event.preventDefault();
    document.querySelector("#find input").focus();
  }
  if (event.key === "Escape") document.querySelector(".panel.open")?.classList.remove("open");
});
addEventListener("hashchange", show);
addEventListener("scroll", () => left.set(shown, scrollY), { passive: true });
window.archcalc = { DATA, FORMULAS, byId, graphOf, count, working, summary, inputShapes, toolsOf };
theme("auto");
show();
