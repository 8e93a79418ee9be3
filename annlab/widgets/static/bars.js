// A histogram: how many synapses or neurons have which value.

export default {
  initialize: emptiedInTheEnd,
  async render({ model, el, signal }) {
    const [{ colour }] = model.get("groups");
    const [what, label] = model.get("axis_names");
    let bars = null; // { low, high, total, counts }

    function paint(canvas, { x0, x1, y0, y1 }) {
      const context = canvas.getContext("2d");
      const { width, height } = canvas;
      context.clearRect(0, 0, width, height);
      if (!bars) return;
      context.fillStyle = colour;
      const step = (bars.high - bars.low) / bars.counts.length;
      const column = (value) => Math.round(((value - x0) / (x1 - x0)) * width);
      const gap = (step / (x1 - x0)) * width > 6 ? 1 : 0;
      const floor = (y1 / (y1 - y0)) * height;
      bars.counts.forEach((n, k) => {
        const [left, right] = [column(bars.low + k * step), column(bars.low + (k + 1) * step)];
        const top = ((y1 - n) / (y1 - y0)) * height;
        context.fillRect(left, top, Math.max(1, right - left - gap), floor - top);
      });
    }

    function nearest(x, _y, { x0, x1 }, { width }) {
      if (!bars) return null;
      const step = (bars.high - bars.low) / bars.counts.length;
      const k = Math.floor((x0 + (x / width) * (x1 - x0) - bars.low) / step);
      if (!(k >= 0 && k < bars.counts.length)) return null;
      const [from, to] = [bars.low + k * step, bars.low + (k + 1) * step];
      return `${bars.counts[k]} of ${bars.total} ${what} · ${label} ${short(from)} to ${short(to)}`;
    }

    return liveFigure({
      model,
      el,
      signal,
      take(part, [counts]) {
        bars = { ...part, counts: numbers(counts, Uint32Array) };
      },
      paint,
      nearest,
      homeX: () => (bars ? [bars.low, bars.high] : [0, 0]),
      homeY: () => (bars ? [0, bars.counts.reduce((a, b) => Math.max(a, b), 1)] : [0, 1]),
    });
  },
};
