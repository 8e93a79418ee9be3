// The pump's end in the page: hands every message to the switchboard. Draws nothing.

export default {
  initialize({ model }) {
    const empty = emptiedInTheEnd({ model });
    const port = switchboard().port(model.get("pump_id"));
    port.plug(model);
    model.on("msg:custom", port.receive);
    const leave = watchKernel(model, (isGone) => (isGone ? port.lose() : port.plug(model)));
    return () => {
      leave();
      model.off("msg:custom", port.receive);
      port.unplug();
      empty();
    };
  },
};
