// Tabs beside the notebook: live views of the kernel, and what became of a model.

import { ILabShell, JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget } from '@jupyterlab/apputils';
import { IRenderMimeRegistry, MimeModel } from '@jupyterlab/rendermime';
import { IEditorLanguage, IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { LabIcon } from '@jupyterlab/ui-components';
import { Message } from '@lumino/messaging';
import { Panel, Widget } from '@lumino/widgets';

import { Follower, WithSession } from './follow';
import { codeIcon, plotIcon } from './icons';
import { Link } from './link';
import { show } from './panel';
import { Explained, Stage, ViewKind } from './protocol';

const WIDGET = 'application/vnd.jupyter.widget-view+json';

/** Opens tabs that belong to the document in use. */
export class Tabs {
  constructor(
    private app: JupyterFrontEnd,
    private follower: Follower,
    private rendermime: IRenderMimeRegistry,
    private languages: IEditorLanguageRegistry
  ) {}

  /** A live view; closing the tab ends it. */
  async openView(link: Link, network: number, name: string, kind: ViewKind): Promise<void> {
    const document = this.follower.document;
    try {
      const opened = await link.ask('open_view', { network, name, kind });
      const data = { [WIDGET]: { version_major: 2, version_minor: 0, model_id: opened.model_id } };
      // That of the notebook: it knows the kernel's widgets.
      const renderer = rendermimeOf(document, this.rendermime).createRenderer(WIDGET);
      await renderer.renderModel(new MimeModel({ data, trusted: true }));
      const content = new Panel();
      content.addWidget(renderer);
      const tab = this.add(content, document, opened.title, plotIcon, 'annlab-view-tab');
      const close = () => {
        if (!tab.isDisposed) tab.dispose();
      };
      document?.sessionContext.kernelChanged.connect(close);
      document?.disposed.connect(close);
      tab.disposed.connect(() => {
        document?.sessionContext.kernelChanged.disconnect(close);
        if (link.isOpen) link.ask('close_view', { view: opened.view }).catch(() => undefined);
      });
    } catch (error) {
      show(error);
    }
  }

  /** Text, equations, discretised update and generated code of a model. */
  async openCode(link: Link, network: number, name: string): Promise<void> {
    const document = this.follower.document;
    try {
      const explained = await link.ask('explain', { network, name });
      const content = new CodeViewer(explained, this.languages);
      this.add(content, document, `${name}: code`, codeIcon, 'annlab-code-tab');
    } catch (error) {
      show(error);
    }
  }

  private add(
    content: Widget,
    document: WithSession | null,
    title: string,
    icon: LabIcon,
    className: string
  ): MainAreaWidget {
    const tab = new MainAreaWidget({ content });
    tab.id = `annlab-tab-${++this.n}`;
    tab.title.label = title;
    tab.title.icon = icon;
    tab.title.closable = true;
    tab.addClass(className);
    const shell = this.app.shell as Partial<ILabShell> & JupyterFrontEnd.IShell;
    // The first tab goes beside the notebook, the others join it.
    const before = this.last && !this.last.isDisposed && this.last.isAttached ? this.last : null;
    const place = before
      ? { mode: 'tab-after' as const, ref: before.id }
      : { mode: 'split-right' as const, ref: document?.id };
    shell.add(tab, 'main', place);
    this.last = tab;
    return tab;
  }

  private last: MainAreaWidget | null = null;
  private n = 0;
}

function rendermimeOf(
  document: WithSession | null,
  fallback: IRenderMimeRegistry
): IRenderMimeRegistry {
  // A notebook has it in its content, a console in itself.
  const holder = document as any;
  return holder?.content?.rendermime ?? holder?.console?.rendermime ?? fallback;
}

/** The stages of a model, one at a time, coloured as their language is. */
class CodeViewer extends Widget {
  constructor(
    private explained: Explained,
    private languages: IEditorLanguageRegistry
  ) {
    super();
    this.addClass('annlab-code-viewer');
    const list = document.createElement('div');
    list.className = 'annlab-stages';
    list.setAttribute('role', 'tablist');
    list.setAttribute('aria-label', `stages of ${explained.title}`);
    this.buttons = explained.stages.map((stage, index) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = stage.title;
      button.setAttribute('role', 'tab');
      button.addEventListener('click', () => void this.select(index));
      button.addEventListener('keydown', event => this.onKey(event, index));
      list.append(button);
      return button;
    });
    this.page = document.createElement('div');
    this.page.className = 'annlab-stage';
    this.page.setAttribute('role', 'tabpanel');
    this.page.tabIndex = 0;
    this.node.append(list, this.page);
    // The code is what most look for here.
    const code = explained.stages.findIndex(s => s.stage === 'code');
    void this.select(Math.max(0, code));
  }

  protected onActivateRequest(_: Message): void {
    this.buttons.find(b => b.tabIndex === 0)?.focus();
  }

  private async select(index: number): Promise<void> {
    const stage = this.explained.stages[index];
    if (!stage) return;
    this.buttons.forEach((button, k) => {
      button.setAttribute('aria-selected', String(k === index));
      button.tabIndex = k === index ? 0 : -1;
    });
    this.page.setAttribute('aria-label', stage.title);
    const code = document.createElement('pre');
    this.page.replaceChildren(code);
    await this.languages.highlight(stage.text, this.languageOf(stage), code);
    this.page.scrollTop = 0;
  }

  // The kernel calls a language as its files end; JupyterLab finds names and file endings apart.
  private languageOf({ language }: Stage): IEditorLanguage | null {
    return this.languages.findByName(language) ?? this.languages.findByExtension(language);
  }

  private onKey(event: KeyboardEvent, index: number): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const n = this.buttons.length;
    const next = (index + step + n) % n;
    void this.select(next);
    this.buttons[next].focus();
    event.preventDefault();
  }

  private buttons: HTMLButtonElement[];
  private page: HTMLDivElement;
}
