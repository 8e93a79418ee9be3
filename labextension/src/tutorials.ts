// The tutorials: notebooks that come with the extension, and a tile of the launcher for each.
//
// They are served with the extension, so no kernel is needed to list them. Opening one makes a copy
// in the folder of the file browser, unless it is there already.

import { JupyterFrontEnd } from '@jupyterlab/application';
import { PageConfig, URLExt } from '@jupyterlab/coreutils';

import { choosePath, Tutorial } from './places';

export type { Tutorial };

const PLACE = 'annlab/notebooks';

async function fetched(file: string): Promise<any> {
  const url = URLExt.join(PageConfig.getOption('fullLabextensionsUrl'), PLACE, file);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return response.json();
}

/** All tutorials, in the order of the course. */
export async function tutorials(): Promise<Tutorial[]> {
  return fetched('index.json');
}

/** Open a tutorial: the one that is there, or a new copy in `folder`. The launcher makes way for it. */
export async function open(app: JupyterFrontEnd, file: string, folder: string): Promise<unknown> {
  const contents = app.serviceManager.contents;
  const exists = async (path: string) =>
    contents.get(path, { content: false }).then(
      () => true,
      () => false
    );
  const { path, isNew } = await choosePath(file, folder, exists);
  if (isNew) {
    await contents.save(path, { type: 'notebook', format: 'json', content: await fetched(file) });
  }
  return app.commands.execute('docmanager:open', { path });
}
