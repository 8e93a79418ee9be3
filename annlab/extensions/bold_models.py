"""The standard models of the BOLD signal: equations as text, data and not code."""

from __future__ import annotations

from collections.abc import Sequence

from annlab.errors import ArgumentError
from annlab.ir.definition import Neuron
from annlab.models.values import text_of
from annlab.network.checks import read_names


class BoldModel(Neuron):
    """How a BOLD signal follows from the activity of neurons.

    Parameters
    ----------
    parameters, equations
        As of a rate-coded neuron, which reads ``sum(<input>)`` and need not define `r`.
    inputs
        Names of the inputs, one or several.
    output
        Names of the variables that are recorded by default.

    Raises
    ------
    ArgumentError
        If the equations do not read an input.

    Examples
    --------
    >>> model = BoldModel("tau = 100.0", "tau*dBOLD/dt = sum(I) - BOLD", inputs="I")
    >>> model.inputs, model.output
    (('I',), ('BOLD',))
    """

    def __init__(
        self,
        parameters: str = "",
        equations: str = "",
        inputs: str | Sequence[str] = (),
        output: str | Sequence[str] = ("BOLD",),
        name: str = "Custom BOLD model",
        description: str = "",
    ) -> None:
        super().__init__(
            parameters=parameters, equations=equations, name=name, description=description
        )
        self.inputs = tuple(read_names(inputs, "inputs of a BOLD model"))
        self.output = tuple(read_names(output, "outputs of a BOLD model"))
        for one in self.inputs:
            if f"sum({one})" not in str(equations).replace(" ", ""):
                raise ArgumentError(
                    f"BOLD model {name!r} does not read its input {one!r}",
                    hint=f"write sum({one}) in an equation",
                )


_BALLOON = """
I_CBF = sum(I_CBF)                                        : init=0
ds/dt = (phi*I_CBF - kappa*s - gamma*(f_in - 1))/second   : init=0
df_in/dt = s/second                                       : init=1, min=0.01
E = 1 - (1 - E_0)**(1/f_in)                               : init=0.3424
dq/dt = (f_in*E/E_0 - (q/v)*f_out)/(tau*second)           : init=1, min=0.01
dv/dt = (f_in - f_out)/(tau*second)                       : init=1, min=0.01
f_out = v**(1/alpha)                                      : init=1, min=0.01
"""
_CLASSICAL = """
k_1 = (1 - V_0)*4.3*v_0*E_0*TE
k_2 = 2*E_0
k_3 = 1 - epsilon
"""
_REVISED = """
k_1 = 4.3*v_0*E_0*TE
k_2 = epsilon*r_0*E_0*TE
k_3 = 1 - epsilon
"""
_MAITH = """
k_1 = 7*E_0
k_2 = 2
k_3 = 2*E_0 - 0.2
"""
_NONLINEAR = "BOLD = V_0*(k_1*(1 - q) + k_2*(1 - q/v) + k_3*(1 - v))"
_LINEAR = "BOLD = V_0*((k_1 + k_2)*(1 - q) + (k_3 - k_2)*(1 - v))"
_TWO_INPUTS = """
I_CBF = sum(I_CBF)
second*ds_CBF/dt = phi_CBF*I_CBF - kappa_CBF*s_CBF - gamma_CBF*(f_in - 1)
second*df_in/dt = s_CBF                                   : init=1, min=0.01
I_CMRO2 = sum(I_CMRO2)
second*ds_CMRO2/dt = phi_CMRO2*I_CMRO2*(gamma_CMRO2/gamma_CBF) - kappa_CMRO2*s_CMRO2 - gamma_CMRO2*(r - 1)
second*dr/dt = s_CMRO2                                    : init=1, min=0.01
dv = f_in - v**(1/alpha)
tau_out = if dv > 0: tau_out1 else: tau_out2
f_out = v**(1/alpha) + tau_out*dv/(tau + tau_out)         : init=1, min=0.01
dq/dt = (r - (q/v)*f_out)/(second*tau)                    : init=1, min=0.01
dv/dt = dv/(tau + tau_out)/second                         : init=1, min=0.01
"""  # noqa: E501  # one equation
_BUXTON = "Balloon model of Buxton et al. (1998) with the coefficients of Stephan et al. (2007)"


class _Balloon(BoldModel):
    """A balloon model with one input, `I_CBF`."""

    def __init__(self, coefficients: str, signal: str, name: str, **values: float) -> None:
        super().__init__(
            parameters=_lines(": population", **values),
            equations=_BALLOON + coefficients + signal,
            inputs="I_CBF",
            name=name,
            description=f"{_BUXTON}: {name}.",
        )


class balloon_CN(_Balloon):
    """Balloon model with classical coefficients and the non-linear BOLD equation.

    Source
    ------
    Buxton, Wong & Frank (1998), Magn. Reson. Med. 39:855-864; Stephan et al. (2007), NeuroImage
    38:387-401.

    Examples
    --------
    >>> import annlab
    >>> from annlab.extensions.bold import balloon_CN
    >>> balloon_CN(phi=2.0).inputs
    ('I_CBF',)
    """

    def __init__(
        self,
        phi: float = 1.0,
        kappa: float = 1 / 1.54,
        gamma: float = 1 / 2.46,
        E_0: float = 0.34,
        tau: float = 0.98,
        alpha: float = 0.33,
        V_0: float = 0.02,
        v_0: float = 40.3,
        TE: float = 40 / 1000.0,
        epsilon: float = 1.43,
    ) -> None:
        super().__init__(
            self._coefficients, self._signal, type(self).__name__,
            phi=phi, kappa=kappa, gamma=gamma, E_0=E_0, tau=tau, alpha=alpha, V_0=V_0, v_0=v_0,
            TE=TE, epsilon=epsilon,
        )  # fmt: skip

    _coefficients, _signal = _CLASSICAL, _NONLINEAR


class balloon_CL(balloon_CN):
    """Balloon model with classical coefficients and the linear BOLD equation.

    Examples
    --------
    >>> import annlab
    >>> from annlab.extensions.bold import balloon_CL
    >>> balloon_CL(phi=2.0).output
    ('BOLD',)
    """

    _signal = _LINEAR


class balloon_RN(_Balloon):
    """Balloon model with revised coefficients and the non-linear BOLD equation.

    Source
    ------
    Stephan et al. (2007), NeuroImage 38:387-401.

    Examples
    --------
    >>> import annlab
    >>> from annlab.extensions.bold import balloon_RN
    >>> net = annlab.Network()
    >>> cells = net.create(10, annlab.LeakyIntegrator(B=0.1))
    >>> bold = net.boldmonitor(cells, balloon_RN(tau=1.5))
    >>> float(bold.tau)
    1.5
    """

    def __init__(
        self,
        phi: float = 1.0,
        kappa: float = 1 / 1.54,
        gamma: float = 1 / 2.46,
        E_0: float = 0.34,
        tau: float = 0.98,
        alpha: float = 0.33,
        V_0: float = 0.02,
        v_0: float = 40.3,
        TE: float = 40 / 1000.0,
        epsilon: float = 1.43,
        r_0: float = 25.0,
    ) -> None:
        super().__init__(
            _REVISED, self._signal, type(self).__name__,
            phi=phi, kappa=kappa, gamma=gamma, E_0=E_0, tau=tau, alpha=alpha, V_0=V_0, v_0=v_0,
            TE=TE, epsilon=epsilon, r_0=r_0,
        )  # fmt: skip

    _signal = _NONLINEAR


class balloon_RL(balloon_RN):
    """Balloon model with revised coefficients and the linear BOLD equation.

    Examples
    --------
    >>> import annlab
    >>> from annlab.extensions.bold import balloon_RL
    >>> net = annlab.Network()
    >>> cells = net.create(10, annlab.LeakyIntegrator(B=0.1))
    >>> bold = net.boldmonitor(cells, balloon_RL)
    >>> bold.model.name
    'balloon_RL'
    """

    _signal = _LINEAR


class balloon_maith2021(BoldModel):
    """Balloon model with the coefficients of Maith et al.

    Source
    ------
    Maith et al. (2021), Eur. J. Neurosci. 53:2254-2278.

    Examples
    --------
    >>> import annlab
    >>> from annlab.extensions.bold import balloon_maith2021
    >>> net = annlab.Network()
    >>> cells = net.create(10, annlab.LeakyIntegrator(B=0.1))
    >>> bold = net.boldmonitor(cells, balloon_maith2021)
    >>> bold.model.inputs
    ('I_CBF',)
    """

    def __init__(self) -> None:
        super().__init__(
            parameters=_lines(
                "", phi=1.0, kappa=0.665, gamma=0.412, E_0=0.3424, tau=1.0368, alpha=0.3215,
                V_0=0.02,
            ),
            equations=_BALLOON + _MAITH + _NONLINEAR,
            inputs="I_CBF",
            name="balloon_maith2021",
            description="Balloon model of Maith et al. (2021).",
        )  # fmt: skip


class balloon_two_inputs(BoldModel):
    """Balloon model that follows blood flow (`I_CBF`) and oxygen consumption (`I_CMRO2`).

    Source
    ------
    Maith et al. (2022), Front. Neuroinform. 16:790966.

    Examples
    --------
    >>> import annlab
    >>> from annlab.extensions.bold import balloon_two_inputs
    >>> net = annlab.Network()
    >>> cells = net.create(10, annlab.Neuron("x = 0.1; y = 0.2", "r = x + y"))
    >>> bold = net.boldmonitor(cells, balloon_two_inputs, {"I_CBF": "r", "I_CMRO2": "r"})
    >>> bold.model.inputs
    ('I_CBF', 'I_CMRO2')
    """

    def __init__(self) -> None:
        super().__init__(
            parameters=_lines(
                "", kappa_CBF=0.7650920556760059, gamma_CBF=1 / 2.46,
                kappa_CMRO2=4.032389192727559, gamma_CMRO2=10 / 2.46, phi_CBF=1.0, phi_CMRO2=1.0,
                E_0=0.34, tau=0.98, alpha=0.33, V_0=0.02, v_0=40.3, TE=0.04, epsilon=1.0,
                r_0=25.0, tau_out1=0.0, tau_out2=20.0,
            ),
            equations=_TWO_INPUTS + _REVISED + _NONLINEAR,
            inputs=("I_CBF", "I_CMRO2"),
            name="balloon_two_inputs",
            description="Balloon model of Maith et al. (2022) with two inputs.",
        )  # fmt: skip


def _lines(flags: str, **values: float) -> str:
    """Return parameters as text, and with them the milliseconds of a second."""
    parameters = {**values, "second": 1000.0}
    return "\n".join(f"{k} = {text_of('a balloon', k, v)} {flags}" for k, v in parameters.items())


__all__ = [
    "BoldModel",
    "balloon_CL",
    "balloon_CN",
    "balloon_RL",
    "balloon_RN",
    "balloon_maith2021",
    "balloon_two_inputs",
]
