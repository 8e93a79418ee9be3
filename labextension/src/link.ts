// One kernel's annlab: finds it, asks it, hears what moves.
//
// Knows the comm and the protocol, and neither widgets nor notebooks.

import { CommsOverSubshells, Kernel, KernelMessage } from '@jupyterlab/services';
import { PromiseDelegate, UUID } from '@lumino/coreutils';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { Ask, BEACON, Reply, Requests, Status, TARGET, VERSION } from './protocol';

// How often a page that watches says that it is still there [ms]: while a network runs, and when
// something has moved or a cell has run. At rest it is silent, lest it keep the kernel awake: the
// kernel then takes it for gone, and tells it of the next run all the same, in case it is not.
const SIGN_OF_LIFE_MS = 15_000;
// After so long a kernel that does not answer is taken for busy [ms].
const SLOW_MS = 1500;
// So long a page waits for a thread of its own in the kernel [ms].
const SUBSHELL_MS = 2000;

// The same for all comms of this browser tab, also after it was reloaded.
const CLIENT_KEY = 'annlab:client';
const KNOWN_KEY = 'annlab:kernels';

/** The kernel refused; `details` is the whole message. */
export class KernelError extends Error {
  constructor(
    message: string,
    readonly details: string
  ) {
    super(message);
  }
}

/** Nobody is there any more to answer; who restarts a kernel knows that. */
export class KernelGone extends KernelError {}

export class Link implements IDisposable {
  constructor(readonly kernel: Kernel.IKernelConnection) {
    kernel.iopubMessage.connect(this.onIOPub, this);
    kernel.statusChanged.connect(this.onKernelStatus, this);
    // A reloaded page need not wait for a busy kernel to say that annlab is there.
    if (known().includes(kernel.id)) void this.open();
    else void this.look();
    this.timer = window.setInterval(() => {
      if (this.latest?.networks.some(n => n.state === 'running')) this.signOfLife();
    }, SIGN_OF_LIFE_MS);
  }

  /** What moved last; null while the kernel has no annlab. */
  get status(): Status | null {
    return this.latest;
  }

  get isOpen(): boolean {
    return this.comm !== null;
  }

  /** True while it is not known yet whether the kernel has annlab: it is asked, and may be busy. */
  get isPending(): boolean {
    return this.isLooking || this.isOpening;
  }

  /** True while a request waits longer than usual, because a cell keeps the kernel busy. */
  get isSlow(): boolean {
    return this.slow;
  }

  /** True if the kernel's annlab speaks another version of the protocol. */
  get isForeign(): boolean {
    return this.foreign;
  }

  /** Emitted when `status`, `isOpen`, `isPending` or `isSlow` changed. */
  get changed(): ISignal<this, void> {
    return this.changedSignal;
  }

  /** Emitted when the kernel may know more names: annlab came, or a cell has run. */
  get learnt(): ISignal<this, void> {
    return this.learntSignal;
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    window.clearInterval(this.timer);
    if (this.comm && !this.comm.isDisposed && !this.kernel.isDisposed) this.comm.close();
    this.forget('the kernel is gone');
    Signal.clearData(this);
  }

  /** Let the kernel send what moves, or no more. */
  watch(isShown: boolean): void {
    this.isWatched = isShown;
    if (this.comm) this.sayWatch();
  }

  /** Ask, and wait for the answer for as long as the kernel takes. */
  async ask<A extends Ask>(what: A, args: Requests[A][0]): Promise<Requests[A][1]> {
    if (!this.comm) throw new KernelError('this kernel has no annlab', 'run: import annlab');
    const id = ++this.lastId;
    const answer = new PromiseDelegate<unknown>();
    this.waiting.set(id, answer);
    const timer = window.setTimeout(() => this.setSlow(true), SLOW_MS);
    try {
      this.comm.send({ version: VERSION, id, do: what, arguments: args } as any);
      return (await answer.promise) as Requests[A][1];
    } finally {
      window.clearTimeout(timer);
      this.waiting.delete(id);
      if (!this.waiting.size) this.setSlow(false);
    }
  }

  private async look(): Promise<void> {
    if (this.comm || this.disposed || this.kernel.isDisposed) return;
    this.isLooking = true;
    this.changedSignal.emit();
    try {
      const reply = await this.kernel.requestCommInfo({ target_name: TARGET });
      const content = reply.content as KernelMessage.ICommInfoReplyMsg['content'];
      if (content.status === 'ok' && BEACON in content.comms) await this.open();
    } catch {
      // The kernel went away while it was asked; its successor is looked at when it is ready.
    } finally {
      this.isLooking = false;
      this.changedSignal.emit();
    }
  }

  private async open(): Promise<void> {
    if (this.comm || this.isOpening || this.disposed || this.kernel.isDisposed) return;
    this.isOpening = true;
    this.changedSignal.emit();
    try {
      const comm = this.kernel.createComm(TARGET);
      await subshell(this.kernel, comm);
      if (!this.disposed && !comm.isDisposed && !this.kernel.isDisposed) this.begin(comm);
    } catch {
      // The kernel went away before it had answered.
    } finally {
      this.isOpening = false;
      this.changedSignal.emit();
    }
  }

  private begin(comm: Kernel.IComm): void {
    comm.onMsg = message => this.onMessage(message.content.data as any);
    comm.onClose = () => {
      known(known().filter(id => id !== this.kernel.id));
      this.forget('annlab has left the kernel');
    };
    this.comm = comm;
    comm.open({ version: VERSION, client: client() });
    known([...known().filter(id => id !== this.kernel.id), this.kernel.id].slice(-20));
    this.sayWatch();
    this.learntSignal.emit();
  }

  private sayWatch(): void {
    this.spoken = Date.now();
    this.ask('watch', { is_shown: this.isWatched })
      .then(status => this.take(status))
      .catch(() => undefined);
  }

  private signOfLife(): void {
    if (this.comm && this.isWatched && !document.hidden) this.sayWatch();
  }

  private onMessage(content: { status?: Status } & Partial<Reply>): void {
    if (content.status) {
      this.take(content.status);
      // The run that it tells of may be over before the next sign of life is due.
      if (Date.now() - this.spoken >= SIGN_OF_LIFE_MS) this.signOfLife();
      return;
    }
    const waiting = this.waiting.get(content.id ?? -1);
    if (content.version !== VERSION) this.foreign = true;
    if (content.error) {
      waiting?.reject(new KernelError(content.error, content.details ?? content.error));
    } else {
      waiting?.resolve(content.value);
    }
  }

  private take(status: Status): void {
    this.foreign = status.version !== VERSION;
    this.latest = status;
    this.changedSignal.emit();
  }

  private setSlow(slow: boolean): void {
    if (slow === this.slow) return;
    this.slow = slow;
    this.changedSignal.emit();
  }

  private forget(why: string): void {
    this.comm = null;
    this.latest = null;
    this.foreign = false;
    for (const answer of this.waiting.values()) answer.reject(new KernelGone(why, why));
    this.waiting.clear();
    this.changedSignal.emit();
  }

  private onIOPub(_: unknown, message: KernelMessage.IIOPubMessage): void {
    const content = message.content as any;
    const type = message.header.msg_type;
    if (type === 'comm_msg' && content.comm_id === BEACON) void this.open();
    if (type !== 'status' || content.execution_state !== 'idle') return;
    if ((message.parent_header as any)?.msg_type === 'execute_request' && this.comm) {
      this.learntSignal.emit();
      // It may have made a network while the kernel took this page for gone.
      this.signOfLife();
    }
  }

  private onKernelStatus(_: unknown, status: Kernel.Status): void {
    if (status === 'restarting' || status === 'autorestarting' || status === 'dead') {
      known(known().filter(id => id !== this.kernel.id));
      this.forget('the kernel was restarted');
    }
  }

  private comm: Kernel.IComm | null = null;
  private isLooking = false;
  private isOpening = false;
  private latest: Status | null = null;
  private waiting = new Map<number, PromiseDelegate<unknown>>();
  private lastId = 0;
  private slow = false;
  private foreign = false;
  private isWatched = false;
  private spoken = 0; // when it said that it watches [ms]
  private disposed = false;
  private timer: number;
  private changedSignal = new Signal<this, void>(this);
  private learntSignal = new Signal<this, void>(this);
}

// A comm that is opened before its subshell is there is served by the thread that runs cells.
async function subshell(kernel: Kernel.IKernelConnection, comm: Kernel.IComm): Promise<void> {
  await kernel.info;
  const isWanted = kernel.commsOverSubshells !== CommsOverSubshells.Disabled;
  if (!isWanted || !kernel.supportsSubshells) return;
  const tooLate = new Promise<void>(resolve => window.setTimeout(resolve, SUBSHELL_MS));
  // The interface does not say so, but every comm of JupyterLab 4.4 and newer has it.
  const started = (comm as { subshellStarted?: Promise<void> }).subshellStarted;
  // Without one the comm works too, on the thread that runs cells.
  await Promise.race([started?.catch(() => undefined), tooLate]);
}

function client(): string {
  const id = sessionStorage.getItem(CLIENT_KEY) ?? UUID.uuid4();
  sessionStorage.setItem(CLIENT_KEY, id);
  return id;
}

function known(ids?: string[]): string[] {
  if (ids) sessionStorage.setItem(KNOWN_KEY, JSON.stringify(ids));
  return JSON.parse(sessionStorage.getItem(KNOWN_KEY) ?? '[]');
}
