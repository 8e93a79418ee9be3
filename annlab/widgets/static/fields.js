// Receptive fields in a picture: a frame around each, and above it the rank of its neuron.

const SMALLEST = 8; // pixels of a rank that can be read

// `grid` is a FieldGrid of the kernel; nothing for pictures without fields.
function receptiveFields(grid) {
  if (!grid?.ranks) return null;
  const { ranks, across: nAcross, shape: [height, width], gap: [above, beside] } = grid;
  const [stepDown, stepAcross] = [height + above, width + beside];

  // `across` and `down` turn columns and rows into pixels of the canvas.
  function paint(canvas, across, down) {
    const context = canvas.getContext("2d");
    const ratio = globalThis.devicePixelRatio || 1;
    const { ink, faint } = themeColours(canvas);
    const size = Math.min(11 * ratio, down(above) - down(0) - 2 * ratio);
    const room = across(stepAcross) - across(0);
    context.font = `${size}px ${getComputedStyle(canvas).fontFamily}`;
    const widest = ranks.reduce((most, rank) => Math.max(most, rank), 0);
    const isNamed = size >= SMALLEST * ratio && context.measureText(String(widest)).width < room;
    context.strokeStyle = faint;
    context.fillStyle = ink;
    context.lineWidth = ratio;
    ranks.forEach((rank, k) => {
      const row = Math.floor(k / nAcross) * stepDown + above;
      const column = (k % nAcross) * stepAcross;
      const [left, top] = [Math.round(across(column)), Math.round(down(row))];
      const [right, bottom] = [Math.round(across(column + width)), Math.round(down(row + height))];
      const off = ratio / 2;
      context.strokeRect(left - off, top - off, right - left + ratio, bottom - top + ratio);
      if (isNamed) context.fillText(String(rank), left, top - 2 * ratio);
    });
  }

  // What to call a cell: whose field it is in, and whom it listens to.
  function name(row, column) {
    const [i, j] = [(row % stepDown) - above, column % stepAcross];
    const rank = ranks[Math.floor(row / stepDown) * nAcross + Math.floor(column / stepAcross)];
    if (rank === undefined || i < 0 || j >= width) return "";
    const sender = grid.is_folded ? `from ${i * width + j}` : `row ${i} · column ${j}`;
    return `neuron ${rank} · ${sender}`;
  }

  return { paint, name };
}
