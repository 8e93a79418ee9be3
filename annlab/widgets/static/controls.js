// The control bar: run, pause, stop, reset, the simulated time and the speed.

const BUTTONS = [
  { action: "run", label: "Run", icon: "M4 2.5v11l9-5.5z" },
  { action: "pause", label: "Pause", icon: "M4 3h3v10H4zM9 3h3v10H9z" },
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
  paused: ["run", "stop", "reset"],
  stopped: ["run", "reset"],
  failed: ["run", "reset"],
};

function makeButton({ action, label, icon }, onClick) {
  const button = element("button", "annlab-button", { type: "button", "data-action": action });
  button.innerHTML =
    `<svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true"><path d="${icon}"/></svg>`;
  button.append(label);
  button.addEventListener("click", onClick);
  return button;
}

export default {
  render({ model, el }) {
    const port = switchboard().port(model.get("pump_id"));
    const buttons = new Map();
    for (const button of BUTTONS) {
      buttons.set(button.action, makeButton(button, () => model.send({ do: button.action })));
    }
    const clock = element("span", "annlab-clock");
    const light = element("span", "annlab-light", { "aria-hidden": "true" });
    const state = element("span", "annlab-state", { role: "status" });
    const badge = element("span", "annlab-badge annlab-error", { role: "alert" });
    badge.hidden = true;
    const bar = element("div", "annlab-bar", { role: "toolbar", "aria-label": model.get("description") });
    bar.append(...buttons.values(), light, state, element("span", "annlab-space"), badge, clock);
    el.append(element("div", "annlab-view", {}, bar));
    let status = model.get("status");

    function draw() {
      const useful = USEFUL[status.state] ?? ["run"];
      for (const [action, button] of buttons) button.disabled = !useful.includes(action);
      light.dataset.state = status.state ?? "";
      if (state.textContent !== status.state) state.textContent = status.state ?? "";
      const parts = [`t = ${seconds(status.time_ms ?? 0)}`];
      if (status.state === "running") parts.push(factorText(status.factor));
      clock.textContent = parts.filter(Boolean).join(" · ");
      badge.hidden = !status.refused;
      badge.textContent = status.refused ?? "";
    }

    const refuse = () => {
      status = model.get("status");
      draw();
    };
    model.on("change:status", refuse);
    draw();
    const leave = port.join(model.get("view_id"), {
      element: bar,
      take: (_part, _buffers, newStatus) => (status = newStatus),
      draw,
    });
    return () => {
      model.off("change:status", refuse);
      leave();
    };
  },
};
