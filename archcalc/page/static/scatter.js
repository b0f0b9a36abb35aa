// A picture of networks by two of their figures.

/** Points with names that do not lie on each other; dragging keeps an area. */
function scatter(nets, shown, redraw) {
  const width = Math.max(320, Math.min(1260, document.documentElement.clientWidth - 60)),
    height = width < 600 ? 330 : 460,
    left = 52,
    bottom = 34;
  if (!nets.length) return h("p", { class: "muted" }, "No network has both figures.");
  const scale = (key, from, to) => {
    const values = nets.map(figure[key]);
    const linear = key === "year" || key === "error";
    const [a, b] = [Math.min(...values), Math.max(...values)];
    // Half of the range is on each side of the middle, and it is never less than fourfold.
    const half = Math.sqrt(Math.max(b / a, 4)) * Math.max(b / a, 4) ** 0.06;
    const [least, most] = linear
      ? [a - 1, b + 1]
      : [Math.sqrt(a * b) / half, Math.sqrt(a * b) * half];
    const t = linear
      ? (v) => (v - least) / (most - least)
      : (v) => Math.log(v / least) / Math.log(most / least);
    const back = linear ? (s) => least + s * (most - least) : (s) => least * (most / least) ** s;
    const marks = linear
      ? Array.from(
          { length: Math.floor(most) - Math.ceil(least) + 1 },
          (_, i) => Math.ceil(least) + i,
        ).filter((v) => most - least < 15 || v % 5 === 0)
      : ticks(least, most);
    return {
      at: (v) => from + t(v) * (to - from),
      back: (p) => back((p - from) / (to - from)),
      marks,
    };
  };
  const x = scale(shown.x, left, width - 12),
    y = scale(shown.y, height - bottom, 18);
  const svg = h("svg", {
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    role: "group",
    "aria-label": `${shown.y} against ${shown.x} of ${nets.length} networks; the table has the figures`,
  });
  for (const v of x.marks)
    svg.append(
      h("line", { x1: x.at(v), x2: x.at(v), y1: 18, y2: height - bottom, stroke: "var(--grid)" }),
      h(
        "text",
        { class: "m", x: x.at(v), y: height - bottom + 15, "text-anchor": "middle" },
        plainTick(v),
      ),
    );
  for (const v of y.marks)
    svg.append(
      h("line", { x1: left, x2: width - 12, y1: y.at(v), y2: y.at(v), stroke: "var(--grid)" }),
      h("text", { class: "m", x: left - 6, y: y.at(v) + 4, "text-anchor": "end" }, plainTick(v)),
    );
  svg.append(
    h(
      "text",
      { x: left, y: 11, "font-weight": 600 },
      shown.y === "error" ? "top-1 error, %" : shown.y,
    ),
    h(
      "text",
      { x: width - 12, y: height - 3, "text-anchor": "end", "font-weight": 600 },
      shown.x === "error" ? "top-1 error, %" : shown.x,
    ),
  );
  const taken = nets.map((net) => {
    const [a, b] = [x.at(figure[shown.x](net)), y.at(figure[shown.y](net))];
    return [a - 4, b - 4, a + 4, b + 4];
  });
  const families = new Map();
  for (const net of [...nets].sort((a, b) => b.equal[1] - a.equal[1])) {
    if (!families.has(net.family)) families.set(net.family, []);
    families.get(net.family).push(net);
  }
  const order = [];
  for (let rank = 0; order.length < nets.length; rank++)
    for (const members of families.values()) if (members[rank]) order.push(members[rank]);
  for (const net of order) {
    const [a, b] = [x.at(figure[shown.x](net)), y.at(figure[shown.y](net))];
    const line = lineOf.get(net.line);
    const group = h(
      "g",
      { class: "dot", "data-id": net.id, click: () => go(net.id) },
      mark(line, a, b),
      h(
        "title",
        {},
        `${dated(net)}: ${exact(net.equal[0])} parameters, ${exact(net.equal[1])} MACs${errorOf(net) === null ? "" : `, top-1 error ${errorOf(net)}%`}`,
      ),
    );
    svg.append(group);
    const w = widthOf(net.title);
    for (const [lx, ly] of [
      [a + 8, b + 4],
      [a - 8 - w, b + 4],
      [a - w / 2, b - 9],
      [a - w / 2, b + 17],
    ]) {
      const box = [lx, ly - 9, lx + w, ly + 2];
      if (lx < left || lx + w > width || ly < 20 || ly > height - bottom) continue;
      if (taken.some((o) => box[0] < o[2] && o[0] < box[2] && box[1] < o[3] && o[1] < box[3]))
        continue;
      taken.push(box);
      const text = h("text", { x: lx, y: ly });
      text.style.fill = `var(--mark-${line.colour})`;
      text.append(net.title);
      svg.append(text);
      break;
    }
  }
  let from = null;
  const area = h("rect", { fill: "var(--chosen)", opacity: 0.5 });
  const place = (event) => {
    const box = svg.getBoundingClientRect();
    return [
      ((event.clientX - box.left) * width) / box.width,
      ((event.clientY - box.top) * height) / box.height,
    ];
  };
  svg.addEventListener("pointerdown", (event) => {
    from = place(event);
  });
  svg.addEventListener("pointermove", (event) => {
    if (!from) return;
    const to = place(event);
    for (const [k, v] of Object.entries({
      x: Math.min(from[0], to[0]),
      y: Math.min(from[1], to[1]),
      width: Math.abs(to[0] - from[0]),
      height: Math.abs(to[1] - from[1]),
    }))
      area.setAttribute(k, v);
    svg.append(area);
  });
  svg.addEventListener("pointerup", (event) => {
    const to = place(event);
    if (from && Math.abs(to[0] - from[0]) > 8 && Math.abs(to[1] - from[1]) > 8) {
      const [x1, x2] = [from[0], to[0]].map(x.back).sort((p, q) => p - q),
        [y1, y2] = [from[1], to[1]].map(y.back).sort((p, q) => p - q);
      shown.area = [x1, x2, y1, y2];
      redraw();
    }
    from = null;
  });
  return svg;
}
