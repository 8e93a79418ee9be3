// The icons of the extension, in the colours of the theme.

import { LabIcon } from '@jupyterlab/ui-components';

function icon(name: string, path: string): LabIcon {
  const svgstr =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="16">` +
    `<path class="jp-icon3 jp-icon-selectable" fill="#616161" d="${path}"/></svg>`;
  return new LabIcon({ name: `annlab:${name}`, svgstr });
}

export const runIcon = icon('run', 'M4 2.5v11l9-5.5z');
export const pauseIcon = icon('pause', 'M4 3h3v10H4zM9 3h3v10H9z');
export const stepIcon = icon('step', 'M3 2.5v11l7-5.5zM11 3h2.2v10H11z');
export const stopIcon = icon('stop', 'M3.5 3.5h9v9h-9z');
// A stop sign, so that it is not taken for the interrupt of the kernel beside it.
export const stopAllIcon = icon(
  'stop-all',
  'M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2zM5.5 5.5v5h5v-5z'
);
export const resetIcon = icon(
  'reset',
  'M8 3V.5L4 4l4 3.5V5a3.5 3.5 0 1 1-3.5 3.5h-2A5.5 5.5 0 1 0 8 3z'
);
export const codeIcon = icon(
  'code',
  'M5.7 4.3 2 8l3.7 3.7 1.1-1.1L4.2 8l2.6-2.6zM10.3 4.3 9.2 5.4 11.8 8l-2.6 2.6 1.1 1.1L14 8z'
);
export const plotIcon = icon('plot', 'M2 2h1.4v10.6H14V14H2zM5 9.5l2.5-3.6 2.2 2.2L13 3.5l.9.8-4 5.7-2.3-2.2-1.6 2.6z');
export const insertIcon = icon('insert', 'M7.2 2.5h1.6v4.7h4.7v1.6H8.8v4.7H7.2V8.8H2.5V7.2h4.7z');

// Three neurons and what joins them.
export const networkIcon = icon(
  'network',
  'M4 1.5a2.5 2.5 0 0 1 2.45 3h3.1a2.5 2.5 0 1 1 2.2 2.99l-1.6 2.4a2.5 2.5 0 1 1-3.6.1L4.9 6.33' +
    'A2.5 2.5 0 1 1 4 1.5zm2 4.4 1.7 3.1c.2 0 .8 0 1 .1l1.5-2.3a2.5 2.5 0 0 1-.6-.9H6.2z'
);

// A membrane potential on a card.
export const paletteIcon = icon(
  'palette',
  'M2 2h12v12H2zM3.4 3.4v9.2h9.2V3.4zM4.2 9.6h1.6l1.1-1.3.9 1.3V4.6h1.1v6.9l.9-1.9h2v1.1h-1.3l-1.7 2.1H8.6' +
    'l-.9-1.4-.8-1-.6.7H4.2z'
);
