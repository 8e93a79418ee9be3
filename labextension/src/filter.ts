// Find what somebody looks for in the palette. Pure functions.

import type { PaletteEntry, PaletteKind } from './protocol';

export const KINDS: [PaletteKind, string][] = [
  ['neuron', 'Neurons'],
  ['synapse', 'Synapses'],
  ['connector', 'Connectors'],
  ['input', 'Inputs']
];

/** The entries that hold every word, in name, kind, summary or source, whatever their case. */
export function matching(entries: PaletteEntry[], query: string): PaletteEntry[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return entries.filter(entry => {
    const text = [entry.name, entry.name.replace(/_/g, ' '), entry.kind, entry.summary, entry.source]
      .join(' ')
      .toLowerCase();
    return words.every(word => text.includes(word));
  });
}
