import { matching } from './filter';
import type { PaletteEntry } from './protocol';

const entry = (name: string, kind: PaletteEntry['kind'], summary: string): PaletteEntry => ({
  name,
  kind,
  summary,
  latex: '',
  source: '',
  code: ''
});
const ENTRIES = [
  entry('IF_curr_exp', 'neuron', 'Leaky integrate-and-fire neuron.'),
  entry('LeakyIntegrator', 'neuron', 'Rate-coded leaky integrator.'),
  entry('all_to_all', 'connector', 'Connect every pair.')
];

test.each([
  ['', 3],
  ['leaky', 2],
  ['LEAKY coded', 1],
  ['curr exp', 1],
  ['all to all', 1],
  ['connector', 1],
  ['nothing', 0]
])('"%s" finds %d', (query, n) => expect(matching(ENTRIES, query)).toHaveLength(n));
