// The page's side of the frame pump. Put in front of every view's module.
//
// One switchboard a page connects pumps (one for each network) with the places where
// their views are shown. A frame comes in once, every view takes its part, all draw in
// the next animation frame, and one message says that the frame was drawn. Frames that
// arrive meanwhile are merged: a slow page skips pictures and never shows old ones.

function switchboard() {
  const key = "__annlab_switchboard_2";
  return (globalThis[key] ??= makeSwitchboard());
}

// The keys that controls live on. A notebook in command mode takes them for its cells and headings.
const ARROWS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"];
const KEYS = [
  ["input[type=range], select", new Set(ARROWS)],
  ["button, summary, select, [role=button]", new Set(["Enter", " "])],
];

// Heard before the notebook, which is told in its own way to leave this one event alone.
function keepKeys(event) {
  const node = event.target;
  const [control] = event.composedPath(); // it may lie inside of Bokeh's elements
  const isPlain = !(event.ctrlKey || event.altKey || event.metaKey || event.shiftKey);
  if (!isPlain || !node.closest?.(".annlab-view")) return;
  if (!KEYS.some(([kind, keys]) => keys.has(event.key) && control.matches(kind))) return;
  node.setAttribute("data-lm-suppress-shortcuts", "true");
  setTimeout(() => node.removeAttribute("data-lm-suppress-shortcuts"));
}

function makeSwitchboard() {
  globalThis.addEventListener?.("keydown", keepKeys, true);
  const ports = new Map();
  let bokeh = null;

  function port(pumpId) {
    if (!ports.has(pumpId)) ports.set(pumpId, makePort(() => ports.delete(pumpId)));
    return ports.get(pumpId);
  }

  // BokehJS comes from the kernel's own Bokeh, once a page: no internet, same version.
  function loadBokeh(pumpId) {
    if (globalThis.Bokeh?.embed) return Promise.resolve(globalThis.Bokeh);
    bokeh ??= port(pumpId)
      .ask("bokehjs")
      .then((source) => runScript(source))
      .then(() => globalThis.Bokeh);
    return bokeh;
  }

  // What a notebook saves of a dashboard: name -> a function that returns { html, text }.
  return { port, loadBokeh, saved: new Map() };
}

function runScript(source) {
  return new Promise((resolve, reject) => {
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const script = document.createElement("script");
    script.onload = () => {
      URL.revokeObjectURL(url);
      resolve();
    };
    script.onerror = () => reject(new Error("BokehJS could not be loaded"));
    script.src = url;
    document.head.append(script);
  });
}

// A dashboard says once, above all its views, what concerns each of them.
function isSaidAbove(view) {
  const dashboard = view?.closest(".annlab-dashboard");
  return Boolean(dashboard) && dashboard.querySelector(".annlab-view") !== view;
}

// What ended the run, across a view: one line, and the rest on demand.
function makeBanner(view) {
  const banner = document.createElement("div");
  banner.className = "annlab-banner";
  banner.setAttribute("role", "alert");
  banner.hidden = true;
  const what = document.createElement("strong");
  const hint = document.createElement("span");
  const more = document.createElement("details");
  const summary = document.createElement("summary");
  const text = document.createElement("pre");
  summary.textContent = "Details";
  more.append(summary, text);
  banner.append(what, hint, more);
  view?.prepend(banner);
  return {
    banner,
    // `own`: what is wrong with this view alone, while the run goes on.
    show({ error, own, detail, isRunOver = !own }) {
      set(banner, "hidden", !own && (!error || isSaidAbove(view)));
      set(hint, "hidden", !isRunOver);
      error = own || error;
      if ((what.textContent || null) === (error ?? null) && text.textContent === (detail ?? "")) return;
      what.textContent = error ?? "";
      text.textContent = detail ?? "";
      more.hidden = !detail;
      more.open = false;
    },
  };
}

// Call back after the picture that is being drawn was handed on: what is posted now is delivered
// when the browser has computed styles, laid out and painted what the picture changed.
function afterPainting(callBack) {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    callBack();
  };
  port2.postMessage(null);
}

const ENDED = {
  error: "The network that this shows was cleared or deleted: run the cell again",
  isRunOver: false,
};

// A frame that was so long [ms] on its way is late; the kernel hears of it so often [ms].
const [LATE, TELL] = [100, 250];

function makePort(onEmpty) {
  const displays = new Map(); // display id -> { view, take, draw, isShown, banner, fault }
  const answers = new Map(); // what was asked -> resolve
  let model = null;
  let waiting = []; // messages for a pump that is not there yet
  let undrawn = 0; // newest frame that was taken and not drawn
  let nUndrawn = 0; // how many frames the next picture merges
  let isAsked = false; // the kernel waits to hear that it was drawn
  let clockOffset = Infinity;
  let cost = 0; // what a picture takes the page [ms], with all that the browser does for it
  let told = 0; // when the kernel was told last
  let newest = { sent: 0, arrived: 0 };
  let status = {};

  function send(message) {
    if (model) tell(model, message);
    else waiting.push(message);
  }

  // Send a message of any view of this pump. It fails when the kernel has gone.
  function tell(sender, message) {
    try {
      sender.send(message);
    } catch (error) {
      if (status.state !== "gone") console.warn("annlab: the kernel cannot be told", error);
      end("gone");
    }
  }

  // Milliseconds between leaving the kernel and now, beyond the fastest frame ever.
  const behind = () => Math.max(0, Date.now() - newest.sent - clockOffset);

  // Let a view do its part. One that fails says so, and the others go on.
  function attempt(display, visit) {
    try {
      visit();
      return true;
    } catch (error) {
      const what = `This view could not be drawn: ${error.message ?? error}`;
      // Thirty times a second it would say the same.
      if (display.fault?.own !== what) console.error("annlab: a view could not be drawn", error);
      display.fault = { own: what, detail: error.stack };
      announce(display);
      return false;
    }
  }

  function take(content, buffers) {
    clockOffset = Math.min(clockOffset, Date.now() - content.sent_ms);
    newest = { sent: content.sent_ms, arrived: performance.now() };
    status = content.status;
    for (const display of displays.values()) {
      const part = content.views[display.view];
      announce(display);
      const own = part ? buffers.slice(...part.buffers) : [];
      attempt(display, () => display.take(part ?? null, own, status, display.isShown));
    }
    if (!undrawn) requestAnimationFrame(drawAll);
    undrawn = content.frame;
    nUndrawn += 1;
    isAsked ||= content.asks;
  }

  // Say across a view what is wrong: with the network, or with this view alone.
  function announce(display) {
    const failed = status.failed?.[display.view];
    if (status.state === "gone") display.banner.show({ error: GONE, isRunOver: false });
    else if (status.state === "ended") display.banner.show(ENDED);
    else if (status.error) display.banner.show(status);
    else if (failed) display.banner.show({ own: failed[0], detail: failed[1] });
    else display.banner.show(display.fault ?? {});
  }

  // The network was cleared or deleted, or there is no kernel: what is shown is the past.
  function end(how = "ended", some = displays.values()) {
    status = { ...status, state: status.state === "gone" ? "gone" : how };
    for (const display of some) {
      announce(display);
      attempt(display, () => {
        display.take(null, [], status);
        display.draw(0);
      });
    }
  }

  function drawAll() {
    const started = performance.now();
    const lag = behind();
    // A picture is seen once it is painted: to a slow page that matters.
    for (const display of displays.values()) {
      if (!display.isShown || !attempt(display, () => display.draw(lag + cost)) || !display.fault) continue;
      display.fault = null;
      announce(display);
    }
    const draw_ms = performance.now() - started;
    // Unasked, that it comes too fast: each message to the kernel costs the page as much as a picture.
    const isLate = lag > LATE && started - told > TELL;
    if (isAsked || nUndrawn > 1 || isLate) {
      told = started;
      send({ ack: undrawn, merged: nUndrawn, behind_ms: Math.round(lag), draw_ms, cost_ms: cost });
    }
    afterPainting(() => (cost += 0.3 * (performance.now() - started - cost)));
    // For those who measure: nothing in here listens.
    const detail = { frame: undrawn, merged: nUndrawn, sent_ms: newest.sent, behind_ms: lag, draw_ms, cost_ms: cost };
    globalThis.dispatchEvent(new CustomEvent("annlab-drawn", { detail }));
    undrawn = nUndrawn = 0;
    isAsked = false;
  }

  return {
    plug(newModel) {
      model = newModel;
      // A pump that comes back (page reloaded, kernel restarted) has to hear all again.
      for (const [id, display] of displays) {
        if (display.isShown) send({ hello: display.view, display: id });
      }
      for (const message of waiting.splice(0)) if (!message.hello) send(message);
    },
    unplug() {
      model = null;
      end();
      if (!displays.size) onEmpty();
    },
    receive(content, buffers) {
      if (content.answer) answers.get(content.answer)?.(buffers[0]);
      else take(content, buffers);
    },
    ask(what) {
      return new Promise((resolve) => {
        answers.set(what, resolve);
        send({ ask: what });
      });
    },
    tell,
    // The kernel has gone, or was restarted: nobody will answer.
    lose: () => end("gone"),
    // Milliseconds for which a running network has sent nothing.
    silence: () => (status.state === "running" ? performance.now() - newest.arrived : 0),
    join(view, { element, hasEnded, take: onTake, draw }) {
      const id = Math.random().toString(36).slice(2);
      const notice = makeBanner(element.closest(".annlab-view"));
      const display = { view, take: onTake, draw, isShown: false, banner: notice, fault: null };
      let isOnScreen = false;
      displays.set(id, display);
      const look = () => {
        const isShown = isOnScreen && !document.hidden;
        if (isShown === display.isShown) return;
        display.isShown = isShown;
        send(isShown ? { hello: view, display: id } : { hide: view, display: id });
      };
      const observer = new IntersectionObserver((entries) => {
        isOnScreen = entries.at(-1).isIntersecting;
        look();
      });
      observer.observe(element);
      if (hasEnded || status.state === "gone") end("ended", [display]);
      document.addEventListener("visibilitychange", look);
      return () => {
        observer.disconnect();
        document.removeEventListener("visibilitychange", look);
        displays.delete(id);
        notice.banner.remove();
        send({ bye: view, display: id });
        if (!model && !displays.size) onEmpty();
      };
    },
  };
}
