// The axis of time of a live picture.
//
// It moves with every picture, and for each move of an axis Bokeh repaints its whole figure: more
// work than all of the data. So Bokeh's axis keeps its place and its name, but is blank; ticks,
// numbers and grid are drawn here, where Bokeh would put them and in its words.

const HEIGHT = 26; // of the strip below the plot area, as high as Bokeh's numbers are there

function timeline(plot) {
  const [axis] = plot.model.below;
  const grid = plot.model.center.find((one) => one.axis === axis);
  const strip = element("canvas", "annlab-time", { "aria-hidden": "true" });
  const font = `${axis.major_label_text_font_size} ${axis.major_label_text_font}`;
  const { major_tick_in: inside, major_tick_out: outside, major_label_standoff: gap } = axis;
  let colours = { ink: "", faint: "" };
  let [places, words] = [[], []];
  let ratio = 1;

  // A colour that is nothing: without one Bokeh would take the room away.
  axis.setv({ major_label_text_color: "#00000000", major_tick_line_color: null });
  grid.setv({ grid_line_color: null });

  function draw() {
    const { left, width: inner } = plot.frame.bbox;
    const context = strip.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, strip.width, strip.height);
    context.fillStyle = colours.faint;
    for (const place of places) {
      context.fillRect(left + Math.round(place * inner), 0, 1, inside + outside);
    }
    context.font = font;
    context.textAlign = "center";
    context.fillStyle = colours.ink;
    const { fontBoundingBoxAscent: ascent } = context.measureText("0");
    words.forEach((word, k) => {
      // At the edges of the figure a number moves inwards rather than lose a digit.
      const half = context.measureText(word).width / 2;
      const middle = left + Math.round(places[k] * inner) + 0.5;
      const x = Math.max(half, Math.min(middle, strip.width / ratio - half));
      context.fillText(word, x, inside + outside + gap + ascent - 1);
    });
  }

  const top = () => plot.frame.bbox.bottom - inside;

  return {
    strip,
    top,
    height: HEIGHT,
    paintTheme(newColours) {
      colours = newColours;
    },
    // Put the strip below the plot area; `left` and `top` are those of Bokeh's canvas.
    place({ left, top: above, ratio: newRatio }) {
      ratio = newRatio;
      const { width } = plot.canvas_view.bbox;
      const style = { left, top: above + top(), width, height: HEIGHT };
      for (const [name, value] of Object.entries(style)) strip.style[name] = `${value}px`;
      Object.assign(strip, { width: Math.round(width * ratio), height: Math.round(HEIGHT * ratio) });
    },
    draw(x0, x1) {
      const ticks = axis.ticker.get_ticks(x0, x1, plot.model.x_range, 0).major;
      const seen = ticks.filter((tick) => tick >= x0 && tick <= x1);
      places = seen.map((tick) => (tick - x0) / (x1 - x0));
      words = axis.formatter.doFormat(seen, { loc: 0 });
      draw();
    },
    // Draw the lines of the grid behind what is on the canvas of the plot area.
    drawGrid(canvas) {
      const context = canvas.getContext("2d");
      context.save();
      context.globalCompositeOperation = "destination-over";
      context.globalAlpha = grid.grid_line_alpha;
      context.fillStyle = colours.faint;
      const thickness = Math.max(1, Math.round(ratio));
      for (const place of places) {
        const x = Math.round(Math.round((place * canvas.width) / ratio) * ratio);
        context.fillRect(x, 0, thickness, canvas.height);
      }
      context.restore();
    },
  };
}
