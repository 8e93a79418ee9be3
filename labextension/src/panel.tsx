// The sidebar: the networks of the kernel, what they are made of, and the buttons that steer them.

import { showErrorMessage } from '@jupyterlab/apputils';
import { IRenderMime } from '@jupyterlab/rendermime';
import { LabIcon, ReactWidget } from '@jupyterlab/ui-components';
import React, { useEffect, useRef, useState } from 'react';

import { Follower } from './follow';
import { bytes, count, factor, plural, seconds } from './format';
import { networkIcon, pauseIcon, resetIcon, runIcon, stepIcon, stopIcon } from './icons';
import { KernelError, KernelGone, Link } from './link';
import {
  Action,
  Details,
  NetworkOutline,
  NetworkStatus,
  PopulationOutline,
  ProjectionOutline,
  State,
  ViewKind
} from './protocol';

/** What the panel needs of the house around it. */
export interface Surroundings {
  follower: Follower;
  typesetter: IRenderMime.ILatexTypesetter | null;
  openView: (link: Link, network: number, name: string, kind: ViewKind) => void;
  openCode: (link: Link, network: number, name: string) => void;
}

export class NetworksPanel extends ReactWidget {
  constructor(private around: Surroundings) {
    super();
    this.id = 'annlab:networks';
    this.title.icon = networkIcon;
    this.title.caption = 'annlab networks';
    this.addClass('annlab-panel');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', 'annlab networks');
    around.follower.changed.connect(this.update, this);
  }

  /** Take the focus when JupyterLab gives it, which is after whatever it was doing before. */
  protected onActivateRequest(): void {
    this.node.querySelector<HTMLElement>('button:not([disabled]), summary')?.focus();
  }

  protected render(): JSX.Element {
    return <Networks {...this.around} />;
  }
}

function Networks(around: Surroundings): JSX.Element {
  const { document, link } = around.follower;
  if (!document) return <Nothing text="Open a notebook to see its networks." />;
  if (link?.isPending || (link?.isOpen && !link.status)) {
    return <Nothing text="Waiting for the kernel. While a cell is busy, its networks appear when it ends." />;
  }
  if (!link?.isOpen || !link.status) {
    return <Nothing text="This kernel has not imported annlab yet." code="import annlab" />;
  }
  if (link.isForeign) {
    return (
      <Nothing text="The kernel's annlab and this extension are of different versions. Install annlab again, restart the kernel and reload the page." />
    );
  }
  const { networks } = link.status;
  return (
    <>
      {link.isSlow && (
        <p className="annlab-note" role="status">
          A cell is busy: buttons work when it ends.
        </p>
      )}
      {networks.length === 0 && (
        <Nothing text="No network yet. It appears here as soon as it has a population." />
      )}
      {networks.map(network => (
        <NetworkCard key={network.id} network={network} link={link} {...around} />
      ))}
    </>
  );
}

export function Nothing(props: { text: string; code?: string }): JSX.Element {
  return (
    <div className="annlab-nothing">
      <p>{props.text}</p>
      {props.code && <pre>{props.code}</pre>}
    </div>
  );
}

interface NetworkProps extends Surroundings {
  network: NetworkStatus;
  link: Link;
}

function NetworkCard(props: NetworkProps): JSX.Element {
  const { network, link } = props;
  const [outline, setOutline] = useState<NetworkOutline | null>(null);
  useEffect(() => {
    let isWanted = true;
    link
      .ask('outline', { network: network.id })
      .then(found => isWanted && setOutline(found))
      .catch(() => undefined); // the network is gone, and its card with the next status
    return () => {
      isWanted = false;
    };
  }, [link, network.id, network.revision]);
  return (
    <section className="annlab-network" aria-label={`network ${network.label}`}>
      <header>
        <span className="annlab-lamp" data-state={network.state} aria-hidden="true" />
        <h2>{network.label}</h2>
        <span className="annlab-state">{network.state}</span>
      </header>
      <Buttons network={network} link={link} />
      {network.error && (
        <p className="annlab-failure" role="alert">
          {network.error}
        </p>
      )}
      <Numbers network={network} />
      {outline && <Outline outline={outline} {...props} />}
    </section>
  );
}

// Which buttons make sense in which state.
const USEFUL: Record<State, Action[]> = {
  'not compiled': ['run'],
  stopped: ['run', 'step', 'reset'],
  running: ['pause', 'stop', 'reset'],
  paused: ['run', 'step', 'stop', 'reset'],
  failed: ['run', 'reset']
};

const BUTTONS: [Action, string, LabIcon][] = [
  ['run', 'Run', runIcon],
  ['pause', 'Pause', pauseIcon],
  ['step', 'One step', stepIcon],
  ['stop', 'Stop', stopIcon],
  ['reset', 'Back to the start', resetIcon]
];

function Buttons({ network, link }: { network: NetworkStatus; link: Link }): JSX.Element {
  const press = (action: Action) =>
    void link.ask('control', { network: network.id, action }).catch(show);
  return (
    <div className="annlab-buttons" role="toolbar" aria-label={`run ${network.label}`}>
      {BUTTONS.map(([action, label, icon]) => (
        <IconButton
          key={action}
          icon={icon}
          label={action === 'run' && network.state === 'not compiled' ? 'Compile and run' : label}
          isEnabled={USEFUL[network.state].includes(action)}
          onClick={() => press(action)}
        />
      ))}
    </div>
  );
}

export function IconButton(props: {
  icon: LabIcon;
  label: string;
  isEnabled?: boolean;
  onClick: () => void;
}): JSX.Element {
  return (
    <button
      type="button"
      className="annlab-icon-button"
      title={props.label}
      aria-label={props.label}
      disabled={props.isEnabled === false}
      onClick={props.onClick}
    >
      <props.icon.react tag="span" width="16px" height="16px" />
    </button>
  );
}

function Numbers({ network }: { network: NetworkStatus }): JSX.Element {
  const runs = network.state === 'running';
  const rows: [string, string][] = [
    ['time', seconds(network.time_ms)],
    ['speed', (runs && factor(network.factor)) || '–'],
    ['memory', bytes(network.memory_bytes)]
  ];
  if (network.spikes_per_s !== null) {
    rows.splice(2, 0, ['spikes', runs ? `${count(network.spikes_per_s)} /s` : '–']);
  }
  return (
    <dl className="annlab-numbers">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Outline(props: NetworkProps & { outline: NetworkOutline }): JSX.Element {
  const { populations, projections } = props.outline;
  return (
    <>
      <h3>Populations</h3>
      {populations.map(p => (
        <Item key={p.name} name={p.name} views={p.views} facts={populationFacts(p)} {...props} />
      ))}
      {projections.length > 0 && <h3>Projections</h3>}
      {projections.map(p => (
        <Item key={p.name} name={p.name} views={p.views} facts={projectionFacts(p)} {...props} />
      ))}
    </>
  );
}

export function populationFacts(p: PopulationOutline): string[] {
  const shape = p.geometry.length > 1 ? ` (${p.geometry.join(' × ')})` : '';
  return [`${plural(p.size, 'neuron')}${shape}`, p.model, bytes(p.memory_bytes)];
}

export function projectionFacts(p: ProjectionOutline): string[] {
  const ends = `${p.pre} → ${p.post} · ${p.target}`;
  if (p.n_synapses === null) return [ends, p.connector || 'not connected yet'];
  return [ends, p.connector, plural(p.n_synapses, 'synapse'), bytes(p.memory_bytes)];
}

interface ItemProps extends NetworkProps {
  outline: NetworkOutline;
  name: string;
  facts: string[];
  views: ViewKind[];
}

function Item(props: ItemProps): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="annlab-item" onToggle={e => setOpen(e.currentTarget.open)}>
      <summary>
        <span className="annlab-item-name">{props.name}</span>
        <span className="annlab-facts">
          {props.facts.filter(Boolean).map(fact => (
            <span key={fact}>{fact}</span>
          ))}
        </span>
      </summary>
      {isOpen && <Inside {...props} />}
    </details>
  );
}

// How often values are read again while the network runs [ms].
const VALUES_MS = 2000;

// What each view is called on its button.
const VIEWS: Record<ViewKind, string> = {
  raster: 'Raster',
  rate: 'Rate',
  activity: 'Activity',
  trace: 'Trace',
  weights: 'Weights',
  histogram: 'Histogram'
};

/** Buttons that open a tab beside the notebook. */
function Doors(props: ItemProps): JSX.Element {
  const { link, outline, name, views } = props;
  return (
    <div className="annlab-doors" role="toolbar" aria-label={`open tabs of ${name}`}>
      {outline.is_compiled &&
        views.map(kind => (
          <button
            key={kind}
            type="button"
            title={`Show the live ${kind} of ${name} in a tab`}
            aria-label={`Live ${kind} of ${name} in a tab`}
            onClick={() => props.openView(link, outline.id, name, kind)}
          >
            {VIEWS[kind]}
          </button>
        ))}
      <button
        type="button"
        title={`Show what became of the equations of ${name}, up to the generated code`}
        aria-label={`Generated code of ${name} in a tab`}
        onClick={() => props.openCode(link, outline.id, name)}
      >
        Code
      </button>
    </div>
  );
}

function Inside(props: ItemProps): JSX.Element {
  const { link, network, outline, name } = props;
  const [details, setDetails] = useState<Details | null>(null);
  const [error, setError] = useState('');
  // Read again when something else has happened, and now and then while it runs.
  const moment = Math.floor(useClock(network.state === 'running') / VALUES_MS);
  useEffect(() => {
    let isWanted = true;
    link
      .ask('details', { network: outline.id, name })
      .then(found => isWanted && setDetails(found))
      .catch(e => isWanted && setError(String(e.message)));
    return () => {
      isWanted = false;
    };
  }, [link, outline, name, network.state, moment]);
  if (error) return <p className="annlab-failure">{error}</p>;
  if (!details) return <p className="annlab-note">…</p>;
  return (
    <div className="annlab-inside">
      <Doors {...props} />
      <Formula latex={details.latex} typesetter={props.typesetter} />
      <table>
        <tbody>
          {details.attributes.map(a => (
            <tr key={a.name} title={a.kind}>
              <th scope="row">{a.name}</th>
              <td>{a.value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function useClock(isRunning: boolean): number {
  const [now, setNow] = useState(0);
  useEffect(() => {
    if (!isRunning) return;
    const timer = window.setInterval(() => setNow(Date.now()), VALUES_MS);
    return () => window.clearInterval(timer);
  }, [isRunning]);
  return now;
}

// Smaller than this a formula is not read any more; what is still too wide can be scrolled.
const SMALLEST_FORMULA = 0.7;

/** LaTeX, typeset by whatever typesets in this JupyterLab, and as wide as its place. */
export function Formula(props: {
  latex: string;
  typesetter: IRenderMime.ILatexTypesetter | null;
}): JSX.Element | null {
  const node = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = node.current;
    if (!element) return;
    element.textContent = props.latex ? `$$\n${props.latex}\n$$` : '';
    if (props.latex) void props.typesetter?.typeset(element);
    // The typesetter says nothing when it is done, and the sidebar can be pulled wider.
    const fit = () => {
      element.style.fontSize = '';
      const share = element.clientWidth / element.scrollWidth;
      if (share < 1) element.style.fontSize = `${Math.max(SMALLEST_FORMULA, 0.95 * share)}em`;
    };
    const typeset = new MutationObserver(fit);
    typeset.observe(element, { childList: true });
    const resized = new ResizeObserver(fit);
    resized.observe(element.parentElement ?? element);
    return () => {
      typeset.disconnect();
      resized.disconnect();
    };
  }, [props.latex, props.typesetter]);
  return props.latex ? <div className="annlab-formula" ref={node} /> : null;
}

/** Show what the kernel refused, with all that it said. That it has gone is shown elsewhere. */
export function show(error: unknown): void {
  if (error instanceof KernelGone) return;
  const text = error instanceof KernelError ? error.details : String(error);
  void showErrorMessage('annlab', text);
}
