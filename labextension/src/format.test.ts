import { bytes, count, factor, plural, seconds } from './format';

const { readFileSync } = jest.requireActual<any>('fs');
const ROOT = `${(expect.getState().testPath ?? '').replace(/[^/]+$/, '')}../..`;
const read = (path: string): string => readFileSync(`${ROOT}/${path}`, 'utf8');

// What is said of a number, wherever it is said.
const SAID: Record<string, [number, string][]> = JSON.parse(read('tests/numbers.json'));

// The functions of the views: their files are no modules.
const VIEWS = new Function(
  `${read('annlab/widgets/static/format.js')}
   return { seconds, factorText, countText, bytesText };`
)();

test.each(SAID.seconds)('%d ms of simulated time read as %s', (ms, text) => {
  expect(seconds(ms)).toBe(text);
  expect(VIEWS.seconds(ms)).toBe(text);
});

test.each(SAID.factor)('a speed of %d reads as "%s"', (value, text) => {
  expect(factor(value)).toBe(text);
  expect(VIEWS.factorText(value)).toBe(text && `${text} real time`);
});

test.each(SAID.count)('%d reads as %s', (n, text) => {
  expect(count(n)).toBe(text);
  expect(VIEWS.countText(n)).toBe(text);
});

test.each(SAID.bytes)('%d bytes read as %s', (n, text) => {
  expect(bytes(n)).toBe(text);
  expect(VIEWS.bytesText(n)).toBe(text);
});

test('one is singular', () => expect(plural(1, 'neuron')).toBe('1 neuron'));
test('many are plural', () => expect(plural(12_000, 'synapse')).toBe('12.0k synapses'));
