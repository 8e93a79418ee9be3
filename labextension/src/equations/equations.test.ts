import { parser } from '@lezer/python';

import type { Vocabulary } from '../protocol';
import { regionAt, regions } from './regions';
import { unitsOf, visible } from './spans';
import { definitions, expectsFlag, tokenise, tokeniseSections } from './tokens';
import { complete } from './words';

const find = (text: string) => regions(parser.parse(text), text);
const kinds = (text: string) => tokenise(text).map(t => `${t.kind} ${t.text}`);

describe('regions', () => {
  test.each([
    ['Neuron(equations="r = 1")', ['equations: r = 1']],
    ['ann.Neuron("tau = 1", """r = 1""")', ['parameters: tau = 1', 'equations: r = 1']],
    ['x = [Synapse(psp=\'w*pre.r\')]', ['psp: w*pre.r']],
    ['Neuron(equations=("a = 1;" " r = a"))', ['equations: a = 1;', 'equations:  r = a']],
    ['Neuron(reset=["v = 1", "u = 2"])', ['reset: v = 1', 'reset: u = 2']],
    ['Neuron(name="r = 1")', []],
    ['Other(equations="r = 1")', []],
    ['Neuron(parameters={"tau": 1.0}, equations=r"r = 1")', ['equations: r = 1']],
    ['"Neuron(equations=)"', []],
    ['Neuron(equations="")', ['equations: ']]
  ])('of %s', (text, expected) => {
    expect(find(text).map(r => `${r.field}: ${text.slice(r.from, r.to)}`)).toEqual(expected);
  });

  test('are found while the string is still open', () => {
    const [region] = find('cell = Neuron(equations="dv/dt = ');
    expect(region).toMatchObject({ field: 'equations', from: 25 });
  });

  test('of a cell magic are all below its first line', () => {
    const text = '%%synapse hebb\npsp: w\n';
    expect(find(text)).toEqual([{ from: 15, to: 22, field: 'sections', model: 'synapse', call: 0 }]);
  });

  test('know where the cursor is', () => {
    const text = 'Neuron("tau = 1", "r = 1")';
    expect(regionAt(find(text), text.indexOf('r = 1') + 2)?.field).toBe('equations');
    expect(regionAt(find(text), text.length)).toBeNull();
  });
});

describe('tokens', () => {
  test('of an equation', () => {
    expect(kinds('tau*dv/dt = exp(-v) : init=0.5, exponential')).toEqual([
      'name tau',
      'operator *',
      'gradient dv/dt',
      'operator =',
      'function exp',
      'operator (',
      'operator -',
      'name v',
      'operator )',
      'operator :',
      'flag init',
      'operator =',
      'number 0.5',
      'operator ,',
      'flag exponential'
    ]);
  });

  test('a defined name is told from a used one', () => {
    expect(kinds('r = v\nq += 1')).toEqual([
      'defined r',
      'operator =',
      'name v',
      'name q',
      'operator +=',
      'number 1'
    ]);
  });

  test('the colons of a condition begin no flags', () => {
    const flags = tokenise('r = if v > 1: a else: b : init=1').filter(t => t.kind === 'flag');
    expect(flags.map(t => t.text)).toEqual(['init']);
  });

  test('comments, words and text', () => {
    expect(kinds("a = 'x' if b and c # why")).toEqual([
      'defined a',
      'operator =',
      "string 'x'",
      'word if',
      'name b',
      'word and',
      'name c',
      'comment # why'
    ]);
  });

  test('sections of a cell magic keep their places', () => {
    const text = 'parameters: tau = 1\nspike: v > 1';
    const found = tokeniseSections(text);
    expect(found.filter(t => t.kind === 'section').map(t => t.text)).toEqual(['parameters:', 'spike:']);
    for (const token of found) expect(text.slice(token.from, token.to)).toBe(token.text);
  });

  test('definitions are parameters and variables', () => {
    expect(definitions('tau = 1 : population; E = 2\ntau*dv/dt = E\nd u/dt = 1')).toEqual(['tau', 'E', 'v']);
  });

  test.each([
    ['tau = 1 : ', true],
    ['tau = 1 : population, ', true],
    ['tau = 1', false],
    ['tau = 1 : int\n', false],
    ['v = if a: b else: ', false],
    ['dv/dt = 1 : init=', true]
  ])('after "%s" a flag is expected: %s', (text, expected) => expect(expectsFlag(text)).toBe(expected));
});

describe('spans', () => {
  test('are the same in a plain text', () => expect(unitsOf('abc')(2)).toBe(2));
  test('count two units for a character beyond the basic plane', () => {
    const units = unitsOf('a𝛕b');
    expect([0, 1, 2, 3, 9].map(units)).toEqual([0, 1, 3, 4, 4]);
  });
  test('never leave the text, and are never empty', () => {
    expect(visible(2, 2, 10)).toEqual({ from: 2, to: 3 });
    expect(visible(10, 10, 10)).toEqual({ from: 9, to: 10 });
    expect(visible(3, 99, 10)).toEqual({ from: 3, to: 10 });
  });
});

describe('words', () => {
  const vocabulary: Vocabulary = {
    functions: ['exp', 'exprel'],
    distributions: ['Normal'],
    flags: ['event-driven', 'explicit', 'population'],
    keys: ['init'],
    words: ['else', 'if'],
    names: ['dt', 't'],
    synapse_names: ['post', 'pre', 'w'],
    constants: ['ek']
  };

  // The cursor is at the bar.
  const words = (marked: string) => {
    const offset = marked.indexOf('|');
    const text = marked.replace('|', '');
    const all = find(text);
    const found = complete(text, offset, regionAt(all, offset)!, all, vocabulary);
    return found && { start: found.start, words: found.words.map(w => `${w.kind} ${w.insert}`) };
  };

  test('parameters come first, and what is written is replaced', () => {
    expect(words('Neuron("exc = 1.0", "tau*dr/dt = ex|")')).toEqual({
      start: 33,
      words: ['parameter exc', 'function exp(', 'function exprel(']
    });
  });

  test('variables of the same model are known, those of another are not', () => {
    const found = words('a = Neuron(equations="dalpha/dt = 1")\nb = Neuron(equations="abc = 1; r = a|")');
    expect(found?.words).toEqual(['variable abc']);
  });

  test('after the colon there are flags', () => {
    expect(words('Neuron(equations="r = 1 : e|")')?.words).toEqual(['flag event-driven', 'flag explicit']);
    expect(words('Neuron(equations="r = 1 : event-d|")')?.words).toEqual(['flag event-driven']);
    expect(words('Neuron(equations="r = 1 : i|")')?.words).toEqual(['flag init=']);
  });

  test('a synapse knows its own names', () => {
    expect(words('Synapse(psp="w * p|")')?.words).toEqual(['variable post', 'variable pre']);
  });

  test('constants of the network are offered', () => {
    expect(words('Neuron(equations="r = e|k")')?.words).toContain('constant ek');
  });

  test('nothing is offered inside a number', () => {
    expect(words('Neuron(equations="r = 1e|")')).toBeNull();
  });

  test('a condition draws no random numbers', () => {
    expect(words('Neuron(spike="v > N|")')?.words).toEqual([]);
    expect(words('Neuron(equations="v = N|")')?.words).toEqual(['distribution Normal(']);
  });

  test('a line of a cell magic may begin a section', () => {
    expect(words('%%neuron a\nparameters: x = 1\neq|')?.words).toContain('section equations:');
    expect(words('%%neuron a\nparameters: xa = 1\nequations: r = x|')?.words).toEqual(['parameter xa']);
  });
});
