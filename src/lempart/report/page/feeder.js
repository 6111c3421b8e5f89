const ROW = 27, MARGIN = 18, LETTER = 7.5;

/** Draw the feeder once; `update` colours it for a partition. */
function feeder(state) {
  const players = page.nodes.map((node, index) => index).filter((index) => page.nodes[index].player !== null);
  const place = page.nodes.map((node) => [MARGIN + node.x, MARGIN + node.row * ROW]);
  const height = MARGIN + Math.max(...place.map(([, y]) => y));
  const width = Math.max(...page.nodes.map((node, index) => place[index][0] + MARGIN + (node.player === null ? 0 : 20 + LETTER * node.prosumer.length)));
  const edges = page.nodes.map((node, index) => (index === 0 ? null : edge(place[node.parent], place[index])));
  const dots = page.nodes.map((node, index) => dot(node, index, place[index], state));
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Feeder", style: `max-width:${1.6 * width}px;min-width:${0.8 * width}px` },
    svg("g", { class: "edges", "aria-hidden": true }, edges.filter(Boolean)), svg("g", {}, dots));
  byId("feeder").prepend(el("div", { class: "scroll" }, drawing));
  players.forEach((index, at) => (dots[index].tabIndex = at === 0 ? 0 : -1));
  drawing.addEventListener("keydown", (event) => walk(event, players.map((index) => dots[index])));
  return () => colourIn(state, edges, dots);
}

function edge([x0, y0], [x1, y1]) {
  return svg("path", { d: `M${x0} ${y0}V${y1}H${x1}` });
}

function dot(node, index, [x, y], state) {
  if (node.player === null) {
    const kind = index === 0 ? "pcc" : node.prosumer ? "regular" : "bus";
    const told = index === 0 ? `${node.name}: connection to the upper grid (PCC)` : node.prosumer ? `${node.prosumer}: regular customer` : node.name;
    const shape = index === 0 ? svg("rect", { x: x - 8, y: y - 8, width: 16, height: 16, rx: 3 }) : svg("circle", { cx: x, cy: y, r: node.prosumer ? 2.6 : 3 });
    return svg("g", { class: kind }, shape, svg("title", {}, told));
  }
  const toggle = () => state.toggle(node.player);
  return svg("g", {
    class: "member", role: "button", "data-player": node.player, onclick: toggle,
    onpointerenter: () => state.point(node.player), onpointerleave: () => state.point(null),
    onfocus: () => state.point(node.player), onblur: () => state.point(null),
    onkeydown: (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      toggle();
    },
  },
  svg("rect", { class: "hit", x: x - 14, y: y - 13, width: 34 + LETTER * node.prosumer.length, height: 26 }),
  svg("circle", { class: "ring", cx: x, cy: y, r: 14 }), svg("circle", { class: "disc", cx: x, cy: y, r: 10 }),
  svg("text", { class: "letter", x, y: y + 4 }), svg("text", { class: "name", x: x + 18, y: y + 5 }, node.prosumer), svg("title", {}));
}

/** Arrow keys walk over the members; the feeder is one stop of the tab key. */
function walk(event, dots) {
  const at = dots.indexOf(document.activeElement);
  const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
  let next = at + (steps[event.key] ?? 0);
  if (event.key === "Home") next = 0;
  if (event.key === "End") next = dots.length - 1;
  if (at < 0 || next === at || next < 0 || next >= dots.length) return;
  event.preventDefault();
  dots[at].tabIndex = -1;
  dots[next].tabIndex = 0;
  dots[next].focus();
}

function colourIn(state, edges, dots) {
  const blocks = blocksOf(state.owner);
  const clashes = objection(state.owner)?.clashes ?? new Set();
  const near = state.pointed === null ? null : state.owner[state.pointed];
  const market = new Map();
  blocks.forEach((block, index) => territory(block).edges.forEach((at) => market.set(at, index)));
  edges.forEach((path, at) => {
    if (!path) return;
    const own = market.get(at);
    const faded = near !== null && own !== near ? " faded" : "";
    path.setAttribute("class", (clashes.has(at) ? "clash" : own === undefined ? "outside" : `inside ${colour(blocks[own])}`) + faded);
  });
  dots.forEach((drawn, at) => {
    const { player } = page.nodes[at];
    if (player === null) return;
    const own = state.owner[player], others = blocks[own].filter((other) => other !== player);
    const chosen = state.chosen.has(player);
    drawn.setAttribute("class", `member ${colour(blocks[own])}${chosen ? " chosen" : ""}${near !== null && own !== near ? " faded" : ""}`);
    drawn.setAttribute("aria-pressed", chosen);
    const { prosumer } = page.nodes[at], group = page.players[player];
    const told = `${prosumer}${group === prosumer ? "" : ` of ${group}`}, market ${letter(own)}` + (others.length ? ` with ${others.map((other) => page.players[other]).join(", ")}` : ", alone");
    drawn.setAttribute("aria-label", told);
    drawn.querySelector(".letter").textContent = letter(own);
    drawn.querySelector("title").textContent = told;
  });
}
