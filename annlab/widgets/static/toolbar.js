// Bokeh's tools for those who do not see them: its icons are elements without a role, their name is
// a tooltip, which is read of nothing but controls, and the space bar opens an empty menu.

// Give each icon of a figure a role, its name, and the keys of a button. Bokeh draws an icon anew when
// its tool changes and leaves the element as it is.
function nameTools(plot, description) {
  const bar = plot.toolbar_panel?.toolbar_view;
  if (!bar) return;
  bar.el.setAttribute("role", "toolbar");
  bar.el.setAttribute("aria-label", `Tools of the ${description}`);
  bar.el.setAttribute("aria-orientation", bar.model.horizontal ? "horizontal" : "vertical");
  for (const icon of bar.tool_button_views ?? []) nameTool(icon);
  // The picture itself hears no key, so nobody has to pass by it on the way to the tools.
  const area = plot.canvas_view?.events_el;
  if (area) area.tabIndex = -1;
}

function nameTool(icon) {
  const { el, model } = icon;
  const { tool } = model;
  el.setAttribute("role", "button");
  el.setAttribute("aria-label", model.tooltip ?? tool.tooltip);
  // A tool that acts at once is never on.
  const isSwitch = !("do" in tool);
  const tell = () => isSwitch && el.setAttribute("aria-pressed", String(Boolean(tool.active)));
  tool.properties.active?.change.connect(tell);
  tell();
  const press = (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!event.repeat) icon.tap();
  };
  el.addEventListener("keydown", press, true); // before Bokeh's own
}
