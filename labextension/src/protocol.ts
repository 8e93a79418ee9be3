// What the extension and the kernel say to each other, and nothing else.
//
// The kernel's side is annlab/lab/messages.py: the same names, the same fields, and a test
// compares the two (tests/lab/test_messages.py). Whoever changes a message in a way that an
// older partner would misread raises VERSION on both sides.

export const TARGET = 'annlab:panel';
export const VERSION = 1;
export const BEACON = 'annlab-panel';

export type State = 'not compiled' | 'stopped' | 'running' | 'paused' | 'failed';
export type Action = 'run' | 'pause' | 'step' | 'stop' | 'reset';
export type ViewKind = 'raster' | 'rate' | 'activity' | 'trace' | 'weights' | 'histogram';
export type PaletteKind = 'neuron' | 'synapse' | 'connector' | 'input';

// -- what the kernel says

export interface NetworkStatus {
  id: number;
  revision: number;
  label: string;
  state: State;
  time_ms: number;
  factor: number;
  spikes_per_s: number | null;
  memory_bytes: number;
  error: string | null;
}

export interface Status {
  version: number;
  networks: NetworkStatus[];
}

export interface PopulationOutline {
  name: string;
  size: number;
  geometry: number[];
  model: string;
  is_spiking: boolean;
  memory_bytes: number;
  views: ViewKind[];
}

export interface ProjectionOutline {
  name: string;
  pre: string;
  post: string;
  target: string;
  model: string;
  connector: string;
  n_synapses: number | null;
  memory_bytes: number;
  views: ViewKind[];
}

export interface NetworkOutline {
  id: number;
  revision: number;
  label: string;
  dt_ms: number;
  backend: string;
  is_compiled: boolean;
  populations: PopulationOutline[];
  projections: ProjectionOutline[];
}

export interface AttributeRow {
  name: string;
  kind: string;
  value: string;
}

export interface Details {
  name: string;
  description: string;
  latex: string;
  attributes: AttributeRow[];
}

export interface Diagnostic {
  start: number;
  end: number;
  kind: string;
  message: string;
}

export interface Diagnostics {
  found: Diagnostic[];
}

export interface Vocabulary {
  functions: string[];
  distributions: string[];
  flags: string[];
  keys: string[];
  words: string[];
  names: string[];
  synapse_names: string[];
  constants: string[];
}

export interface PaletteEntry {
  name: string;
  kind: PaletteKind;
  summary: string;
  latex: string;
  source: string;
  code: string;
}

export interface Palette {
  entries: PaletteEntry[];
}

export interface OpenedView {
  view: number;
  model_id: string;
  title: string;
}

export interface Stage {
  stage: string;
  title: string;
  text: string;
  language: string;
}

export interface Explained {
  title: string;
  stages: Stage[];
}

export interface Reply {
  version: number;
  id: number;
  value: unknown;
  error: string | null;
  details: string | null;
}

// -- what the page asks

export interface Watch {
  is_shown: boolean;
}

export interface AskOutline {
  network: number;
}

export interface AskDetails {
  network: number;
  name: string;
}

export interface Control {
  network: number;
  action: Action;
}

export interface StopAll {}

export interface AskCheck {
  source: string;
}

export interface AskVocabulary {}

export interface AskPalette {}

export interface OpenView {
  network: number;
  name: string;
  kind: ViewKind;
}

export interface CloseView {
  view: number;
}

export interface AskExplained {
  network: number;
  name: string;
}

// Request -> what it carries, and what the value of its answer is.
export interface Requests {
  watch: [Watch, Status];
  outline: [AskOutline, NetworkOutline];
  details: [AskDetails, Details];
  control: [Control, NetworkStatus];
  stop_all: [StopAll, number];
  check: [AskCheck, Diagnostics];
  vocabulary: [AskVocabulary, Vocabulary];
  palette: [AskPalette, Palette];
  open_view: [OpenView, OpenedView];
  close_view: [CloseView, boolean];
  explain: [AskExplained, Explained];
}

export type Ask = keyof Requests;
