// A Bokeh figure as the frame of a live picture: its axes, grid and tools are Bokeh's,
// the data is drawn on a canvas over the plot area by `paint`.
//
// Bokeh repaints its figure only where its axes change; a canvas of our own takes less than a
// millisecond for ten thousand spikes, a Bokeh glyph forty. The axis of time moves all the time
// and is ours too: Bokeh's range follows when a hand comes near, for its tools.

const LATE_MS = 300;
const NOTICE_MS = 5000;
const RESTS = ["stopped", "paused"];

function comesIntoSight(node, closed) {
  return new Promise((resolve) => {
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) end();
    });
    const end = () => {
      observer.disconnect();
      resolve();
    };
    observer.observe(node);
    closed.then(end);
  });
}

// Return what lets a figure of a width of its own take less where there is less: what is drawn keeps
// its proportions.
function shrinking(plot, model) {
  const [width, height] = [model.get("width"), model.get("height")];
  const { width: inner, height: innerHeight } = plot.frame.bbox;
  return (body) => {
    const now = Math.min(width, body.clientWidth);
    const less = width - now;
    if (!now || now === plot.model.width || !(inner - less > 40)) return;
    const high = Math.round(height - (less * innerHeight) / inner);
    plot.model.setv({ width: now, height: high });
    body.style.minHeight = `${high}px`;
  };
}

// Build a live picture inside `el`. The view gives
//   take(part, buffers)        store what came in
//   paint(canvas, axes)        draw; axes = { x0, x1, y0, y1 } in data units, y1 at the top
//   nearest(x, y, axes, size)  what to say about a point, or null
//   last()                     of a picture of time: the newest time [ms] there is
//   oldest()                   of a picture of time: the oldest time [ms] that is still known
//   isEmpty()                  of a picture of time: whether nothing is known at all
//   homeX()                    of another picture: [low, high] for an automatic horizontal axis
//   homeY()                    [low, high] for an automatic vertical axis
//   roomY                      what is left free there, as a part of it
//   isExactY                   show just what homeY gives: somebody has chosen it already
//   lack()                     what of the newest data cannot be drawn, in words
//   remark()                   what else one has to know to read the picture, in words
//   click(x, y, axes, size)    somebody clicked on the picture
//   tools                      elements for the header
async function liveFigure(view) {
  const { model, el, signal, take, paint, nearest, last, oldest, homeX, homeY, lack, click } = view;
  const { roomY = 0.06, isExactY = false, tools = [], isEmpty = () => false, remark = () => "" } = view;
  const board = switchboard();
  const port = board.port(model.get("pump_id"));
  const { header, clock, badge, follow, note } = makeHeader(model.get("title"), model.get("groups"), tools);
  const target = element("div", "annlab-target");
  const canvas = element("canvas", "annlab-canvas", { role: "img" });
  const hint = element("div", "annlab-hint", { "aria-hidden": "true" });
  const empty = element("div", "annlab-empty", {}, "Shows what happens from now on: run the network");
  empty.hidden = true;
  const body = element("div", "annlab-body", {}, target, canvas, hint, empty);
  body.style.minHeight = `${model.get("height")}px`;
  const isNarrow = model.get("width") > 0;
  const root = element("div", "annlab-view annlab-figure", { role: "group" }, header, body);
  root.classList.toggle("annlab-narrow", isNarrow);
  if (isNarrow) root.style.width = `${model.get("width")}px`;
  el.classList.toggle("annlab-place", isNarrow);
  root.setAttribute("aria-label", model.get("description"));
  canvas.setAttribute("aria-label", model.get("description"));
  hint.hidden = true;
  el.append(root);

  const span = model.get("window_ms");
  const isTimed = Boolean(last);
  const scroll = isTimed ? makeScroll() : null;
  if (scroll) root.append(scroll);
  let plot = null;
  let axis = null; // of a picture of time
  let seen = { start: 0, end: span }; // the time in sight; Bokeh's range may lie behind
  let placed = ""; // where the plot area was when the canvas was put over it
  let isStale = true; // what is drawn is not what is known
  let isHeld = false; // a hand drags on the picture
  let pointer = null; // its last event over the picture
  let explain = () => {};
  let isInDashboard = false;
  let isFollowing = true;
  let isSetting = false;
  let isHandY = false; // a hand has chosen the vertical axis
  let shown = { low: NaN, high: NaN };
  let scheduled = 0;
  let status = {};
  let seenAt = 0; // the time [ms] of the newest frame that came while the picture was in sight
  let spoken = 0;
  let noticeUntil = 0;

  const redraw = () => {
    isStale = true;
    scheduled ||= requestAnimationFrame(() => {
      scheduled = 0;
      draw();
    });
  };

  function setRange(range, start, end) {
    if (range.start === start && range.end === end) return;
    // One end that is no number, and Bokeh draws its figure no more.
    if (!Number.isFinite(end - start)) return;
    isSetting = true;
    range.setv({ start, end });
    isSetting = false;
  }

  // Bokeh's tools begin with what Bokeh knows.
  function tellBokeh() {
    if (isTimed && plot) setRange(plot.model.x_range, seen.start, seen.end);
  }

  function axes() {
    const { x_range: x, y_range: y } = plot.model;
    const { start, end } = isTimed ? seen : x;
    return { x0: start, x1: end, y0: y.start, y1: y.end };
  }

  function whereNow() {
    const { left, top, width, height } = plot.frame.bbox;
    return [left, top, width, height, globalThis.devicePixelRatio || 1].join();
  }

  // Bokeh moves its plot area when the numbers beside it grow wider, some time after they did.
  function followLayout() {
    const original = plot.after_layout?.bind(plot);
    if (!original) return;
    plot.after_layout = () => {
      original();
      if (placed && placed !== whereNow()) redraw();
    };
  }

  // Put the canvas over the plot area. To ask where that is makes the browser lay out the page, so
  // it is asked only when something has changed.
  function place() {
    const area = plot.frame.bbox;
    const ratio = globalThis.devicePixelRatio || 1;
    if (whereNow() === placed) return;
    placed = whereNow();
    const outer = body.getBoundingClientRect();
    const inner = plot.canvas_view.el.getBoundingClientRect();
    const [left, top] = [inner.left - outer.left, inner.top - outer.top];
    Object.assign(canvas.style, {
      left: `${left + area.left}px`,
      top: `${top + area.top}px`,
      width: `${area.width}px`,
      height: `${area.height}px`,
    });
    canvas.width = Math.max(1, Math.round(area.width * ratio));
    canvas.height = Math.max(1, Math.round(area.height * ratio));
    axis?.place({ left, top, ratio });
  }

  function draw(lag = 0) {
    if (!plot) return;
    if (isFollowing) fitHorizontally();
    if (isStale) {
      if (homeY && !isHandY) fitVertically();
      place();
      const now = axes();
      paint(canvas, now);
      axis?.draw(now.x0, now.x1);
      axis?.drawGrid(canvas);
      isStale = false;
      if (pointer) explain();
    }
    tell(lag);
  }

  // Time goes on where nothing happens; out of sight it stands still, for nothing comes in there: a
  // picture that is saved would be empty.
  const present = () => Math.max(last(), seenAt, span);

  function fitHorizontally() {
    if (isTimed) {
      // By whole pixels, as the films below move.
      const scale = placed ? canvas.width / span : Infinity;
      const now = present();
      const end = now > span && scale < Infinity ? Math.ceil(now * scale - 1e-6) / scale : now;
      isStale ||= end !== seen.end;
      seen = { start: end - span, end };
      if (isHeld) tellBokeh();
    } else if (homeX) {
      const [low, high] = homeX();
      if (high > low) setRange(plot.model.x_range, low, high);
    }
  }

  // While the network stands still, what the page remembers can be scrolled through.
  function offerScrolling() {
    const [low, high] = [Math.max(0, oldest()) + span, present()];
    set(scroll, "hidden", status.state === "running" || !(high > low + 1e-6));
    if (scroll.hidden) return;
    const value = isFollowing ? high : seen.end;
    for (const [name, number] of Object.entries({ min: low, max: high, value })) {
      set(scroll, name, String(number));
    }
  }

  // Grow at once, shrink when less than half of the height is used.
  function fitVertically() {
    const [low, high] = homeY();
    if (!(high >= low && high - low < Infinity)) return;
    const room = roomY * (high - low) || Number(roomY > 0);
    const isOut = !(low >= shown.low && high <= shown.high);
    const isKept = !isOut && high - low > 0.5 * (shown.high - shown.low);
    if (isKept && !isExactY) return;
    shown = { low: isTimed ? low - room : low, high: high + room };
    setRange(plot.model.y_range, shown.low, shown.high);
  }

  function tell(lag) {
    const late = Math.max(lag, port.silence());
    const parts = [`t = ${seconds(status.time_ms ?? last?.() ?? 0)}`];
    if (status.state === "running") parts.push(factorText(status.factor));
    else if (status.state) parts.push(status.state);
    const time = parts.filter(Boolean).join(" · ");
    if (!isInDashboard) set(clock, "textContent", time); // the bar there has one for all
    const error = (performance.now() < noticeUntil && model.get("notice")) || lack?.();
    set(badge, "hidden", !(error || late > LATE_MS));
    if (!badge.hidden) set(badge, "textContent", error || `behind by ${(late / 1000).toFixed(1)} s`);
    badge.classList.toggle("annlab-error", Boolean(error));
    set(note, "textContent", remark());
    set(follow, "hidden", !isTimed || (isFollowing && !isHandY));
    set(follow, "textContent", isFollowing ? "Fit" : "Follow");
    set(follow, "title", isFollowing ? "Show the whole height again" : "Show the present again");
    set(empty, "hidden", !(RESTS.includes(status.state) && isEmpty()));
    if (scroll) offerScrolling();
    // Screen readers are told once in a while, not thirty times a second.
    if (performance.now() - spoken > 2000) {
      spoken = performance.now();
      canvas.setAttribute("aria-label", `${model.get("description")}, ${time}`);
    }
  }

  function paintTheme() {
    const colours = themeColours(root);
    const { ink, faint } = colours;
    for (const side of [...plot.model.above, ...plot.model.below, ...plot.model.left]) {
      if (!("major_label_text_color" in side)) continue;
      side.setv({ axis_label_text_color: ink, axis_line_color: faint });
      if (axis && plot.model.below.includes(side)) continue; // its numbers are not Bokeh's
      side.setv({ major_label_text_color: ink, major_tick_line_color: faint });
    }
    for (const grid of plot.model.center) {
      if (grid.grid_line_color) grid.setv({ grid_line_color: faint });
    }
    axis?.paintTheme(colours);
    // What is behind a plain colour does not have to be mixed again for each picture.
    body.style.backgroundColor = colourBehind(root);
    redraw();
  }

  // Bokeh's own layers with ours among them, on the colour of the page: the words on it have the
  // colour of its theme.
  function compose(exported) {
    const { canvas: layer, ctx: context } = exported;
    try {
      const area = plot.frame.bbox;
      context.drawImage(canvas, area.left, area.top, area.width, area.height);
      if (axis) context.drawImage(axis.strip, 0, axis.top(), plot.canvas_view.bbox.width, axis.height);
    } catch (error) {
      console.warn("annlab: the saved picture lacks its data", error);
    }
    const picture = document.createElement("canvas");
    Object.assign(picture, { width: layer.width, height: layer.height });
    onPage(picture);
    picture.getContext("2d").drawImage(layer, 0, 0);
    return picture;
  }

  function onPage(picture) {
    const context = picture.getContext("2d");
    context.fillStyle = colourBehind(root) || pageColour();
    context.fillRect(0, 0, picture.width, picture.height);
    return context;
  }

  // What Bokeh's tool saves is the picture below its legend.
  function joinSaving() {
    const original = plot.export?.bind(plot);
    if (!original) return;
    plot.export = (...options) => {
      const exported = original(...options);
      const layer = exported.canvas;
      if (!(layer instanceof HTMLCanvasElement)) return exported;
      const picture = compose(exported);
      const ratio = layer.width / plot.bbox.width;
      const { ink } = themeColours(root);
      const legend = placedLegend(model.get("title"), model.get("groups"), plot.bbox.width);
      const height = Math.round(legend.height * ratio);
      layer.height = picture.height + height; // it is empty now
      const context = onPage(layer);
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      legend.draw(context, ink);
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.drawImage(picture, 0, height);
      return exported;
    };
    // The picture as it is now, for a saved notebook, which has a legend of its own.
    root.annlabPicture = () => compose(original());
  }

  // Bokeh cannot lay out what is not on the page, and a notebook takes off the page what was
  // scrolled out of sight, also while its cells still run.
  // Closed, or taken off the page, before it was shown (older anywidgets tell of the first alone).
  let isGone = signal?.aborted || !model.get("frame");
  let leaveSight;
  const closed = new Promise((resolve) => (leaveSight = resolve));
  const onClosed = () => leaveSight((isGone = true));
  model.on("destroy", onClosed);
  signal?.addEventListener("abort", onClosed);
  if (!isGone) await comesIntoSight(root, closed);
  const frame = model.get("frame");
  const figure = isGone
    ? null
    : await embedFigure(board, model.get("pump_id"), frame, target, () => isGone);
  model.off("destroy", onClosed);
  signal?.removeEventListener("abort", onClosed);
  if (isGone) figure?.discard();
  if (!figure || isGone) {
    el.replaceChildren();
    return () => {};
  }
  plot = figure.plot;
  isInDashboard = Boolean(root.closest(".annlab-dashboard"));
  const { x_range: xRange, y_range: yRange } = plot.model;
  if (isTimed) {
    axis = timeline(plot);
    body.append(axis.strip);
  }
  xRange.change.connect(() => {
    if (isSetting) return;
    isFollowing = false;
    seen = { start: xRange.start, end: xRange.end };
    redraw();
  });
  yRange.change.connect(() => {
    if (isSetting) return;
    isHandY = true;
    redraw();
  });
  const home = { start: yRange.start, end: yRange.end };
  const showPresent = () => {
    isFollowing = true;
    isHandY = false;
    // What was fitted last is not what is seen: a hand has left it, and Bokeh's own tool goes back to
    // the limits of the empty figure.
    shown = { low: NaN, high: NaN };
    if (!homeY) setRange(yRange, home.start, home.end);
    redraw();
  };
  plot.model.on_event("reset", showPresent);
  follow.addEventListener("click", showPresent);
  scroll?.addEventListener("input", () => {
    isFollowing = Number(scroll.value) >= Number(scroll.max);
    seen = { start: scroll.value - span, end: Number(scroll.value) };
    redraw();
  });
  joinSaving();
  nameTools(plot, model.get("description"));
  followLayout();
  paintTheme();
  // Bokeh's upper layer shows what its tools do under a hand. Empty, it costs as much as a picture:
  // where there is no GPU the browser mixes all layers anew for each.
  const upper = plot.canvas_view.overlays?.el;
  const offerTools = (isHere) => upper && set(upper.style, "display", isHere ? "" : "none");
  offerTools(false);

  // Say what is under the pointer, also when the picture moves and the pointer does not.
  explain = () => {
    const text = nearest && pointer ? at(pointer, nearest) : null;
    set(hint, "hidden", !text);
    if (!text) return;
    const outer = body.getBoundingClientRect();
    set(hint, "textContent", text);
    hint.style.left = `${Math.min(pointer.clientX - outer.left + 14, outer.width - 190)}px`;
    hint.style.top = `${pointer.clientY - outer.top - 30}px`;
  };

  // Call `visit(x, y, axes, size)` if the pointer is on the picture.
  function at(event, visit) {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    const isInside = x >= 0 && y >= 0 && x <= width && y <= height;
    return isInside ? visit(x, y, axes(), { width, height }) : null;
  }

  body.addEventListener("pointerenter", () => offerTools(true));
  body.addEventListener("pointermove", (event) => {
    pointer = event;
    explain();
  });
  body.addEventListener("pointerleave", () => {
    pointer = null;
    explain();
    if (!isHeld) offerTools(false);
  });
  // A click is a press that did not move: what moves pans the picture.
  let pressed = null;
  const letGo = () => {
    isHeld = false;
    if (!pointer) offerTools(false);
  };
  body.addEventListener("pointerdown", (event) => {
    pressed = [event.clientX, event.clientY];
    isHeld = true;
    tellBokeh();
  }, true);
  body.addEventListener("wheel", tellBokeh, { capture: true, passive: true });
  addEventListener("pointerup", letGo, true);
  addEventListener("pointercancel", letGo, true);
  body.addEventListener("pointerup", (event) => {
    const [x, y] = pressed ?? [NaN, NaN];
    if (click && Math.hypot(event.clientX - x, event.clientY - y) < 4) at(event, click);
  }, true);

  const notice = () => {
    noticeUntil = performance.now() + NOTICE_MS;
    redraw();
    setTimeout(redraw, NOTICE_MS + 50);
  };
  model.on("change:notice", notice);
  const themes = new MutationObserver(paintTheme);
  themes.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-name"] });
  const shrink = isNarrow ? shrinking(plot, model) : () => {};
  const sizes = new ResizeObserver(() => {
    shrink(body);
    placed = "";
    redraw();
  });
  sizes.observe(body);
  if (isNarrow) sizes.observe(plot.canvas_view.el); // Bokeh takes its time to shrink
  const watch = setInterval(() => port.silence() > LATE_MS && !document.hidden && draw(), 500);
  const leave = port.join(model.get("view_id"), {
    element: root,
    hasEnded: model.get("has_ended"),
    take(part, buffers, newStatus, isShown) {
      status = newStatus;
      if (isShown) seenAt = status.time_ms ?? 0;
      if (!part) return;
      take(part, buffers);
      isStale = true;
    },
    draw,
  });
  const forgetSaved = saveWithNotebook(model, () => [root]);
  return () => {
    leave();
    forgetSaved();
    model.off("change:notice", notice);
    clearInterval(watch);
    themes.disconnect();
    sizes.disconnect();
    removeEventListener("pointerup", letGo, true);
    removeEventListener("pointercancel", letGo, true);
    cancelAnimationFrame(scheduled);
    figure.discard();
    el.replaceChildren();
  };
}
