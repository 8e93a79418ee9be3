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
