// A group of layers as boxes, in the places that archcalc's own layout gave them.

const BOX = { height: 72, down: 44, pad: 14 };

/** The boxes of a part; `of` gives what a box says. */
function diagramOf(
  part,
  [inputs, boxes, places, ways],
  of,
  whole,
  { input, output, nodes, select },
) {
  const total = inputs + boxes.length;
  const x = (i) => places[i][1] + BOX.pad;
  const top = (row) => 6 + row * (BOX.height + BOX.down);
  const isPill = (i) => i < inputs || i >= total;
  const said = boxes.map((box) => {
    const { op, p, m, ...more } = of(box);
    return {
      op,
      p,
      m,
      ...more,
      lines: [
        fitted(box[0], BOX_WIDTH - 16, true),
        op === box[0] ? "" : fitted(op, BOX_WIDTH - 16),
        p ? `${short(p)} parameters` : "",
        m ? `${short(m)} MACs` : "",
      ].filter(Boolean),
    };
  });
  const tall = (i) => (isPill(i) ? 26 : 12 + 15 * said[i - inputs].lines.length);
  const bent = ways.flatMap(([, , bends]) => bends.map(([, middle]) => middle));
  const width =
      Math.max(...bent, ...places.map(([, middle]) => middle + BOX_WIDTH / 2)) + 2 * BOX.pad,
    height = Math.max(...places.map(([row], i) => top(row) + tall(i) + (isPill(i) ? 4 : 20)));
  const svg = h("svg", {
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    class: width > 760 ? "wider" : "",
    role: "group",
    "aria-label": `diagram of ${part.path || part.word}`,
  });
  const turns = places.map(() => []);
  for (const [a, b, bends] of ways) {
    turns[a].push(Math.sign((bends.length ? bends[0][1] + BOX.pad : x(b)) - x(a)));
    let d = `M${x(a)} ${top(places[a][0]) + tall(a)}`;
    let at = [x(a), top(places[a][0]) + tall(a)];
    for (const [bx, by, isDown] of [
      [x(a), top(places[a][0]) + (isPill(a) ? tall(a) : BOX.height)],
      ...bends.flatMap(([row, middle]) => [
        [middle + BOX.pad, top(row)],
        [middle + BOX.pad, top(row) + BOX.height, true],
      ]),
      [x(b), top(places[b][0])],
    ]) {
      const half = (at[1] + by) / 2;
      d += isDown || bx === at[0] ? `L${bx} ${by}` : `C${at[0]} ${half} ${bx} ${half} ${bx} ${by}`;
      at = [bx, by];
    }
    svg.append(
      h("path", { d, fill: "none", stroke: "var(--edge)" }),
      h("path", { d: `M${at[0]} ${at[1]}l-3 -6h6Z`, fill: "var(--edge)" }),
    );
  }
  places.forEach(([row], i) => {
    const left = x(i) - BOX_WIDTH / 2,
      y = top(row);
    if (isPill(i)) {
      const text = i < inputs ? `input ${input[i] || ""}` : `output ${output}`;
      svg.append(
        h("rect", {
          x: left,
          y,
          width: BOX_WIDTH,
          height: 26,
          rx: 13,
          fill: "var(--panel)",
          stroke: "var(--grid)",
        }),
        h("text", { x: x(i), y: y + 17, "text-anchor": "middle", "font-weight": 600 }, text),
      );
      return;
    }
    const box = said[i - inputs];
    const fill = box.p || box.m ? `var(--kind-${nodes[box.kind].op.k})` : "var(--edge)";
    const group = h(
      "g",
      {
        tabindex: 0,
        role: "button",
        "aria-label": `${box.path}: ${box.op}, ${exact(box.p)} parameters, ${exact(box.m)} MACs`,
        click: () => select(box.path),
        keydown: (event) => {
          if (event.key === "Enter") select(box.path);
        },
      },
      h("rect", {
        x: left,
        y,
        width: BOX_WIDTH,
        height: tall(i),
        rx: 5,
        fill: "var(--box)",
        stroke: "var(--edge)",
      }),
      h("rect", { x: left, y, width: 4, height: tall(i), fill }),
      box.lines.map((line, k) =>
        h(
          "text",
          {
            x: left + 10,
            y: y + 16 + 15 * k,
            class: k && !/ (parameters|MACs)$/.test(line) ? "m" : "",
            "font-weight": k ? 400 : 600,
          },
          line,
        ),
      ),
      box.m && whole
        ? h("rect", {
            x: left + 6,
            y: y + tall(i) - 4,
            width: ((BOX_WIDTH - 8) * box.m) / whole,
            height: 3,
            fill,
          })
        : "",
      h("title", {}, `${box.path}: ${box.op}`),
    );
    group.style.cursor = "pointer";
    const isLeft = turns[i].includes(1) && !turns[i].includes(-1);
    svg.append(
      group,
      h(
        "text",
        {
          x: x(i) + (isLeft ? -5 : 5),
          y: y + tall(i) + 14,
          class: "m",
          "text-anchor": isLeft ? "end" : "start",
        },
        box.shape,
      ),
    );
  });
  return svg;
}
const cutTo = (text, most) => (text.length > most ? text.slice(0, most - 1) + "…" : text);
