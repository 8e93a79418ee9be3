// The control bar: run, pause, step, stop, reset, the speed, and what the network does.

const BUTTONS = [
  { action: "run", label: "Run", icon: "M4 2.5v11l9-5.5z" },
  { action: "pause", label: "Pause", icon: "M4 3h3v10H4zM9 3h3v10H9z" },
  { action: "step", label: "Step", icon: "M3 3v10l7-5zM11 3h2v10h-2z" },
  { action: "stop", label: "Stop", icon: "M3.5 3.5h9v9h-9z" },
  {
    action: "reset",
    label: "Reset",
    icon: "M8 3V.5L4 4l4 3.5V5a3.5 3.5 0 1 1-3.5 3.5h-2A5.5 5.5 0 1 0 8 3z",
  },
];

// Which buttons make sense in which state of the network.
const USEFUL = {
  running: ["pause", "stop", "reset"],
  paused: ["run", "step", "stop", "reset"],
  stopped: ["run", "step", "reset"],
  failed: ["run", "reset"],
  ended: [],
  gone: [],
};

// The speed is a power of ten; at the right end the network runs as fast as it can.
const [SLOWEST, FASTEST] = [-3, 2];
const NO_LIMIT = FASTEST + 0.2;
const BUSY_MS = 1000;

function makeButton({ action, label, icon }, onClick) {
  const button = element("button", "annlab-button", { type: "button", "data-action": action });
  button.innerHTML =
    `<svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true"><path d="${icon}"/></svg>`;
  button.append(label);
  button.addEventListener("click", onClick);
  return button;
}

function speedText(speed) {
  return speed > 0 ? `${short(Number(speed.toPrecision(2)))}×` : "max";
}

function makeSpeed(model, send) {
  const range = element("input", "annlab-range", {
    type: "range", min: SLOWEST, max: NO_LIMIT, step: 0.05, "aria-label": "Speed",
  });
  range.title = "Simulated time per time on the wall; at the right end as fast as it can. " +
    "Double-click for real time";
  const text = element("span", "annlab-number annlab-speed");

  // What the kernel says while a hand has the slider is where the hand was before.
  let isHeld = false;
  function show() {
    if (isHeld) return;
    const speed = model.get("speed");
    range.value = speed > 0 ? Math.min(FASTEST, Math.log10(speed)) : NO_LIMIT;
    text.textContent = speedText(speed);
    range.setAttribute("aria-valuetext", text.textContent);
  }

  function choose(exponent) {
    const isFree = exponent > FASTEST;
    // Near a round number it is that number.
    const nearest = Math.round(exponent);
    const chosen = Math.abs(exponent - nearest) < 0.04 ? nearest : exponent;
    const speed = isFree ? 0 : Number((10 ** chosen).toPrecision(2));
    text.textContent = speedText(speed);
    send({ speed });
  }

  range.addEventListener("input", () => choose(Number(range.value)));
  range.addEventListener("pointerdown", () => (isHeld = true));
  for (const end of ["pointerup", "pointercancel"]) range.addEventListener(end, () => (isHeld = false));
  range.addEventListener("dblclick", () => {
    range.value = 0;
    choose(0);
  });
  model.on("change:speed", show);
  show();
  const node = element("label", "annlab-chip", {}, "Speed", range, text);
  return { node, leave: () => model.off("change:speed", show) };
}

export default {
  initialize: emptiedInTheEnd,
  render({ model, el }) {
    const port = switchboard().port(model.get("pump_id"));
    const buttons = new Map();
    let status = model.get("status");
    let meter = model.get("meter");
    let asked = null; // { action, at }: what was pressed and has not happened yet

    const send = (message) => port.tell(model, message);

    function press(action) {
      send({ do: action });
      if (status.state === "gone") return;
      asked = { action, at: performance.now() };
      setTimeout(draw, BUSY_MS + 50);
    }

    for (const button of BUTTONS) {
      buttons.set(button.action, makeButton(button, () => press(button.action)));
    }
    const speed = makeSpeed(model, send);
    const readout = (title) => {
      const node = element("span", "annlab-number annlab-readout");
      node.title = title;
      return node;
    };
    const time = readout("Simulated time");
    const factor = readout("Simulated time per time on the wall");
    const spikes = readout("Spikes of all populations per second of simulated time");
    const memory = readout("Memory of the network");
    const light = element("span", "annlab-light", { "aria-hidden": "true" });
    const state = element("span", "annlab-state", { role: "status" });
    const badge = element("span", "annlab-badge annlab-error", { role: "alert" });
    badge.hidden = true;
    const bar = element("div", "annlab-bar", { role: "toolbar", "aria-label": model.get("description") });
    const left = element("span", "annlab-buttons", {}, ...buttons.values());
    const readouts = element("span", "annlab-readouts", {}, factor, time, spikes, memory);
    bar.append(
      left, speed.node, element("span", "annlab-chip annlab-where", {}, light, state), badge, readouts,
    );
    el.append(element("div", "annlab-view", {}, bar));

    // A button that is not heard within a second waits for a cell that is busy.
    function busy() {
      if (asked?.action !== "stop" || status.state === "stopped" || status.state === "failed") return "";
      const waited = performance.now() - asked.at;
      return waited > BUSY_MS ? "the kernel is busy; interrupt it (■ above the notebook) to stop now" : "";
    }

    function draw() {
      const isOver = status.state === "ended" || status.state === "gone";
      bar.classList.toggle("annlab-over", isOver);
      const useful = USEFUL[status.state] ?? ["run"];
      for (const [action, button] of buttons) set(button, "disabled", !useful.includes(action));
      speed.node.querySelector("input").disabled = isOver;
      set(light.dataset, "state", status.state ?? "");
      set(state, "textContent", status.state ?? "");
      set(time, "textContent", `t = ${seconds(status.time_ms ?? 0)}`);
      // It keeps its place when it is not shown, or the bar would change its lines.
      const isRunning = status.state === "running";
      set(factor.style, "visibility", isRunning ? "visible" : "hidden");
      set(factor, "textContent", factorText(isRunning ? status.factor : 1));
      set(spikes, "textContent", meter.has_spikes ? `${countText(meter.spikes_per_s ?? 0)} spikes/s` : "");
      set(memory, "textContent", meter.bytes ? bytesText(meter.bytes) : "");
      if (meter.process_bytes) {
        set(memory, "title", `Memory of the network; the whole kernel has ${bytesText(meter.process_bytes)}`);
      }
      const wrong = isOver ? "" : status.refused || busy();
      set(badge, "hidden", !wrong);
      set(badge, "textContent", wrong);
    }

    const refuse = () => {
      if (status.state === "gone") return;
      status = model.get("status");
      draw();
    };
    model.on("change:status", refuse);
    draw();
    const leave = port.join(model.get("view_id"), {
      element: bar,
      hasEnded: model.get("has_ended"),
      take(part, _buffers, newStatus) {
        status = newStatus;
        if (part) meter = part;
      },
      draw,
    });
    const forgetSaved = saveWithNotebook(model, () => []);
    return () => {
      forgetSaved();
      model.off("change:status", refuse);
      speed.leave();
      leave();
      el.replaceChildren();
    };
  },
};
