// Sliders for parameters: a row each, with editable limits, and one message on its way.
//
// The value that is shown is the one that the hand chose; the kernel says when it took it.
// Until then newer values wait, and only the last of each row is sent.

const N_STEPS = 200;

// Where a value lies on the slider, and back.
function places({ low, high, is_log: isLog }) {
  if (!isLog) return { to: (v) => (v - low) / (high - low), from: (p) => low + p * (high - low) };
  const span = Math.log(high / low);
  return { to: (v) => Math.log(v / low) / span, from: (p) => low * Math.exp(p * span) };
}

// How fine the slider can be moved near `value`, as a power of ten.
function unitAt(value, { low, high, is_log: isLog }) {
  const fine = isLog ? Math.abs(value) / 100 : (high - low) / N_STEPS;
  return 10 ** Math.floor(Math.log10(fine || 1e-12) + 0.3);
}

function rounded(value, row) {
  const unit = unitAt(value, row);
  return Number((Math.round(value / unit) * unit).toPrecision(12));
}

// The round number at a place of the slider: another one than before, or a key could not leave it.
function moved(place, row) {
  const value = rounded(places(row).from(place), row);
  if (value !== row.value) return value;
  const way = Math.sign(place - places(row).to(row.value));
  return rounded(row.value + way * unitAt(row.value, row), row);
}

// One message on its way; the last value of each row waits.
function makeSender(model, onGone) {
  const waiting = new Map();
  let isBusy = false;
  let isMove = false; // what is on its way

  function next() {
    if (isBusy || !waiting.size) return;
    const [key, message] = waiting.entries().next().value;
    waiting.delete(key);
    isBusy = true;
    isMove = "set" in message;
    try {
      model.send(message);
    } catch {
      onGone();
    }
  }

  return {
    send(key, message) {
      waiting.delete(key);
      waiting.set(key, message);
      next();
    },
    answered() {
      isBusy = isMove = false;
      next();
    },

    // Whether the kernel does not know yet where a hand has moved a slider.
    isAhead: () => isMove || [...waiting.values()].some((message) => "set" in message),
  };
}

function field(className, label, onChange) {
  const input = element("input", className, { type: "text", inputmode: "decimal", "aria-label": label });
  let before = "";
  input.addEventListener("focus", () => (before = input.value));
  input.addEventListener("change", () => {
    const value = Number(input.value.replace(",", "."));
    if (input.value.trim() !== "" && Number.isFinite(value)) onChange(value);
    else onChange(null);
  });
  input.addEventListener("keydown", (event) => {
    event.stopPropagation(); // the notebook has shortcuts of one letter
    if (event.key !== "Escape") return; // Enter is a change, and the field keeps the focus
    input.value = before;
    input.select();
  });
  return input;
}

function makeModes(row, onChange) {
  const select = element("select", "annlab-mode", { "aria-label": `How ${row.label} is set` });
  for (const [value, text] of row.modes) {
    const option = element("option", "", { value }, text);
    option.selected = value === row.mode;
    select.append(option);
  }
  select.addEventListener("change", () => onChange(select.value));
  select.hidden = row.modes.length < 2;
  return select;
}

function makeRow(row, sender, ask) {
  const range = element("input", "annlab-range", {
    type: "range", min: 0, max: 1, step: 1 / N_STEPS, "aria-label": row.label,
  });
  const limit = (end) =>
    field(`annlab-limit annlab-${end}`, `${end === "low" ? "Lower" : "Upper"} limit of ${row.label}`, (value) => {
      if (value === null) show();
      else ask({ limits: row.key, [end]: value });
    });
  const [low, high] = [limit("low"), limit("high")];
  const number = field("annlab-value", `Value of ${row.label}`, (value) => {
    if (value === null) return show();
    ask({ set: row.key, value, widen: true });
  });
  const name = element("span", "annlab-name", {}, row.label);
  name.title = row.label;
  const unit = element("span", "annlab-unit", {}, row.unit);
  const reset = element("button", "annlab-icon", {
    type: "button", title: `Reset ${row.label}`, "aria-label": `Reset ${row.label}`,
  }, "↺");
  reset.addEventListener("click", () => ask({ reset: row.key }));
  const modes = makeModes(row, (mode) => ask({ mode: row.key, to: mode }));
  const hold = makeHold(row, ask);

  function show() {
    range.value = Math.min(1, Math.max(0, places(row).to(row.value)));
    low.value = short(row.low);
    high.value = short(row.high);
    number.value = short(row.value);
    range.setAttribute("aria-valuetext", `${short(row.value)} ${row.unit}`);
    const isMoved = Math.abs(row.value - row.default) > 1e-9 * Math.max(1, Math.abs(row.default));
    reset.classList.toggle("annlab-idle", !isMoved);
  }

  range.addEventListener("input", () => {
    const value = moved(Number(range.value), row);
    row.value = Math.min(row.high, Math.max(row.low, value));
    show();
    sender.send(row.key, { set: row.key, value: row.value });
  });
  range.addEventListener("keydown", (event) => event.stopPropagation());
  show();
  if (row.lost) return restingRow(row, name, range);
  const extras = element("span", "annlab-extras", {}, modes, hold, reset);
  return element("div", "annlab-row", {}, name, low, range, high, number, unit, extras);
}

// Of a parameter that the model has no longer: nothing can be moved, and a word says why.
function restingRow(row, name, range) {
  range.disabled = true;
  const word = element("span", "annlab-lost", {}, row.lost);
  return element("div", "annlab-row", {}, name, element("span", "annlab-limit"), range, word);
}

// While it is pressed, the input is driven as strongly as the slider can.
function makeHold(row, ask) {
  const button = element("button", "annlab-button annlab-small", { type: "button" }, row.button ?? "");
  button.hidden = !row.button;
  if (row.is_pulse) {
    button.addEventListener("click", () => ask({ fire: row.key }));
    return button;
  }
  let isOn = false;
  const press = (on) => {
    if (on === isOn) return;
    isOn = on;
    button.setAttribute("aria-pressed", String(on));
    ask({ hold: row.key, on });
  };
  button.title = "Hold it down: the upper limit while you do";
  button.addEventListener("pointerdown", (event) => {
    button.setPointerCapture(event.pointerId);
    press(true);
  });
  for (const end of ["pointerup", "pointercancel", "blur"]) {
    button.addEventListener(end, () => press(false));
  }
  button.addEventListener("keydown", (event) => [" ", "Enter"].includes(event.key) && press(true));
  button.addEventListener("keyup", () => press(false));
  return button;
}

export default {
  initialize: emptiedInTheEnd,
  render({ model, el }) {
    const sender = makeSender(model, () => lose());
    let n = 0;
    // Whatever is not a move is sent in its order, each for itself.
    const ask = (message) => sender.send(`ask-${n++}`, message);
    const title = element("span", "annlab-title", { title: model.get("title") }, model.get("title"));
    const message = element("span", "annlab-badge annlab-error", { role: "alert" });
    const all = element("button", "annlab-button annlab-small", { type: "button" }, "Reset all");
    all.addEventListener("click", () => ask({ reset: "*" }));
    const head = element("div", "annlab-header", {}, title, element("span", "annlab-space"), message, all);
    const grid = element("div", "annlab-grid");
    const root = element("div", "annlab-view annlab-sliders", { role: "group" }, head, grid);
    root.setAttribute("aria-label", `Sliders of ${model.get("title")}`);
    el.classList.add("annlab-place");
    el.append(root);

    function build() {
      const focus = grid.contains(document.activeElement)
        ? document.activeElement.getAttribute("aria-label") : null;
      const rows = model.get("rows").map((row) => ({ ...row }));
      all.hidden = rows.length < 2;
      grid.replaceChildren(...rows.map((row) => (row.is_pulse ? pulse(row) : makeRow(row, sender, ask))));
      fit();
      const again = focus && [...grid.querySelectorAll("[aria-label]")]
        .find((node) => node.getAttribute("aria-label") === focus);
      again?.focus();
    }

    // An input that has no number, only a button.
    function pulse(row) {
      const made = makeRow({ ...row, modes: [] }, sender, ask);
      made.classList.add("annlab-pulse");
      made.lastChild.lastChild.hidden = true;
      return made;
    }

    // Where the columns need more than there is, each row takes two lines.
    function fit() {
      root.classList.remove("annlab-slim");
      root.classList.toggle("annlab-slim", grid.scrollWidth > grid.clientWidth);
    }

    function tell() {
      message.textContent = model.get("message");
      message.hidden = !message.textContent;
    }

    // The kernel has gone: what is set here sets nothing.
    function lose(isGone = true) {
      message.textContent = isGone ? GONE : model.get("message");
      message.hidden = !message.textContent;
      grid.classList.toggle("annlab-over", isGone);
      all.disabled = isGone;
      for (const node of grid.querySelectorAll("input, select, button")) node.disabled = true;
      if (isGone) return;
      build();
      sender.answered();
    }

    // Code may set a parameter while a hand has a slider, a button or a field: it keeps what it
    // has, and the rows are made anew when it lets go and the kernel knows what it chose.
    let isHeld = false;
    let isStale = false;
    const renew = () => (isHeld || sender.isAhead() ? (isStale = true) : build());
    function catchUp() {
      if (!isStale || isHeld || sender.isAhead()) return;
      isStale = false;
      ask({ show: true });
    }
    const hold = () => (isHeld = true);
    const letGo = () => {
      if (!isHeld) return;
      isHeld = false;
      setTimeout(catchUp); // after what the end of the gesture sends
    };
    grid.addEventListener("pointerdown", (event) => event.target.matches("input[type=range], button") && hold());
    grid.addEventListener("input", (event) => event.target.matches("input[type=text]") && hold());
    grid.addEventListener("change", letGo);
    grid.addEventListener("focusout", letGo);
    for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, letGo);

    function answered(content) {
      if (!content.done) return;
      sender.answered();
      catchUp();
    }
    const sizes = new ResizeObserver(fit);
    sizes.observe(root);
    model.on("change:version", renew);
    model.on("change:message", tell);
    model.on("msg:custom", answered);
    build();
    tell();
    ask({ show: true });
    const leave = watchKernel(model, lose);
    const forgetSaved = saveWithNotebook(model, () => []);
    return () => {
      forgetSaved();
      leave();
      sizes.disconnect();
      model.off("change:version", renew);
      for (const end of ["pointerup", "pointercancel"]) window.removeEventListener(end, letGo);
      model.off("change:message", tell);
      model.off("msg:custom", answered);
      el.replaceChildren();
    };
  },
};
