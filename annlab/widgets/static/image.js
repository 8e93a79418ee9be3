// Numbers as colours: maps of populations, weights, receptive fields.
//
// The kernel sends whole numbers of 16 bits between the ends of the scale; the largest
// stands for "nothing here". What is drawn is one small image, stretched over the axes.

const NOTHING = 0xffff;

function colourTable(colours) {
  return colours.map((hex) => (0xff000000 | pixelOf(hex)) >>> 0);
}

// "#rrggbb" as the low 24 bits of a little-endian RGBA pixel.
function pixelOf(hex) {
  const value = parseInt(hex.slice(1), 16);
  return ((value & 0xff) << 16) | (value & 0xff00) | (value >> 16);
}

// The colours with the numbers at their ends.
function makeScale(colours) {
  const [low, high] = [element("span", "annlab-number"), element("span", "annlab-number")];
  const strip = element("span", "annlab-strip", { "aria-hidden": "true" });
  strip.style.background = `linear-gradient(to right, ${colours.join(", ")})`;
  return { low, high, node: element("span", "annlab-scale", {}, low, strip, high) };
}

export default {
  initialize: emptiedInTheEnd,
  async render({ model, el, signal }) {
    const table = colourTable(model.get("colours"));
    const scale = makeScale(model.get("colours"));
    const [rowName, columnName] = model.get("axis_names");
    const unit = model.get("unit");
    const tile = document.createElement("canvas");
    const fields = receptiveFields(model.get("fields"));
    let cells = null; // { rows, columns, low, high, extent, values }

    function fill() {
      const context = tile.getContext("2d");
      Object.assign(tile, { width: cells.columns, height: cells.rows });
      const image = context.createImageData(cells.columns, cells.rows);
      const pixels = new Uint32Array(image.data.buffer);
      const last = table.length - 1;
      cells.values.forEach((value, k) => {
        if (value !== NOTHING) pixels[k] = table[Math.round((value / (NOTHING - 1)) * last)];
      });
      context.putImageData(image, 0, 0);
    }

    function paint(canvas, { x0, x1, y0, y1 }) {
      const context = canvas.getContext("2d");
      const { width, height } = canvas;
      context.clearRect(0, 0, width, height);
      if (!cells) return;
      const [columns, rows] = cells.extent;
      // The middle of the first cell is at 0.
      const across = (x) => ((x - 0.5 - x0) / (x1 - x0)) * width;
      const down = (y) => ((y1 - y + 0.5) / (y1 - y0)) * height;
      const [left, top, right, bottom] = [across(0), down(0), across(columns), down(rows)];
      // More cells than pixels are averaged, fewer are sharp squares.
      context.imageSmoothingEnabled = tile.width > right - left || tile.height > bottom - top;
      context.drawImage(tile, left, top, right - left, bottom - top);
      fields?.paint(canvas, across, down);
    }

    const span = (from, to) => (to - from > 1 ? `${from}–${to - 1}` : `${from}`);

    function nearest(x, y, { x0, x1, y0, y1 }, { width, height }) {
      if (!cells) return null;
      const [columns, rows] = cells.extent;
      const column = Math.floor(((x0 + (x / width) * (x1 - x0) + 0.5) / columns) * cells.columns);
      const row = Math.floor(((y1 - (y / height) * (y1 - y0) + 0.5) / rows) * cells.rows);
      if (column < 0 || row < 0 || column >= cells.columns || row >= cells.rows) return null;
      const value = cells.values[row * cells.columns + column];
      const [w, h] = [columns / cells.columns, rows / cells.rows];
      const where = fields ? fields.name(row, column) : `${rowName} ${span(Math.ceil(row * h), Math.ceil((row + 1) * h))} · ` +
        `${columnName} ${span(Math.ceil(column * w), Math.ceil((column + 1) * w))}`;
      if (!where) return null;
      if (value === NOTHING) return `${where} · nothing`;
      const number = cells.low + (value / (NOTHING - 1)) * (cells.high - cells.low);
      return `${where} · ${short(number)}${unit && ` ${unit}`}`;
    }

    return liveFigure({
      model,
      el,
      signal,
      tools: [scale.node],
      take(part, [values]) {
        cells = { ...part, values: numbers(values, Uint16Array) };
        scale.low.textContent = short(part.low);
        scale.high.textContent = `${short(part.high)}${unit && ` ${unit}`}`;
        fill();
      },
      paint,
      nearest,
    });
  },
};
