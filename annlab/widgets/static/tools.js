// The line under a dashboard's control bar: copy as code, presets, two of them compared.
//
// It also knows what a notebook saves of the dashboard: the pictures of its views, and the code.

// Under a pointer a tab tells its whole name; the tabs are not ours.
function nameTabs(root, names) {
  const name = ({ target }) => {
    const tab = target.closest?.(".jupyter-widget-tab > .lm-TabBar .lm-TabBar-tab");
    if (!tab || !root.closest(".annlab-dashboard")?.contains(tab)) return;
    set(tab, "title", names[[...tab.parentElement.children].indexOf(tab)] ?? "");
  };
  document.addEventListener("pointerover", name);
  return () => document.removeEventListener("pointerover", name);
}

export default {
  initialize({ model }) {
    // The boxes of the dashboard have no page of their own that could look after them.
    const lookAfter = () => {
      for (const id of model.get("around")) {
        model.widget_manager.get_model(id)?.then(goesInTheEnd, () => undefined);
      }
    };
    lookAfter();
    model.on("change:around", lookAfter);
    return emptiedInTheEnd({ model });
  },
  render({ model, el }) {
    const send = (message) => switchboard().port(model.get("pump_id")).tell(model, message);
    const button = (text, title, onClick) => {
      const node = element("button", "annlab-button annlab-small", { type: "button", title }, text);
      node.addEventListener("click", onClick);
      return node;
    };
    const name = element("input", "annlab-name-field", {
      type: "text", placeholder: "name", "aria-label": "Name of the preset",
    });
    name.addEventListener("keydown", (event) => {
      event.stopPropagation(); // the notebook has shortcuts of one letter
      if (event.key === "Enter") save();
    });
    const choice = (label) => element("select", "annlab-mode", { "aria-label": label });
    const [first, second] = [choice("Preset"), choice("Preset to compare with")];
    const badge = element("span", "annlab-badge annlab-error", { role: "alert" });
    const shown = element("div", "annlab-shown");
    const save = () => {
      send({ save: name.value });
      name.value = "";
    };
    const copy = button("Copy as code", "Layout and values as Python", () => send({ ask: "code" }));
    const keep = button("Save preset", "Keep the network as it is now", save);
    const restore = button("Restore", "Return to the preset", () => send({ restore: first.value }));
    const compare = button("Compare", "Show two presets side by side", () => {
      send({ compare: [first.value, second.value], dark: isDark(root) });
    });
    const close = button("×", "Close", () => shown.replaceChildren());
    // What belongs together stays on one line of a slim page.
    const pair = (...parts) => element("span", "annlab-pair", {}, ...parts);
    const [saving, returning, comparing] = [pair(name, keep), pair(first, restore), pair(second, compare)];
    const line = element(
      // Saving last, at the edge: what appears with a preset must not come under the pointer.
      "div", "annlab-header", {}, copy, element("span", "annlab-space"), returning, comparing, saving,
      badge,
    );
    const root = element("div", "annlab-view annlab-tools", {}, line, shown);
    el.append(root);

    function show() {
      const names = model.get("names");
      for (const select of [first, second]) {
        const before = select.value;
        select.replaceChildren(...names.map((text) => element("option", "", { value: text }, text)));
        if (names.includes(before)) select.value = before;
      }
      if (names.length > 1 && first.value === second.value) second.value = names.at(-1);
      returning.hidden = names.length < 1;
      comparing.hidden = names.length < 2;
    }

    function tell() {
      badge.textContent = model.get("message");
      badge.hidden = !badge.textContent;
    }

    // Not every page may use the clipboard: the code is there to be copied by hand as well.
    async function take(content) {
      if (content.html) {
        const table = element("div", "annlab-comparison");
        table.innerHTML = content.html;
        shown.replaceChildren(close, table);
      }
      if (!content.code) return;
      const text = element("textarea", "annlab-code", { readonly: "", "aria-label": "Code" });
      text.value = content.code;
      text.rows = Math.min(16, content.code.split("\n").length);
      shown.replaceChildren(close, text);
      text.select();
      try {
        await navigator.clipboard.writeText(content.code);
        copy.textContent = "Copied";
      } catch {
        copy.textContent = "Copy the text below";
      }
      setTimeout(() => (copy.textContent = "Copy as code"), 2000);
    }

    const forgetSaved = saveWithNotebook(model, () => [
      ...(root.closest(".annlab-dashboard")?.querySelectorAll(".annlab-figure") ?? []),
    ]);
    // Nobody would hear what is pressed here.
    const forgetKernel = watchKernel(model, (isGone) => {
      for (const node of line.querySelectorAll("button, input, select")) node.disabled = isGone;
    });
    const forgetTabs = nameTabs(root, model.get("panels"));
    model.on("change:names", show);
    model.on("change:message", tell);
    model.on("msg:custom", take);
    show();
    tell();
    return () => {
      forgetKernel();
      forgetSaved();
      forgetTabs();
      model.off("change:names", show);
      model.off("change:message", tell);
      model.off("msg:custom", take);
      el.replaceChildren();
    };
  },
};
