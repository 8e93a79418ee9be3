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
  const name = NAME.exec(htmlOf(data))?.[1];
  const look = name ? dashboards.get(name) : undefined;
  if (!look) return null;
  const { html, text } = look();
  return { ...data, 'text/html': html, 'text/plain': text };
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
