"""Standard neurons.

Units follow PyNN: times ms, voltages mV, currents nA, conductances µS, capacitances
nF, rates Hz. Parameters are one value per neuron unless said otherwise.
"""

from __future__ import annotations

from annlab.calls import public
from annlab.errors import ArgumentError
from annlab.ir.definition import Neuron
from annlab.models.values import text_of


def _lines(model: str, /, **parameters: float) -> str:
    """Return parameters as lines of text: one value per neuron each."""
    return "\n".join(f"{n} = {text_of(model, n, value)}" for n, value in parameters.items())


def _shared_lines(model: str, parameters: dict[str, float]) -> str:
    """Return parameters as lines of text: one value for the population each."""
    return "\n".join(
        f"{n} = {text_of(model, n, value)} : population" for n, value in parameters.items()
    )


def _resistance(model: str, tau_m: float, C_m: float) -> float:
    """Return the resistance of a membrane from its time constant and capacitance."""
    time, capacitance = (text_of(model, n, v) for n, v in (("tau_m", tau_m), ("C_m", C_m)))
    if not float(capacitance) > 0:
        raise ArgumentError(f"{model}: C_m is {C_m}", hint="give a capacitance above 0")
    return float(time) / float(capacitance)


class LeakyIntegrator(Neuron):
    """Rate-coded leaky integrator: the membrane potential follows its input, r its positive part.

    Parameters
    ----------
    tau
        Time constant [ms], one for the population.
    B
        Baseline of the membrane potential.
    T
        Threshold of the firing rate, one for the population.
    sum
        Expression of the weighted inputs.
    noise
        Expression that is added in every step, such as ``"Normal(0.0, 1.0)"``.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> cells = net.create(2, annlab.LeakyIntegrator(tau=5.0, B=0.5))
    >>> net.compile()
    >>> steps = net.simulate(100.0)
    >>> cells.r.round(6)
    array([0.5, 0.5])
    """

    def __init__(
        self,
        tau: float = 10.0,
        B: float = 0.0,
        T: float = 0.0,
        sum: str = "sum(exc) - sum(inh)",
        noise: str | None = None,
    ) -> None:
        drive = f"{sum} + B" if noise is None else f"{sum} + B + {noise}"
        super().__init__(
            parameters=f"""
                tau = {text_of("LeakyIntegrator", "tau", tau)} : population
                B = {text_of("LeakyIntegrator", "B", B)}
                T = {text_of("LeakyIntegrator", "T", T)} : population
            """,
            equations=f"""
                tau * dv/dt + v = {drive} : exponential
                r = pos(v - T)
            """,
            name="Leaky integrator",
            description="Leaky integrator with a positive firing rate.",
        )


class Izhikevich(Neuron):
    """Quadratic neuron of Izhikevich with instantaneous synapses.

    Parameters
    ----------
    a, b, c, d
        Rate of the recovery [1/ms], its coupling to the potential, potential after a spike [mV],
        jump of the recovery at a spike.
    v_thresh
        Potential at which a spike is counted [mV].
    i_offset, noise
        Constant input, and standard deviation of a normal input drawn in every step.
    tau_refrac
        Refractory period [ms].
    conductance
        Expression of the synaptic input.

    Source
    ------
    Izhikevich (2003), IEEE Trans. Neural Networks 14:1569-1572, equations 1-3.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(dt=0.5, seed=1, backend="reference")
    >>> spikes = net.monitor(net.create(1, annlab.Izhikevich(i_offset=10.0)), "spike")
    >>> net.compile()
    >>> steps = net.simulate(200.0)
    >>> len(spikes.get("spike")[0])
    5
    """

    def __init__(
        self,
        a: float = 0.02,
        b: float = 0.2,
        c: float = -65.0,
        d: float = 8.0,
        v_thresh: float = 30.0,
        i_offset: float = 0.0,
        noise: float = 0.0,
        tau_refrac: float = 0.0,
        conductance: str = "g_exc - g_inh",
    ) -> None:
        super().__init__(
            parameters=_lines(
                "Izhikevich",
                a=a,
                b=b,
                c=c,
                d=d,
                v_thresh=v_thresh,
                i_offset=i_offset,
                noise=noise,
                tau_refrac=tau_refrac,
            ),
            equations=f"""
                I = {conductance} + noise * Normal(0.0, 1.0) + i_offset
                dv/dt = 0.04 * v^2 + 5.0 * v + 140.0 - u + I : init = c
                du/dt = a * (b * v - u) : init = b * c
            """,
            spike="v > v_thresh",
            reset="v = c; u += d",
            refractory="tau_refrac",
            name="Izhikevich",
            description="Quadratic integrate-and-fire neuron with adaptation (Izhikevich, 2003).",
        )


_DECAY = """
    tau_syn_E * dg_exc/dt = -g_exc : exponential
    tau_syn_I * dg_inh/dt = -g_inh : exponential
"""
_ALPHA_PEAK = """
    gmax_exc = exp((tau_syn_E - dt/2.0)/tau_syn_E)
    gmax_inh = exp((tau_syn_I - dt/2.0)/tau_syn_I)
"""
_ALPHA = """
    tau_syn_E * dalpha_exc/dt = gmax_exc * g_exc - alpha_exc : exponential
    tau_syn_I * dalpha_inh/dt = gmax_inh * g_inh - alpha_inh : exponential
"""


def _membrane(current: str, init: str = "v_reset") -> str:
    return (
        f"cm * dv/dt = cm/tau_m * (v_rest - v) + {current} + i_offset "
        f": exponential, init = {init}\n"
    )


class IF_curr_exp(Neuron):
    """Leaky integrate-and-fire neuron, exponentially decaying currents.

    Parameters
    ----------
    v_rest, v_reset, v_thresh
        Resting potential, potential after a spike, threshold [mV].
    cm, tau_m
        Capacitance [nF] and time constant of the membrane [ms].
    tau_refrac
        Refractory period [ms].
    tau_syn_E, tau_syn_I
        Time constants of excitatory and inhibitory currents [ms]; weights are in nA.
    i_offset
        Constant current [nA].

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(dt=0.5, seed=1, backend="reference")
    >>> spikes = net.monitor(net.create(1, annlab.IF_curr_exp(i_offset=1.0)), "spike")
    >>> net.compile()
    >>> steps = net.simulate(100.0)
    >>> len(spikes.get("spike")[0])
    3
    """

    def __init__(
        self,
        v_rest: float = -65.0,
        cm: float = 1.0,
        tau_m: float = 20.0,
        tau_refrac: float = 0.0,
        tau_syn_E: float = 5.0,
        tau_syn_I: float = 5.0,
        v_thresh: float = -50.0,
        v_reset: float = -65.0,
        i_offset: float = 0.0,
    ) -> None:
        super().__init__(
            parameters=_lines(
                "IF_curr_exp",
                v_rest=v_rest,
                cm=cm,
                tau_m=tau_m,
                tau_refrac=tau_refrac,
                tau_syn_E=tau_syn_E,
                tau_syn_I=tau_syn_I,
                v_thresh=v_thresh,
                v_reset=v_reset,
                i_offset=i_offset,
            ),
            equations=_membrane("g_exc - g_inh") + _DECAY,
            spike="v > v_thresh",
            reset="v = v_reset",
            refractory="tau_refrac",
            name="IF_curr_exp",
            description="Leaky integrate-and-fire neuron, exponentially decaying currents.",
        )


class IF_cond_exp(Neuron):
    """Leaky integrate-and-fire neuron, exponentially decaying conductances.

    Parameters
    ----------
    v_rest, v_reset, v_thresh
        Resting potential, potential after a spike, threshold [mV].
    cm, tau_m
        Capacitance [nF] and time constant of the membrane [ms].
    tau_refrac
        Refractory period [ms].
    tau_syn_E, tau_syn_I
        Time constants of excitatory and inhibitory conductances [ms]; weights are in µS.
    e_rev_E, e_rev_I
        Reversal potentials of the two [mV].
    i_offset
        Constant current [nA].

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(dt=0.5, seed=1, backend="reference")
    >>> spikes = net.monitor(net.create(1, annlab.IF_cond_exp(i_offset=1.0)), "spike")
    >>> net.compile()
    >>> steps = net.simulate(100.0)
    >>> len(spikes.get("spike")[0])
    3
    """

    def __init__(
        self,
        v_rest: float = -65.0,
        cm: float = 1.0,
        tau_m: float = 20.0,
        tau_refrac: float = 0.0,
        tau_syn_E: float = 5.0,
        tau_syn_I: float = 5.0,
        e_rev_E: float = 0.0,
        e_rev_I: float = -70.0,
        v_thresh: float = -50.0,
        v_reset: float = -65.0,
        i_offset: float = 0.0,
    ) -> None:
        super().__init__(
            parameters=_lines(
                "IF_cond_exp",
                v_rest=v_rest,
                cm=cm,
                tau_m=tau_m,
                tau_refrac=tau_refrac,
                tau_syn_E=tau_syn_E,
                tau_syn_I=tau_syn_I,
                e_rev_E=e_rev_E,
                e_rev_I=e_rev_I,
                v_thresh=v_thresh,
                v_reset=v_reset,
                i_offset=i_offset,
            ),
            equations=_membrane("g_exc * (e_rev_E - v) + g_inh * (e_rev_I - v)") + _DECAY,
            spike="v > v_thresh",
            reset="v = v_reset",
            refractory="tau_refrac",
            name="IF_cond_exp",
            description="Leaky integrate-and-fire neuron, exponentially decaying conductances.",
        )


class IF_curr_alpha(Neuron):
    """Leaky integrate-and-fire neuron, currents shaped like alpha functions.

    The current peaks one time constant after the spike, with the height of the weight.

    Parameters
    ----------
    v_rest, v_reset, v_thresh
        Resting potential, potential after a spike, threshold [mV].
    cm, tau_m
        Capacitance [nF] and time constant of the membrane [ms].
    tau_refrac
        Refractory period [ms].
    tau_syn_E, tau_syn_I
        Time constants of excitatory and inhibitory currents [ms]; weights are in nA.
    i_offset
        Constant current [nA].

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(dt=0.5, seed=1, backend="reference")
    >>> spikes = net.monitor(net.create(1, annlab.IF_curr_alpha(i_offset=1.0)), "spike")
    >>> net.compile()
    >>> steps = net.simulate(100.0)
    >>> len(spikes.get("spike")[0])
    3
    """

    def __init__(
        self,
        v_rest: float = -65.0,
        cm: float = 1.0,
        tau_m: float = 20.0,
        tau_refrac: float = 0.0,
        tau_syn_E: float = 5.0,
        tau_syn_I: float = 5.0,
        v_thresh: float = -50.0,
        v_reset: float = -65.0,
        i_offset: float = 0.0,
    ) -> None:
        super().__init__(
            parameters=_lines(
                "IF_curr_alpha",
                v_rest=v_rest,
                cm=cm,
                tau_m=tau_m,
                tau_refrac=tau_refrac,
                tau_syn_E=tau_syn_E,
                tau_syn_I=tau_syn_I,
                v_thresh=v_thresh,
                v_reset=v_reset,
                i_offset=i_offset,
            ),
            equations=_ALPHA_PEAK + _membrane("alpha_exc - alpha_inh") + _DECAY + _ALPHA,
            spike="v > v_thresh",
            reset="v = v_reset",
            refractory="tau_refrac",
            name="IF_curr_alpha",
            description="Leaky integrate-and-fire neuron, alpha-shaped currents.",
        )


class IF_cond_alpha(Neuron):
    """Leaky integrate-and-fire neuron, conductances shaped like alpha functions.

    Parameters
    ----------
    v_rest, v_reset, v_thresh
        Resting potential, potential after a spike, threshold [mV].
    cm, tau_m
        Capacitance [nF] and time constant of the membrane [ms].
    tau_refrac
        Refractory period [ms].
    tau_syn_E, tau_syn_I
        Time constants of excitatory and inhibitory conductances [ms]; weights are in µS.
    e_rev_E, e_rev_I
        Reversal potentials of the two [mV].
    i_offset
        Constant current [nA].

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(dt=0.5, seed=1, backend="reference")
    >>> spikes = net.monitor(net.create(1, annlab.IF_cond_alpha(i_offset=1.0)), "spike")
    >>> net.compile()
    >>> steps = net.simulate(100.0)
    >>> len(spikes.get("spike")[0])
    3
    """

    def __init__(
        self,
        v_rest: float = -65.0,
        cm: float = 1.0,
        tau_m: float = 20.0,
        tau_refrac: float = 0.0,
        tau_syn_E: float = 5.0,
        tau_syn_I: float = 5.0,
        e_rev_E: float = 0.0,
        e_rev_I: float = -70.0,
        v_thresh: float = -50.0,
        v_reset: float = -65.0,
        i_offset: float = 0.0,
    ) -> None:
        current = "alpha_exc * (e_rev_E - v) + alpha_inh * (e_rev_I - v)"
        super().__init__(
            parameters=_lines(
                "IF_cond_alpha",
                v_rest=v_rest,
                cm=cm,
                tau_m=tau_m,
                tau_refrac=tau_refrac,
                tau_syn_E=tau_syn_E,
                tau_syn_I=tau_syn_I,
                e_rev_E=e_rev_E,
                e_rev_I=e_rev_I,
                v_thresh=v_thresh,
                v_reset=v_reset,
                i_offset=i_offset,
            ),
            equations=_ALPHA_PEAK + _membrane(current) + _DECAY + _ALPHA,
            spike="v > v_thresh",
            reset="v = v_reset",
            refractory="tau_refrac",
            name="IF_cond_alpha",
            description="Leaky integrate-and-fire neuron, alpha-shaped conductances.",
        )


_ADAPTIVE = """
    tau_m * dv/dt = (v_rest - v + delta_T * exp((v - v_thresh)/delta_T)) + tau_m/cm * (I - w) : init = v_reset
    tau_w * dw/dt = a * (v - v_rest)/1000.0 - w
"""  # noqa: E501  # one equation


class EIF_cond_exp_isfa_ista(Neuron):
    """Adaptive exponential integrate-and-fire neuron, exponentially decaying conductances.

    `a` is in nS, as in the paper.

    Parameters
    ----------
    v_rest, v_reset, v_thresh, v_spike
        Resting potential, potential after a spike, onset of the exponential, and the potential at
        which a spike is counted [mV].
    cm, tau_m, tau_refrac
        Capacitance [nF] and time constant of the membrane, refractory period [ms].
    tau_syn_E, tau_syn_I, e_rev_E, e_rev_I
        Time constants [ms] and reversal potentials [mV] of the conductances [µS].
    tau_w, a, b
        Adaptation: time constant [ms], coupling to the potential [nS], jump at a spike [nA].
    delta_T
        Sharpness of the onset of a spike [mV].
    i_offset
        Constant current [nA].

    Source
    ------
    Brette & Gerstner (2005), J. Neurophysiol. 94:3637-3642.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(dt=0.5, seed=1, backend="reference")
    >>> spikes = net.monitor(net.create(1, annlab.EIF_cond_exp_isfa_ista(i_offset=1.0)), "spike")
    >>> net.compile()
    >>> steps = net.simulate(100.0)
    >>> len(spikes.get("spike")[0])
    5
    """

    def __init__(
        self,
        v_rest: float = -70.6,
        cm: float = 0.281,
        tau_m: float = 9.3667,
        tau_refrac: float = 0.1,
        tau_syn_E: float = 5.0,
        tau_syn_I: float = 5.0,
        e_rev_E: float = 0.0,
        e_rev_I: float = -80.0,
        tau_w: float = 144.0,
        a: float = 4.0,
        b: float = 0.0805,
        i_offset: float = 0.0,
        delta_T: float = 2.0,
        v_thresh: float = -50.4,
        v_reset: float = -70.6,
        v_spike: float = -40.0,
    ) -> None:
        super().__init__(
            parameters=_lines(
                "EIF_cond_exp_isfa_ista",
                v_rest=v_rest,
                cm=cm,
                tau_m=tau_m,
                tau_refrac=tau_refrac,
                tau_syn_E=tau_syn_E,
                tau_syn_I=tau_syn_I,
                e_rev_E=e_rev_E,
                e_rev_I=e_rev_I,
                tau_w=tau_w,
                a=a,
                b=b,
                i_offset=i_offset,
                delta_T=delta_T,
                v_thresh=v_thresh,
                v_reset=v_reset,
                v_spike=v_spike,
            ),
            equations="I = g_exc * (e_rev_E - v) + g_inh * (e_rev_I - v) + i_offset"
            + _ADAPTIVE
            + _DECAY,
            spike="v > v_spike",
            reset="v = v_reset; w += b",
            refractory="tau_refrac",
            name="EIF_cond_exp_isfa_ista",
            description="Adaptive exponential integrate-and-fire neuron (Brette & Gerstner, "
            "2005), exponentially decaying conductances.",
        )


class EIF_cond_alpha_isfa_ista(Neuron):
    """Adaptive exponential integrate-and-fire neuron, alpha-shaped conductances.

    Parameters
    ----------
    v_rest, v_reset, v_thresh, v_spike
        Resting potential, potential after a spike, onset of the exponential, and the potential at
        which a spike is counted [mV].
    cm, tau_m, tau_refrac
        Capacitance [nF] and time constant of the membrane, refractory period [ms].
    tau_syn_E, tau_syn_I, e_rev_E, e_rev_I
        Time constants [ms] and reversal potentials [mV] of the conductances [µS].
    tau_w, a, b
        Adaptation: time constant [ms], coupling to the potential [nS], jump at a spike [nA].
    delta_T
        Sharpness of the onset of a spike [mV].
    i_offset
        Constant current [nA].

    Source
    ------
    Brette & Gerstner (2005), J. Neurophysiol. 94:3637-3642.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(dt=0.5, seed=1, backend="reference")
    >>> spikes = net.monitor(net.create(1, annlab.EIF_cond_alpha_isfa_ista(i_offset=1.0)), "spike")
    >>> net.compile()
    >>> steps = net.simulate(100.0)
    >>> len(spikes.get("spike")[0])
    5
    """

    def __init__(
        self,
        v_rest: float = -70.6,
        cm: float = 0.281,
        tau_m: float = 9.3667,
        tau_refrac: float = 0.1,
        tau_syn_E: float = 5.0,
        tau_syn_I: float = 5.0,
        e_rev_E: float = 0.0,
        e_rev_I: float = -80.0,
        tau_w: float = 144.0,
        a: float = 4.0,
        b: float = 0.0805,
        i_offset: float = 0.0,
        delta_T: float = 2.0,
        v_thresh: float = -50.4,
        v_reset: float = -70.6,
        v_spike: float = -40.0,
    ) -> None:
        super().__init__(
            parameters=_lines(
                "EIF_cond_alpha_isfa_ista",
                v_rest=v_rest,
                cm=cm,
                tau_m=tau_m,
                tau_refrac=tau_refrac,
                tau_syn_E=tau_syn_E,
                tau_syn_I=tau_syn_I,
                e_rev_E=e_rev_E,
                e_rev_I=e_rev_I,
                tau_w=tau_w,
                a=a,
                b=b,
                i_offset=i_offset,
                delta_T=delta_T,
                v_thresh=v_thresh,
                v_reset=v_reset,
                v_spike=v_spike,
            ),
            equations=_ALPHA_PEAK
            + "I = alpha_exc * (e_rev_E - v) + alpha_inh * (e_rev_I - v) + i_offset"
            + _ADAPTIVE
            + _DECAY
            + _ALPHA,
            spike="v > v_spike",
            reset="v = v_reset; w += b",
            refractory="tau_refrac",
            name="EIF_cond_alpha_isfa_ista",
            description="Adaptive exponential integrate-and-fire neuron (Brette & Gerstner, "
            "2005), alpha-shaped conductances.",
        )


def _escape_rate(current: str) -> str:
    drive = f" + {current}" if current else ""
    return f"""
        tau_m * du/dt = -u + u_r + R * I_ext{drive} : init = u_r
        tau_v * dv/dt = -(v - u_th) : init = u_th
        Lambda = c * exp((u - v)/delta_u)
        p = Uniform(0.0, 1.0) * 1000.0 / dt
    """


class GIF_curr(Neuron):
    """Generalised integrate-and-fire neuron with escape noise, instantaneous currents.

    All parameters are one value for the population. ``R = tau_m / C_m`` is an attribute.

    Parameters
    ----------
    tau_m, C_m
        Time constant [ms] and capacitance of the membrane.
    tau_v, J_v
        Time constant [ms] and size of the jumps of the threshold.
    u_r, u_th
        Reset potential and resting threshold [mV].
    c, delta_u
        Rate at the threshold [Hz] and softness of the threshold [mV].
    I_ext
        Constant current.
    refractory_period
        [ms].
    current
        Expression of the synaptic current, added to the drive.

    Source
    ------
    Schwalger, Deger & Gerstner (2017), PLoS Comput. Biol. 13:e1005507.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(dt=0.5, seed=1, backend="reference")
    >>> spikes = net.monitor(net.create(1, annlab.GIF_curr(I_ext=700.0)), "spike")
    >>> net.compile()
    >>> steps = net.simulate(200.0)
    >>> len(spikes.get("spike")[0])
    7
    """

    def __init__(
        self,
        C_m: float = 250.0,
        tau_m: float = 10.0,
        tau_v: float = 1000.0,
        J_v: float = 1000,
        u_r: float = -65.0,
        u_th: float = -50.0,
        c: float = 10.0,
        delta_u: float = 5.0,
        I_ext: float = 375.0,
        current: str = "R*(g_exc - g_inh)",
        refractory_period: float = 0.0,
    ) -> None:
        super().__init__(
            parameters=_shared_lines(
                "GIF_curr",
                {
                    "tau_m": tau_m,
                    "tau_v": tau_v,
                    "J_v": J_v,
                    "u_r": u_r,
                    "u_th": u_th,
                    "c": c,
                    "delta_u": delta_u,
                    "I_ext": I_ext,
                    "R": _resistance("GIF_curr", tau_m, C_m),
                },
            ),
            equations=_escape_rate(current),
            spike="p < Lambda",
            reset="u = u_r; v += J_v / tau_v",
            refractory=refractory_period,
            name="GIF_curr",
            description="Generalised integrate-and-fire neuron with escape noise "
            "(Schwalger et al., 2017).",
        )


class GIF_curr_exp(Neuron):
    """Generalised integrate-and-fire neuron with escape noise, exponentially decaying currents.

    All parameters are one value for the population. ``R = tau_m / C_m`` is an attribute.

    Parameters
    ----------
    tau_m, C_m
        Time constant [ms] and capacitance of the membrane.
    tau_v, J_v
        Time constant [ms] and size of the jumps of the threshold.
    u_r, u_th
        Reset potential and resting threshold [mV].
    tau_g_exc, tau_g_inh
        Time constants of the synaptic currents [ms].
    c, delta_u
        Rate at the threshold [Hz] and softness of the threshold [mV].
    I_ext
        Constant current.
    refractory_period
        [ms].
    current
        Expression of the synaptic current, added to the drive.

    Source
    ------
    Schwalger, Deger & Gerstner (2017), PLoS Comput. Biol. 13:e1005507.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(dt=0.5, seed=1, backend="reference")
    >>> spikes = net.monitor(net.create(1, annlab.GIF_curr_exp(I_ext=700.0)), "spike")
    >>> net.compile()
    >>> steps = net.simulate(200.0)
    >>> len(spikes.get("spike")[0])
    7
    """

    def __init__(
        self,
        C_m: float = 250.0,
        tau_m: float = 10.0,
        tau_v: float = 1000.0,
        J_v: float = 1000,
        u_r: float = -65.0,
        u_th: float = -50.0,
        c: float = 10.0,
        delta_u: float = 5.0,
        tau_g_exc: float = 5.0,
        tau_g_inh: float = 5.0,
        I_ext: float = 375.0,
        current: str = "R*(g_exc - g_inh)",
        refractory_period: float = 0.0,
    ) -> None:
        super().__init__(
            parameters=_shared_lines(
                "GIF_curr_exp",
                {
                    "tau_m": tau_m,
                    "tau_v": tau_v,
                    "J_v": J_v,
                    "u_r": u_r,
                    "u_th": u_th,
                    "c": c,
                    "delta_u": delta_u,
                    "tau_g_exc": tau_g_exc,
                    "tau_g_inh": tau_g_inh,
                    "I_ext": I_ext,
                    "R": _resistance("GIF_curr_exp", tau_m, C_m),
                },
            ),
            equations=_escape_rate(current)
            + """
                tau_g_exc * dg_exc/dt = -g_exc
                tau_g_inh * dg_inh/dt = -g_inh
            """,
            spike="p < Lambda",
            reset="u = u_r; v += J_v / tau_v",
            refractory=refractory_period,
            name="GIF_curr_exp",
            description="Generalised integrate-and-fire neuron with escape noise "
            "(Schwalger et al., 2017), exponentially decaying currents.",
        )


class HH_cond_exp(Neuron):
    """Hodgkin-Huxley neuron with the channels of Traub and Miles, as in PyNN.

    The rate `bh` is the published one; ANNarchy 5.0 has another, with which it stays silent.

    Parameters
    ----------
    gbar_Na, gbar_K, gleak
        Maximal conductances of the channels and of the leak [µS].
    cm
        Capacitance [nF].
    v_offset
        Shift of the potential in the rates of the channels [mV].
    e_rev_Na, e_rev_K, e_rev_leak, e_rev_E, e_rev_I
        Reversal potentials [mV].
    tau_syn_E, tau_syn_I
        Time constants of the synaptic conductances [ms]; weights are in µS.
    i_offset
        Constant current [nA].
    v_thresh
        A spike is counted when the potential passes it upwards [mV].

    Source
    ------
    Traub & Miles (1991), Neuronal Networks of the Hippocampus, Cambridge University Press.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(dt=0.1, seed=1, backend="reference")
    >>> spikes = net.monitor(net.create(1, annlab.HH_cond_exp(i_offset=0.5)), "spike")
    >>> net.compile()
    >>> steps = net.simulate(20.0)
    >>> len(spikes.get("spike")[0])
    2
    """

    def __init__(
        self,
        gbar_Na: float = 20.0,
        gbar_K: float = 6.0,
        gleak: float = 0.01,
        cm: float = 0.2,
        v_offset: float = -63.0,
        e_rev_Na: float = 50.0,
        e_rev_K: float = -90.0,
        e_rev_leak: float = -65.0,
        e_rev_E: float = 0.0,
        e_rev_I: float = -80.0,
        tau_syn_E: float = 0.2,
        tau_syn_I: float = 2.0,
        i_offset: float = 0.0,
        v_thresh: float = 0.0,
    ) -> None:
        super().__init__(
            parameters=_lines(
                "HH_cond_exp",
                gbar_Na=gbar_Na,
                gbar_K=gbar_K,
                gleak=gleak,
                cm=cm,
                v_offset=v_offset,
                e_rev_Na=e_rev_Na,
                e_rev_K=e_rev_K,
                e_rev_leak=e_rev_leak,
                e_rev_E=e_rev_E,
                e_rev_I=e_rev_I,
                tau_syn_E=tau_syn_E,
                tau_syn_I=tau_syn_I,
                i_offset=i_offset,
                v_thresh=v_thresh,
            ),
            equations="""
                prev_v = v
                an = 0.032 * (15.0 - v + v_offset) / (exp((15.0 - v + v_offset)/5.0) - 1.0)
                am = 0.32 * (13.0 - v + v_offset) / (exp((13.0 - v + v_offset)/4.0) - 1.0)
                ah = 0.128 * exp((17.0 - v + v_offset)/18.0)
                bn = 0.5 * exp((10.0 - v + v_offset)/40.0)
                bm = 0.28 * (v - v_offset - 40.0) / (exp((v - v_offset - 40.0)/5.0) - 1.0)
                bh = 4.0 / (1.0 + exp((40.0 - v + v_offset)/5.0))
                dn/dt = an * (1.0 - n) - bn * n : init = 0.0, exponential
                dm/dt = am * (1.0 - m) - bm * m : init = 0.0, exponential
                dh/dt = ah * (1.0 - h) - bh * h : init = 1.0, exponential
                cm * dv/dt = gleak * (e_rev_leak - v) + gbar_K * n**4 * (e_rev_K - v) + gbar_Na * m**3 * h * (e_rev_Na - v) + g_exc * (e_rev_E - v) + g_inh * (e_rev_I - v) + i_offset : exponential, init = e_rev_leak
            """  # noqa: E501  # one equation
            + _DECAY,
            spike="(v > v_thresh) and (prev_v <= v_thresh)",
            name="HH_cond_exp",
            description="Hodgkin-Huxley neuron with the channels of Traub & Miles (1991).",
        )


@public
def list_standard_neurons() -> list[type[Neuron]]:
    """Return the classes of all standard neurons.

    Examples
    --------
    >>> import annlab
    >>> annlab.Izhikevich in annlab.models.list_standard_neurons()
    True
    """
    return [
        LeakyIntegrator,
        Izhikevich,
        IF_curr_exp,
        IF_cond_exp,
        IF_curr_alpha,
        IF_cond_alpha,
        GIF_curr,
        GIF_curr_exp,
        HH_cond_exp,
        EIF_cond_alpha_isfa_ista,
        EIF_cond_exp_isfa_ista,
    ]
