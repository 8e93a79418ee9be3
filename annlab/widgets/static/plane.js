// The phase plane: where neurons are now and were a moment ago, the field of the
// equations, and the lines on which one of the two variables does not change.

const POINTS = 1 << 13;

export default {
  initialize: emptiedInTheEnd,
  async render({ model, el, signal }) {
    const groups = model.get("groups"); // neurons first, then the two nullclines
    const [xName, yName] = model.get("axis_names");
    const nNeurons = model.get("n_neurons");
    const width = 2 * nNeurons;
    let points = new Float32Array(0); // rows of (x, y) for each neuron, oldest first
    let lines = [new Float32Array(0), new Float32Array(0)]; // x, y, ... with NaN between pieces
    let arrows = new Float32Array(0); // x, y, dx, dy with dx, dy in parts of the axes
    let home = null;

    function paint(canvas, { x0, x1, y0, y1 }) {
      const context = canvas.getContext("2d");
      const ratio = globalThis.devicePixelRatio || 1;
      const column = (x) => ((x - x0) / (x1 - x0)) * canvas.width;
      const line = (y) => ((y1 - y) / (y1 - y0)) * canvas.height;
      context.clearRect(0, 0, canvas.width, canvas.height);
      context.lineJoin = "round";
      paintArrows(context, column, line, ratio);
      lines.forEach((pieces, k) => {
        context.strokeStyle = groups[nNeurons + k].colour;
        context.lineWidth = 2 * ratio;
        context.setLineDash(k ? [6 * ratio, 4 * ratio] : []);
        context.beginPath();
        for (let i = 0, isOpen = false; i < pieces.length; i += 2) {
          const [x, y] = [pieces[i], pieces[i + 1]];
          if (Number.isNaN(x)) isOpen = false;
          else if (isOpen) context.lineTo(column(x), line(y));
          else context.moveTo(column(x), line(y));
          if (!Number.isNaN(x)) isOpen = true;
        }
        context.stroke();
      });
      context.setLineDash([]);
      for (let k = 0; k < nNeurons; k++) paintPath(context, column, line, ratio, k);
    }

    function paintArrows(context, column, line, ratio) {
      context.strokeStyle = context.fillStyle = getComputedStyle(el).color;
      context.globalAlpha = 0.25;
      context.lineWidth = ratio;
      const length = 16 * ratio;
      context.beginPath();
      for (let i = 0; i < arrows.length; i += 4) {
        const [x, y] = [column(arrows[i]), line(arrows[i + 1])];
        const [dx, dy] = [arrows[i + 2] * length, -arrows[i + 3] * length];
        context.moveTo(x - dx / 2, y - dy / 2);
        context.lineTo(x + dx / 2, y + dy / 2);
        context.moveTo(x + dx / 2 + 2 * ratio, y + dy / 2);
        context.arc(x + dx / 2, y + dy / 2, 1.6 * ratio, 0, 2 * Math.PI);
      }
      context.stroke();
      context.globalAlpha = 1;
    }

    // The path fades into the past; a dot is the present.
    function paintPath(context, column, line, ratio, k) {
      const n = points.length / width;
      if (!n) return;
      context.strokeStyle = context.fillStyle = groups[k].colour;
      context.lineWidth = 1.4 * ratio;
      const nPieces = 8;
      for (let piece = 0; piece < nPieces; piece++) {
        context.globalAlpha = 0.15 + (0.85 * (piece + 1)) / nPieces;
        context.beginPath();
        const stop = Math.min(n, Math.ceil(((piece + 1) * n) / nPieces) + 1);
        for (let i = Math.floor((piece * n) / nPieces); i < stop; i++) {
          context.lineTo(column(points[i * width + 2 * k]), line(points[i * width + 2 * k + 1]));
        }
        context.stroke();
      }
      context.globalAlpha = 1;
      context.beginPath();
      const at = (n - 1) * width + 2 * k;
      context.arc(column(points[at]), line(points[at + 1]), 4 * ratio, 0, 2 * Math.PI);
      context.fill();
    }

    function lack() {
      const at = points.length - width; // of the newest row
      if (at < 0) return "";
      const place = (k) => points[at + 2 * k] + points[at + 2 * k + 1];
      return lacking(groups.slice(0, nNeurons).map(({ name }, k) => ({ name, value: place(k) })));
    }

    function nearest(x, y, { x0, x1, y0, y1 }, size) {
      const at = [x0 + (x / size.width) * (x1 - x0), y1 - (y / size.height) * (y1 - y0)];
      return `${xName} = ${short(at[0])} · ${yName} = ${short(at[1])}`;
    }

    return liveFigure({
      model,
      el,
      signal,
      take(part, buffers) {
        const arrays = buffers.map((buffer) => numbers(buffer, Float32Array));
        points = remember(part.fresh ? new Float32Array(0) : points, arrays[0], part.keep * width);
        if (arrays.length > 1) [, lines[0], lines[1], arrows] = arrays;
        home = part;
      },
      paint,
      nearest,
      homeX: () => (home ? home.x_limits : [0, 0]),
      homeY: () => (home ? home.y_limits : [NaN, NaN]),
      roomY: 0,
      isExactY: true, // the kernel has given them room, and drawn the field in them
      lack,
    });
  },
};

// Append `added` to `known` and keep the newest `limit` numbers.
function remember(known, added, limit) {
  const all = new Float32Array(known.length + added.length);
  all.set(known);
  all.set(added, known.length);
  return all.length > limit ? all.slice(all.length - limit) : all;
}
