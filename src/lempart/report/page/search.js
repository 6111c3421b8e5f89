// A study that searched every draw: a partition has no cost of its own there, but a share of the draws that it won.

const OUTCOMES = [["optimal_stable", "cheapest stable"], ["optimal", "cheapest"]];

const interval = ([low, high]) => `${(100 * low).toFixed(1)} to ${percent(high)}`;

const wonOften = (row) => `${OUTCOMES[0][1]} in ${percent(row.shares.optimal_stable)} of the draws`;

/** A share of one with its interval, drawn; the numbers stand beside it. */
function bar(share, [low, high]) {
  return svg("svg", { class: "bar", viewBox: "0 0 100 12", "aria-hidden": true, preserveAspectRatio: "none" },
    svg("rect", { class: "track", width: 100, height: 12 }), svg("rect", { class: "share", width: 100 * share, height: 12 }),
    svg("path", { d: `M${100 * low} 6H${100 * high}` }));
}

/** The shares of draws that the chosen partition won, and what the winners cost. */
function winner(scene, row, at) {
  const title = wonOften(row);
  const lines = OUTCOMES.map(([key, name]) => el("tr", {}, el("th", { scope: "row" }, name), el("td", { class: "n" }, percent(row.shares[key])),
    el("td", { class: "n" }, interval(row.intervals[key])), el("td", {}, bar(row.shares[key], row.intervals[key]))));
  return [
    [el("h3", { class: `verdict ${row.shares.optimal_stable > 0 ? "good" : "open"}` }, title[0].toUpperCase() + title.slice(1), marksOf(scene, at)),
      el("table", { class: "won" }, el("caption", {}, `Of ${number(scene.draws, 0)} draws it is the`),
        el("thead", {}, el("tr", {}, ["", "share", `95${NBSP}%`, ""].map((name, column) => el("th", { scope: "col", class: column === 1 || column === 2 ? "n" : null }, name)))),
        el("tbody", {}, lines))],
    [winnersCost(scene)],
  ];
}

function winnersCost(scene) {
  const found = OUTCOMES.map(([key]) => scene.search[key]);
  const used = Object.keys(found[0].parts).filter((name) => found.some((one) => one.parts[name] === null || Math.abs(one.parts[name]) >= 0.005));
  const line = (name, values) => el("tr", {}, el("th", { scope: "row" }, name), values.map((value) => el("td", { class: "n" }, value)));
  const sum = line("network cost", found.map(spread));
  sum.className = "sum";
  return [
    el("table", { class: "parts" }, el("caption", {}, `What the draws' winners cost on average, ${page.currency}`), head(["Part of the cost", ...OUTCOMES.map(([, name]) => name)], 1),
      el("tbody", {}, used.map((name) => line(name, found.map((one) => number(one.parts[name])))), sum)),
    el("p", { class: "aside", id: "price" }, scene.search.price === null ? "Some draws have no stable partition."
      : `Stability costs ${spread({ total: scene.search.price, error: scene.search.price_error })}${NBSP}${page.currency} a draw.`),
  ];
}

/** Nobody won with these markets, though the grid admits them. */
const neverWon = (scene) => `In none of the ${number(scene.draws, 0)} draws was it the cheapest, or the cheapest that holds together.`;

function searchColumns() {
  return OUTCOMES.flatMap(([key, name]) => [
    { key: `share-${key}`, name: `${name} on`, value: (row) => row.shares[key], show: (row) => percent(row.shares[key]) },
    { key: `low-${key}`, name: `95${NBSP}%`, value: (row) => row.intervals[key][0], show: (row) => interval(row.intervals[key]) },
    { key: `bar-${key}`, name: "of the draws", text: true, value: (row) => row.shares[key], show: (row) => bar(row.shares[key], row.intervals[key]) },
  ]);
}

/** Who wins most often at one value of an axis, what winners cost there, and what stability costs. */
function searchAlong(scene) {
  const cells = OUTCOMES.flatMap(([key]) => {
    const best = scene.partitions[scene[key][0]];
    return [el("td", {}, best ? partitionName(best.blocks) : "\u2013"), el("td", { class: "n" }, best ? percent(best.shares[key]) : "\u2013"),
      el("td", { class: "n" }, spread(scene.search[key]))];
  });
  return [...cells, el("td", { class: "n" }, spread({ total: scene.search.price, error: scene.search.price_error }))];
}

const searchAlongNames = () => [...OUTCOMES.flatMap(([, name]) => [`Most often ${name}`, "in draws", `winners cost \u00b1 (95${NBSP}%), ${page.currency}`]), `stability costs, ${page.currency}`];
