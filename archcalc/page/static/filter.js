// What a filter says of networks: words and ranges.

const WORDS = {
  params: "parameters",
  macs: "MACs",
  flops: "flops",
  act: "activations",
  memory: "peak",
  top1: "error",
};
const UNITS = { k: 1e3, m: 1e6, g: 1e9, t: 1e12, b: 1e9 };

/** What a filter says: `resnet macs<5G year>=2015`. */
function matcher(text) {
  const tests = text
    .trim()
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => {
      const range = word.match(/^([a-z0-9]+)(<=|>=|<|>|=)([\d.]+)([kmgtb]?)%?$/i);
      if (!range)
        return (net) =>
          `${net.id} ${dated(net)} ${net.family}`
            .toLowerCase()
            .includes(word.toLowerCase());
      const key =
        Object.keys(figure).find((k) => k.toLowerCase() === range[1].toLowerCase()) ||
        WORDS[range[1].toLowerCase()];
      const bound = +range[3] * (UNITS[range[4].toLowerCase()] || 1);
      const of = key === "flops" ? (net) => 2 * figure.MACs(net) : figure[key];
      if (!of) return () => false;
      const compare = {
        "<": (a) => a < bound,
        "<=": (a) => a <= bound,
        ">": (a) => a > bound,
        ">=": (a) => a >= bound,
        "=": (a) => a === bound,
      }[range[2]];
      return (net) => of(net) !== null && compare(of(net));
    });
  return (net) => tests.every((test) => test(net));
}
