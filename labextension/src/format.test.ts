import { bytes, count, factor, plural, seconds } from './format';

test.each([
  [0, '0.00 s'],
  [250, '0.25 s'],
  [9_990, '9.99 s'],
  [12_340, '12.3 s'],
  [3_720_000, '1 h 02 min']
])('%d ms of simulated time read as %s', (ms, text) => expect(seconds(ms)).toBe(text));

test.each([
  [0, ''],
  [-1, ''],
  [0.0031, '0.003×'],
  [0.025, '0.03×'],
  [0.25, '0.3×'],
  [0.98, '1.0×'],
  [1.04, '1.0×'],
  [37.6, '38×']
])('a speed of %d reads as "%s"', (value, text) => expect(factor(value)).toBe(text));

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1k'],
  [12_540, '12.5k'],
  [99_960, '100k'],
  [999_499, '999k'],
  [999_500, '1M'],
  [3_210_000, '3.2M'],
  [15_600_000_000, '15.6G']
])('%d reads as %s', (n, text) => expect(count(n)).toBe(text));

test.each([
  [512, '512 B'],
  [1500, '1.5 kB'],
  [2_000_000, '2 MB'],
  [3_400_000_000, '3.4 GB']
])('%d bytes read as %s', (n, text) => expect(bytes(n)).toBe(text));

test('one is singular', () => expect(plural(1, 'neuron')).toBe('1 neuron'));
test('many are plural', () => expect(plural(1_200, 'synapse')).toBe('1.2k synapses'));

test.each([0, 0.0004, 0.0031, 0.025, 0.099, 0.1, 0.98, 9.96, 10, 37.6, 1234])(
  'a speed of %d reads the same in a view as in the sidebar',
  value => {
    const { readFileSync } = jest.requireActual<any>('fs');
    const here = (expect.getState().testPath ?? '').replace(/[^/]+$/, '');
    const parts = readFileSync(`${here}../../annlab/widgets/static/parts.js`, 'utf8');
    const factorText = new Function(`${parts}; return factorText;`)();
    expect(factorText(value)).toBe(value > 0 ? `${factor(value)} real time` : '');
  }
);
