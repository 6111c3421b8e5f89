// A partition is kept as `owner`: for each player the number of its market, markets numbered by their first player.
// Equal partitions then have equal owners.

function canonical(owner) {
  const seen = new Map();
  return owner.map((market) => {
    if (!seen.has(market)) seen.set(market, seen.size);
    return seen.get(market);
  });
}

function ownerOf(blocks) {
  const owner = new Array(page.players.length);
  blocks.forEach((block, market) => block.forEach((player) => (owner[player] = market)));
  return canonical(owner);
}

function blocksOf(owner) {
  const blocks = [];
  owner.forEach((market, player) => (blocks[market] ??= []).push(player));
  return blocks;
}

const keyOf = (owner) => owner.join(",");

/** The canonical subgraph of a market: edges by their lower node, and its boundary nodes. */
function territory(members) {
  const nodes = page.nodes, inside = new Set(members);
  const below = new Array(nodes.length).fill(0);
  let leaves = 0;
  nodes.forEach((node, index) => {
    if (node.player !== null && inside.has(node.player)) {
      below[index] += 1;
      leaves += 1;
    }
  });
  for (let index = nodes.length - 1; index > 0; index -= 1) below[nodes[index].parent] += below[index];
  const edges = new Set();
  for (let index = 1; index < nodes.length; index += 1) {
    const alone = leaves === 1 && below[index] && nodes[index].player !== null;
    if (alone || (below[index] > 0 && below[index] < leaves)) edges.add(index);
  }
  return { edges, boundary: boundaryOf(edges) };
}

/** Nodes of the subgraph with an incident edge outside it; the PCC always counts. */
function boundaryOf(edges) {
  const touched = new Set(), boundary = new Set();
  edges.forEach((edge) => touched.add(edge).add(page.nodes[edge].parent));
  if (touched.has(0)) boundary.add(0);
  page.nodes.forEach((node, index) => {
    if (index === 0 || edges.has(index)) return;
    if (touched.has(index)) boundary.add(index);
    if (touched.has(node.parent)) boundary.add(node.parent);
  });
  return boundary;
}

/** Why the grid doesn't admit a partition, and the edges at fault; null where it does. */
function objection(owner) {
  const blocks = blocksOf(owner), taken = new Map();
  const clashes = new Set();
  let why = "";
  for (const block of blocks) {
    const { edges, boundary } = territory(block);
    if (page.single_boundary && boundary.size !== 1 && !why) {
      why = `${marketName(block)} touches the rest of the grid at ${boundary.size} nodes; here a market may do so at one only.`;
    }
    for (const edge of edges) {
      const other = taken.get(edge);
      if (other === undefined) taken.set(edge, block);
      else {
        clashes.add(edge);
        if (!why) {
          const { name, parent } = page.nodes[edge];
          why = `${marketName(other)} and ${marketName(block)} would share the line from ${page.nodes[parent].name} to ${name}; `
            + "markets may meet at a node, but no line may belong to two of them.";
        }
      }
    }
  }
  return why ? { why, clashes } : null;
}

/** In how many pairs of players two partitions differ. */
function distance(one, other) {
  let count = 0;
  for (let a = 0; a < one.length; a += 1) {
    for (let b = a + 1; b < one.length; b += 1) {
      if ((one[a] === one[b]) !== (other[a] === other[b])) count += 1;
    }
  }
  return count;
}

/** The evaluated partitions nearest to a wished one; the cheaper first among equally near. */
function nearest(scene, owner, most = 3) {
  const cost = (index) => scene.partitions[index].total ?? -(scene.partitions[index].shares?.optimal_stable ?? -Infinity);
  const apart = scene.owners.map((other) => distance(owner, other));
  return apart.map((_, index) => index).sort((a, b) => apart[a] - apart[b] || cost(a) - cost(b)).slice(0, most);
}
