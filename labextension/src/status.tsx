// The status bar: simulated time, speed and spikes of the network that runs, and how many do.

import { ReactWidget } from '@jupyterlab/ui-components';
import React from 'react';

import { Follower } from './follow';
import { count, factor, seconds } from './format';
import { NetworkStatus, State } from './protocol';

export class StatusItem extends ReactWidget {
  constructor(
    private follower: Follower,
    private onClick: () => void
  ) {
    super();
    this.addClass('annlab-status');
    follower.changed.connect(this.update, this);
  }

  /** True if there is anything to say. */
  get isUseful(): boolean {
    return shown(this.follower.link?.status?.networks ?? []) !== null;
  }

  protected render(): JSX.Element | null {
    const networks = this.follower.link?.status?.networks ?? [];
    const network = shown(networks);
    if (!network) return null;
    const text = statusText(network, inState(networks, 'running').length);
    return (
      <button
        type="button"
        title="Show annlab's networks"
        aria-label={`annlab network ${network.label}: ${text}`}
        onClick={this.onClick}
      >
        <span className="annlab-lamp" data-state={network.state} aria-hidden="true" />
        <span className="annlab-status-text">{text}</span>
      </button>
    );
  }
}

/**
 * The network that the status bar speaks of: one that runs, else one that is paused, else the one
 * furthest in time. Of several that run it is the newest that the user has a name for: the others are
 * often left over from an earlier run of the same cell.
 */
export function shown(networks: NetworkStatus[]): NetworkStatus | null {
  const furthest = [...networks].sort((a, b) => b.time_ms - a.time_ms)[0];
  return newest(inState(networks, 'running')) ?? newest(inState(networks, 'paused')) ?? furthest ?? null;
}

/** What it says of that network, where `nRunning` run altogether. */
export function statusText(network: NetworkStatus, nRunning: number): string {
  const parts = [seconds(network.time_ms)];
  if (network.state === 'running') {
    if (network.factor > 0) parts.push(`${factor(network.factor)} real time`);
    if (network.spikes_per_s !== null) parts.push(`${count(network.spikes_per_s)} spikes/s`);
    if (nRunning > 1) parts.push(`${nRunning} run`);
  } else {
    parts.push(network.state);
  }
  return parts.filter(Boolean).join(' · ');
}

function inState(networks: NetworkStatus[], state: State): NetworkStatus[] {
  return networks.filter(n => n.state === state);
}

function newest(networks: NetworkStatus[]): NetworkStatus | undefined {
  const order = (a: NetworkStatus, b: NetworkStatus) => Number(isNamed(b)) - Number(isNamed(a)) || b.id - a.id;
  return [...networks].sort(order)[0];
}

/** True if a variable of the user holds it: else the kernel calls it by its number. */
function isNamed(network: NetworkStatus): boolean {
  return ![`network ${network.id}`, 'global network'].includes(network.label);
}
