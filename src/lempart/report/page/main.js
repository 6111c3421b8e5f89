const page = JSON.parse(byId("data").textContent);

/** What is shown now; every change goes through it and is drawn from it. */
class State {
  constructor() {
    this.at = 0;
    this.past = [];
    this.chosen = new Set();
    this.pointed = null;
    this.enter(0);
    this.owner = this.scene().owners[this.home() ?? 0] ?? page.players.map((_, player) => player);
  }

  scene() {
    return page.scenes[this.at];
  }

  /** Go to a scene; what is shown stays. */
  enter(at) {
    this.at = at;
    const scene = this.scene();
    scene.owners ??= scene.partitions.map((row) => ownerOf(row.blocks));
    this.index = new Map(scene.owners.map((owner, index) => [keyOf(owner), index]));
  }

  /** Move to another scene. What is shown stays, unless it was the answer: then the new answer is shown. */
  move(at) {
    const followed = this.shown() === this.home();
    this.enter(at);
    if (followed && this.home() !== null) this.owner = this.scene().owners[this.home()];
    this.views.scenes();
    this.views.table.draw();
    this.views.pictures();
    this.draw();
  }

  /** Where the answer stands: the cheapest stable partition, or else the cheapest. */
  home() {
    const scene = this.scene();
    return scene.optimal_stable[0] ?? scene.optimal[0] ?? null;
  }

  /** Where the partition that is shown stands; null where it wasn't evaluated. */
  shown() {
    return this.index.get(keyOf(this.owner)) ?? null;
  }

  toggle(player) {
    if (!this.chosen.delete(player)) this.chosen.add(player);
    this.draw(false);
    say(this.chosen.size ? `Chosen: ${[...this.chosen].map((one) => page.players[one]).join(", ")}` : "Nobody is chosen");
  }

  point(player) {
    if (this.pointed === player) return;
    this.pointed = player;
    this.draw(false, true);
  }

  clear() {
    this.chosen.clear();
    this.draw(false);
  }

  change(move) {
    this.past.push(this.owner);
    this.owner = canonical(move(this.owner));
    this.chosen.clear();
    this.draw();
    this.tell();
  }

  show(index) {
    const owner = this.scene().owners[index];
    this.change(() => owner);
  }

  undo() {
    this.owner = this.past.pop();
    this.chosen.clear();
    this.draw();
    this.tell();
  }

  tell() {
    const at = this.shown(), name = partitionName(blocksOf(this.owner));
    if (at === null) return say(`${name}: ${objection(this.owner)?.why ?? (page.kind === "search" ? neverWon(this.scene()) : "not evaluated")}`);
    const row = this.scene().partitions[at];
    return say(`${name}: ${summary(row)}`);
  }

  draw(changed = true, pointing = false) {
    this.views.feeder();
    if (pointing) return;
    this.views.markets();
    if (!changed) return;
    this.views.outcome();
    this.views.table.mark();
  }
}

function say(text) {
  byId("said").textContent = text;
}

function themes() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const toggle = byId("theme");
  const put = (on) => {
    document.documentElement.dataset.theme = on ? "dark" : "light";
    toggle.setAttribute("aria-pressed", on);
  };
  toggle.hidden = false;
  put(dark.matches);
  dark.addEventListener("change", () => put(dark.matches));
  toggle.addEventListener("click", () => put(document.documentElement.dataset.theme !== "dark"));
}

themes();
const state = new State();
state.views = { feeder: feeder(state), markets: markets(state), outcome: outcome(state), table: table(state), scenes: scenes(state), pictures: pictures(state) };
state.views.scenes();
if (page.pictures.length) state.views.pictures();
state.views.table.draw();
state.draw();
// Paper has no triangles to open.
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((one) => (one.open = true)));
// For tests: what the scripts think of a partition.
window.lempart = { objection, territory, page };
document.documentElement.dataset.ready = "";
performance.mark("ready");
