// What stands around a live picture: its header, the bar to scroll with, the colours of the page.

function themeColours(node) {
  const style = getComputedStyle(node);
  return { ink: style.color, faint: style.getPropertyValue("--annlab-line").trim() || "#8888" };
}

function pageColour() {
  const colour = getComputedStyle(document.body).getPropertyValue("--jp-layout-color0").trim();
  return colour || "white";
}

// A piece of a line as CSS: its dashes beside each other.
function dashed(colour, dash) {
  let at = 0;
  const stops = dash.flatMap((pixels, k) => {
    const ink = k % 2 ? "transparent" : colour;
    return [`${ink} ${at}px`, `${ink} ${(at += pixels)}px`];
  });
  return `repeating-linear-gradient(to right, ${stops.join(", ")})`;
}

// Text that is shortened before its end where room is short: a rank, or what else tells names apart.
function words(text, more = "") {
  const length = /\[[^\]]*\]$/.exec(text)?.[0].length ?? Math.min(6, text.length);
  const cut = text.length - length;
  const end = element("span", "annlab-end", {}, text.slice(cut) + more);
  const node = element("span", "annlab-words", {}, element("span", "", {}, text.slice(0, cut)), end);
  node.title = text + more;
  return node;
}

// More names than this are folded to the first ones, or they take more room than the picture.
const [MANY_NAMES, FIRST_NAMES] = [12, 8];

// Hide the names behind the first ones; return the button that says how many, and shows them.
function folded(chips) {
  if (chips.length <= MANY_NAMES) return [];
  const rest = chips.slice(FIRST_NAMES);
  const button = element("button", "annlab-button annlab-small annlab-more", { type: "button" });
  const show = (isOpen) => {
    for (const chip of rest) chip.classList.toggle("annlab-folded", !isOpen);
    button.setAttribute("aria-expanded", String(isOpen));
    button.textContent = isOpen ? "fewer names" : `+ ${rest.length} more`;
    button.title = isOpen ? "" : "Show all names; the pointer on the picture tells them, too";
  };
  button.addEventListener("click", () => show(button.getAttribute("aria-expanded") !== "true"));
  show(false);
  return [button];
}

// Make the header: a chip for each group, the clock, and what is wrong at the moment.
function makeHeader(title, groups, tools) {
  const chips = groups.filter((group) => !group.is_unnamed).map(({ name, colour, dash, note }) => {
    const dot = element("span", dash?.length ? "annlab-dash" : "annlab-dot", { "aria-hidden": "true" });
    dot.style.background = dash?.length ? dashed(colour, dash) : colour;
    return element("span", "annlab-chip", {}, dot, words(name, note ? ` (${note})` : ""));
  });
  const clock = element("span", "annlab-clock");
  const badge = element("span", "annlab-badge", { role: "status" });
  const note = element("span", "annlab-remark");
  const follow = element("button", "annlab-button annlab-follow", { type: "button" }, "Follow");
  follow.title = "Show the present again";
  badge.hidden = follow.hidden = true;
  const name = element("span", "annlab-title", {}, title ? words(title) : "");
  const header = element("div", "annlab-header", {}, name, ...chips, ...folded(chips));
  header.append(element("span", "annlab-space"), note, badge, ...tools, follow, clock);
  return { header, clock, badge, follow, note };
}

// Where the words of a header come in a picture that is `width` pixels wide, and what draws them.
function placedLegend(title, groups, width) {
  const [LINE, MARK, GAP] = [20, 18, 16];
  const measure = document.createElement("canvas").getContext("2d");
  const named = groups.filter((group) => !group.is_unnamed);
  const entries = named.map(({ name, note, ...mark }) => ({ text: note ? `${name} (${note})` : name, mark }));
  if (title) entries.unshift({ text: title });
  let [x, y] = [GAP / 2, 0];
  for (const entry of entries) {
    entry.font = `${entry.mark ? "" : "bold "}12px sans-serif`;
    measure.font = entry.font;
    const needed = (entry.mark ? MARK : 0) + measure.measureText(entry.text).width;
    if (x > GAP / 2 && x + needed > width) [x, y] = [GAP / 2, y + LINE];
    Object.assign(entry, { x, y: y + LINE / 2 });
    x += needed + GAP;
  }

  function drawMark(context, { colour, dash }, left, middle) {
    context.strokeStyle = context.fillStyle = colour;
    context.beginPath();
    if (dash?.length) {
      context.setLineDash(dash);
      context.lineWidth = 2;
      context.moveTo(left, middle);
      context.lineTo(left + MARK - 4, middle);
      context.stroke();
      context.setLineDash([]);
    } else {
      context.arc(left + 5, middle, 5, 0, 2 * Math.PI);
      context.fill();
    }
  }

  return {
    height: entries.length ? y + LINE : 0,
    draw(context, ink) {
      context.textBaseline = "middle";
      for (const { text, font, mark, x: left, y: middle } of entries) {
        if (mark) drawMark(context, mark, left, middle);
        context.font = font;
        context.fillStyle = ink;
        context.fillText(text, left + (mark ? MARK : 0), middle);
      }
    },
  };
}

function makeScroll() {
  const scroll = element("input", "annlab-scroll", {
    type: "range", step: "any", "aria-label": "Scroll back",
  });
  scroll.title = "Scroll back";
  scroll.hidden = true;
  return scroll;
}
