// Follows the notebook or console that the user works in, and keeps one link to each kernel.

import { ISessionContext } from '@jupyterlab/apputils';
import { Kernel } from '@jupyterlab/services';
import { ISignal, Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';

import { Link } from './link';

/** What has a kernel: a notebook, a console. */
export type WithSession = Widget & { sessionContext: ISessionContext };

export class Follower {
  /** The document that the sidebar speaks of; null if there is none with a kernel. */
  get document(): WithSession | null {
    return this.current;
  }

  /** The link to its kernel. */
  get link(): Link | null {
    const kernel = this.current?.sessionContext.session?.kernel;
    return kernel ? this.links.get(kernel) ?? null : null;
  }

  /** Emitted when the document, its kernel, or what the link says changed. */
  get changed(): ISignal<this, void> {
    return this.changedSignal;
  }

  /** Emitted when a kernel may know more names: annlab came, or a cell has run. */
  get learnt(): ISignal<this, void> {
    return this.learntSignal;
  }

  /** The link to the kernel of the notebook that an element of the page is in. */
  linkOf(node: Node): Link | null {
    for (const document of this.documents) {
      const kernel = document.sessionContext.session?.kernel;
      if (kernel && document.node.contains(node)) return this.links.get(kernel) ?? null;
    }
    return null;
  }

  /** All kernels that have annlab. */
  get all(): Link[] {
    return [...this.links.values()].filter(link => link.isOpen);
  }

  /** Look at this document; null if it was closed. */
  follow(document: WithSession | null): void {
    if (document === this.current) return;
    this.current = document;
    if (document) this.connect(document);
    this.update();
  }

  /** Whether anything that shows the state is on the screen. */
  setShown(isShown: boolean): void {
    if (isShown === this.isShown) return;
    this.isShown = isShown;
    this.update();
  }

  /** Let editors look again, as if a cell had run. */
  relearn(): void {
    this.learntSignal.emit();
  }

  /** Know a document that the user need not work in. */
  connect(document: WithSession): void {
    if (this.documents.has(document)) return;
    this.documents.add(document);
    const context = document.sessionContext;
    const look = () => {
      const kernel = context.session?.kernel;
      if (kernel && !this.links.has(kernel)) this.add(kernel);
      this.update();
    };
    context.kernelChanged.connect(look);
    document.disposed.connect(() => {
      context.kernelChanged.disconnect(look);
      this.documents.delete(document);
      if (this.current === document) this.follow(null);
    });
    look();
  }

  private add(kernel: Kernel.IKernelConnection): void {
    const link = new Link(kernel);
    this.links.set(kernel, link);
    link.changed.connect(() => this.changedSignal.emit());
    link.learnt.connect(() => this.learntSignal.emit());
    kernel.disposed.connect(() => {
      this.links.delete(kernel);
      link.dispose();
      this.update();
    });
  }

  private update(): void {
    for (const link of this.links.values()) link.watch(this.isShown && link === this.link);
    this.changedSignal.emit();
  }

  private current: WithSession | null = null;
  private documents = new Set<WithSession>();
  private links = new Map<Kernel.IKernelConnection, Link>();
  private isShown = false;
  private changedSignal = new Signal<this, void>(this);
  private learntSignal = new Signal<this, void>(this);
}
