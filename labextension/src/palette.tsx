// The palette: what annlab brings, typeset, and a ready cell of each.

import { IRenderMime } from '@jupyterlab/rendermime';
import { ReactWidget } from '@jupyterlab/ui-components';
import React, { useEffect, useState } from 'react';

import { KINDS, matching } from './filter';
import { Follower } from './follow';
import { insertIcon, paletteIcon } from './icons';
import { Link } from './link';
import { Formula, IconButton, Nothing, show } from './panel';
import type { PaletteEntry } from './protocol';

interface Surroundings {
  follower: Follower;
  typesetter: IRenderMime.ILatexTypesetter | null;
  /** Put code into a new cell below the current one. */
  insert: (code: string) => void;
}

export class PalettePanel extends ReactWidget {
  constructor(private around: Surroundings) {
    super();
    this.id = 'annlab:palette';
    this.title.icon = paletteIcon;
    this.title.caption = 'annlab models';
    this.addClass('annlab-panel');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', 'annlab models');
    around.follower.changed.connect(this.onChange, this);
  }

  /** Take the focus when JupyterLab gives it: one begins by searching. */
  protected onActivateRequest(): void {
    this.node.querySelector<HTMLElement>('input')?.focus();
  }

  protected render(): JSX.Element {
    const link = this.around.follower.link;
    this.shown = link?.isOpen ? link : null;
    if (!this.shown) {
      return <Nothing text="Models appear here when the kernel has imported annlab." code="import annlab" />;
    }
    return <Entries link={this.shown} {...this.around} />;
  }

  // Not at every status: nothing here moves.
  private onChange(): void {
    const link = this.around.follower.link;
    if ((link?.isOpen ? link : null) !== this.shown) this.update();
  }

  private shown: Link | null = null;
}

function Entries({ link, ...around }: Surroundings & { link: Link }): JSX.Element {
  const [entries, setEntries] = useState<PaletteEntry[]>([]);
  const [query, setQuery] = useState('');
  const read = () =>
    link
      .ask('palette', {})
      .then(found => (setEntries(found.entries), found.entries))
      .catch(error => (show(error), [] as PaletteEntry[]));
  useEffect(() => void read(), [link]);
  // Asked again, because the notebook may have other names by now.
  const insert = async (name: string) => {
    const code = (await read()).find(e => e.name === name)?.code;
    if (code) around.insert(code);
  };
  const found = matching(entries, query);
  return (
    <>
      <input
        className="annlab-search"
        type="search"
        placeholder="Search models"
        aria-label="Search models"
        value={query}
        onChange={event => setQuery(event.target.value)}
      />
      {found.length === 0 && entries.length > 0 && <Nothing text="Nothing of that name." />}
      {KINDS.map(([kind, title]) => {
        const group = found.filter(e => e.kind === kind);
        return group.length === 0 ? null : (
          <section key={kind} aria-label={title}>
            <h3>{title}</h3>
            {group.map(e => (
              <Entry key={e.name} entry={e} insert={insert} typesetter={around.typesetter} />
            ))}
          </section>
        );
      })}
    </>
  );
}

function Entry(props: {
  entry: PaletteEntry;
  insert: (name: string) => void;
  typesetter: IRenderMime.ILatexTypesetter | null;
}): JSX.Element {
  const { entry } = props;
  const [isOpen, setOpen] = useState(false);
  return (
    <div className="annlab-entry">
      <details className="annlab-item" onToggle={e => setOpen(e.currentTarget.open)}>
        <summary>
          <span className="annlab-item-name">{entry.name}</span>
          <span className="annlab-facts">{entry.summary}</span>
        </summary>
        {isOpen && (
          <div className="annlab-inside">
            <Formula latex={entry.latex} typesetter={props.typesetter} />
            {entry.source && <p className="annlab-source">{entry.source}</p>}
            <pre className="annlab-code">{entry.code}</pre>
          </div>
        )}
      </details>
      <IconButton
        icon={insertIcon}
        label={`Insert a cell with ${entry.name}`}
        onClick={() => props.insert(entry.name)}
      />
    </div>
  );
}
