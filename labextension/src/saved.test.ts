import { renew, renewed, Saved } from './saved';

const placeholder = '<div class="annlab-saved" data-annlab-saved="0a1b"><p>Run this cell.</p></div>';
const now: Saved = { html: '<div data-annlab-saved="0a1b"><img src="data:,"></div>', text: 'dash' };
const alive = new Map([['0a1b', () => now]]);

test('an output of a dashboard that is alive gets its pictures and its code', () => {
  const data = renewed({ 'text/html': placeholder, 'text/plain': 'old', 'x/y': 1 }, alive);
  expect(data).toEqual({ 'text/html': now.html, 'text/plain': 'dash', 'x/y': 1 });
});

test('the HTML may be a list of lines, as files keep it', () => {
  expect(renewed({ 'text/html': [placeholder.slice(0, 30), placeholder.slice(30)] }, alive)).not.toBeNull();
});

test.each([
  ['another output', { 'text/html': '<b>bold</b>' }],
  ['no HTML', { 'text/plain': '42' }],
  ['a dashboard that is gone', { 'text/html': placeholder.replace('0a1b', 'ffff') }]
])('%s stays as it is', (_, data) => {
  expect(renewed(data, alive)).toBeNull();
});

const piece = (name: string, html: string) => `<!--annlab-saved ${name}-->${html}<!--/annlab-saved-->`;
const inRow = (...parts: string[]) => `<div style="display: flex">${parts.join('')}</div>`;

test('of a box each view is renewed in its place', () => {
  const both = new Map([...alive, ['0c', () => ({ html: '<b>$1</b>', text: 'other' })] as const]);
  const before = inRow(piece('0a1b', placeholder), piece('0c', '<i>old</i>'));
  expect(renewed({ 'text/html': before, 'text/plain': 'old' }, both)).toEqual({
    'text/html': inRow(piece('0a1b', now.html), piece('0c', '<b>$1</b>')),
    'text/plain': 'dash\n\nother'
  });
});

test('what is gone of a box stays as it was', () => {
  const before = inRow(piece('0a1b', placeholder), piece('0c', '<i>old</i>'));
  expect(renewed({ 'text/html': before, 'text/plain': 'old' }, alive)).toEqual({
    'text/html': inRow(piece('0a1b', now.html), piece('0c', '<i>old</i>')),
    'text/plain': 'old'
  });
  expect(renewed({ 'text/html': before }, new Map())).toBeNull();
});

function notebook(...outputs: any[]): any {
  const list = { length: outputs.length, get: (k: number) => outputs[k] };
  return { content: { widgets: [{ model: {} }, { model: { outputs: list } }] } };
}

test('only the outputs of dashboards are written', () => {
  const other = { data: { 'text/plain': '42' }, metadata: {}, setData: jest.fn() };
  const own = { data: { 'text/html': placeholder }, metadata: { a: 1 }, setData: jest.fn() };
  renew(notebook(other, own), alive);
  expect(other.setData).not.toHaveBeenCalled();
  expect(own.setData).toHaveBeenCalledWith({
    data: { 'text/html': now.html, 'text/plain': 'dash' },
    metadata: { a: 1 }
  });
});

test('a picture that fails does not keep the notebook from being saved', () => {
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  const own = { data: { 'text/html': placeholder }, metadata: {}, setData: jest.fn() };
  const broken = new Map([
    [
      '0a1b',
      () => {
        throw new Error('no canvas');
      }
    ]
  ]);
  renew(notebook(own), broken);
  expect(own.setData).not.toHaveBeenCalled();
  expect(warn).toHaveBeenCalled();
  warn.mockRestore();
});
