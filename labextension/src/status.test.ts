jest.mock('@jupyterlab/ui-components', () => ({ ReactWidget: class {} }));

import { NetworkStatus } from './protocol';
import { shown, statusText } from './status';

const base: NetworkStatus = {
  id: 0,
  revision: 1,
  label: 'net',
  state: 'running',
  time_ms: 1000,
  factor: 2,
  spikes_per_s: 500,
  memory_bytes: 0,
  error: null
};
const network = (id: number, more: Partial<NetworkStatus> = {}) => ({ ...base, id, label: `network ${id}`, ...more });

test.each<[string, NetworkStatus[], number | undefined]>([
  ['nothing', [], undefined],
  ['one that runs', [network(1, { state: 'paused' }), network(2), network(3, { state: 'stopped' })], 2],
  ['the newest of those that run', [network(1), network(3), network(2)], 3],
  ['the newest with a name', [network(1, { label: 'a' }), network(2, { label: 'b' }), network(3)], 2],
  ['one that runs before one with a name', [network(1), network(2, { label: 'a', state: 'paused' })], 1],
  ['the global network last', [network(0, { label: 'global network' }), network(4)], 4],
  ['the newest that is paused', [network(1, { state: 'paused' }), network(2, { state: 'paused' })], 2],
  [
    'the furthest in time at rest',
    [network(1, { state: 'stopped', time_ms: 5000 }), network(2, { state: 'stopped' })],
    1
  ]
])('the status bar speaks of %s', (_, networks, id) => {
  expect(shown(networks)?.id).toBe(id);
});

test('it says how many run, where it is not one', () => {
  expect(statusText(network(1), 1)).toBe('1.00 s · 2.0× real time · 500 spikes/s');
  expect(statusText(network(1), 4)).toBe('1.00 s · 2.0× real time · 500 spikes/s · 4 run');
  expect(statusText(network(1, { state: 'stopped' }), 0)).toBe('1.00 s · stopped');
});
