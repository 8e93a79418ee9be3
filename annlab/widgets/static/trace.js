// Live traces: the last values of a few neurons as lines.
//
// What the browser takes longest for is to turn long lines into pixels. So the lines are a film,
// as the raster is: it moves by whole pixels, and only what is new is drawn at its end.

const POINTS = 1 << 15; // rows that stay, for looking back

class TraceRing {
  constructor(nTraces) {
    this.nTraces = nTraces;
    this.steps = new Float64Array(POINTS);
    this.values = new Float32Array(POINTS * nTraces);
    this.clear();
  }

  clear() {
    this.n = 0; // ever written
    this.last = 0;
    this.generation = (this.generation ?? 0) + 1;
  }

  push(last, ages, values) {
    this.last = last;
    for (let i = 0; i < ages.length; i++) {
      const slot = this.n++ % POINTS;
      this.steps[slot] = last - ages[i];
      for (let k = 0; k < this.nTraces; k++) {
        this.values[slot * this.nTraces + k] = values[i * this.nTraces + k];
      }
    }
  }

  oldest() {
    return this.n ? this.steps[Math.max(0, this.n - POINTS) % POINTS] : this.last;
  }

  // The number of the last row before `start`, or of the oldest. Rows are in the order of time.
  before(start) {
    const oldest = Math.max(0, this.n - POINTS);
    let [low, high] = [oldest, this.n];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.steps[middle % POINTS] < start) low = middle + 1;
      else high = middle;
    }
    return Math.max(oldest, low - 1);
  }

  step(row) {
    return this.steps[row % POINTS];
  }

  value(row, k) {
    return this.values[(row % POINTS) * this.nTraces + k];
  }
}

// Add a line through points to a path.
function plainLine(path) {
  let isOpen = false;
  return {
    add(x, y) {
      if (isOpen) path.lineTo(x, y);
      else path.moveTo(x, y);
      isOpen = true;
    },
    close() {},
  };
}

// Add a line through points that come in the order of `x` to a path. In a column of pixels only its
// ends and extremes are told apart: the picture is the same, and a long past takes no longer.
function thinLine(path) {
  const { add: put } = plainLine(path);
  let column = NaN;
  let [low, high, end] = [0, 0, 0];
  const close = () => {
    if (Number.isNaN(column)) return;
    for (const y of [low, high, end]) put(column + 0.5, y);
  };
  return {
    add(x, y) {
      const at = Math.floor(x);
      if (at === column) [low, high, end] = [Math.min(low, y), Math.max(high, y), y];
      else {
        close();
        put(at + 0.5, y);
        [column, low, high, end] = [at, y, y, y];
      }
    },
    close,
  };
}

function linePainter(ring, groups, dt) {
  const film = document.createElement("canvas");
  let drawn = null; // { xScale, origin, y0, y1, n ... } of what is on the film

  // Draw the rows from number `first` on; the film's left edge is `origin` pixels after time 0.
  function drawFrom(first, { xScale, origin, y0, y1 }) {
    const context = film.getContext("2d");
    const ratio = globalThis.devicePixelRatio || 1;
    const yScale = film.height / (y1 - y0);
    const isDense = ring.n - first > 2 * film.width;
    const begin = first < ring.n ? (ring.step(first) + 1) * dt * xScale : 0;
    groups.forEach(({ colour, is_faint: isFaint, dash = [] }, k) => {
      context.strokeStyle = colour;
      context.globalAlpha = isFaint ? 0.35 : 1;
      const path = new Path2D();
      let line = null; // a piece between two values that are no numbers
      for (let row = first; row < ring.n; row++) {
        const x = (ring.step(row) + 1) * dt * xScale - origin;
        const y = (y1 - ring.value(row, k)) * yScale;
        if (Number.isFinite(y)) (line ??= isDense ? thinLine(path) : plainLine(path)).add(x, y);
        else {
          line?.close();
          line = null;
        }
      }
      line?.close();
      context.setLineDash(dash.map((pixels) => pixels * ratio));
      // Dashes go on where the last piece of the line ended, as far as it was level.
      context.lineDashOffset = dash.length ? begin % (ratio * dash.reduce((sum, part) => sum + part)) : 0;
      strokeQuickly(context, path, (isFaint ? 1 : 1.4) * ratio);
    });
  }

  // Move the film to the left; false if nothing of it stays in sight.
  function shift(by) {
    if (by < 0 || by >= film.width) return false;
    if (by === 0) return true;
    const context = film.getContext("2d");
    context.globalAlpha = 1;
    context.globalCompositeOperation = "copy";
    context.drawImage(film, -by, 0);
    context.globalCompositeOperation = "source-over";
    return true;
  }

  return function paint(canvas, { x0, x1, y0, y1 }) {
    const { width, height } = canvas;
    const isSame =
      drawn && film.width === width && film.height === height && drawn.y0 === y0 && drawn.y1 === y1 &&
      Math.abs(drawn.xScale * (x1 - x0) - width) < 1e-3 && drawn.generation === ring.generation;
    const xScale = isSame ? drawn.xScale : width / (x1 - x0);
    const now = { xScale, origin: Math.round(x0 * xScale), y0, y1, generation: ring.generation };
    if (isSame && shift(now.origin - drawn.origin)) {
      if (ring.n > drawn.n) drawFrom(Math.max(drawn.n - 1, ring.before(0)), now);
    } else {
      Object.assign(film, { width, height }); // which also clears it
      drawFrom(ring.before(x0 / dt), now);
    }
    drawn = { ...now, n: ring.n };
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, width, height);
    context.drawImage(film, 0, 0);
  };
}

export default {
  initialize: emptiedInTheEnd,
  async render({ model, el, signal }) {
    const groups = model.get("groups");
    const dt = model.get("dt");
    const ring = new TraceRing(groups.length);
    const label = model.get("label");
    const span = model.get("window_ms");
    const silentBelow = model.get("silent_below") ?? -1; // of rates

    function homeY() {
      let [low, high] = [Infinity, -Infinity];
      for (let row = ring.before(ring.last + 1 - span / dt); row < ring.n; row++) {
        for (let k = 0; k < groups.length; k++) {
          const value = ring.value(row, k);
          if (!Number.isFinite(value)) continue;
          if (value < low) low = value;
          if (value > high) high = value;
        }
      }
      return low >= 0 && high <= silentBelow ? [0, 1] : [low, high];
    }

    function lack() {
      if (!ring.n) return "";
      const strong = groups.map((group, k) => ({ ...group, k })).filter((group) => !group.is_faint);
      return lacking(strong.map(({ name, k }) => ({ name, value: ring.value(ring.n - 1, k) })));
    }

    function nearest(x, y, { x0, x1, y0, y1 }, { width, height }) {
      const time = x0 + (x / width) * (x1 - x0);
      const row = ring.before(time / dt);
      if (!(row < ring.n) || (ring.step(row) + 1) * dt > time) return null;
      const values = groups.map(({ name }, k) => {
        const value = ring.value(row, k);
        const distance = Math.abs(((y1 - value) / (y1 - y0)) * height - y);
        return { name, value, distance: Number.isFinite(distance) ? distance : Infinity };
      });
      const best = values.reduce((a, b) => (a.distance < b.distance ? a : b));
      return `${best.name} · ${label} = ${short(best.value)} · ${time.toFixed(1)} ms`;
    }

    return liveFigure({
      model,
      el,
      signal,
      take(part, [ages, values]) {
        if (part.fresh) ring.clear();
        ring.push(part.last, numbers(ages, Uint32Array), numbers(values, Float32Array));
      },
      paint: linePainter(ring, groups, dt),
      homeY,
      lack,
      nearest,
      last: () => (ring.last + 1) * dt,
      isEmpty: () => ring.n === 0,
      oldest: () => (ring.oldest() + 1) * dt,
    });
  },
};
