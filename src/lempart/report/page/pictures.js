/** Draw the pictures once the page can be used: each for light and for dark, so that paper always finds the light one. */
function pictures(state) {
  const themes = JSON.parse(byId("themes").textContent);
  if (!page.pictures.length) return () => {};
  const section = byId("pictures");
  section.hidden = false;
  const places = page.pictures.map((picture) => {
    const place = el("figure", { class: "picture", role: "img", "aria-label": picture.description, hidden: picture.scene !== null });
    section.append(place);
    return place;
  });
  const waiting = page.pictures.map(() => true);
  const draw = (at) => {
    if (!waiting[at] || !window.vegaEmbed) return Promise.resolve();
    waiting[at] = false;
    return Promise.all(Object.entries(themes).map(([name, config]) => {
      const place = el("div");
      places[at].append(el("div", { class: `${name}-only scroll` }, place));
      // Interpreted, because the page's policy forbids to turn text into code.
      return vegaEmbed(place, page.pictures[at].spec, { config: { ...config, background: null }, ast: true, actions: false, renderer: "svg", logLevel: 1 });
    }));
  };
  const wanted = () => page.pictures.map((_, at) => at).filter((at) => [null, state.at].includes(page.pictures[at].scene));
  const all = async () => {
    for (const at of wanted()) {
      await draw(at);
      await new Promise((resolve) => setTimeout(resolve)); // so that a click between two pictures is answered
    }
    section.dataset.drawn = state.at;
  };
  addEventListener("load", all);
  return () => {
    places.forEach((place, at) => (place.hidden = !wanted().includes(at)));
    all();
  };
}
