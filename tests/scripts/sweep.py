"""A sweep over parameters in processes of their own, in the style of version 5."""

import annlab as ann


class Cells(ann.Network):
    """A few cells with a current."""

    def __init__(self, current: float, size: int = 5) -> None:
        self.pop = self.create(size, ann.Izhikevich(i_offset=current))
        self.m = self.monitor(self.pop, "spike")


def rate(net: Cells, duration: float) -> float:
    net.simulate(duration)
    return net.m.mean_fr()


if __name__ == "__main__":
    net = Cells(0.0, dt=0.5, seed=1)
    net.compile()
    rates = net.parallel_run(rate, 3, current=[0.0, 10.0, 20.0], duration=300.0, seeds="same")
