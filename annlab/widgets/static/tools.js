// The line under a dashboard's control bar: copy as code, presets, two of them compared.

export default {
  render({ model, el }) {
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
      model.send({ save: name.value || `preset ${model.get("names").length + 1}` });
      name.value = "";
    };
    const copy = button("Copy as code", "Layout and values as Python", () => model.send({ ask: "code" }));
    const keep = button("Save preset", "Keep the network as it is now", save);
    const restore = button("Restore", "Return to the preset", () => model.send({ restore: first.value }));
    const compare = button("Compare", "Show two presets side by side", () => {
      model.send({ compare: [first.value, second.value] });
    });
    const close = button("×", "Close", () => shown.replaceChildren());
    const line = element(
      "div", "annlab-header", {}, copy, element("span", "annlab-space"), name, keep, first, restore,
      second, compare, badge,
    );
    el.append(element("div", "annlab-view annlab-tools", {}, line, shown));

    function show() {
      const names = model.get("names");
      for (const select of [first, second]) {
        const before = select.value;
        select.replaceChildren(...names.map((text) => element("option", "", { value: text }, text)));
        if (names.includes(before)) select.value = before;
      }
      if (names.length > 1 && first.value === second.value) second.value = names.at(-1);
      for (const node of [first, restore]) node.hidden = names.length < 1;
      for (const node of [second, compare]) node.hidden = names.length < 2;
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

    model.on("change:names", show);
    model.on("change:message", tell);
    model.on("msg:custom", take);
    show();
    tell();
    return () => {
      model.off("change:names", show);
      model.off("change:message", tell);
      model.off("msg:custom", take);
    };
  },
};
