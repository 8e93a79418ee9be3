// The names of a model, its functions and flags, in JupyterLab's own completer.

import { CodeMirrorEditor } from '@jupyterlab/codemirror';
import { CompletionHandler, ICompletionContext, ICompletionProvider } from '@jupyterlab/completer';
import { syntaxTree } from '@codemirror/language';

import { Follower } from '../follow';
import { Link } from '../link';
import type { Vocabulary } from '../protocol';
import { mayDefineModels, Region, regionAt, regions } from './regions';
import { complete } from './words';

export class EquationCompleter implements ICompletionProvider {
  readonly identifier = 'CompletionProvider:annlab';
  readonly rank = 1100; // before the kernel, which knows Python only

  constructor(private follower: Follower) {}

  async isApplicable(context: ICompletionContext): Promise<boolean> {
    const editor = context.editor;
    if (!(editor instanceof CodeMirrorEditor)) return false;
    const text = editor.editor.state.doc.toString();
    if (!mayDefineModels(text)) return false;
    const offset = editor.editor.state.selection.main.head;
    return regionAt(found(editor), offset) !== null && this.link(editor)?.isOpen === true;
  }

  async fetch(
    request: CompletionHandler.IRequest,
    context: ICompletionContext
  ): Promise<CompletionHandler.ICompletionItemsReply> {
    const nothing = { start: request.offset, end: request.offset, items: [] };
    const editor = context.editor;
    if (!(editor instanceof CodeMirrorEditor)) return nothing;
    const link = this.link(editor);
    const all = found(editor);
    const region = regionAt(all, request.offset);
    if (!link || !region) return nothing;
    const vocabulary = await this.vocabulary(link);
    const fitting = complete(request.text, request.offset, region, all, vocabulary);
    if (!fitting) return nothing;
    const items = fitting.words.map(w => ({ label: w.label, insertText: w.insert, type: w.kind }));
    return { start: fitting.start, end: request.offset, items };
  }

  private link(editor: CodeMirrorEditor): Link | null {
    return this.follower.linkOf(editor.editor.dom);
  }

  // Asked anew each time, because constants come and go; the last answer helps while a cell is busy.
  private async vocabulary(link: Link): Promise<Vocabulary> {
    const fresh = link.ask('vocabulary', {}).then(found => {
      this.known.set(link, found);
      return found;
    });
    const known = this.known.get(link);
    if (!known) return fresh;
    const patience = new Promise<Vocabulary>(resolve => window.setTimeout(() => resolve(known), 150));
    return Promise.race([fresh.catch(() => known), patience]);
  }

  private known = new WeakMap<Link, Vocabulary>();
}

function found(editor: CodeMirrorEditor): Region[] {
  const { state } = editor.editor;
  return regions(syntaxTree(state), state.doc.toString());
}
