// Small things that all views share.

function element(tag, className, attributes = {}, ...children) {
  const node = document.createElement(tag);
  node.className = className;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// JupyterLab keeps every comm that there ever was: each goes on listening to its kernel. What a comm
// calls keeps the model of its widget and the elements of all views of it, so a widget that is closed
// takes that back from its comm. Where comms are of another make it takes out what is large.
const LARGE = ["_esm", "_css", "_page", "frame", "groups", "rows"];

function letGo(model) {
  const comm = model.comm?.jsServicesComm;
  if (comm) comm.onClose = comm.onMsg = undefined;
}

function goesInTheEnd(model) {
  for (const one of [model, model.get("layout")]) one?.on?.("destroy", letGo);
}

const GONE = "The kernel has gone: run the cell again";

// Call back with true when the kernel of a widget has gone, and with false if it is there again. Of
// what a view may know, only the model of the layout tells.
function watchKernel(model, callBack) {
  const layout = model.get("layout");
  if (!layout?.on) return () => {};
  let isGone = false;
  const tell = () => {
    if ((layout.comm_live === false) === isGone) return;
    callBack((isGone = !isGone));
  };
  layout.on("comm_live_update", tell);
  return () => layout.off("comm_live_update", tell);
}

function emptiedInTheEnd({ model }) {
  goesInTheEnd(model);
  return () => {
    for (const name of LARGE) if (model.get(name)) model.set(name, null, { silent: true });
    model.set({}, { silent: true }); // it also remembers what it was before the last change
  };
}

// Change what is shown, but only if it is news: the browser computes styles anew for whatever is set.
function set(node, name, value) {
  if (node[name] !== value) node[name] = value;
}

// Stroke a path of many pieces with lines of `width` pixels. A line of one pixel is a special case that
// browsers draw fifty times as fast as one of 1.4: three of them side by side look the same.
function strokeQuickly(context, path, width) {
  const off = (width - 1) / 2;
  context.lineWidth = 1;
  for (let k = 0; k < (off > 0 ? 3 : 1); k++) {
    const angle = (2 * Math.PI * k) / 3;
    context.setTransform(1, 0, 0, 1, off * Math.sin(angle), off * Math.cos(angle));
    context.stroke(path);
  }
  context.setTransform(1, 0, 0, 1, 0, 0);
}

// The numbers in a buffer of a frame; they may begin anywhere, so they are copied.
function numbers(view, Kind) {
  return new Kind(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

// Which of the newest values no picture can show; `named` has { name, value }.
function lacking(named) {
  const MOST_SAID = 3;
  const found = named.filter(({ value }) => !Number.isFinite(value));
  const said = found.slice(0, MOST_SAID).map(({ name, value }) => {
    return `${name}: ${Number.isNaN(value) ? "not a number" : "infinite"}`;
  });
  return said.join(", ") + (found.length > MOST_SAID ? " …" : "");
}

// Format a number for people: four digits, no more.
function short(value) {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e5 || size < 1e-3)) return value.toExponential(2);
  return String(Number(value.toPrecision(4)));
}

// The colour that lies behind `node`; none if it is not one plain colour.
function colourBehind(node) {
  for (let one = node; one; one = one.parentElement) {
    const { backgroundColor: colour } = getComputedStyle(one);
    if (colour.startsWith("rgb(")) return colour;
    if (!/[,/] *0\)$/.test(colour)) return "";
  }
  return "";
}

// Whether `node` lies on a dark page.
function isDark(node) {
  const [r, g, b] = (colourBehind(node).match(/[\d.]+/g) ?? [255, 255, 255]).map(Number);
  return 0.3 * r + 0.6 * g + 0.1 * b < 128;
}
