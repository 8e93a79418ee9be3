// Cut the text of a model into tokens, to colour it and to know what a word at the cursor is.
//
// A coarse copy of what annlab.language.tokens does for good: it accepts whatever is typed and
// says nothing of mistakes; those come from the kernel. Pure functions.

export type TokenKind =
  | 'comment'
  | 'number'
  | 'string'
  | 'word' // if, else, and ...
  | 'gradient' // dv/dt
  | 'function' // a name before a bracket
  | 'name'
  | 'defined' // the name that a line defines
  | 'flag' // after the colon of a line
  | 'section' // equations: in a cell magic
  | 'operator';

export interface Token {
  kind: TokenKind;
  from: number;
  to: number;
  text: string;
}

const WORDS = new Set(['and', 'or', 'not', 'is', 'if', 'else', 'True', 'False']);

const PATTERN = new RegExp(
  [
    /(?<comment>#[^\n]*)/,
    /(?<gradient>\bd[A-Za-z_]\w*\s*\/\s*dt\b)/,
    /(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/,
    /(?<name>[A-Za-z_]\w*)/,
    /(?<string>'[^'\n]*'|"[^"\n]*")/,
    /(?<end>[\n;])/,
    /(?<operator>\*\*|[-+*/]=|[=!<>]=|[-+*/^<>=(),:.&|])/
  ]
    .map(part => part.source)
    .join('|'),
  'g'
);

const SECTION = /^([A-Za-z_]\w*)[ \t]*:(?!=)/gm;

/** The tokens of the text of one argument: equations, parameters, a condition. */
export function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  let line: Token[] = [];
  let inFlags = false;
  let openIfs = 0;
  for (const match of text.matchAll(PATTERN)) {
    const [kind] = Object.entries(match.groups ?? {}).find(([, value]) => value !== undefined)!;
    const found = match[0];
    if (kind === 'end') {
      line = [];
      inFlags = false;
      openIfs = 0;
      continue;
    }
    if (found === 'if') openIfs++;
    const token: Token = { kind: kind as TokenKind, from: match.index!, to: match.index! + found.length, text: found };
    if (kind === 'name') token.kind = nameKind(found, text.slice(token.to), inFlags);
    if (found === ':' && !inFlags) {
      // The colons of "if condition: a else: b" are no beginning of flags.
      if (openIfs > 0 || line.at(-1)?.text === 'else') openIfs = Math.max(0, openIfs - 1);
      else inFlags = true;
    }
    if (found === '=' && line.length === 1 && line[0].kind === 'name') line[0].kind = 'defined';
    line.push(token);
    tokens.push(token);
  }
  return tokens;
}

/** The tokens of a cell magic, from after its first line: sections and what is in them. */
export function tokeniseSections(text: string): Token[] {
  const sections = [...text.matchAll(SECTION)];
  const tokens: Token[] = [];
  let from = 0;
  const add = (to: number) => {
    for (const token of tokenise(text.slice(from, to))) {
      tokens.push({ ...token, from: token.from + from, to: token.to + from });
    }
  };
  for (const match of sections) {
    add(match.index!);
    from = match.index! + match[0].length;
    tokens.push({ kind: 'section', from: match.index!, to: from, text: match[0] });
  }
  add(text.length);
  return tokens;
}

/** The names that a text defines: parameters, variables of equations and of their gradients. */
export function definitions(text: string): string[] {
  const names = tokenise(text).flatMap(token => {
    if (token.kind === 'defined') return [token.text];
    return token.kind === 'gradient' ? [token.text.replace(/^d|\s*\/.*$/g, '')] : [];
  });
  return [...new Set(names)];
}

/** Whether a word that is written after this text is a flag. */
export function expectsFlag(before: string): boolean {
  return tokenise(`${before} x`).at(-1)?.kind === 'flag';
}

function nameKind(name: string, after: string, inFlags: boolean): TokenKind {
  if (WORDS.has(name)) return 'word';
  if (inFlags) return /^\s*\(/.test(after) ? 'function' : 'flag';
  return /^\s*\(/.test(after) ? 'function' : 'name';
}
