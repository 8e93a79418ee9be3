import { NetworkStatus, State } from './protocol';

jest.mock('@jupyterlab/services', () => ({ CommsOverSubshells: { Disabled: 'disabled' } }));

const page = { hidden: false };
const store = new Map<string, string>();
Object.assign(globalThis, {
  window: globalThis,
  document: page,
  sessionStorage: {
    getItem: (key: string) => store.get(key) ?? null,
    setItem: (key: string, value: string) => store.set(key, value)
  }
});

import { KernelGone, Link } from './link';

/** A kernel that has annlab, and keeps what it is asked. */
class FakeKernel {
  readonly id = 'kernel';
  readonly info = Promise.resolve();
  readonly listeners: ((sender: unknown, message: any) => void)[] = [];
  readonly iopubMessage = {
    connect: (listen: (sender: unknown, message: any) => void, whom: unknown) =>
      this.listeners.push(listen.bind(whom))
  };
  readonly statusChanged = { connect: () => true };
  readonly asked: string[] = [];
  readonly comm: any = {
    open: () => undefined,
    close: () => undefined,
    send: (ask: any) => this.asked.push(ask.do)
  };
  requestCommInfo = async () => ({ content: { status: 'ok', comms: { 'annlab-panel': {} } } });
  createComm = () => this.comm;

  push(...states: State[]): void {
    const networks = states.map((state, id) => ({ id, state }) as NetworkStatus);
    this.comm.onMsg({ content: { data: { status: { version: 1, networks } } } });
  }

  endOf(what: string): void {
    const content = { execution_state: 'idle' };
    const message = { header: { msg_type: 'status' }, parent_header: { msg_type: what }, content };
    for (const listen of this.listeners) listen(this, message);
  }
}

let kernel: FakeKernel;
let link: Link;

beforeEach(async () => {
  jest.useFakeTimers();
  page.hidden = false;
  kernel = new FakeKernel();
  link = new Link(kernel as any);
  await jest.advanceTimersByTimeAsync(10);
  link.watch(true);
  kernel.push('stopped');
  kernel.asked.length = 0;
});

afterEach(() => {
  link.dispose();
  jest.useRealTimers();
});

test('a page at rest says nothing, so that an idle kernel is left alone', () => {
  jest.advanceTimersByTime(600_000);
  expect(kernel.asked).toEqual([]);
});

test('while a network runs a page says again and again that it is there', () => {
  kernel.push('running');
  jest.advanceTimersByTime(60_000);
  expect(kernel.asked).toEqual(['watch', 'watch', 'watch', 'watch']);
});

test('a page that rested answers to the first that it hears, however short the run', () => {
  jest.advanceTimersByTime(100_000);
  kernel.push('running');
  kernel.push('stopped');
  expect(kernel.asked).toEqual(['watch']);
});

test('a page that rested looks when a cell has run, and not when a widget has spoken', () => {
  jest.advanceTimersByTime(100_000);
  kernel.endOf('comm_msg');
  expect(kernel.asked).toEqual([]);
  kernel.endOf('execute_request');
  expect(kernel.asked).toEqual(['watch']);
});

test.each(['hidden', 'not watching'])('a page that is %s gives no sign of life', how => {
  if (how === 'hidden') page.hidden = true;
  else link.watch(false);
  kernel.asked.length = 0;
  jest.advanceTimersByTime(100_000);
  kernel.push('running');
  kernel.endOf('execute_request');
  jest.advanceTimersByTime(100_000);
  expect(kernel.asked).toEqual([]);
});

test('what was asked of a kernel that goes ends as gone, which no dialog tells', async () => {
  const answer = link.ask('palette', {});
  link.dispose();
  await expect(answer).rejects.toBeInstanceOf(KernelGone);
});
