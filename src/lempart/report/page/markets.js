/** The markets as a list, and what can be done with the chosen members. */
function markets(state) {
  return () => {
    const focused = document.activeElement?.dataset?.keep;
    byId("actions").replaceChildren(...actions(state));
    byId("markets").replaceChildren(...blocksOf(state.owner).map((block, market) => card(state, block, market)));
    if (focused) document.querySelector(`[data-keep="${CSS.escape(focused)}"]`)?.focus();
  };
}

function card(state, block, market) {
  const near = state.pointed !== null && state.owner[state.pointed] === market;
  return el("div", { class: `card ${colour(block)}${near ? " near" : ""}`, role: "group", "aria-label": `Market ${letter(market)}` },
    badge(block, market),
    block.map((player) => button(page.players[player], () => state.toggle(player), {
      class: "chip", "aria-pressed": state.chosen.has(player), "data-keep": `chip-${player}`, "data-player": player,
      onpointerenter: () => state.point(player), onpointerleave: () => state.point(null),
    })));
}

function actions(state) {
  const chosen = [...state.chosen];
  const touched = new Set(chosen.map((player) => state.owner[player]));
  const whole = touched.size === 1 && blocksOf(state.owner)[[...touched][0]].length === chosen.length;
  const alone = chosen.every((player) => state.owner.filter((market) => market === state.owner[player]).length === 1);
  return [
    action("Join their markets", touched.size > 1, () => state.change((owner) => owner.map((market) => (touched.has(market) ? -1 : market)))),
    action("One market of these", chosen.length > 0 && !whole, () => state.change((owner) => owner.map((market, player) => (state.chosen.has(player) ? -1 : market)))),
    action("Each on their own", chosen.length > 0 && !alone, () => state.change((owner) => owner.map((market, player) => (state.chosen.has(player) ? -1 - player : market)))),
    action("Clear choice", chosen.length > 0, () => state.clear(), "quiet"),
    action("Undo", state.past.length > 0, () => state.undo(), "quiet"),
    action("Back to the answer", state.shown() !== state.home(), () => state.show(state.home()), "quiet"),
  ];
}

function action(text, possible, onclick, kind) {
  // aria-disabled instead of disabled: the keyboard's focus isn't lost when a button has done its work.
  return button(text, () => possible && onclick(), { class: kind, "aria-disabled": !possible, "data-keep": text });
}
