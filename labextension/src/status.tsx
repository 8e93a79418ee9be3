// The status bar: simulated time, speed and spikes of the network that runs.

import { ReactWidget } from '@jupyterlab/ui-components';
import React from 'react';

import { Follower } from './follow';
import { count, factor, seconds } from './format';
import { NetworkStatus } from './protocol';

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
    const network = shown(this.follower.link?.status?.networks ?? []);
    if (!network) return null;
    const text = statusText(network);
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

/** The network that the status bar speaks of: one that runs, else the one furthest in time. */
export function shown(networks: NetworkStatus[]): NetworkStatus | null {
  const runs = networks.find(n => n.state === 'running') ?? networks.find(n => n.state === 'paused');
  const furthest = [...networks].sort((a, b) => b.time_ms - a.time_ms)[0];
  return runs ?? furthest ?? null;
}

export function statusText(network: NetworkStatus): string {
  const parts = [seconds(network.time_ms)];
  if (network.state === 'running') {
    if (network.factor > 0) parts.push(`${factor(network.factor)} real time`);
    if (network.spikes_per_s !== null) parts.push(`${count(network.spikes_per_s)} spikes/s`);
  } else {
    parts.push(network.state);
  }
  return parts.filter(Boolean).join(' · ');
}
