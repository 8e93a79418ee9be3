// The live raster: spikes in a ring, drawn pixel by pixel.
//
// The picture is a film that is only added to: a new frame shifts it by whole pixels and
// draws the new spikes, so that a frame costs the same however many spikes are in sight.
// All are drawn anew after zooming, panning and resizing. Few spikes are round dots; many
// are single pixels that grow stronger where they pile up.

const HISTORY = 1 << 17; // spikes that stay, for looking back
const MARGIN = 8; // columns beyond the right edge: dots there show when the film moves on
const COVERAGE = 0.12; // share of the picture that dots may take, if they are large enough to see

class SpikeRing {
  constructor() {
    this.steps = new Float64Array(HISTORY);
    this.rows = new Uint32Array(HISTORY);
    this.clear();
  }

  clear() {
    this.n = 0; // ever written
    this.last = 0; // newest step known
    this.generation = (this.generation ?? 0) + 1;
  }

  push(last, ages, rows) {
    this.last = last;
    for (let i = 0; i < ages.length; i++) {
      const slot = this.n++ % HISTORY;
      this.steps[slot] = last - ages[i];
      this.rows[slot] = rows[i];
    }
  }

  oldest() {
    return this.n ? this.steps[Math.max(0, this.n - HISTORY) % HISTORY] : this.last;
  }

  // The number of the first spike at `start` or later. Spikes are in the order of time.
  first(start) {
    let [low, high] = [Math.max(0, this.n - HISTORY), this.n];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.steps[middle % HISTORY] < start) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

// "#rrggbb" as the low 24 bits of a little-endian RGBA pixel.
function pixelColour(hex) {
  const value = parseInt(hex.slice(1), 16);
  return ((value & 0xff) << 16) | (value & 0xff00) | (value >> 16);
}

// The pixels of a dot of `size`: where they are, and how strong. Small dots are square, others round.
function stamp(size) {
  const middle = (size - 1) / 2;
  const dot = { x: [], y: [], alpha: [] };
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const outside = Math.hypot(x - middle, y - middle) - size / 2;
      const round = Math.round(255 * Math.min(1, Math.max(0, 0.5 - outside)));
      const alpha = size > 2 ? round : size > 1 ? 200 : 160;
      if (!alpha) continue;
      dot.x.push(x);
      dot.y.push(y);
      dot.alpha.push(alpha);
    }
  }
  return dot;
}

// Dots are as large as lets them be told apart; a size stays until another fits much better.
function dotSize(nInSight, area, before) {
  const ratio = globalThis.devicePixelRatio || 1;
  const fitting = Math.min(Math.sqrt((COVERAGE * area) / Math.max(1, nInSight)), 4 * ratio);
  // The first size is the one that a picture that fills slowly comes to.
  if (!before) return Math.max(1, Math.ceil(fitting - 0.2));
  return Math.abs(fitting - before) < 0.8 ? before : Math.max(1, Math.round(fitting));
}

function rasterPainter(ring, groups, dt) {
  const colourOfRow = Uint32Array.from(
    groups.flatMap(({ colour, n_rows }) => Array(n_rows).fill(pixelColour(colour))),
  );
  let film = null; // what is on the canvas: { image, pixels, origin, n ... }

  function makeFilm(context, { width, height }) {
    const image = context.createImageData(width + MARGIN, height);
    return { image, pixels: new Uint32Array(image.data.buffer), size: 0, nDrawn: 0 };
  }

  // Move the film to the left; false if nothing of it stays in sight.
  function shift(by) {
    const { pixels, image } = film;
    if (by < 0 || by >= image.width - MARGIN) return false;
    if (by === 0) return true;
    pixels.copyWithin(0, by);
    for (let end = image.width; end <= pixels.length; end += image.width) pixels.fill(0, end - by, end);
    return true;
  }

  function draw(first, stop, { y1 }, yScale) {
    const { pixels, image, size, xScale, origin } = film;
    const { width, height } = image;
    const { x: xs, y: ys, alpha: alphas } = stamp(size);
    const half = (size - 1) / 2;
    const { steps, rows } = ring;
    for (let n = Math.max(first, ring.n - HISTORY); n < stop; n++) {
      const row = rows[n % HISTORY];
      const left = Math.round(steps[n % HISTORY] * dt * xScale - half) - origin;
      const top = Math.round((y1 - row) * yScale - half);
      const colour = colourOfRow[row];
      for (let k = 0; k < alphas.length; k++) {
        const px = left + xs[k];
        const py = top + ys[k];
        if (px < 0 || py < 0 || px >= width || py >= height) continue;
        const at = py * width + px;
        const alpha = Math.min(255, (pixels[at] >>> 24) + alphas[k]);
        pixels[at] = (alpha << 24) | colour;
      }
    }
    film.nDrawn = stop;
  }

  return function paint(canvas, axes) {
    const { width, height } = canvas;
    const { x0, x1, y0, y1 } = axes;
    const context = canvas.getContext("2d");
    const [first, stop] = [ring.first(x0 / dt), ring.first(x1 / dt + 1e-6)];
    const size = dotSize(stop - first, width * height, film?.size);
    const yScale = height / (y1 - y0);
    const isSame =
      film?.image.width === width + MARGIN && film.image.height === height && film.size === size &&
      Math.abs(film.xScale * (x1 - x0) - width) < 1e-3 && film.y0 === y0 && film.y1 === y1 &&
      film.generation === ring.generation;
    const xScale = isSame ? film.xScale : width / (x1 - x0);
    const origin = Math.round(x0 * xScale);
    if (isSame && shift(origin - film.origin)) {
      film.origin = origin;
      draw(film.nDrawn, stop, axes, yScale);
    } else {
      if (film?.image.width !== width + MARGIN || film.image.height !== height) {
        film = makeFilm(context, canvas);
      }
      Object.assign(film, { size, xScale, origin, y0, y1, generation: ring.generation });
      film.pixels.fill(0);
      draw(first, stop, axes, yScale);
    }
    context.putImageData(film.image, 0, 0);
  };
}

// The spike next to the pointer, within a few pixels, or whose row it is.
function rasterNearest(ring, groups, dt) {
  return (x, y, { x0, x1, y0, y1 }, { width, height }) => {
    let best = null;
    let closest = 8 * 8;
    for (let k = ring.first(x0 / dt); k < ring.n; k++) {
      const [step, row] = [ring.steps[k % HISTORY], ring.rows[k % HISTORY]];
      const dx = ((step * dt - x0) / (x1 - x0)) * width - x;
      const dy = ((y1 - row) / (y1 - y0)) * height - y;
      const distance = dx * dx + dy * dy;
      if (distance < closest) [closest, best] = [distance, { step, row }];
    }
    if (!best) return neuronAt(groups, y1 - (y / height) * (y1 - y0));
    const { name, rank } = neuronOfRow(groups, best.row);
    return `${name} · neuron ${rank} · ${(best.step * dt).toFixed(dt < 1 ? 1 : 0)} ms`;
  };
}

// Whose row a place is where nobody spikes; of one population alone the axis tells.
function neuronAt(groups, place) {
  const row = Math.round(place);
  const { first_row: first, n_rows: n } = groups.at(-1);
  if (groups.length < 2 || row < 0 || row >= first + n) return null;
  const { name, rank } = neuronOfRow(groups, row);
  return `${name} · neuron ${rank}`;
}

function neuronOfRow(groups, row) {
  const group = groups.find((g) => row < g.first_row + g.n_rows);
  const offset = row - group.first_row;
  return { name: group.name, rank: group.ranks?.[offset] ?? group.first_rank + offset };
}

function makeStimulus(model) {
  const button = element("button", "annlab-button annlab-small", {
    type: "button",
    "aria-pressed": "false",
    title: "Then click on a neuron in the picture to make it spike",
  }, "Stimulate");
  button.addEventListener("click", () => {
    const isOn = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(isOn));
  });
  button.hidden = !model.get("can_stimulate");
  return button;
}

export default {
  initialize: emptiedInTheEnd,
  async render({ model, el, signal }) {
    const ring = new SpikeRing();
    const dt = model.get("dt");
    const groups = model.get("groups");
    const nRows = groups.reduce((n, group) => n + group.n_rows, 0);
    let every = 1; // of so many spikes one is shown
    const stimulate = makeStimulus(model);
    const forgetKernel = watchKernel(model, (isGone) => {
      stimulate.disabled = isGone;
      if (isGone) stimulate.setAttribute("aria-pressed", "false");
    });
    signal?.addEventListener("abort", forgetKernel); // also of a view that is never drawn
    const leave = await liveFigure({
      model,
      el,
      signal,
      tools: [stimulate],
      take(part, [ages, rows]) {
        if (part.fresh) ring.clear();
        every = part.every;
        const kinds = part.bytes.map((bytes) => (bytes === 2 ? Uint16Array : Uint32Array));
        ring.push(part.last, numbers(ages, kinds[0]), numbers(rows, kinds[1]));
      },
      paint: rasterPainter(ring, groups, dt),
      nearest: rasterNearest(ring, groups, dt),
      click(_x, y, { y0, y1 }, { height }) {
        if (stimulate.getAttribute("aria-pressed") !== "true") return;
        const row = Math.round(y1 - (y / height) * (y1 - y0));
        if (row >= 0 && row < nRows) switchboard().port(model.get("pump_id")).tell(model, { stimulate: row });
      },
      last: () => (ring.last + 1) * dt,
      isEmpty: () => ring.n === 0,
      remark: () => (every > 1 ? `1 of ${every} spikes shown` : ""),
      oldest: () => ring.oldest() * dt,
    });
    return () => {
      forgetKernel();
      leave();
    };
  },
};
