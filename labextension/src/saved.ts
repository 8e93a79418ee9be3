// What a notebook keeps of a dashboard: pictures and code, written into its cell when it is saved.
//
// The kernel puts a second output beside a dashboard, hidden while the dashboard is alive. A live
// page knows its pictures and its code at any moment (annlab/widgets/static/tools.js).

import type { NotebookPanel } from '@jupyterlab/notebook';

/** What stands for a dashboard. */
export type Saved = { html: string; text: string };

/** The dashboards that are alive in this page, by name. */
export type Dashboards = ReadonlyMap<string, () => Saved>;

const NAME = /data-annlab-saved="([0-9a-f]+)"/;

// One of several in an output, which says how they are arranged (annlab/widgets/boxes.py).
const PIECE = /(<!--annlab-saved ([0-9a-f]+)-->)[^]*?(<!--\/annlab-saved-->)/g;

/** The HTML of an output, which a file may keep as lines. */
function htmlOf(data: Readonly<Record<string, unknown>>): string {
  const html = data['text/html'];
  return Array.isArray(html) ? html.join('') : typeof html === 'string' ? html : '';
}

/** The data of an output with the pictures of now; null if it stands for no dashboard that is alive. */
export function renewed(
  data: Readonly<Record<string, unknown>>,
  dashboards: Dashboards
): Record<string, unknown> | null {
  const html = htmlOf(data);
  const pieces = [...html.matchAll(PIECE)];
  if (pieces.length) return renewedPieces(data, html, pieces, dashboards);
  const name = NAME.exec(html)?.[1];
  const look = name ? dashboards.get(name) : undefined;
  if (!look) return null;
  const now = look();
  return { ...data, 'text/html': now.html, 'text/plain': now.text };
}

function renewedPieces(
  data: Readonly<Record<string, unknown>>,
  html: string,
  pieces: RegExpMatchArray[],
  dashboards: Dashboards
): Record<string, unknown> | null {
  const looks = pieces.map(([, , name]) => dashboards.get(name)?.());
  if (!looks.some(Boolean)) return null;
  let k = 0;
  const renewedHtml = html.replace(PIECE, (before, begin, _name, end) => {
    const now = looks[k++];
    return now ? begin + now.html + end : before;
  });
  // The code of what is gone stands in the old text only.
  const text = looks.every(Boolean) ? looks.map(now => now!.text).join('\n\n') : data['text/plain'];
  return { ...data, 'text/html': renewedHtml, 'text/plain': text };
}

function dashboardsOfPage(): Dashboards {
  return (globalThis as any).__annlab_switchboard_2?.saved ?? new Map();
}

/** Write what is on the screen into the outputs of a notebook. */
export function renew(panel: NotebookPanel, dashboards = dashboardsOfPage()): void {
  if (!dashboards.size) return;
  for (const cell of panel.content.widgets) {
    const outputs = (cell.model as any).outputs;
    for (let k = 0; k < (outputs?.length ?? 0); k++) {
      const output = outputs.get(k);
      try {
        const data = renewed(output.data, dashboards);
        if (data) output.setData({ data, metadata: output.metadata });
      } catch (error) {
        console.warn('annlab: a dashboard could not be saved', error);
      }
    }
  }
}

/** Do so whenever a notebook is saved. */
export function renewOnSave(panel: NotebookPanel): void {
  panel.context.saveState.connect((_, state) => {
    if (state === 'started') renew(panel);
  });
}
