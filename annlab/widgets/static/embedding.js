// A Bokeh figure on the page, and off it again without a trace.

// Call `visit` and note what Bokeh's figures listen to on the viewport meanwhile: they never stop,
// and would keep the whole figure for as long as the page lives.
async function noteListeners(visit) {
  const noted = [];
  const viewport = globalThis.visualViewport;
  if (!viewport) return { result: await visit(), noted };
  viewport.addEventListener = (type, listener, ...options) => {
    if (String(listener).includes("canvas.resize")) noted.push([type, listener]);
    EventTarget.prototype.addEventListener.call(viewport, type, listener, ...options);
  };
  try {
    return { result: await visit(), noted };
  } finally {
    delete viewport.addEventListener; // the one of its class is there again
  }
}

// Call `visit` when all calls before, of all views on the page, have ended.
function alone(visit) {
  const queue = (globalThis.__annlab_embedding_1 ??= { last: Promise.resolve() });
  const result = queue.last.then(visit);
  queue.last = result.catch(() => {});
  return result;
}

// Show `item` in `target`; returns the view of the figure and what takes it away.
async function embedFigure(board, pumpId, item, target) {
  const Bokeh = await board.loadBokeh(pumpId);
  // One after the other, or a figure would be charged with the listeners of another.
  const { result: views, noted } = await alone(() =>
    noteListeners(() => Bokeh.embed.embed_item(item, target)),
  );
  const plot = [...(views.roots ?? Object.values(views))][0];

  // Bokeh lists each document for ever, and with it what listens to its models.
  function discard() {
    const { document } = plot.model;
    views.clear?.();
    document.clear();
    const place = Bokeh.documents.indexOf(document);
    if (place >= 0) Bokeh.documents.splice(place, 1);
    for (const [type, listener] of noted) visualViewport.removeEventListener(type, listener);
  }

  return { plot, discard };
}
