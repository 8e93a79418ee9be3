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

// Show `item` in `target`; returns the view of the figure and what takes it away. Returns null if
// `isGone()` before its turn comes.
async function embedFigure(board, pumpId, item, target, isGone) {
  const Bokeh = await board.loadBokeh(pumpId);
  const embed = async () => {
    if (isGone()) return null;
    const known = new Set(Bokeh.documents);
    try {
      return await noteListeners(() => Bokeh.embed.embed_item(item, target));
    } catch (error) {
      // A figure that was taken off the page while Bokeh laid it out.
      for (const document of [...Bokeh.documents]) if (!known.has(document)) forget(document);
      if (isGone()) return null;
      throw error;
    }
  };

  // Bokeh lists each document for ever, and with it what listens to its models.
  function forget(document) {
    document.clear();
    const place = Bokeh.documents.indexOf(document);
    if (place >= 0) Bokeh.documents.splice(place, 1);
  }

  // One after the other, or a figure would be charged with the listeners of another.
  const embedded = await alone(embed);
  if (!embedded) return null;
  const { result: views, noted } = embedded;
  const plot = [...(views.roots ?? Object.values(views))][0];

  function discard() {
    views.clear?.();
    forget(plot.model.document);
    for (const [type, listener] of noted) visualViewport.removeEventListener(type, listener);
  }

  return { plot, discard };
}
