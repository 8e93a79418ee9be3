// Live traces: the last values of a few neurons as lines.

const POINTS = 1 << 15; // rows that stay, for looking back

class TraceRing {
  constructor(nTraces) {
    this.nTraces = nTraces;
    this.steps = new Float64Array(POINTS);
    this.values = new Float32Array(POINTS * nTraces);
    this.clear();
  }

  clear() {
    this.n = 0;
    this.last = 0;
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

  // Slots from the last one before `start` to the newest.
  *slots(start) {
    const oldest = Math.max(0, this.n - POINTS);
    let first = this.n;
    while (first > oldest) {
      first--;
      if (this.steps[first % POINTS] < start) break;
    }
    for (let k = first; k < this.n; k++) yield k % POINTS;
  }
}

export default {
  async render({ model, el }) {
    const groups = model.get("groups");
    const dt = model.get("dt");
    const ring = new TraceRing(groups.length);
    const label = model.get("label");
    const span = model.get("window_ms");

    function paint(canvas, { x0, x1, y0, y1 }) {
      const context = canvas.getContext("2d");
      const { width, height } = canvas;
      context.clearRect(0, 0, width, height);
      const ratio = globalThis.devicePixelRatio || 1;
      context.lineJoin = "round";
      const slots = [...ring.slots(x0 / dt)];
      groups.forEach(({ colour, is_faint: isFaint }, k) => {
        context.strokeStyle = colour;
        context.lineWidth = (isFaint ? 1 : 1.4) * ratio;
        context.globalAlpha = isFaint ? 0.35 : 1;
        context.beginPath();
        for (const slot of slots) {
          const x = (((ring.steps[slot] + 1) * dt - x0) / (x1 - x0)) * width;
          const y = ((y1 - ring.values[slot * groups.length + k]) / (y1 - y0)) * height;
          context.lineTo(x, y);
        }
        context.stroke();
      });
      context.globalAlpha = 1;
    }

    function homeY() {
      let [low, high] = [Infinity, -Infinity];
      for (const slot of ring.slots((ring.last + 1) - span / dt)) {
        for (let k = 0; k < groups.length; k++) {
          const value = ring.values[slot * groups.length + k];
          if (value < low) low = value;
          if (value > high) high = value;
        }
      }
      return [low, high];
    }

    function nearest(x, y, { x0, x1, y0, y1 }, { width, height }) {
      const time = x0 + (x / width) * (x1 - x0);
      let slot = -1;
      for (const candidate of ring.slots(x0 / dt)) {
        if ((ring.steps[candidate] + 1) * dt > time) break;
        slot = candidate;
      }
      if (slot < 0) return null;
      const rows = groups.map(({ name }, k) => {
        const value = ring.values[slot * groups.length + k];
        const distance = Math.abs(((y1 - value) / (y1 - y0)) * height - y);
        return { name, value, distance };
      });
      const best = rows.reduce((a, b) => (a.distance < b.distance ? a : b));
      return `${best.name} · ${label} = ${short(best.value)} · ${time.toFixed(1)} ms`;
    }

    return liveFigure({
      model,
      el,
      take(part, [ages, values]) {
        if (part.fresh) ring.clear();
        ring.push(part.last, numbers(ages, Uint32Array), numbers(values, Float32Array));
      },
      paint,
      homeY,
      nearest,
      last: () => (ring.last + 1) * dt,
      oldest: () => (ring.oldest() + 1) * dt,
    });
  },
};
