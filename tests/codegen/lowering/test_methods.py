"""Each numerical method against the language reference, analytic solutions and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from typed_models import equation, local, neuron, run, shared

NAMES = {"v": local("v"), "u": local("u"), "w": local("w")} | {
    n: shared(n) for n in ("tau", "B", "a", "b", "g")
}


def names(*wanted: str) -> dict:
    return {n: NAMES[n] for n in wanted}


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("explicit", 0.271),
        ("exponential", 0.25918177931828223),
        ("implicit", 0.24868519909842224),
        ("semiimplicit", 0.24868519909842224),
        ("midpoint", 0.258782375),
        ("rk4", 0.25918157799882224),
    ],
)
@pytest.mark.parametrize("place", [shared, local], ids=["global tau", "local tau"])
def test_method_gives_the_documented_number(method, expected, place) -> None:
    table = {"v": local("v"), "tau": place("tau")}
    model = neuron(table, [equation("tau*dv/dt + v = 1.0", table, method)])
    assert run(model, {"tau": 10.0}, n_steps=3, dt=1.0)["v"] == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(
    ("method", "expected"), [("midpoint", 0.3896484375), ("rk4", 0.39345717430114746)]
)
def test_stages_scale_with_the_step(method, expected) -> None:
    table = names("v", "tau")
    model = neuron(table, [equation("tau*dv/dt + v = 1.0", table, method)])
    assert run(model, {"tau": 2.0}, n_steps=2, dt=0.5)["v"] == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("explicit", (0.1685, 0.192)),
        ("implicit", (0.16544501545832394, 0.19533793329374913)),
        ("midpoint", (0.1669775, 0.193826875)),
        ("rk4", (0.16697311719574653, 0.19377169450488282)),
        ("exponential", (0.16685166427828146, 0.19214874012776806)),
    ],
)
def test_coupled_system_gives_the_documented_numbers(method, expected) -> None:
    table = names("v", "u", "tau")
    lines = ("tau*dv/dt = 1.0 - v - u", "tau*du/dt = v - u")
    model = neuron(table, [equation(line, table, method) for line in lines])
    state = run(model, {"tau": 10.0, "v": 0.1, "u": 0.2}, n_steps=2, dt=0.5)
    assert (state["v"][0], state["u"][0]) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("midpoint", (-0.6380149320925126, -0.4786762126668178)),
        ("rk4", (-0.6378962596443459, -0.47866478148048974)),
        ("explicit", (-0.6422666803064552, -0.4800848890263765)),
    ],
)
def test_fitzhugh_nagumo_gives_the_documented_numbers(method, expected) -> None:
    table = names("v", "w", "a", "b", "tau")
    lines = ("dv/dt = v - v*v*v/3.0 - w + 0.5", "tau*dw/dt = v + a - b*w")
    model = neuron(table, [equation(line, table, method) for line in lines])
    start = {"a": 0.7, "b": 0.8, "tau": 12.5, "v": -1.0, "w": -0.5}
    state = run(model, start, n_steps=10, dt=0.1)
    assert (state["v"][0], state["w"][0]) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("exponential", 0.34557570575770946),
        ("semiimplicit", 0.32514177693761814),
        ("explicit", 0.37),
    ],
)
def test_rate_collects_all_factors_of_the_variable(method, expected) -> None:
    table = {"v": local("v"), "g": local("g"), "E": shared("E"), "Ee": shared("Ee")}
    model = neuron(table, [equation("10.0*dv/dt = (E - v) + g*(Ee - v)", table, method)])
    state = run(model, {"E": 1.0, "Ee": 2.0, "g": 0.5}, n_steps=2, dt=1.0)
    assert state["v"] == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(
    "line",
    [
        "tau*dv/dt = B - v",
        "tau*dv/dt + v = B",
        "tau*dv/dt + v - B = 0",
        "dv/dt = (B - v)/tau",
        "(dv/dt) * tau + v = B",
        "B - v = tau*dv/dt",
        "-tau*dv/dt = v - B",
        "(tau*dv/dt)/2.0 = (B - v)/2.0",
    ],
)
@pytest.mark.parametrize(
    ("method", "expected"), [("explicit", 0.38), ("exponential", 2 - 2 * np.exp(-0.2))]
)
def test_gradient_may_stand_anywhere(line, method, expected) -> None:
    table = names("v", "tau", "B")
    model = neuron(table, [equation(line, table, method)])
    state = run(model, {"tau": 10.0, "B": 2.0}, n_steps=2, dt=1.0)
    assert state["v"] == pytest.approx(expected, rel=1e-13)


def test_block_uses_old_values_and_assignments_act_at_once() -> None:
    table = {n: local(n) for n in ("u", "I", "k", "v", "r")} | names("tau")
    lines = ("tau*du/dt = v - u", "I = 2.0*u", "tau*dk/dt = v - k", "tau*dv/dt = I - v - u + k")
    model = neuron(table, [equation(x, table) for x in (*lines, "r = v")])
    state = run(model, {"tau": 10.0, "u": 1.0, "k": 1.0, "v": 0.5}, n_steps=1, dt=1.0)
    found = {n: float(state[n][0]) for n in ("u", "I", "k", "v", "r")}
    assert found == pytest.approx({"u": 0.95, "I": 1.9, "k": 0.95, "v": 0.645, "r": 0.645})


def test_bounds_follow_each_write() -> None:
    table = {n: local(n) for n in ("a", "b", "v", "z")} | {"top": shared("top")}
    model = neuron(
        table,
        [
            equation("a += 1.0", table, bounds=(None, "2.5")),
            equation("b -= 1.0", table, bounds=("-2.0", None)),
            equation("dv/dt = 1.0", table, bounds=(None, "top")),
            equation("z = v", table, bounds=("1.0", None)),
        ],
    )
    state = run(model, {"top": 1.5, "v": 0.25}, n_steps=4, dt=1.0)
    assert [float(state[n][0]) for n in "abvz"] == [2.5, -2.0, 1.5, 1.5]


@pytest.mark.parametrize("method", ["explicit", "midpoint", "rk4"])
def test_conditional_right_hand_side_is_taken_by_methods_without_normal_form(method) -> None:
    table = names("v") | {"x": local("x")}
    line = "dv/dt = (1.0 - v)/10.0 if x > 0.0 else (1.0 - v)/20.0"
    state = run(
        neuron(table, [equation(line, table, method)]), {"x": [-1.0, 1.0]}, n_steps=200, dt=0.01
    )
    exact = 1 - np.exp([-2.0 / 20, -2.0 / 10])
    assert state["v"] == pytest.approx(exact, rel=1e-3 if method == "explicit" else 1e-6)


def _error(method: str, dt: float) -> float:
    """Damped oscillator, coupled: error after 1 ms against the matrix exponential."""
    table = names("v", "u")
    lines = ("dv/dt = -0.5*v - 2.0*u", "du/dt = 2.0*v - 0.5*u")
    model = neuron(table, [equation(x, table, method) for x in lines])
    state = run(model, {"v": 1.0}, n_steps=round(1 / dt), dt=dt)
    exact = np.exp(-0.5) * np.array([np.cos(2.0), np.sin(2.0)])
    return float(np.hypot(state["v"][0] - exact[0], state["u"][0] - exact[1]))


@pytest.mark.parametrize(
    ("method", "order"),
    [
        ("explicit", 1),
        ("implicit", 1),
        ("semiimplicit", 1),
        ("exponential", 1),
        ("midpoint", 2),
        ("rk4", 4),
    ],
)
def test_error_shrinks_with_the_stated_order(method, order) -> None:
    assert np.log2(_error(method, 0.01) / _error(method, 0.005)) == pytest.approx(order, abs=0.05)


@pytest.mark.parametrize("tau", [0.1, 10.0, 1e9])
@pytest.mark.parametrize("place", [shared, local], ids=["global tau", "local tau"])
def test_exponential_euler_is_exact_for_constant_input(tau, place) -> None:
    table = {"v": local("v"), "tau": place("tau"), "B": shared("B")}
    model = neuron(table, [equation("tau*dv/dt + v = B", table, "exponential")])
    state = run(model, {"tau": tau, "B": 3.0, "v": 1.0}, n_steps=7, dt=0.3)
    assert state["v"] == pytest.approx(1.0 - 2.0 * np.expm1(-2.1 / tau), rel=1e-14)


def test_exponential_euler_has_a_limit_where_the_rate_is_zero() -> None:
    table = {"v": local("v"), "g": local("g")}
    model = neuron(table, [equation("dv/dt = 2.0 - g*v", table, "exponential")])
    assert run(model, {"g": 0.0}, n_steps=3, dt=0.5)["v"] == pytest.approx(3.0, rel=1e-15)


@pytest.mark.parametrize("method", ["exponential", "semiimplicit"])
def test_transcendental_term_is_held_at_the_current_value(method) -> None:
    table = names("v", "tau")
    line = "tau*dv/dt = 1.0 - v + exp(v)"
    state = run(neuron(table, [equation(line, table, method)]), {"tau": 10.0}, n_steps=1, dt=1.0)
    factor = {"exponential": -np.expm1(-0.1), "semiimplicit": 0.1 / 1.1}[method]
    assert state["v"] == pytest.approx(2.0 * factor, rel=1e-14)


@pytest.mark.parametrize("method", ["implicit", "exponential", "semiimplicit"])
def test_terms_that_cancel_leave_the_equation_linear(method) -> None:
    table = names("v")
    lines = ("dv/dt = v*(1.0 - v) + v**2 - 3.0*v + 1.0", "dv/dt = 1.0 - 2.0*v")
    odd, plain = (
        run(neuron(table, [equation(x, table, method)]), {"v": 0.2}, n_steps=5, dt=0.1)["v"]
        for x in lines
    )
    assert odd == pytest.approx(plain, rel=1e-13)


def test_implicit_solves_three_coupled_equations() -> None:
    table = names("v", "u", "w", "tau")
    lines = ("tau*dv/dt = 1.0 - v - 2.0*u", "du/dt = v - u + w", "dw/dt = 0.5*v - 3.0*w")
    model = neuron(table, [equation(x, table, "implicit") for x in lines])
    state = run(model, {"tau": 5.0, "v": 0.3, "u": -0.2, "w": 1.0}, n_steps=1, dt=0.7)
    matrix = np.array([[-0.2, -0.4, 0], [1, -1, 1], [0.5, 0, -3]])
    right = np.array([0.3, -0.2, 1.0]) + 0.7 * np.array([0.2, 0, 0])
    expected = np.linalg.solve(np.eye(3) - 0.7 * matrix, right)
    assert [state[n][0] for n in "vuw"] == pytest.approx(expected, rel=1e-13)


def test_time_is_held_over_the_stages() -> None:
    table = names("v")
    state = run(neuron(table, [equation("dv/dt = t", table, "rk4")]), {}, n_steps=3, dt=1.0)
    assert state["v"] == pytest.approx(0.0 + 1.0 + 2.0)


HODGKIN_HUXLEY = (
    "an = 0.032*(15.0 - v + v0)/(exp((15.0 - v + v0)/5.0) - 1.0)",
    "am = 0.32*(13.0 - v + v0)/(exp((13.0 - v + v0)/4.0) - 1.0)",
    "ah = 0.128*exp((17.0 - v + v0)/18.0)",
    "bn = 0.5*exp((10.0 - v + v0)/40.0)",
    "bm = 0.28*(v - v0 - 40.0)/(exp((v - v0 - 40.0)/5.0) - 1.0)",
    "bh = 4.0/(1.0 + exp((40.0 - v + v0)/5.0))",
    "dn/dt = an*(1.0 - n) - bn*n",
    "dm/dt = am*(1.0 - m) - bm*m",
    "dh/dt = ah*(1.0 - h) - bh*h",
    "0.2*dv/dt = 0.01*(-65.0 - v) + 6.0*n**4*(-90.0 - v) + 20.0*m**3*h*(50.0 - v) + i",
)


def _hodgkin_huxley_slopes(_: float, state: np.ndarray) -> list[float]:
    v, n, m, h = state

    def linoid(x: float, width: float) -> float:
        return width if x == 0 else x / np.expm1(x / width)

    x = v + 63.0
    an, am, bm = 0.032 * linoid(15 - x, 5), 0.32 * linoid(13 - x, 4), 0.28 * linoid(x - 40, 5)
    ah, bn = 0.128 * np.exp((17 - x) / 18), 0.5 * np.exp((10 - x) / 40)
    bh = 4.0 / (1.0 + np.exp((40 - x) / 5))
    current = 0.01 * (-65 - v) + 6 * n**4 * (-90 - v) + 20 * m**3 * h * (50 - v) + 0.2
    return [
        current / 0.2,
        an * (1 - n) - bn * n,
        am * (1 - m) - bm * m,
        ah * (1 - h) - bh * h,
    ]


@pytest.mark.parametrize(("method", "tolerance"), [("exponential", 0.3), ("explicit", 0.3)])
def test_hodgkin_huxley_agrees_with_scipy(method, tolerance) -> None:
    table = {n: local(n) for n in ["v", "n", "m", "h", "an", "am", "ah", "bn", "bm", "bh"]}
    table |= {"v0": shared("v0"), "i": shared("i")}
    model = neuron(
        table, [equation(x, table, method if "/dt" in x else None) for x in HODGKIN_HUXLEY]
    )
    start = {"v": -65.0, "h": 1.0, "v0": -63.0, "i": 0.2}
    state = run(model, start, n_steps=3_000, dt=0.005)
    exact = solve_ivp(
        _hodgkin_huxley_slopes, (0, 15.0), [-65.0, 0.0, 0.0, 1.0], rtol=1e-10, atol=1e-10
    ).y[:, -1]
    assert state["v"][0] == pytest.approx(exact[0], abs=tolerance)
    assert [state[n][0] for n in "nmh"] == pytest.approx(exact[1:], abs=5e-3)


def test_singular_rate_takes_its_limit() -> None:
    table = {"v": local("v"), "an": local("an")}
    model = neuron(table, [equation("an = 0.032*(15.0 - v)/(exp((15.0 - v)/5.0) - 1.0)", table)])
    assert run(model, {"v": 15.0}, n_steps=1, dt=1.0)["an"] == pytest.approx(0.16, rel=1e-15)
