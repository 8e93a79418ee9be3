// Numbers as people read them. Pure functions.

/** Simulated time: "0.25 s", "12.3 s", "1 h 02 min". */
export function seconds(ms: number): string {
  const s = ms / 1000;
  if (s < 10) return `${s.toFixed(2)} s`;
  if (s < 3600) return `${s.toFixed(1)} s`;
  const minutes = Math.floor(s / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** Speed, simulated over wall time: "0.3×", "25×"; nothing for nothing. */
export function factor(value: number): string {
  if (!(value > 0)) return '';
  // Slower than a hundredth is still a speed; the views say the same (annlab/widgets/static/parts.js).
  return `${value < 0.1 ? Number(value.toPrecision(1)) : value.toFixed(value >= 10 ? 0 : 1)}×`;
}

/** Counts: "800", "12.5k", "3.2M". */
export function count(n: number): string {
  if (n < 1000) return `${Math.round(n)}`;
  const [scaled, unit] = n < 999_500 ? [n / 1e3, 'k'] : n < 999_500_000 ? [n / 1e6, 'M'] : [n / 1e9, 'G'];
  return `${scaled < 99.95 ? trim(scaled.toFixed(1)) : scaled.toFixed(0)}${unit}`;
}

/** Memory: "512 B", "1.5 MB". */
export function bytes(n: number): string {
  if (n < 1000) return `${n} B`;
  const [scaled, unit] = n < 1e6 ? [n / 1e3, 'kB'] : n < 1e9 ? [n / 1e6, 'MB'] : [n / 1e9, 'GB'];
  return `${scaled < 100 ? trim(scaled.toFixed(1)) : scaled.toFixed(0)} ${unit}`;
}

/** "1 neuron", "800 neurons". */
export function plural(n: number, what: string): string {
  return `${count(n)} ${what}${n === 1 ? '' : 's'}`;
}

function trim(text: string): string {
  return text.endsWith('.0') ? text.slice(0, -2) : text;
}
