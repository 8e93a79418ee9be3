// Places in a text: the kernel counts characters, the editor counts UTF-16 units. Pure functions.

/** Return what turns a number of characters into a number of UTF-16 units. */
export function unitsOf(text: string): (characters: number) => number {
  // Most texts have no character beyond the basic plane, and then the two are the same.
  if (!/[\u{10000}-\u{10ffff}]/u.test(text)) return n => clamp(n, text.length);
  const starts = [0];
  for (const character of text) starts.push(starts.at(-1)! + character.length);
  return n => starts[clamp(n, starts.length - 1)];
}

/** Return a non-empty span inside the text. */
export function visible(from: number, to: number, length: number): { from: number; to: number } {
  const start = Math.min(from, Math.max(0, length - 1));
  return { from: start, to: clamp(Math.max(to, start + 1), length) };
}

function clamp(n: number, most: number): number {
  return Math.max(0, Math.min(n, most));
}
