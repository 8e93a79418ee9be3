// A Bokeh figure as the frame of a live picture: its axes, grid and tools are Bokeh's,
// the data is drawn on a canvas over the plot area by `paint`.
//
// Bokeh repaints its figure only where the axes change; a canvas of our own takes less
// than a millisecond for ten thousand spikes, a Bokeh glyph forty.

const LATE_MS = 300;
const NOTICE_MS = 5000;

function themeColours(node) {
  const style = getComputedStyle(node);
  return { ink: style.color, faint: style.getPropertyValue("--annlab-line").trim() || "#8888" };
}

function pageColour() {
  const colour = getComputedStyle(document.body).getPropertyValue("--jp-layout-color0").trim();
  return colour || "white";
}

function comesIntoSight(node) {
  return new Promise((resolve) => {
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      resolve();
    });
    observer.observe(node);
  });
}

// Make the header: a chip for each group, the clock, and what is wrong at the moment.
function makeHeader(title, groups, tools) {
  const chips = groups.filter((group) => !group.is_unnamed).map(({ name, colour, note }) => {
    const dot = element("span", "annlab-dot", { "aria-hidden": "true" });
    dot.style.background = colour;
    return element("span", "annlab-chip", {}, dot, note ? `${name} (${note})` : name);
  });
  const clock = element("span", "annlab-clock");
  const badge = element("span", "annlab-badge", { role: "status" });
  const follow = element("button", "annlab-button annlab-follow", { type: "button" }, "Follow");
  follow.title = "Show the present again";
  badge.hidden = follow.hidden = true;
  const name = element("span", "annlab-title", {}, title);
  const header = element("div", "annlab-header", {}, name, ...chips);
  header.append(element("span", "annlab-space"), badge, ...tools, follow, clock);
  return { header, clock, badge, follow };
}

function makeScroll() {
  const scroll = element("input", "annlab-scroll", { type: "range", "aria-label": "Scroll back" });
  scroll.title = "Scroll back";
  scroll.hidden = true;
  return scroll;
}

// Build a live picture inside `el`. The view gives
//   take(part, buffers)        store what came in
//   paint(canvas, axes)        draw; axes = { x0, x1, y0, y1 } in data units, y1 at the top
//   nearest(x, y, axes, size)  what to say about a point, or null
//   last()                     of a picture of time: the newest time [ms] there is
//   oldest()                   of a picture of time: the oldest time [ms] that is still known
//   homeX()                    of another picture: [low, high] for an automatic horizontal axis
//   homeY()                    [low, high] for an automatic vertical axis
//   roomY                      what is left free there, as a part of it
//   click(x, y, axes, size)    somebody clicked on the picture
//   tools                      elements for the header
async function liveFigure(view) {
  const { model, el, take, paint, nearest, last, oldest, homeX, homeY, click } = view;
  const { roomY = 0.06, tools = [] } = view;
  const board = switchboard();
  const port = board.port(model.get("pump_id"));
  const { header, clock, badge, follow } = makeHeader(model.get("title"), model.get("groups"), tools);
  const target = element("div", "annlab-target");
  const canvas = element("canvas", "annlab-canvas", { role: "img" });
  const hint = element("div", "annlab-hint", { "aria-hidden": "true" });
  const body = element("div", "annlab-body", {}, target, canvas, hint);
  body.style.minHeight = `${model.get("height")}px`;
  const isNarrow = model.get("width") > 0;
  const root = element("div", "annlab-view annlab-figure", { role: "group" }, header, body);
  root.classList.toggle("annlab-narrow", isNarrow);
  if (isNarrow) root.style.maxWidth = `${model.get("width")}px`;
  root.setAttribute("aria-label", model.get("description"));
  canvas.setAttribute("aria-label", model.get("description"));
  hint.hidden = true;
  el.append(root);

  const span = model.get("window_ms");
  const isTimed = Boolean(last);
  const scroll = isTimed ? makeScroll() : null;
  if (scroll) root.append(scroll);
  let plot = null;
  let isFollowing = true;
  let isSetting = false;
  let hasAutomaticY = Boolean(homeY);
  let shown = { low: NaN, high: NaN };
  let scheduled = 0;
  let status = {};
  let spoken = 0;
  let noticeUntil = 0;

  const redraw = () => {
    scheduled ||= requestAnimationFrame(() => {
      scheduled = 0;
      draw();
    });
  };

  function setRange(range, start, end) {
    if (range.start === start && range.end === end) return;
    isSetting = true;
    range.setv({ start, end });
    isSetting = false;
  }

  function axes() {
    const { x_range: x, y_range: y } = plot.model;
    return { x0: x.start, x1: x.end, y0: y.start, y1: y.end };
  }

  function place() {
    const area = plot.frame.bbox;
    const outer = body.getBoundingClientRect();
    const inner = plot.canvas_view.el.getBoundingClientRect();
    const ratio = globalThis.devicePixelRatio || 1;
    const width = Math.max(1, Math.round(area.width * ratio));
    const height = Math.max(1, Math.round(area.height * ratio));
    Object.assign(canvas.style, {
      left: `${inner.left - outer.left + area.left}px`,
      top: `${inner.top - outer.top + area.top}px`,
      width: `${area.width}px`,
      height: `${area.height}px`,
    });
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
  }

  function draw(lag = 0) {
    if (!plot) return;
    if (isFollowing) fitHorizontally();
    if (hasAutomaticY) fitVertically();
    place();
    paint(canvas, axes());
    tell(lag);
  }

  function fitHorizontally() {
    if (isTimed) {
      const end = Math.max(last(), span);
      setRange(plot.model.x_range, end - span, end);
    } else if (homeX) {
      const [low, high] = homeX();
      if (high > low) setRange(plot.model.x_range, low, high);
    }
  }

  // While the network stands still, what the page remembers can be scrolled through.
  function offerScrolling() {
    const [low, high] = [Math.max(0, oldest()) + span, Math.max(last(), span)];
    scroll.hidden = status.state === "running" || !(high > low + 1e-6);
    if (scroll.hidden) return;
    Object.assign(scroll, { min: low, max: high, step: span / 200 });
    scroll.value = isFollowing ? high : plot.model.x_range.end;
  }

  // Grow at once, shrink when less than half of the height is used.
  function fitVertically() {
    const [low, high] = homeY();
    if (!(high >= low)) return;
    const room = roomY * (high - low) || Number(roomY > 0);
    const isOut = !(low >= shown.low && high <= shown.high);
    if (!isOut && high - low > 0.5 * (shown.high - shown.low)) return;
    shown = { low: isTimed ? low - room : low, high: high + room };
    setRange(plot.model.y_range, shown.low, shown.high);
  }

  function tell(lag) {
    const late = Math.max(lag, port.silence());
    const parts = [`t = ${seconds(status.time_ms ?? last?.() ?? 0)}`];
    if (status.state === "running") parts.push(factorText(status.factor));
    else if (status.state) parts.push(status.state);
    clock.textContent = parts.filter(Boolean).join(" · ");
    const error = performance.now() < noticeUntil ? model.get("notice") : "";
    badge.hidden = !(error || late > LATE_MS);
    badge.textContent = error || `behind by ${(late / 1000).toFixed(1)} s`;
    badge.classList.toggle("annlab-error", Boolean(error));
    follow.hidden = isFollowing || !isTimed;
    if (scroll) offerScrolling();
    // Screen readers are told once in a while, not thirty times a second.
    if (performance.now() - spoken > 2000) {
      spoken = performance.now();
      canvas.setAttribute("aria-label", `${model.get("description")}, ${clock.textContent}`);
    }
  }

  function paintTheme() {
    const { ink, faint } = themeColours(root);
    for (const axis of [...plot.model.above, ...plot.model.below, ...plot.model.left]) {
      if (!("major_label_text_color" in axis)) continue;
      axis.setv({
        axis_label_text_color: ink,
        major_label_text_color: ink,
        axis_line_color: faint,
        major_tick_line_color: faint,
      });
    }
    for (const grid of plot.model.center) {
      if ("grid_line_color" in grid) grid.setv({ grid_line_color: faint });
    }
    plot.model.setv({ background_fill_color: null, border_fill_color: null });
    redraw();
  }

  // Bokeh saves its own layers: put ours among them.
  function joinSaving() {
    const original = plot.export?.bind(plot);
    if (!original) return;
    plot.export = (...options) => {
      const layer = original(...options);
      try {
        const area = plot.frame.bbox;
        layer.ctx.drawImage(canvas, area.left, area.top, area.width, area.height);
      } catch (error) {
        console.warn("annlab: the saved picture lacks its data", error);
      }
      return layer;
    };
  }

  // The picture as it is now, for a saved notebook: on the colour of the page.
  root.annlabPicture = () => {
    if (!plot) return null;
    const { canvas: layer } = plot.export();
    const picture = document.createElement("canvas");
    Object.assign(picture, { width: layer.width, height: layer.height });
    const context = picture.getContext("2d");
    context.fillStyle = pageColour();
    context.fillRect(0, 0, layer.width, layer.height);
    context.drawImage(layer, 0, 0);
    return picture;
  };

  // Bokeh cannot lay out what is not on the page, and a notebook takes off the page what was
  // scrolled out of sight, also while its cells still run.
  const [Bokeh] = await Promise.all([board.loadBokeh(model.get("pump_id")), comesIntoSight(root)]);
  const views = await Bokeh.embed.embed_item(model.get("frame"), target);
  plot = [...(views.roots ?? Object.values(views))][0];
  const { x_range: xRange, y_range: yRange } = plot.model;
  const initial = [xRange.start, xRange.end];
  xRange.change.connect(() => {
    if (isSetting) return;
    // The reset tool puts back what was there at first, and means "the present".
    isFollowing = xRange.start === initial[0] && xRange.end === initial[1];
    hasAutomaticY ||= isFollowing && Boolean(homeY);
    redraw();
  });
  yRange.change.connect(() => {
    if (isSetting) return;
    hasAutomaticY = false;
    redraw();
  });
  follow.addEventListener("click", () => {
    isFollowing = true;
    hasAutomaticY = Boolean(homeY);
    redraw();
  });
  scroll?.addEventListener("input", () => {
    isFollowing = Number(scroll.value) >= Number(scroll.max);
    setRange(plot.model.x_range, scroll.value - span, Number(scroll.value));
    redraw();
  });
  joinSaving();
  paintTheme();

  // Call `visit(x, y, axes, size)` if the pointer is on the picture.
  function at(event, visit) {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    const isInside = x >= 0 && y >= 0 && x <= width && y <= height;
    return isInside ? visit(x, y, axes(), { width, height }) : null;
  }

  body.addEventListener("pointermove", (event) => {
    const text = nearest ? at(event, nearest) : null;
    hint.hidden = !text;
    if (!text) return;
    const outer = body.getBoundingClientRect();
    hint.textContent = text;
    hint.style.left = `${Math.min(event.clientX - outer.left + 14, outer.width - 190)}px`;
    hint.style.top = `${event.clientY - outer.top - 30}px`;
  });
  body.addEventListener("pointerleave", () => (hint.hidden = true));
  // A click is a press that did not move: what moves pans the picture.
  let pressed = null;
  body.addEventListener("pointerdown", (event) => (pressed = [event.clientX, event.clientY]), true);
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
  const sizes = new ResizeObserver(redraw);
  sizes.observe(body);
  const watch = setInterval(() => port.silence() > LATE_MS && !document.hidden && redraw(), 500);
  const leave = port.join(model.get("view_id"), {
    element: root,
    take(part, buffers, newStatus) {
      status = newStatus;
      if (part) take(part, buffers);
    },
    draw,
  });
  return () => {
    leave();
    model.off("change:notice", notice);
    clearInterval(watch);
    themes.disconnect();
    sizes.disconnect();
    cancelAnimationFrame(scheduled);
    discard(Bokeh, plot, views);
  };
}

// Bokeh lists each document for ever, and with it what listens to its models: the picture and its
// canvas.
function discard(Bokeh, plot, views) {
  const { document } = plot.model;
  views.clear?.();
  document.clear();
  const place = Bokeh.documents.indexOf(document);
  if (place >= 0) Bokeh.documents.splice(place, 1);
}
