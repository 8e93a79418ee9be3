"""Standard synapses. Parameters are one value per projection unless said otherwise."""

from __future__ import annotations

from annlab.calls import public
from annlab.errors import ArgumentError
from annlab.ir.definition import Synapse
from annlab.models.values import text_of


class Hebb(Synapse):
    """Plain Hebbian learning of rate-coded neurons; weights never become negative.

    Parameters
    ----------
    eta
        Learning rate [1/ms].

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> source = net.create(annlab.InputArray(1))
    >>> cell = net.create(1, annlab.Neuron("", "r = sum(exc)"))
    >>> learning = net.connect(source, cell, "exc", annlab.Hebb(eta=0.01)).one_to_one(weights=1.0)
    >>> source.r = 1.0
    >>> net.compile()
    >>> steps = net.simulate(20.0)
    >>> round(learning.w[0][0], 4)
    1.2202
    """

    def __init__(self, eta: float = 0.01) -> None:
        super().__init__(
            parameters=f"eta = {text_of('Hebb', 'eta', eta)} : projection",
            equations="dw/dt = eta * pre.r * post.r : min = 0.0, explicit",
            name="Hebb",
            description="Hebbian learning rule.",
        )


class Oja(Synapse):
    """Hebbian learning with a decay that keeps the norm of the weights bounded.

    Parameters
    ----------
    eta
        Learning rate [1/ms].
    alpha
        Strength of the decay.

    Source
    ------
    Oja (1982), J. Math. Biol. 15:267-273.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> source = net.create(annlab.InputArray(1))
    >>> cell = net.create(1, annlab.Neuron("", "r = sum(exc)"))
    >>> learning = net.connect(source, cell, "exc", annlab.Oja(eta=0.1)).one_to_one(weights=0.5)
    >>> source.r = 1.0
    >>> net.compile()
    >>> steps = net.simulate(20.0)
    >>> round(learning.w[0][0], 4)
    0.9787
    """

    def __init__(self, eta: float = 0.01, alpha: float = 1.0) -> None:
        super().__init__(
            parameters=f"""
                eta = {text_of("Oja", "eta", eta)} : projection
                alpha = {text_of("Oja", "alpha", alpha)} : projection
            """,
            equations="dw/dt = eta * (pre.r * post.r - alpha * post.r^2 * w) : min = 0.0, explicit",
            name="Oja",
            description="Regularised Hebbian learning rule (Oja, 1982).",
        )


class IBCM(Synapse):
    """Hebbian learning with a sliding threshold.

    Parameters
    ----------
    eta
        Learning rate [1/ms].
    tau
        Time constant of the threshold [ms], which is one value per postsynaptic neuron.

    Source
    ------
    Intrator & Cooper (1992), Neural Networks 5:3-17.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> source = net.create(annlab.InputArray(1))
    >>> cell = net.create(1, annlab.Neuron("", "r = sum(exc)"))
    >>> learning = net.connect(source, cell, "exc", annlab.IBCM(eta=0.01, tau=10.0))
    >>> learning = learning.one_to_one(weights=1.0)
    >>> source.r = 1.0
    >>> net.compile()
    >>> steps = net.simulate(20.0)
    >>> round(learning.w[0][0], 4)
    1.0852
    """

    def __init__(self, eta: float = 0.01, tau: float = 2000.0) -> None:
        super().__init__(
            parameters=f"""
                eta = {text_of("IBCM", "eta", eta)} : projection
                tau = {text_of("IBCM", "tau", tau)} : projection
            """,
            equations="""
                tau * dtheta/dt + theta = post.r^2 : postsynaptic, exponential
                dw/dt = eta * post.r * (post.r - theta) * pre.r : min = 0.0, explicit
            """,
            name="IBCM",
            description="BCM learning rule with a sliding threshold (Intrator & Cooper, 1992).",
        )


class STP(Synapse):
    """Short-term plasticity: depression and facilitation.

    `U` is one value per synapse.

    Parameters
    ----------
    tau_rec, tau_facil
        Time constants of recovery and of facilitation [ms], above 0.
    U
        Part of the resources that a spike uses.

    Raises
    ------
    ArgumentError
        If `tau_facil` is not above 0.

    Source
    ------
    Tsodyks, Uziel & Markram (2000), J. Neurosci. 20:RC50.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> source = net.create(annlab.SpikeSourceArray([2.0, 10.0, 18.0]))
    >>> cell = net.create(1, annlab.Neuron("", "v = g_exc", spike="v > 0.9", reset="v = 0.0"))
    >>> tired = net.connect(source, cell, "exc", annlab.STP()).one_to_one(weights=1.0)
    >>> net.compile()
    >>> steps = net.simulate(30.0)
    >>> round(tired.x[0][0], 4)
    0.1627
    """

    def __init__(self, tau_rec: float = 100.0, tau_facil: float = 0.01, U: float = 0.5) -> None:
        text_of("STP", "tau_facil", tau_facil)  # a number at all
        if tau_facil <= 0:
            raise ArgumentError(
                f"STP: tau_facil is {tau_facil!r} ms",
                hint="give a time constant above 0; a very small one switches facilitation off",
            )
        super().__init__(
            parameters=f"""
                tau_rec = {text_of("STP", "tau_rec", tau_rec)} : projection
                tau_facil = {text_of("STP", "tau_facil", tau_facil)} : projection
                U = {text_of("STP", "U", U)}
            """,
            equations="""
                dx/dt = (1 - x)/tau_rec : init = 1.0, event-driven
                du/dt = (U - u)/tau_facil : init = U, event-driven
            """,
            pre_spike="""
                g_target += w * u * x
                x *= (1 - u)
                u += U * (1 - u)
            """,
            name="STP",
            description="Short-term plasticity (Tsodyks et al., 2000).",
        )


class STDP(Synapse):
    """Spike-timing dependent plasticity with exponential windows, applied to all pairs.

    Parameters
    ----------
    tau_plus, tau_minus
        Time constants of potentiation and depression [ms].
    A_plus, A_minus
        Change of a weight by one pair, as a part of `w_max`.
    w_min, w_max
        Bounds of the weights.

    Source
    ------
    Song & Abbott (2001), Neuron 32:339-350.

    Examples
    --------
    >>> import annlab
    >>> net = annlab.Network(backend="reference")
    >>> source = net.create(annlab.SpikeSourceArray([2.0, 10.0, 18.0]))
    >>> cell = net.create(1, annlab.Neuron("", "v = g_exc", spike="v > 0.9", reset="v = 0.0"))
    >>> learning = net.connect(source, cell, "exc", annlab.STDP()).one_to_one(weights=0.95)
    >>> net.compile()
    >>> steps = net.simulate(30.0)
    >>> round(learning.w[0][0], 4)
    0.9767
    """

    def __init__(
        self,
        tau_plus: float = 20.0,
        tau_minus: float = 20.0,
        A_plus: float = 0.01,
        A_minus: float = 0.01,
        w_min: float = 0.0,
        w_max: float = 1.0,
    ) -> None:
        super().__init__(
            parameters=f"""
                tau_plus = {text_of("STDP", "tau_plus", tau_plus)} : projection
                tau_minus = {text_of("STDP", "tau_minus", tau_minus)} : projection
                A_plus = {text_of("STDP", "A_plus", A_plus)} : projection
                A_minus = {text_of("STDP", "A_minus", A_minus)} : projection
                w_min = {text_of("STDP", "w_min", w_min)} : projection
                w_max = {text_of("STDP", "w_max", w_max)} : projection
            """,
            equations="""
                tau_plus * dx/dt = -x : event-driven
                tau_minus * dy/dt = -y : event-driven
            """,
            pre_spike="""
                g_target += w
                x += A_plus * w_max
                w = clip(w + y, w_min, w_max)
            """,
            post_spike="""
                y -= A_minus * w_max
                w = clip(w + x, w_min, w_max)
            """,
            name="STDP",
            description="Spike-timing dependent plasticity (Song & Abbott, 2001).",
        )


@public
def list_standard_synapses() -> list[type[Synapse]]:
    """Return the classes of all standard synapses.

    Examples
    --------
    >>> import annlab
    >>> [model.__name__ for model in annlab.models.list_standard_synapses()]
    ['STP', 'STDP', 'Hebb', 'Oja', 'IBCM']
    """
    return [STP, STDP, Hebb, Oja, IBCM]
