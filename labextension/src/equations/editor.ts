// Colours and squiggles for the equations in the cells of notebooks.

import { syntaxTree } from '@codemirror/language';
import { Diagnostic as Squiggle, linter } from '@codemirror/lint';
import { Extension, RangeSetBuilder, StateEffect, Transaction } from '@codemirror/state';
import { Decoration, DecorationSet, EditorView, ViewPlugin, ViewUpdate } from '@codemirror/view';

import { Follower } from '../follow';
import type { Diagnostic } from '../protocol';
import { mayDefineModels, regions } from './regions';
import { unitsOf, visible } from './spans';
import { tokenise, tokeniseSections } from './tokens';

/** What the user may switch off. */
export interface Options {
  highlight: boolean;
  check: boolean;
}

const CHECK_DELAY_MS = 300;

// The kernel knows more names than before, or the user has switched something.
const lookAgain = StateEffect.define<null>();

function looksAgain(transactions: readonly Transaction[]): boolean {
  return transactions.some(t => t.effects.some(e => e.is(lookAgain)));
}

/** The extension of every editor; it does nothing in cells without models. */
export function equations(follower: Follower, options: Options): Extension {
  return [highlighting(options), checking(follower, options), rechecking(follower)];
}

// -- colours

const MARKS = new Map<string, Decoration>();

function mark(kind: string): Decoration {
  const known = MARKS.get(kind) ?? Decoration.mark({ class: `annlab-token annlab-token-${kind}` });
  MARKS.set(kind, known);
  return known;
}

function highlighting(options: Options): Extension {
  return ViewPlugin.fromClass(
    class {
      decorations: DecorationSet;

      constructor(view: EditorView) {
        this.decorations = decorate(view, options);
      }

      update(update: ViewUpdate): void {
        const isParsed = syntaxTree(update.startState) !== syntaxTree(update.state);
        if (update.docChanged || isParsed || looksAgain(update.transactions)) {
          this.decorations = decorate(update.view, options);
        }
      }
    },
    { decorations: plugin => plugin.decorations }
  );
}

function decorate(view: EditorView, options: Options): DecorationSet {
  const text = view.state.doc.toString();
  const builder = new RangeSetBuilder<Decoration>();
  if (options.highlight && mayDefineModels(text)) {
    for (const region of regions(syntaxTree(view.state), text)) {
      const body = text.slice(region.from, region.to);
      const tokens = region.field === 'sections' ? tokeniseSections(body) : tokenise(body);
      if (region.to > region.from) builder.add(region.from, region.to, mark('text'));
      for (const token of tokens) {
        builder.add(region.from + token.from, region.from + token.to, mark(token.kind));
      }
    }
  }
  return builder.finish();
}

// -- squiggles

function checking(follower: Follower, options: Options): Extension {
  return linter(
    async view => {
      const text = view.state.doc.toString();
      if (!options.check || !mayDefineModels(text)) return [];
      const link = follower.linkOf(view.dom);
      if (!link?.isOpen) return [];
      try {
        const { found } = await link.ask('check', { source: text });
        return squiggles(found, text);
      } catch {
        return []; // the kernel went away while it was asked
      }
    },
    { delay: CHECK_DELAY_MS, needsRefresh: update => looksAgain(update.transactions) }
  );
}

/** What the kernel found, where the editor shows it. */
export function squiggles(found: Diagnostic[], text: string): Squiggle[] {
  const units = unitsOf(text);
  return found.map(({ start, end, kind, message }) => ({
    ...visible(units(start), units(end), text.length),
    severity: 'error',
    source: kind,
    message
  }));
}

// Check again when the kernel learns of annlab, and when a cell has run: it may know more names.
function rechecking(follower: Follower): Extension {
  return ViewPlugin.fromClass(
    class {
      constructor(private view: EditorView) {
        follower.learnt.connect(this.check, this);
      }

      destroy(): void {
        follower.learnt.disconnect(this.check, this);
      }

      private check(): void {
        const text = this.view.state.doc.toString();
        if (mayDefineModels(text)) this.view.dispatch({ effects: lookAgain.of(null) });
      }
    }
  );
}
