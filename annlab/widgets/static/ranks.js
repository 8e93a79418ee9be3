// Where the axis of a raster has ticks: what rank_ticks.py does, of the part that is in sight.

const { start, end, range } = cb_data;
const pixels = height / Math.abs(range.end - range.start); // of a row
const stop = Math.max(...groups.map(({ first, n }) => first + n));

function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return Math.max(1, [1, 2, 5, 10].find((digit) => digit * power >= value * (1 - 1e-9)) * power);
}

function named({ first, n, ranks }) {
  const nSeen = Math.min(end, first + n) - Math.max(start, first);
  if (nSeen <= 0) return [];
  const step = roundUp(Math.max(room / pixels, nSeen / most));
  const lowest = typeof ranks === "number" ? ranks : 0;
  const isClear = (row) => first + n === stop || (first + n - row) * pixels >= room;
  const rows = [];
  for (let k = (step - (lowest % step)) % step; k < n; k += step) {
    if (isClear(first + k)) rows.push(first + k);
  }
  return rows.length > 1 || (n === 1 && pixels >= room) ? rows : [];
}

const ticks = [];
for (const group of groups) {
  const rows = named(group);
  const border = group.first - 0.5;
  if (rows.length) ticks.push(...rows);
  else if (!((border - ticks.at(-1)) * pixels < room / 2)) ticks.push(border);
}
return ticks.filter((tick) => tick >= start - 1e-6 && tick <= end + 1e-6);
