// As in display.py: a market of so many members names them all, a larger one the first; so do partitions their markets.
const MAX_MEMBERS = 20, MEMBERS = 4, MAX_MARKETS = 20, MARKETS = 8;
const NBSP = "\u00a0";

/** A number with thousands apart, never -0.00. */
function number(value, digits = 2) {
  if (value === null || value === undefined) return "\u2013";
  const fixed = Math.abs(value).toFixed(digits);
  const negative = value < 0 && Number(fixed) !== 0;
  const [whole, fraction] = fixed.split(".");
  const apart = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return (negative ? "-" : "") + apart + (fraction ? "." + fraction : "");
}

function money(value) {
  return value === null || value === undefined ? "\u2013" : number(value) + NBSP + page.currency;
}

/** What somebody gains, never 0.00: who gains nothing isn't said to gain. */
function gained(value) {
  return value === null || value === undefined || Math.abs(value) >= 5e-3 ? number(value) : value.toPrecision(1);
}

/** A difference: its sign is always told, and nothing is 0.00 with a sign. */
function signed(value) {
  const text = number(value);
  return value > 0 && Number(Math.abs(value).toFixed(2)) !== 0 ? "+" + text : text;
}

function percent(share) {
  return share === null || share === undefined ? "\u2013" : (100 * share).toFixed(1) + NBSP + "%";
}

function marketName(members) {
  const shown = members.length <= MAX_MEMBERS ? members : members.slice(0, MEMBERS);
  const more = shown.length < members.length ? [`\u2026 ${number(members.length - shown.length, 0)} more`] : [];
  return "{" + [...shown.map((player) => page.players[player]), ...more].join(", ") + "}";
}

function partitionName(blocks) {
  const shown = blocks.length <= MAX_MARKETS ? blocks : [...blocks].sort((a, b) => b.length - a.length).slice(0, MARKETS);
  const text = shown.map(marketName).join(" ");
  if (shown.length === blocks.length) return text;
  const single = (some) => some.filter((block) => block.length === 1).length;
  const alone = single(blocks) - single(shown);
  return `${text} and ${number(blocks.length - shown.length, 0)} more` + (alone ? `, ${number(alone, 0)} of them alone` : "");
}

function countOf(count, noun) {
  return number(count, 0) + NBSP + noun + (count === 1 ? "" : "s");
}
