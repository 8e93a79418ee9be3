// The live raster: spikes in a ring, drawn pixel by pixel.
//
// Few spikes are round dots; many are single pixels that grow stronger where they pile
// up. Either way the whole window is drawn anew: it takes about a millisecond for ten
// thousand spikes, and zooming, panning and resizing need nothing else.

const HISTORY = 1 << 17; // spikes that stay, for looking back
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
  }

  push(last, ages, rows) {
    this.last = last;
    for (let i = 0; i < ages.length; i++) {
      const slot = this.n++ % HISTORY;
      this.steps[slot] = last - ages[i];
      this.rows[slot] = rows[i];
    }
  }

  // Call `visit(step, row)` from the newest spike back to the first before `start`.
  since(start, visit) {
    const oldest = Math.max(0, this.n - HISTORY);
    for (let k = this.n - 1; k >= oldest; k--) {
      const step = this.steps[k % HISTORY];
      if (step < start) return;
      visit(step, this.rows[k % HISTORY]);
    }
  }
}

// "#rrggbb" as the low 24 bits of a little-endian RGBA pixel.
function pixelColour(hex) {
  const value = parseInt(hex.slice(1), 16);
  return ((value & 0xff) << 16) | (value & 0xff00) | (value >> 16);
}

// Alpha of a round dot of `size` pixels, row by row.
function stamp(size) {
  const middle = (size - 1) / 2;
  const alphas = [];
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const outside = Math.hypot(x - middle, y - middle) - size / 2;
      alphas.push(Math.round(255 * Math.min(1, Math.max(0, 0.5 - outside))));
    }
  }
  return alphas;
}

function rasterPainter(ring, groups, dt) {
  let image = null;
  const colourOfRow = groups.flatMap(({ colour, n_rows }) => Array(n_rows).fill(pixelColour(colour)));

  return function paint(canvas, { x0, x1, y0, y1 }) {
    const { width, height } = canvas;
    const context = canvas.getContext("2d");
    if (!image || image.width !== width || image.height !== height) {
      image = context.createImageData(width, height);
    }
    const pixels = new Uint32Array(image.data.buffer);
    pixels.fill(0);
    let nInSight = 0;
    ring.since(x0 / dt, (step) => (nInSight += step * dt <= x1));
    const ratio = globalThis.devicePixelRatio || 1;
    const fitting = Math.sqrt((COVERAGE * width * height) / Math.max(1, nInSight));
    const size = Math.max(1, Math.round(Math.min(fitting, 4 * ratio)));
    const alphas = size > 2 ? stamp(size) : Array(size * size).fill(size > 1 ? 200 : 160);
    const [xScale, yScale] = [width / (x1 - x0), height / (y1 - y0)];
    const half = (size - 1) / 2;
    ring.since(x0 / dt, (step, row) => {
      const left = Math.round((step * dt - x0) * xScale - half);
      const top = Math.round((y1 - row) * yScale - half);
      const colour = colourOfRow[row];
      for (let y = 0, k = 0; y < size; y++) {
        for (let x = 0; x < size; x++, k++) {
          const [px, py] = [left + x, top + y];
          if (px < 0 || py < 0 || px >= width || py >= height || !alphas[k]) continue;
          const at = py * width + px;
          const alpha = Math.min(255, (pixels[at] >>> 24) + alphas[k]);
          pixels[at] = ((alpha << 24) | colour) >>> 0;
        }
      }
    });
    context.putImageData(image, 0, 0);
  };
}

// The spike next to the pointer, within a few pixels.
function rasterNearest(ring, groups, dt) {
  return (x, y, { x0, x1, y0, y1 }, { width, height }) => {
    let best = null;
    let closest = 8 * 8;
    ring.since(x0 / dt, (step, row) => {
      const dx = ((step * dt - x0) / (x1 - x0)) * width - x;
      const dy = ((y1 - row) / (y1 - y0)) * height - y;
      const distance = dx * dx + dy * dy;
      if (distance < closest) [closest, best] = [distance, { step, row }];
    });
    if (!best) return null;
    const group = groups.find((g) => best.row < g.first_row + g.n_rows);
    const rank = group.first_rank + best.row - group.first_row;
    return `${group.name} · neuron ${rank} · ${(best.step * dt).toFixed(dt < 1 ? 1 : 0)} ms`;
  };
}

function typedArray(view, bytes) {
  const buffer = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
  return bytes === 2 ? new Uint16Array(buffer) : new Uint32Array(buffer);
}

export default {
  async render({ model, el }) {
    const ring = new SpikeRing();
    const dt = model.get("dt");
    const groups = model.get("groups");
    return liveFigure({
      model,
      el,
      take(part, [ages, rows]) {
        if (part.fresh) ring.clear();
        ring.push(part.last, typedArray(ages, part.bytes[0]), typedArray(rows, part.bytes[1]));
      },
      paint: rasterPainter(ring, groups, dt),
      nearest: rasterNearest(ring, groups, dt),
      last: () => (ring.last + 1) * dt,
    });
  },
};
