import { choosePath } from './places';

const among = (paths: string[]) => async (path: string) => paths.includes(path);

test.each([
  ['', [], 'a.ipynb', true],
  ['work', [], 'work/a.ipynb', true],
  ['work', ['work/a.ipynb'], 'work/a.ipynb', false],
  ['', ['notebooks/a.ipynb'], 'notebooks/a.ipynb', false],
  ['work', ['a.ipynb'], 'work/a.ipynb', true]
])('in "%s" beside %j the tutorial is %s', async (folder, there, path, isNew) => {
  expect(await choosePath('a.ipynb', folder, among(there))).toEqual({ path, isNew });
});
