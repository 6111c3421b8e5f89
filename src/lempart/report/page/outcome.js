/** What the chosen partition costs, who pays, who would leave; or why there is nothing to show. */
function outcome(state) {
  return () => {
    const at = state.shown(), scene = state.scene();
    const shown = at === null ? unknown(state, scene) : known(state, scene, at);
    byId("outcome").replaceChildren(...shown.map((column) => el("div", {}, column)));
  };
}

function unknown(state, scene) {
  const fault = objection(state.owner);
  const search = page.kind === "search";
  const title = fault ? "The grid doesn't allow these markets" : search ? "It won no draw" : "This partition was not evaluated";
  const text = fault ? fault.why : search ? neverWon(scene) : "The grid allows it, but the search or the study didn't cost it.";
  return [
    [el("h3", { class: "verdict bad" }, title), el("p", { class: "why-not" }, text)],
    [el("h3", {}, search ? "Nearest winners" : "Nearest evaluated"),
      el("ul", { class: "nearest" }, nearest(scene, state.owner).map((index) => el("li", {}, goTo(state, index),
        ": ", summary(scene.partitions[index]))))],
  ];
}

function goTo(state, index, then = () => {}) {
  const show = () => {
    state.show(index);
    byId("outcome").focus({ preventScroll: true });
    then();
  };
  return button(partitionName(state.scene().partitions[index].blocks), show, { class: "link" });
}

const standing = (row) =>
  row.total === null ? "not viable" : { true: "stable", false: "not stable", null: "stability not checked" }[row.stable];

/** A partition in a few words. */
const summary = (row) => (page.kind === "search" ? wonOften(row) : `${money(row.total)}, ${standing(row)}`);

function known(state, scene, at) {
  const row = scene.partitions[at];
  if (page.kind === "search") return winner(scene, row, at);
  if (row.total === null) return [[el("h3", { class: "verdict bad" }, "Not viable"), el("p", {}, row.reason)]];
  const base = state.home() === null ? null : scene.partitions[state.home()];
  const first = [verdict(scene, row, at), totals(scene, row, at, base)], leaving = leavers(state, row);
  // Where nobody leaves, the parts of the cost take the place of those who would.
  return leaving.length ? [[...first, leaving], [bills(row, base), parts(row, base)], [explained(row)]]
    : [[...first, parts(row, base)], [bills(row, base)], [explained(row)]];
}

function marksOf(scene, at) {
  const often = page.kind === "search" ? "most often " : "";
  const found = [scene.optimal.includes(at) && `${often}cheapest`, scene.optimal_stable.includes(at) && `${often}cheapest stable`].filter(Boolean);
  return found.map((mark) => el("span", { class: "mark" }, mark));
}

function verdict(scene, row, at) {
  const kind = { true: "good", false: "bad", null: "open" }[row.stable];
  const study = page.kind === "study";
  const text = {
    true: study ? "Stable on average: nobody gains by leaving for good" : "Stable: nobody gains by leaving",
    false: study ? "Not stable on average: someone gains by leaving for good" : "Not stable: someone gains by leaving",
    null: "Stability not checked",
  }[row.stable];
  const hint = study ? "The study doesn't keep what it takes." : "The answer didn't need it. lempart solve --all-cores checks every partition.";
  const note = row.stable === null ? el("p", {}, hint) : null;
  return [el("h3", { class: `verdict ${kind}` }, text, marksOf(scene, at)), note];
}

function totals(scene, row, at, base) {
  const rank = 1 + scene.partitions.filter((other) => other.total !== null && other.total < row.total - 1e-9).length;
  const against = base && base !== row ? `${signed(row.total - base.total)}${NBSP}${page.currency} against the answer` : "";
  const spread = row.error === null ? "" : ` \u00b1${NBSP}${number(row.error)} (95${NBSP}%)`;
  const told = [`number ${number(rank, 0)} of ${number(scene.partitions.length, 0)} by cost`, against].filter(Boolean).join("; ");
  const shares = row.shares && [["cheapest", "optimal"], ["stable", "stable"], ["cheapest stable", "optimal_stable"]]
    .map(([name, key]) => `${name} in ${percent(row.shares[key])}`).join(", ");
  return [
    el("p", { class: "total" }, el("strong", { id: "total" }, money(row.total)), spread, el("span", { class: "aside" }, told)),
    shares ? el("p", { class: "shares" }, "Of all draws: ", shares, ".") : null,
  ];
}

function leavers(state, row) {
  const leaving = row.markets.flatMap((own, market) => own.leavers.map((leaver) => ({ own, market, leaver })));
  const broken = row.markets.filter((own) => own.stable === false && own.shortfall !== null);
  // Groups without a gain prove by what they would pay alone that nothing holds; more might be found to object.
  const told = broken.map((own) => el("p", {}, `No bill keeps ${marketName(own.members)} together: of its cost of ${money(own.cost)}, `
    + `${own.leavers.some((leaver) => leaver.gain === null) && page.kind === "result" ? "at least " : ""}${money(own.shortfall)} can't be charged to anyone who isn't better off leaving.`));
  if (!leaving.length) return told;
  const study = page.kind === "study";
  const priced = !study || leaving.some(({ leaver }) => leaver.gain !== null);
  const lines = leaving.map(({ own, market, leaver }) => el("tr", {},
    el("td", {}, marketName(leaver.members), " from ", badge(own.members, market)),
    priced && [el("td", { class: "n" }, number(leaver.asked)), el("td", { class: "n" }, number(leaver.alone)), el("td", { class: "n gain" }, gained(leaver.gain))],
    study && el("td", { class: "n" }, percent(leaver.share)), el("td", {}, destination(state, leaver))));
  const amounts = priced ? ["is asked", "pays then", `gains, ${page.currency}`] : [];
  const names = study ? [priced ? "Who would leave" : "Who would leave in some draws", ...amounts, "in draws", "into"] : ["Who would leave", ...amounts, "into"];
  return [...told, el("div", { class: "scroll" }, el("table", { class: "leavers" }, el("caption", { class: "sr" }, "Who would leave, and where to"),
    el("thead", {}, el("tr", {}, names.map((name, index) => el("th", { scope: "col", class: index > 0 && index < names.length - 1 ? "n" : null }, name)))),
    el("tbody", {}, lines)))];
}

function destination(state, leaver) {
  if (leaver.after === null) return "depends on the others";
  const index = state.index.get(keyOf(ownerOf(leaver.after)));
  return index === undefined ? `${partitionName(leaver.after)} (not evaluated)` : goTo(state, index);
}

function bills(row, base) {
  return page.kind === "study" ? [marketCosts(row), row.markets.some((own) => own.bills) && billTable(row, base)] : billTable(row, base);
}

function billTable(row, base) {
  const before = new Map(base && base !== row ? base.markets.flatMap((own) => (own.bills ?? []).map((bill) => [bill.player, bill.pays])) : []);
  const alone = row.markets.some((own) => own.members.length > 1 && own.bills?.some((bill) => bill.alone !== null));
  const columns = [
    { name: `pays, ${page.currency}`, show: (bill) => number(bill.pays) },
    alone && { name: "alone", show: (bill) => number(bill.alone) },
    before.size && { name: "against the answer", show: (bill) => (before.has(bill.player) ? signed(bill.pays - before.get(bill.player)) : "\u2013") },
  ].filter(Boolean);
  const lines = row.markets.flatMap((own, market) => own.members.map((player, at) => el("tr", { "data-bill": player },
    el("td", {}, badge(own.members, market)), el("th", { scope: "row" }, page.players[player]),
    own.bills ? columns.map((column) => el("td", { class: "n" }, column.show(own.bills[at])))
      : at === 0 && el("td", { class: "none", rowspan: own.members.length, colspan: columns.length }, noBill(own, row)))));
  return [el("div", { class: "scroll" }, el("table", { class: "bills" }, el("caption", {}, billsTitle(row)),
    head(["Market", "Member", ...columns.map((column) => column.name)], 2), el("tbody", {}, lines)))];
}

function billsTitle(row) {
  const rules = new Set(row.markets.map((own) => own.rule));
  if (page.kind === "study") return row.stable === false ? "Bills on average (nucleolus); even so someone gains by leaving" : "Bills on average that nobody leaves (nucleolus)";
  if (rules.has("nucleolus")) return row.stable === false ? "Bills (nucleolus); even so someone gains by leaving" : "Bills that nobody leaves (nucleolus)";
  return row.stable ? "Bills that nobody leaves" : "Bills";
}

/** What each bill is made of, and where else its payer could go. */
function explained(row) {
  const told = row.markets.flatMap((own) => own.bills ?? []).filter((bill) => bill.parts.length);
  if (!told.length) return null;
  const shown = page.bill_parts.map((_, part) => part).filter((part) => told.some((bill) => Math.abs(bill.parts[part]) >= 0.005));
  const names = shown.map((part) => page.bill_parts[part]);
  const lines = told.map((bill) => el("tr", {}, el("th", { scope: "row" }, page.players[bill.player]), shown.map((part) => el("td", { class: "n" }, number(bill.parts[part]))),
    el("td", {}, bill.best === null ? "\u2013" : `${marketName(bill.best)}: ${number(bill.best_pays)}`)));
  const columns = ["Member", ...names, "best elsewhere: pays"];
  return el("details", {}, el("summary", {}, "What each bill is made of"), el("div", { class: "scroll" }, el("table", { class: "explained" },
    el("caption", { class: "sr" }, "Parts of the bills"),
    el("thead", {}, el("tr", {}, columns.map((name, at) => el("th", { scope: "col", class: at > 0 && at <= names.length ? "n" : null }, name)))), el("tbody", {}, lines))));
}

function noBill(own, row) {
  if (own.cost === null) return own.reason || (row.total === null ? "not viable" : "what it pays was not asked for");
  if (page.kind === "study") return "bills not computed: too many groups could leave, or into partitions that the study doesn't cost";
  if (own.stable === null) return `costs ${money(own.cost)} together; bills not computed, as stability was not checked`;
  return `costs ${money(own.cost)} together; ${own.stable ? "no bills were kept" : "no bill exists that nobody leaves"}`;
}

function marketCosts(row) {
  if (row.markets.every((own) => own.cost === null)) return null;
  const lines = row.markets.map((own, market) => el("tr", {}, el("td", {}, badge(own.members, market)),
    el("th", { scope: "row" }, marketName(own.members)), el("td", { class: "n" }, spread({ total: own.cost, error: own.error }))));
  return el("table", { class: "costs" }, el("caption", {}, "What each market costs on average"), head(["Market", "Members", `mean \u00b1 (95${NBSP}%), ${page.currency}`], 2), el("tbody", {}, lines));
}

function parts(row, base) {
  if (!row.parts) return null;
  const other = base && base !== row && base.parts ? base.parts : null;
  const lines = Object.entries(row.parts).filter(([name, value]) => value !== 0 || other?.[name]).map(([name, value]) => el("tr", {},
    el("th", { scope: "row" }, name), el("td", { class: "n" }, number(value)), other ? el("td", { class: "n" }, signed(value - other[name])) : null));
  const names = ["Part of the cost", page.currency, ...(other ? ["against the answer"] : [])];
  return el("table", { class: "parts" }, el("caption", {}, "What the network's cost is made of"), head(names, 1), el("tbody", {}, lines));
}
