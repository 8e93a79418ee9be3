"""Reports say what a network is made of, in LaTeX and in Markdown."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import annlab as ann
from annlab.errors import ArgumentError, ArgumentTypeError, StateError
from annlab.network.report_latex import PACKAGES, escaped


@pytest.fixture
def example(net: ann.Network) -> ann.Network:
    """A network that has something for every section."""
    ann.Constant("k_0", 2.0)
    net = ann.Network(dt=0.5, seed=1)
    neuron = ann.Neuron(
        parameters="tau_m = 10.0 : population\nE = -65.0",
        equations="tau_m*dv/dt = E - v + g_exc : init=-65.0, exponential",
        spike="v > -50.0",
        reset="v = E",
        refractory=2.0,
        name="Leaky & simple",
    )
    cells = net.create((4, 3), neuron, name="cells_1")
    inputs = net.create(ann.PoissonPopulation(5, rates=10.0, name="noise"))
    for part in (cells[:2], cells[2:]):
        proj = net.connect(inputs, part, "exc", ann.STDP())
        proj.fixed_probability(0.5, weights=ann.Uniform(0.0, 1.0), delays=1.5)
    net.monitor(cells, ["spike", "v"], period=1.0)
    return net


def shown(net: ann.Network, **options: object) -> str:
    return str(ann.report(net, None, **options))


def lines_with(text: str, begin: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(begin)]


# -- what is said ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "| Populations | cells\\_1, noise |",
        "| Plasticity | STDP |",
        "| Simulation | step 0.5 ms, seed 1, float64 |",
        "| cells\\_1 | Leaky & simple | 4 × 3 = 12 |",
        "- Refractory period: 2 ms",
        "- Numerical method: exponential",
        "| noise | PoissonPopulation | Neurons that spike by chance. |",
        "| Monitor\\_cells\\_1 | cells\\_1 | spike, v | 1 ms |",
        "| cells\\_1 | $\\tau_{m}$ | 10 | global | float |",
        "| cells\\_1 | $E$ | -65 | local | float |",
        "| $k_{0}$ | 2 |",
    ],
)
def test_a_report_says_what_the_network_has(example: ann.Network, line: str) -> None:
    assert line in shown(example).splitlines()


def test_connectivity_names_ends_and_pattern(example: ann.Network) -> None:
    pattern = r"fixed\_probability(0.5), weights Uniform(0.0, 1.0), delays 1.5"
    assert lines_with(shown(example), "| proj0")[0] == (
        rf"| proj0 | noise | cells\_1 (2 of 12 neurons) | exc | STDP | {pattern} |"
    )


def test_projections_between_parts_are_gathered(example: ann.Network) -> None:
    text = shown(example, gather_subprojections=True)
    assert lines_with(text, "| proj0, proj1 | noise | cells\\_1 | exc | STDP |")


def test_equations_are_typeset(example: ann.Network) -> None:
    equation = r"\tau_{m} \, \frac{\mathrm{d}v}{\mathrm{d}t} &= E - v + g_{\mathrm{exc}} \\"
    assert equation in shown(example).splitlines()


def test_a_model_that_several_populations_have_is_told_once(net: ann.Network) -> None:
    for name in ("a", "b"):
        net.create(1, ann.Izhikevich, name=name)
    text = shown(net)
    assert text.count("### Izhikevich") == 1
    assert "- Populations: a, b" in text


def test_parameters_are_those_of_now(net: ann.Network) -> None:
    pop = net.create(2, ann.Neuron(parameters="k = 1.0", equations="r = k"), name="p")
    pop.k = 3.0
    net.compile()
    pop.k = [4.0, 6.0]
    assert "| p | $k$ | 5 on average, 4 to 6 | local | float |" in shown(net)


def test_looking_draws_no_number(net: ann.Network) -> None:
    pop = net.create(2, ann.Neuron(equations="r = r : init=Normal(0.0, 1.0)"), name="p")
    assert "| p | $r$ | Normal(0.0, 1.0) | local | float |" in shown(net)
    assert pop._values == {}


def test_an_empty_network_has_a_report(net: ann.Network) -> None:
    assert "| Populations | none |" in shown(net)
    assert "## Populations" not in shown(net)


# -- how it looks -----------------------------------------------------------------------


def test_title_author_and_date_stand_at_the_top(example: ann.Network) -> None:
    text = shown(example, title="My *net*", author="A. Author", date="1952")
    assert text.startswith("# My \\*net\\*\n\nA. Author, 1952\n\n## Model summary\n")


def test_markdown_that_is_included_has_no_title(example: ann.Network) -> None:
    assert shown(example, standalone=False).startswith("# Model summary\n")


def test_notebooks_show_the_markdown(example: ann.Network) -> None:
    page = example.report(None)
    assert page._repr_markdown_() == str(page) == repr(page)


def test_every_row_has_as_many_cells_as_there_are_titles(example: ann.Network) -> None:
    tables = re.findall(r"(?:^\|.*\n)+", shown(example), re.MULTILINE)
    widths = [{len(re.split(r"(?<!\\)\|", row)) for row in t.splitlines()} for t in tables]
    assert [len(w) for w in widths] == [1] * 8


@pytest.fixture
def document(example: ann.Network, tmp_path: Path) -> str:
    example.report(str(tmp_path / "new" / "report.tex"), title="50 %", author="A_B")
    return (tmp_path / "new" / "report.tex").read_text()


def test_latex_is_a_whole_document(document: str) -> None:
    assert document.startswith("\\documentclass")
    assert document.endswith("\\end{document}\n")
    assert "\\title{50 \\%}\n\\author{A\\_\\allowbreak{}B}\n\\date{\\today}" in document


@pytest.mark.parametrize("name", ["longtable", "aligned", "document"])
def test_environments_of_latex_are_closed(document: str, name: str) -> None:
    assert document.count(f"\\begin{{{name}}}") == document.count(f"\\end{{{name}}}") > 0


def test_braces_of_latex_are_closed(document: str) -> None:
    without_escaped = re.sub(r"\\[{}]", "", document)
    assert without_escaped.count("{") == without_escaped.count("}")


@pytest.mark.parametrize(
    "text",
    [
        r"\textbf{A. Model summary}",
        r"cells\_\allowbreak{}1 & Leaky \& simple & 4 \(\times\) 3 = 12 \\ \hline",
        r"cells\_\allowbreak{}1 & $\tau_{m}$ & 10 & global & float \\ \hline",
        r"\textbf{Equations} & \fitted{\begin{aligned}",
    ],
)
def test_latex_has_the_tables(document: str, text: str) -> None:
    assert text in document


def test_latex_that_is_included_says_which_packages_it_needs(
    example: ann.Network, tmp_path: Path
) -> None:
    example.report(str(tmp_path / "r.tex"), standalone=False)
    text = (tmp_path / "r.tex").read_text()
    assert text.startswith("% needs \\usepackage{amsmath,amssymb}\n")
    assert "documentclass" not in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50 % of a_b", r"50 \% of a\_\allowbreak{}b"),
        ("Jürgen's Ł", "Jürgen's Ł"),
        ("σ ≈ 3 → Ω", r"\(\sigma\) \(\approx\) 3 \(\to\) \(\Omega\)"),
        ("Αλφα", r"\(A\)\(\lambda\)\(\phi\)\(\alpha\)"),
        ("a ☃", "a [U+2603]"),
    ],
)
def test_text_is_spelled_for_latex(text: str, expected: str) -> None:
    assert escaped(text) == expected


EVERY_SIGN = """
    I = if sum(exc) > 0.5: if loc > 2.0: steep(sum(exc), 2.0) else: -top else: clip(loc, 0, 1)
    tau_m * dmu/dt + mu = I + Normal(0.0, 1.0) + ite(loc < 1.0, 1, 2) + mean(r)^2 : max=3.0
    n = modulo(t, 3) : int
    b = (mu >= 1.0) and not (n == 2) or (n != 1) : bool
    r = pos(mu) + sin(2*pi*t) - abs(mu)**3/(1 + exp(-mu)) + sqrt(loc) + min(1.0, mu, 3) + 1e-12
"""


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="LaTeX is not installed")
@pytest.mark.parametrize("standalone", [True, False])
def test_latex_takes_every_model(net: ann.Network, tmp_path: Path, standalone: bool) -> None:
    ann.add_function("steep(x, gain_1) = 1/(1 + exp(-gain_1*x))")
    net.constant("top", 3.0)
    for model in ann.models.list_standard_neurons():
        net.create(2, model, name=model.__name__)
    odd = ann.Neuron("tau_m = 10.0\nloc = 2.0", EVERY_SIGN, name="Odd & 100 % #1 ~ {x} <y> ^2 \\")
    cells = net.create((2, 3), odd, name="odd_σ µ é")
    for rule in (ann.Hebb, ann.Oja, ann.IBCM):
        net.connect(cells, cells, "exc", rule).fixed_number_pre(2, ann.Normal(0.0, 1.0), delays=2.0)
    spiking = net.get_population("Izhikevich")
    for rule in (ann.STP, ann.STDP):
        net.connect(spiking, spiking, "exc", rule).fixed_probability(0.5, 1.0)
    growing = ann.Synapse(pruning="w < 0.1 : proba=0.5", creating="pre.r*post.r > 1.0 : w=1.0")
    net.connect(cells[0, :], cells, "exc", growing).all_to_all(ann.Uniform(0.0, 1.0))
    net.monitor(cells, ["r", "mu"], period=10.0)
    net.report(str(tmp_path / "r.tex"), standalone=standalone, title="All & 100 %", author="A_B")
    if not standalone:
        needed = [f"{line}\n" for line in PACKAGES]
        body = "\\begin{document}\\input{r.tex}\\end{document}"
        text = "".join(["\\documentclass{article}\n", *needed, body])
        (tmp_path / "host.tex").write_text(text)
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "r" if standalone else "host"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]


# -- calls of version 4 ----------------------------------------------------------------


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A global network, and a folder to write into."""
    monkeypatch.chdir(tmp_path)
    ann.Population(1, ann.Neuron(equations="r = 1.0"), name="alone")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "options", "name"),
    [
        ((), {}, "report.tex"),
        ((), {"filename": "a.md"}, "a.md"),
        (("a.md",), {}, "a.md"),
        (("a.tex", False, True, "title"), {}, "a.tex"),
        ((Path("b.md"),), {"standalone": False, "net_id": 0}, "b.md"),
    ],
)
def test_the_global_network_is_reported(script: Path, arguments, options, name: str) -> None:
    assert ann.report(*arguments, **options) is None
    assert "alone" in (script / name).read_text()


# -- refusals ---------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "what"), [("a.txt", "'.txt'"), ("a", "'a'"), (".tex", "'.tex'")])
def test_other_files_are_refused(net: ann.Network, name: str, what: str) -> None:
    text = f"a report cannot be written as {what}\n  use .tex or .md, or filename=None to show it"
    with pytest.raises(ArgumentError, match=text):
        ann.report(net, name)


def test_no_network_is_refused() -> None:
    text = (
        "was given no network, and the global one is empty\n  write report\\(net, 'report.tex'\\)"
    )
    with pytest.raises(StateError, match=text):
        ann.report()


def test_what_is_no_network_is_refused() -> None:
    text = "report\\(\\) describes a network, not 3\n  write report\\(net, 'report.tex'\\)"
    with pytest.raises(ArgumentTypeError, match=text):
        ann.report(3, "a.tex")
