// Numbers as people read them while they change. The sidebar says the same words
// (labextension/src/format.ts), and tests/numbers.json holds both to them.

// Simulated time. At the beginning a single step is seen.
function seconds(ms) {
  if (ms > 0 && ms < 100) return `${Number(ms.toPrecision(4))} ms`;
  const s = ms / 1000;
  if (s < 9.995) return `${s.toFixed(2)} s`;
  if (s < 3599.95) return `${s.toFixed(1)} s`;
  const minutes = Math.floor(Math.round(s) / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

// Simulated over wall time, nothing for nothing. About real time all have the same length, or what
// stands beside them would move; slower than a hundredth is still a speed.
function factorText(factor) {
  if (!(factor > 0)) return "";
  const digits = factor < 0.095 ? Number(factor.toPrecision(1)) : factor.toFixed(factor >= 9.95 ? 0 : 1);
  return `${digits}× real time`;
}

// One digit after the point where three can be read, always: a number that moves keeps its length.
function scaled(n, units) {
  let power = 0;
  while (power < units.length - 1 && n / 1000 ** power >= 999.5) power += 1;
  const value = n / 1000 ** power;
  return `${value < 99.95 ? value.toFixed(1) : value.toFixed(0)}${units[power]}`;
}

// How many: exactly, as long as four digits will do.
function countText(n) {
  return n < 9999.5 ? String(Math.round(n)) : scaled(n / 1000, ["k", "M", "G"]);
}

// Memory.
function bytesText(n) {
  return n < 999.5 ? `${Math.round(n)} B` : scaled(n / 1000, [" kB", " MB", " GB", " TB"]);
}
