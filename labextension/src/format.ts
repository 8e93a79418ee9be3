// Numbers as people read them. Pure functions. The views say the same words
// (annlab/widgets/static/format.js), and tests/numbers.json holds both to them.

/** Simulated time: "0.1 ms", "0.25 s", "12.3 s", "1 h 02 min". */
export function seconds(ms: number): string {
  if (ms > 0 && ms < 100) return `${Number(ms.toPrecision(4))} ms`;
  const s = ms / 1000;
  if (s < 9.995) return `${s.toFixed(2)} s`;
  if (s < 3599.95) return `${s.toFixed(1)} s`;
  const minutes = Math.floor(Math.round(s) / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** Speed, simulated over wall time: "0.3×", "25×"; nothing for nothing. */
export function factor(value: number): string {
  if (!(value > 0)) return '';
  return `${value < 0.095 ? Number(value.toPrecision(1)) : value.toFixed(value >= 9.95 ? 0 : 1)}×`;
}

/** One digit after the point where three can be read, always: a number that moves keeps its length. */
function scaled(n: number, units: string[]): string {
  let power = 0;
  while (power < units.length - 1 && n / 1000 ** power >= 999.5) power += 1;
  const value = n / 1000 ** power;
  return `${value < 99.95 ? value.toFixed(1) : value.toFixed(0)}${units[power]}`;
}

/** Counts, exactly as long as four digits will do: "800", "4000", "12.5k", "3.2M". */
export function count(n: number): string {
  return n < 9999.5 ? String(Math.round(n)) : scaled(n / 1000, ['k', 'M', 'G']);
}

/** Memory: "512 B", "1.5 MB". */
export function bytes(n: number): string {
  return n < 999.5 ? `${Math.round(n)} B` : scaled(n / 1000, [' kB', ' MB', ' GB', ' TB']);
}

/** "1 neuron", "800 neurons". */
export function plural(n: number, what: string): string {
  return `${count(n)} ${what}${n === 1 ? '' : 's'}`;
}
