// What may be written at a place of a model. Pure functions.

import type { Vocabulary } from '../protocol';
import { Region } from './regions';
import { definitions, expectsFlag, tokeniseSections } from './tokens';

export interface Word {
  label: string;
  insert: string;
  kind: 'parameter' | 'variable' | 'function' | 'distribution' | 'flag' | 'keyword' | 'constant' | 'section';
}

export interface Completion {
  /** Where the word that is being written begins, in the cell. */
  start: number;
  words: Word[];
}

const SECTIONS = {
  neuron: ['parameters', 'equations', 'spike', 'reset', 'refractory', 'functions', 'axon_spike', 'axon_reset'],
  synapse: ['parameters', 'equations', 'psp', 'operation', 'pre_spike', 'post_spike', 'functions', 'pruning', 'creating']
};
const CONDITIONS = ['spike', 'axon_spike', 'psp', 'operation'];

/** The words that fit at `offset`, which is in `region`; null where a number is being written. */
export function complete(
  text: string,
  offset: number,
  region: Region,
  all: Region[],
  vocabulary: Vocabulary
): Completion | null {
  const before = text.slice(region.from, offset);
  const code = region.field === 'sections' ? withoutSections(before) : before;
  const isFlag = expectsFlag(code.replace(/[\w-]*$/, ''));
  // Flags may hold a hyphen ("event-driven"), names may not.
  const written = (isFlag ? /[A-Za-z_][\w-]*$/ : /[A-Za-z_]\w*$/).exec(before)?.[0] ?? '';
  const left = before.slice(0, before.length - written.length);
  if (/[\d.]$/.test(left) && !/\b(pre|post)\.$/.test(left)) return null;
  const words = isFlag ? flags(region, vocabulary) : expression(text, region, all, vocabulary);
  if (region.field === 'sections' && /(^|\n)$/.test(left)) {
    words.unshift(...SECTIONS[region.model].map(section));
  }
  const fitting = unique(words).filter(w => w.label.startsWith(written));
  return { start: offset - written.length, words: fitting };
}

function flags(region: Region, vocabulary: Vocabulary): Word[] {
  const keys = region.field === 'parameters' ? [] : vocabulary.keys;
  return [
    ...vocabulary.flags.map(f => word(f, 'flag')),
    ...keys.map(k => ({ label: k, insert: `${k}=`, kind: 'flag' as const }))
  ];
}

function expression(text: string, region: Region, all: Region[], vocabulary: Vocabulary): Word[] {
  const own = all.filter(r => r.call === region.call);
  const names: Word[] = own.flatMap(r => {
    const body = text.slice(r.from, r.to);
    if (r.field === 'parameters') return definitions(body).map(n => word(n, 'parameter'));
    if (r.field === 'equations') return definitions(body).map(n => word(n, 'variable'));
    return r.field === 'sections' ? ofSections(body) : [];
  });
  const ofSynapse = region.model === 'synapse' ? vocabulary.synapse_names : ['g_exc', 'g_inh'];
  return [
    ...names,
    ...[...vocabulary.names, ...ofSynapse].map(n => word(n, 'variable')),
    ...vocabulary.constants.map(n => word(n, 'constant')),
    ...vocabulary.functions.map(n => call(n, 'function')),
    ...(CONDITIONS.includes(region.field) ? [] : vocabulary.distributions.map(n => call(n, 'distribution'))),
    ...vocabulary.words.map(n => word(n, 'keyword'))
  ];
}

function ofSections(body: string): Word[] {
  let current = 'equations';
  const names: Word[] = [];
  for (const token of tokeniseSections(body)) {
    if (token.kind === 'section') current = token.text.replace(/\s*:$/, '');
    const kind = current === 'parameters' ? 'parameter' : 'variable';
    if (current !== 'parameters' && current !== 'equations') continue;
    if (token.kind === 'defined') names.push(word(token.text, kind));
    if (token.kind === 'gradient') names.push(word(token.text.replace(/^d|\s*\/.*$/g, ''), kind));
  }
  return names;
}

// In a cell magic a line may begin with the name of its section, whose colon begins no flags.
function withoutSections(text: string): string {
  return text.replace(/^([A-Za-z_]\w*)[ \t]*:(?!=)/gm, found => ' '.repeat(found.length));
}

function word(label: string, kind: Word['kind']): Word {
  return { label, insert: label, kind };
}

function call(label: string, kind: Word['kind']): Word {
  return { label, insert: `${label}(`, kind };
}

function section(label: string): Word {
  return { label, insert: `${label}:`, kind: 'section' };
}

function unique(words: Word[]): Word[] {
  return [...new Map(words.reverse().map(w => [w.label, w])).values()].reverse();
}
