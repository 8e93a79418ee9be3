"""The reference and the CPU back end agree on models that nobody chose.

They run a few steps only: the back ends round differently (another order of sums, other
exponentials), and a network amplifies that from step to step. The relative tolerance of 1e-7
leaves a factor of a billion for it, and is far below what any wrong term would cause.
"""

from __future__ import annotations

import os

from agreement_networks import NetworkText, build, differing, everything, networks
from hypothesis import HealthCheck, Phase, given, settings

N_STEPS = 9
N_EXAMPLES = int(os.environ.get("ANNLAB_EXAMPLES", "60"))
COMMON = settings(
    derandomize="ANNLAB_EXAMPLES" not in os.environ,
    deadline=None,
    # A failing network is small enough to be read; each try to shrink it would compile again.
    phases=[Phase.generate],
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.function_scoped_fixture,
    ],
)


def results(text: NetworkText, **options: object) -> dict:
    with build(text, **options) as net:
        for _ in range(N_STEPS):
            net.step()
        return everything(net)


def assert_agreement(text: NetworkText) -> None:
    expected = results(text, backend="reference")
    one = results(text, backend="cpu", num_threads=1)
    two = results(text, backend="cpu", num_threads=2)
    assert differing(one, expected, rtol=1e-7, atol=1e-9) == []
    assert differing(one, two) == []


@settings(COMMON, max_examples=N_EXAMPLES)
@given(networks(is_spiking=False))
def test_rate_coded_networks_agree(text: NetworkText) -> None:
    assert_agreement(text)


@settings(COMMON, max_examples=N_EXAMPLES)
@given(networks(is_spiking=True))
def test_spiking_networks_agree(text: NetworkText) -> None:
    assert_agreement(text)
