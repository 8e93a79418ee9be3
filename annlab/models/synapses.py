"""Standard synapses. Parameters are one value per projection unless said otherwise."""

from __future__ import annotations

from annlab.errors import ArgumentError
from annlab.ir.definition import Synapse


class Hebb(Synapse):
    """Plain Hebbian learning of rate-coded neurons; weights never become negative."""

    def __init__(self, eta: float = 0.01) -> None:
        super().__init__(
            parameters=f"eta = {float(eta)!r} : projection",
            equations="dw/dt = eta * pre.r * post.r : min = 0.0, explicit",
            name="Hebb",
            description="Hebbian learning rule.",
        )


class Oja(Synapse):
    """Hebbian learning with a decay that keeps the norm of the weights bounded.

    Source
    ------
    Oja (1982), J. Math. Biol. 15:267-273.
    """

    def __init__(self, eta: float = 0.01, alpha: float = 1.0) -> None:
        super().__init__(
            parameters=f"eta = {float(eta)!r} : projection\nalpha = {float(alpha)!r} : projection",
            equations="dw/dt = eta * (pre.r * post.r - alpha * post.r^2 * w) : min = 0.0, explicit",
            name="Oja",
            description="Regularised Hebbian learning rule (Oja, 1982).",
        )


class IBCM(Synapse):
    """Hebbian learning with a sliding threshold.

    Source
    ------
    Intrator & Cooper (1992), Neural Networks 5:3-17.
    """

    def __init__(self, eta: float = 0.01, tau: float = 2000.0) -> None:
        super().__init__(
            parameters=f"eta = {float(eta)!r} : projection\ntau = {float(tau)!r} : projection",
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

    Source
    ------
    Tsodyks, Uziel & Markram (2000), J. Neurosci. 20:RC50.
    """

    def __init__(self, tau_rec: float = 100.0, tau_facil: float = 0.01, U: float = 0.5) -> None:
        if tau_facil <= 0:
            raise ArgumentError(
                f"STP: tau_facil is {tau_facil!r} ms",
                hint="give a time constant above 0; a very small one switches facilitation off",
            )
        super().__init__(
            parameters=f"""
                tau_rec = {float(tau_rec)!r} : projection
                tau_facil = {float(tau_facil)!r} : projection
                U = {float(U)!r}
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

    Source
    ------
    Song & Abbott (2001), Neuron 32:339-350.
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
                tau_plus = {float(tau_plus)!r} : projection
                tau_minus = {float(tau_minus)!r} : projection
                A_plus = {float(A_plus)!r} : projection
                A_minus = {float(A_minus)!r} : projection
                w_min = {float(w_min)!r} : projection
                w_max = {float(w_max)!r} : projection
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


def list_standard_synapses() -> list[type[Synapse]]:
    """Return the classes of all standard synapses."""
    return [STP, STDP, Hebb, Oja, IBCM]
