// Find the texts of models in a cell: strings in calls of Neuron and Synapse, and cell magics.
//
// Works on Python's syntax tree as the editor has it, which bears cells that are not finished. Pure
// functions; the kernel looks again for itself when it checks (annlab/lab/models_in_cells.py).

import type { SyntaxNode, Tree } from '@lezer/common';

export interface Region {
  /** Between the quotes. */
  from: number;
  to: number;
  /** The argument that the text is given to; "sections" in a cell magic. */
  field: string;
  model: 'neuron' | 'synapse';
  /** Which model of the cell: texts of the same one know one another's names. */
  call: number;
}

const FIELDS = {
  neuron: ['parameters', 'equations', 'spike', 'axon_spike', 'reset', 'axon_reset', 'refractory', 'functions'],
  synapse: [
    'parameters',
    'equations',
    'psp',
    'operation',
    'pre_spike',
    'post_spike',
    'pre_axon_spike',
    'functions',
    'pruning',
    'creating'
  ]
};
const MAGIC = /^\s*%%(neuron|synapse)\b[^\n]*\n/;
const STRING = /^([A-Za-z]*)('''|"""|'|")/;

/** Whether a cell may define models: a quick look, before anything is parsed. */
export function mayDefineModels(text: string): boolean {
  return /\b(Neuron|Synapse)\s*\(|^\s*%%(neuron|synapse)\b/.test(text);
}

/** The texts of models in a cell, in their order. */
export function regions(tree: Tree, text: string): Region[] {
  const magic = MAGIC.exec(text);
  if (magic) {
    const model = magic[1] as Region['model'];
    return [{ from: magic[0].length, to: text.length, field: 'sections', model, call: 0 }];
  }
  if (!mayDefineModels(text)) return [];
  const found: Region[] = [];
  tree.iterate({
    enter: ({ node }) => {
      if (node.name === 'CallExpression') found.push(...ofCall(node, text));
    }
  });
  return found.sort((a, b) => a.from - b.from);
}

/** The region that a place of the cell is in; null outside of all. */
export function regionAt(all: Region[], offset: number): Region | null {
  return all.find(r => r.from <= offset && offset <= r.to) ?? null;
}

function ofCall(call: SyntaxNode, text: string): Region[] {
  const called = call.firstChild;
  const list = call.getChild('ArgList');
  if (!called || !list) return [];
  const name = text.slice(called.from, called.to).split('.').at(-1)?.trim();
  if (name !== 'Neuron' && name !== 'Synapse') return [];
  const model = name === 'Neuron' ? 'neuron' : 'synapse';
  return argumentsOf(list, text, model).flatMap(([field, node]) =>
    strings(node).map(string => ({ ...inside(string, text), field, model, call: call.from }))
  );
}

function argumentsOf(
  list: SyntaxNode,
  text: string,
  model: Region['model']
): [string, SyntaxNode][] {
  const found: [string, SyntaxNode][] = [];
  let keyword = '';
  let position = 0;
  for (let node = list.firstChild; node; node = node.nextSibling) {
    if (node.name === 'VariableName' && node.nextSibling?.name === 'AssignOp') {
      keyword = text.slice(node.from, node.to);
    } else if (node.name === ',') {
      keyword = '';
      position++;
    } else if (node.name !== 'AssignOp' && node.name !== '(' && node.name !== ')') {
      const field = keyword || FIELDS[model][position];
      if (FIELDS[model].includes(field)) found.push([field, node]);
    }
  }
  return found;
}

// A string, the parts of a concatenation, or the strings of a list.
function strings(node: SyntaxNode): SyntaxNode[] {
  if (node.name === 'String') return [node];
  const holds = ['ContinuedString', 'ArrayExpression', 'TupleExpression', 'ParenthesizedExpression'];
  if (!holds.includes(node.name)) return [];
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) found.push(...strings(child));
  return found;
}

function inside(string: SyntaxNode, text: string): { from: number; to: number } {
  const literal = text.slice(string.from, string.to);
  const opening = STRING.exec(literal);
  if (!opening) return { from: string.from, to: string.to };
  const from = string.from + opening[0].length;
  const isClosed = literal.length >= opening[0].length + opening[2].length && literal.endsWith(opening[2]);
  return { from, to: isClosed ? string.to - opening[2].length : string.to };
}
