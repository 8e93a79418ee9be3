// What a notebook saves of a view or a dashboard: its pictures as they are now, and its code.
//
// The cell has a second output for that, hidden as long as the view is alive; the extension of
// JupyterLab asks for its HTML when it saves.

// Pictures are small this way, and every browser shows them.
const SAVED_TYPE = "image/webp";
const SAVED_QUALITY = 0.85;

function hideSaved(id) {
  const style = element("style", "", {}, `[data-annlab-saved="${id}"] { display: none; }`);
  document.head.append(style);
  return () => style.remove();
}

// Whose colours they are: a page that only shows notebooks has no style sheet for it.
function savedLegend(figure) {
  const entries = [...figure.querySelectorAll(".annlab-header > .annlab-chip")].map((chip) => {
    const isDashed = Boolean(chip.querySelector(".annlab-dash"));
    const ground = chip.querySelector(".annlab-dot, .annlab-dash")?.style.background ?? "";
    const colour = /rgba?\([^)]*\)/.exec(ground)?.[0] ?? "currentColor"; // dashes are a gradient
    const mark = element("span", "", { style: `color: ${colour}` }, isDashed ? "╍ " : "● ");
    return element("span", "", { style: "margin-right: 1em" }, mark, chip.textContent);
  });
  const title = figure.querySelector(".annlab-header > .annlab-title")?.textContent;
  const name = title ? [element("b", "", { style: "margin-right: 1em" }, title)] : [];
  const remark = element("i", "", {}, figure.querySelector(".annlab-remark")?.textContent ?? "");
  return element("div", "", { style: "font-size: 12px" }, ...name, ...entries, remark);
}

function savedHtml(id, code, figures) {
  const pictures = figures.flatMap((figure) => {
    const canvas = figure.annlabPicture?.();
    if (!canvas) return [];
    const picture = element("img", "", {
      alt: figure.getAttribute("aria-label"),
      src: canvas.toDataURL(SAVED_TYPE, SAVED_QUALITY),
      style: "display: block; max-width: 100%",
      width: String(figure.clientWidth || canvas.width),
    });
    return [savedLegend(figure), picture];
  });
  const said = pictures.length ? "As it was when the notebook was saved." : "A live view of annlab.";
  const note = element("p", "", {}, `${said} Run this cell to bring it to life.`);
  const listing = element("details", "", {}, element("summary", "", {}, "Code"), element("pre", "", {}, code));
  const all = element("div", "annlab-saved", { "data-annlab-saved": id }, note, ...pictures, listing);
  return all.outerHTML;
}

// Have what `figures` returns saved with the notebook; a view that is part of another has no name.
function saveWithNotebook(model, figures) {
  const id = model.get("saved_id");
  if (!id) return () => {};
  const { saved } = switchboard();
  saved.set(id, () => {
    const code = model.get("saved_code");
    return { html: savedHtml(id, code, figures()), text: code };
  });
  const show = hideSaved(id);
  return () => {
    show();
    saved.delete(id);
  };
}
