const byId = (id) => document.getElementById(id);

/** An element; text goes in as text, so that no name can become markup. */
function make(space, tag, attributes, children) {
  const element = space ? document.createElementNS(space, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name.startsWith("aria-") && typeof value === "boolean") element.setAttribute(name, String(value));
    else if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const el = (tag, attributes, ...children) => make(null, tag, attributes, children);
const svg = (tag, attributes, ...children) => make("http://www.w3.org/2000/svg", tag, attributes, children);

function button(text, onclick, attributes) {
  return el("button", { type: "button", onclick, ...attributes }, text);
}

const letter = (market) =>
  market < 26 ? String.fromCharCode(65 + market) : letter(Math.floor(market / 26) - 1) + letter(market % 26);

/** Colours belong to a market's first member, so that a market keeps its own wherever it is shown. */
const colour = (members) => `m${members[0] % 8}`;

function badge(members, market) {
  return el("span", { class: `badge ${colour(members)}` }, letter(market));
}

function head(names, numeric) {
  return el("thead", {}, el("tr", {}, names.map((name, at) => el("th", { scope: "col", class: at >= numeric ? "n" : null }, name))));
}
