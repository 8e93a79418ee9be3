"""All that the extension shows, in the light theme and in the dark: readable, and with a picture.

``make pictures`` runs these tests to take the pictures of ``docs/jupyterlab.md``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import laboratory
import pytest
from laboratory import eventually, photograph, stands_still

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
NEURON = """
izhikevich = ann.Neuron(
    parameters="noise = 5.0; a = 0.02; b = 0.2; c = -65.0; d = 8.0 : population",
    equations=\"\"\"
        I = g_exc - g_inh + noise * Normal(0.0, 1.0)   # all that drives it
        dv/dt = 0.04 * v^2 + 5.0 * v + 140.0 - u + I : init = -65.0
        du/dt = a * (b*v - u)                        : init = -13.0, min = -30.0
    \"\"\",
    spike="v >= 30.0",
    reset="v = c; u += d if v > 0.0 else 0.0",
)
""".strip()
NETWORK = """
net = ann.Network(dt=1.0, seed=1)
pop = net.create(1000, izhikevich, name="cells")
loop = net.connect(pop[:800], pop, "exc", name="recurrent")
loop.fixed_probability(0.1, weights=ann.Uniform(0.0, 0.6))
net.compile()
""".strip()
WRONG = 'ann.Neuron("tau = 10.0", "tua * dr/dt = 1.0 - r")'
UNFINISHED = 'ann.Neuron("tau_m = 10.0", "dr/dt = -r / ta")'
CELLS = ["import annlab as ann", NEURON, NETWORK, "# a cell to write into"]

# What WCAG 2.1 asks of text (AA). Code and its completions have the colours of JupyterLab's own
# themes; the palest of them, on its brackets, reach 2.9.
CONTRAST, CONTRAST_OF_CODE = 4.5, 2.9

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module", params=THEMES)
def theme(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def page(theme: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A notebook whose cells ran."""
    laboratory.need_chromium()
    folder = tmp_path_factory.mktemp(theme)
    laboratory.write_notebook(folder / "one.ipynb", CELLS)
    with (
        laboratory.jupyterlab(
            folder, theme=THEMES[theme], extensions=laboratory.extension()
        ) as address,
        laboratory.browser_page(width=1180, height=760, scale=1.25) as page,
    ):
        laboratory.open_notebook(page, address, "one.ipynb")
        laboratory.run_all_cells(page)
        assert laboratory.errors(page) == []
        yield page


@pytest.fixture(autouse=True)
def _at_rest(page: Page) -> Iterator[None]:
    """Whatever a test did, the next one finds one notebook and nothing in front of it."""
    yield
    page.keyboard.press("Escape")
    laboratory.tell_kernel(page, "net.stop()")
    for tab in page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab").all()[:0:-1]:
        tab.locator(".lm-TabBar-tabCloseIcon").click()
    write(page, "# a cell to write into")


def execute(page: Page, command: str) -> None:
    page.evaluate("(command) => void window.jupyterapp.commands.execute(command)", command)


def write(page: Page, text: str) -> Locator:
    """Replace the text of the last cell, and return its editor."""
    page.evaluate(
        f"""(text) => {{
          const notebook = {laboratory.CURRENT}.content;
          notebook.activeCellIndex = notebook.widgets.length - 1;
          notebook.activeCell.model.sharedModel.setSource(text);
        }}""",
        text,
    )
    return page.locator(".jp-CodeCell .jp-InputArea-editor").last


def unreadable(seen: Locator, least: float = CONTRAST) -> list[str]:
    """Return the texts inside that have too little contrast with what is behind them."""
    return seen.evaluate(CONTRASTS, least)


# The colours of text and of all that lies behind it, as the browser computed them.
CONTRASTS = """(root, least) => {
  const parse = (text) => {
    const srgb = text.startsWith('color(srgb');
    const [r, g, b, a = 1] = text.match(/[\\d.]+(?:e-?\\d+)?/g).map(Number);
    return srgb ? [r * 255, g * 255, b * 255, a] : [r, g, b, a];
  };
  const over = ([r, g, b, a], under) => [r, g, b].map((x, i) => x * a + under[i] * (1 - a));
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((x) => x / 255)
      .map((x) => (x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (node) => {
    const layers = [];
    for (; node; node = node.parentElement) {
      const colour = parse(getComputedStyle(node).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((under, layer) => over(layer, under), [255, 255, 255]);
  };
  const opacity = (node) => {
    let all = 1;
    for (; node; node = node.parentElement) all *= Number(getComputedStyle(node).opacity);
    return all;
  };
  const found = new Set();
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const node = walker.currentNode.parentElement;
    if (!text || !node.checkVisibility({ visibilityProperty: true })) continue;
    // What cannot be used may be pale; what only a screen reader sees has no colour.
    if (node.closest(':disabled, mjx-assistive-mml')) continue;
    const style = getComputedStyle(node);
    const ground = behind(node);
    const colour = parse(style.color);
    const ink = over([...colour.slice(0, 3), colour[3] * opacity(node)], ground);
    const [light, dark] = [luminance(ink), luminance(ground)].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < least) {
      found.add(`${ratio.toFixed(2)} ${node.className || node.tagName}: ${text.slice(0, 40)}`);
    }
  }
  return [...found];
}"""


# How many pixels Bokeh has painted along the edges of its canvas: top, right, bottom, left.
EDGES = """(root) => {
  const inside = (node) => [...node.children, ...(node.shadowRoot?.children ?? [])]
    .flatMap((child) => [child, ...inside(child)]);
  const layer = inside(root).find((node) => node.matches('canvas.bk-layer'));
  const [w, h] = [layer.width, layer.height];
  const context = layer.getContext('2d', { willReadFrequently: true });
  return [[0, 0, w, 1], [w - 1, 0, 1, h], [0, h - 1, w, 1], [0, 0, 1, h]].map((edge) =>
    context.getImageData(...edge).data.filter((value, k) => k % 4 === 3 && value > 0).length);
}"""


@pytest.fixture
def networks(page: Page) -> Locator:
    """The sidebar, with a network that runs."""
    execute(page, "annlab:show-networks")
    panel = page.locator("[id='annlab:networks']")
    panel.locator(".annlab-item").nth(1).wait_for()
    laboratory.tell_kernel(page, "net.start(speed=1.0)")
    item = panel.locator(".annlab-item").first
    if item.get_attribute("open") is None:
        item.locator("summary").click()
    item.locator("mjx-container").wait_for()
    return panel


def test_the_sidebar_and_the_status_bar_are_readable(
    page: Page, networks: Locator, theme: str
) -> None:
    status = page.locator(".annlab-status")
    assert eventually(lambda: "× real time" in status.inner_text())
    photograph(page, f"sidebar-{theme}")
    assert unreadable(networks) == []
    assert unreadable(status) == []


def test_the_palette_is_readable(page: Page, theme: str) -> None:
    execute(page, "annlab:show-palette")
    panel = page.locator("[id='annlab:palette']")
    entry = panel.locator(".annlab-entry").filter(has_text="Izhikevich").first
    entry.locator("summary").click()
    entry.locator("mjx-container").first.wait_for()
    photograph(page, f"palette-{theme}")
    assert unreadable(panel) == []


def test_the_colours_of_equations_are_readable(page: Page, theme: str) -> None:
    editor = page.locator(".jp-CodeCell .jp-InputArea-editor").nth(1)
    editor.locator(".annlab-token-gradient").first.wait_for()
    kinds = ["comment", "number", "word", "function", "operator", "name", "defined", "flag"]
    assert [k for k in kinds if not editor.locator(f".annlab-token-{k}").count()] == []
    photograph(editor, f"equations-{theme}")
    assert unreadable(editor, CONTRAST_OF_CODE) == []


def test_a_mistake_is_readable(page: Page, theme: str) -> None:
    squiggle = write(page, WRONG).locator(".cm-lintRange-error")
    squiggle.scroll_into_view_if_needed()
    squiggle.hover()
    hint = page.locator(".cm-tooltip-lint")
    hint.wait_for()
    photograph(page, f"mistake-{theme}")
    assert unreadable(hint) == []


def test_completions_are_readable_and_one_is_taken(page: Page, theme: str) -> None:
    editor = write(page, UNFINISHED)
    editor.scroll_into_view_if_needed()
    editor.locator(".annlab-token-name").last.click()
    page.keyboard.press("End")
    for _ in range(2):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Tab")
    offered = page.locator(".jp-Completer")
    items = offered.locator(".jp-Completer-item")
    # Each with what it is.
    expected = [["tan", "function"], ["tanh", "function"], ["tau_m", "parameter"]]
    assert eventually(lambda: [t.split("\n")[1:] for t in items.all_inner_texts()] == expected)
    photograph(page, f"completion-{theme}")
    assert unreadable(offered, CONTRAST_OF_CODE) == []
    assert lies_on(page, offered)
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    assert eventually(lambda: editor.inner_text().strip() == UNFINISHED.replace("/ ta", "/ tau_m"))
    assert not offered.is_visible()


def lies_on(page: Page, seen: Locator) -> bool:
    """Tell whether all of an element is on the screen, and nothing in front of it."""
    return seen.evaluate(
        """(node) => {
          const { left, right, top, bottom } = node.getBoundingClientRect();
          const isInside = left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
          const corners = [[left + 3, top + 3], [right - 3, bottom - 3]];
          return isInside && corners.every((at) => node.contains(document.elementFromPoint(...at)));
        }"""
    )


def test_a_live_view_in_a_tab_is_readable(page: Page, networks: Locator, theme: str) -> None:
    networks.get_by_role("button", name="Live raster of cells in a tab").click()
    tab = page.locator(".annlab-view-tab")
    canvas = tab.locator("canvas.annlab-canvas").first
    canvas.wait_for()
    seen = set()
    assert eventually(
        lambda: (seen.add(canvas.evaluate("(c) => c.toDataURL()")), len(seen) >= 12)[1]
    )
    photograph(page, f"tab-{theme}")
    assert unreadable(tab) == []
    assert tab.locator(".annlab-figure").first.evaluate(EDGES) == [0, 0, 0, 0]


def test_the_generated_code_is_readable(page: Page, networks: Locator, theme: str) -> None:
    networks.get_by_role("button", name="Generated code of cells in a tab").click()
    viewer = page.locator(".annlab-code-viewer")
    viewer.locator("pre span").nth(20).wait_for()
    photograph(page, f"code-{theme}")
    assert unreadable(viewer.locator(".annlab-stages")) == []
    assert unreadable(viewer.locator("pre"), CONTRAST_OF_CODE) == []


def test_the_tiles_of_the_launcher_are_readable(page: Page, theme: str) -> None:
    execute(page, "launcher:create")
    section = page.locator(".jp-Launcher-section").filter(has_text="annlab")
    section.locator(".jp-LauncherCard").nth(15).wait_for()
    section.scroll_into_view_if_needed()
    photograph(section, f"launcher-{theme}")
    assert unreadable(section) == []


def test_the_settings_are_readable_and_switch_checks_off(page: Page, theme: str) -> None:
    page.evaluate(
        """() => void window.jupyterapp.commands.execute(
          'settingeditor:open', { query: 'annlab: equations' })"""
    )
    settings = page.locator(".jp-SettingsPanel")
    option = settings.get_by_label("Check equations while typing")
    option.wait_for()
    assert option.is_checked()
    photograph(page, f"settings-{theme}")
    assert unreadable(settings) == []
    ground = settings.evaluate(GROUND)
    assert max(ground) < 60 if theme == "dark" else min(ground) > 220
    squiggles = page.locator(".jp-CodeCell .cm-lintRange-error")
    try:
        option.uncheck()
        to_notebook(page)
        write(page, WRONG)
        assert eventually(lambda: stands_still(squiggles.count, 1.5) and squiggles.count() == 0)
    finally:
        to_settings(page)
        option.check()
    to_notebook(page)
    assert eventually(lambda: squiggles.all_inner_texts() == ["tua"])


# The colour on which the words of an element stand.
GROUND = """(node) => {
  for (; node; node = node.parentElement) {
    const [r, g, b, a = 1] = getComputedStyle(node).backgroundColor.match(/[\\d.]+/g).map(Number);
    if (a > 0) return [r, g, b];
  }
  return [255, 255, 255];
}"""


def to_notebook(page: Page) -> None:
    page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab").first.click()


def to_settings(page: Page) -> None:
    page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab").last.click()
