/** Sliders over a study's axes; the answer, the reasons and the table along the axis follow them. */
function scenes(state) {
  const at = page.axes.map(() => 0);
  const sceneAt = (place) => page.axes.reduce((index, axis, number) => index * axis.values.length + place[number], 0);
  const move = (number, value) => {
    at[number] = Number(value);
    state.move(sceneAt(at));
  };
  const outputs = page.axes.map((axis, number) => el("output", { for: `axis-${number}` }, axis.values[0]));
  byId("sliders").append(...page.axes.map((axis, number) => slider(axis, number, outputs[number], move)));
  return () => {
    const scene = state.scene();
    outputs.forEach((output, number) => (output.textContent = page.axes[number].values[at[number]]));
    byId("answer-text").replaceChildren(...scene.answer.map((sentence) => el("span", {}, sentence)));
    byId("why-text").replaceChildren(...scene.why.map((text) => el("li", {}, text)));
    byId("along").replaceChildren(...page.axes.map((axis, number) => along(axis, number, at, sceneAt)));
  };
}

function slider(axis, number, output, move) {
  const id = `axis-${number}`, last = axis.values.length - 1;
  const input = el("input", {
    type: "range", id, min: 0, max: last, step: 1, value: 0, "aria-valuetext": axis.values[0],
    oninput: (event) => {
      event.target.setAttribute("aria-valuetext", axis.values[event.target.value]);
      move(number, event.target.value);
    },
  });
  const ticks = el("div", { class: "ticks", "aria-hidden": true }, axis.values.map((value) => el("span", {}, value)));
  return el("div", { class: "slider" }, el("label", { for: id }, axis.name, ": ", output), el("div", {}, input, ticks));
}

/** What wins at every value of one axis, the others where they stand. */
function along(axis, number, at, sceneAt) {
  const lines = axis.values.map((value, index) => {
    const scene = page.scenes[sceneAt(at.map((own, other) => (other === number ? index : own)))];
    const here = [value, index === at[number]];
    if (page.kind === "search") return alongLine(...here, searchAlong(scene));
    const best = scene.partitions[scene.optimal[0]], stable = scene.partitions[scene.optimal_stable[0]];
    return alongLine(...here, [el("td", {}, partitionName(best.blocks)), el("td", { class: "n" }, spread(best)), el("td", { class: "n" }, percent(best.shares?.stable)),
      el("td", {}, stable ? partitionName(stable.blocks) : "\u2013"), el("td", { class: "n" }, stable ? spread(stable) : "\u2013")]);
  });
  const names = [axis.name, ...(page.kind === "search" ? searchAlongNames()
    : ["Cheapest on average", `mean \u00b1 (95\u00a0%), ${page.currency}`, "stable in draws", "Cheapest that holds together", `mean \u00b1 (95\u00a0%), ${page.currency}`])];
  return el("div", { class: "scroll" }, el("table", { class: "along" }, el("caption", {}, `What wins over ${axis.name.toLowerCase()}`),
    el("thead", {}, el("tr", {}, names.map((name, column) => el("th", { scope: "col", class: [0, 1, 4].includes(column) ? null : "n" }, name)))), el("tbody", {}, lines)));
}

const alongLine = (value, here, cells) => el("tr", { "data-here": here }, el("th", { scope: "row" }, value), cells);

const spread = (row) => number(row.total) + (row.total === null || row.error === null ? "" : ` \u00b1${NBSP}${number(row.error)}`);
