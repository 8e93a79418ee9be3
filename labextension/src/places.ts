// Where a tutorial is, or is to be. Pure functions.

export interface Tutorial {
  file: string;
  title: string;
  summary: string;
}

/** The path of a tutorial that is there already, or of the copy to be made. */
export async function choosePath(
  file: string,
  folder: string,
  exists: (path: string) => Promise<boolean>
): Promise<{ path: string; isNew: boolean }> {
  const here = folder ? `${folder}/${file}` : file;
  // In a checkout of annlab they are in a folder of their own.
  for (const path of [here, `notebooks/${file}`]) {
    if (await exists(path)) return { path, isNew: false };
  }
  return { path: here, isNew: true };
}
