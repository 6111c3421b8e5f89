const FIRST_ROWS = 50;

/** All evaluated partitions, sortable by every column. */
function table(state) {
  const order = page.kind === "search" ? { key: "share-optimal_stable", down: true } : { key: "total", down: false };
  let all = false;
  const draw = () => {
    const scene = state.scene(), columns = columnsOf(scene);
    const column = columns.find((found) => found.key === order.key) ?? columns[0];
    const rows = scene.partitions.map((row, index) => ({ row, index })).sort((a, b) => compare(column.value(a.row), column.value(b.row)) || a.index - b.index);
    if (order.down) rows.reverse();
    const shown = all ? rows : rows.slice(0, FIRST_ROWS);
    const sorts = columns.map((found) => el("th", { scope: "col", class: found.text ? null : "n", "aria-sort": found === column ? (order.down ? "descending" : "ascending") : null },
      button(found.name, () => {
        order.down = order.key === found.key && !order.down;
        order.key = found.key;
        draw();
      }, { class: "sort", "data-keep": `sort-${found.key}` })));
    const focused = document.activeElement?.dataset?.keep;
    const more = rows.length > shown.length ? button(`Show all ${number(rows.length, 0)}`, () => {
      all = true;
      draw();
    }, { id: "show-all" }) : null;
    byId("table").replaceChildren(el("div", { class: "scroll" }, el("table", { class: "partitions" },
      el("caption", { class: "sr" }, "Evaluated partitions; the buttons in the head sort"),
      el("thead", {}, el("tr", {}, sorts)), el("tbody", {}, shown.map(({ row, index }) => line(state, columns, row, index))))), more ?? "");
    if (focused?.startsWith("sort-")) document.querySelector(`[data-keep="${CSS.escape(focused)}"]`)?.focus();
    mark();
  };
  const mark = () => byId("table").querySelectorAll("tr[data-index]").forEach((found) =>
    found.toggleAttribute("data-shown", Number(found.dataset.index) === state.shown()));
  return { draw, mark };
}

function columnsOf(scene) {
  const first = { key: "partition", name: "Partition", text: true, value: (row) => row.blocks.length };
  if (page.kind === "search") return [first, ...searchColumns()];
  const used = Object.keys(scene.partitions.find((row) => row.parts)?.parts ?? {}).filter((name) => scene.partitions.some((row) => row.parts?.[name]));
  const study = page.kind === "study" ? [
    { key: "error", name: "\u00b1 (95\u00a0%)", value: (row) => row.error, show: (row) => number(row.error) },
    { key: "dearer", name: "over best", value: (row) => row.dearer, show: (row) => number(row.dearer) },
    ...[["optimal", "cheapest in"], ["stable", "stable in"], ["optimal_stable", "cheapest stable in"]].map(([key, name]) =>
      ({ key: `share-${key}`, name, value: (row) => row.shares?.[key], show: (row) => percent(row.shares?.[key]) })),
  ] : [];
  return [
    first,
    { key: "stability", name: "Stability", text: true, value: standing, show: standing },
    { key: "total", name: `${page.kind === "study" ? "Mean" : "Total"}, ${page.currency}`, value: (row) => row.total, show: (row) => number(row.total) },
    ...study,
    ...used.map((name) => ({ key: `part-${name}`, name, value: (row) => row.parts?.[name], show: (row) => number(row.parts?.[name]) })),
  ];
}

/** Numbers by size, texts by alphabet, what isn't known last. */
function compare(a, b) {
  if (a === null || a === undefined) return b === null || b === undefined ? 0 : 1;
  if (b === null || b === undefined) return -1;
  return typeof a === "number" ? a - b : String(a).localeCompare(String(b));
}

function line(state, columns, row, index) {
  const scene = state.scene();
  return el("tr", { "data-index": index }, columns.map((column) => column.key === "partition"
    ? el("th", { scope: "row" }, goTo(state, index, () => byId("what-if").scrollIntoView()), marksOf(scene, index))
    : el("td", { class: column.text ? `standing s-${row.stable}` : "n" }, column.show(row))));
}
