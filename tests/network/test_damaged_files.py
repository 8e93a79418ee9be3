"""Files that are damaged, or that somebody else has written, are refused and change nothing."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annlab as ann
from annlab import Network
from annlab.errors import AnnlabWarning, ArgumentError, ArgumentTypeError, ShapeError

Content = dict[str, Any]


def _build() -> Network:
    net = Network(seed=1)
    cell = ann.Neuron("tau = 10.0", "tau*dv/dt = 1.5 - v + g_exc", spike="v > 1.0", reset="v = 0.0")
    a, b = net.create(4, cell, name="a"), net.create(3, cell, name="b")
    net.connect(a, b, "exc", ann.STDP, name="q").all_to_all(ann.Uniform(0.0, 0.5), delays=3.0)
    net.compile()
    net.simulate(12.0)
    return net


def _content(folder: Path) -> Content:
    _build().save(str(folder / "whole.data"))
    return pickle.loads((folder / "whole.data").read_bytes())


def _values(net: Network) -> list[Any]:
    a, b, q = net.get_population("a"), net.get_population("b"), net.get_projection("q")
    assert a is not None
    assert b is not None
    assert q is not None
    return [net.current_step, a.v.tolist(), b.tau.tolist(), q.w, q.tau_plus, q.delay]


def _put(owner: str, name: str, value: object) -> Callable[[Content], object]:
    return lambda content: content[owner].update({name: value})


DAMAGES: dict[str, Callable[[Content], object]] = {
    "clock-is-text": lambda c: c.update(time_step="abc"),
    "clock-below-0": lambda c: c.update(time_step=-5),
    "values-are-text": _put("a", "v", ["a"] * 4),
    "values-are-complex": _put("a", "v", np.zeros(4) * 1j),
    "values-too-many": _put("a", "v", np.zeros(9)),
    "values-of-values": _put("a", "v", [[1, 2], 3, 4, "x"]),
    "last-spikes-too-many": _put("a", "_last_spike", np.zeros(9, int)),
    "last-spikes-missing": _put("a", "_last_spike", None),
    "spikes-of-nobody": lambda c: c["a"].update(_spikes_ranks=[99], _spikes_steps=[1]),
    "spikes-without-steps": lambda c: c["a"].update(_spikes_ranks=[1, 2], _spikes_steps=[1]),
    "spikes-twice": lambda c: c["a"].update(_spikes_ranks=[1, 1], _spikes_steps=[2, 2]),
    "weights-too-few": _put("q", "w", np.zeros(3)),
    "weights-missing": _put("q", "w", None),
    "a-global-twice": _put("q", "tau_plus", [1.0, 2.0]),
    "ranks-missing": _put("q", "pre_ranks", None),
    "ranks-below-0": lambda c: c["q"].update(pre_ranks=[[0], [-1], [0]], w=np.ones(3)),
    "ranks-too-high": lambda c: c["q"].update(pre_ranks=[[0], [9], [0]], w=np.ones(3)),
    "synapses-twice": lambda c: c["q"].update(pre_ranks=[[0, 0], [1], [2]], w=np.ones(4)),
    "delays-are-text": _put("q", "delays", "x"),
    "delays-below-0": _put("q", "delays", -1.0),
    "delays-endless": _put("q", "delays", 1e12),
    "flags-too-many": _put("q", "_flags", np.ones(9)),
    "events-too-few": _put("q", "_last_event", np.ones(3)),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=list(DAMAGES))
def test_a_file_that_does_not_fit_changes_nothing(
    tmp_path: Path, damage: Callable[[Content], object]
) -> None:
    content = _content(tmp_path)
    damage(content)
    (tmp_path / "damaged.data").write_bytes(pickle.dumps(content))
    net = _build()
    net.simulate(2.0)
    before = _values(net)
    with pytest.raises((ArgumentError, ShapeError), match="damaged.data|cannot be 1e[+]12"):
        net.load(str(tmp_path / "damaged.data"))
    assert _values(net) == before


@pytest.mark.parametrize("suffix", [".npz", ".gz", ".data"])
@pytest.mark.parametrize("n_lost", [1, 300])
def test_a_file_that_was_cut_is_refused(tmp_path: Path, suffix: str, n_lost: int) -> None:
    path = tmp_path / f"cut{suffix}"
    net = _build()
    net.save(str(path))
    path.write_bytes(path.read_bytes()[:-n_lost])
    with pytest.raises(ArgumentError, match="cannot be read"):
        net.load(str(path))


def test_what_is_no_archive_is_not_taken_for_a_pickle(tmp_path: Path) -> None:
    """NumPy advises to trust it then."""
    path = tmp_path / "words.npz"
    path.write_text("no archive")
    with pytest.raises(
        ArgumentError, match=r"cannot be read: it is damaged, or no \.npz"
    ) as caught:
        _build().load(str(path))
    assert "pickle" not in str(caught.value)


def test_a_population_finds_its_part_of_a_network(tmp_path: Path) -> None:
    net, path = _build(), str(tmp_path / "net.npz")
    cells, others = net.get_population("a"), net.get_projection("q")
    assert cells is not None
    assert others is not None
    net.save(path)
    before, cells.v = cells.v, 0.0
    cells.load(path)
    np.testing.assert_array_equal(cells.v, before)
    others.save(path)
    with pytest.raises(ArgumentError, match="holds nothing of 'a'"):
        cells.load(path)


def test_a_snapshot_is_no_saved_network(tmp_path: Path) -> None:
    net, path = _build(), str(tmp_path / "moment.npz")
    net.snapshot().save(path)
    with pytest.raises(ArgumentError, match="holds a snapshot\n  use net.restore"):
        net.load(path)
    with pytest.raises(ArgumentTypeError, match="populations is 'no'"):
        net.save(path, populations="no")  # type: ignore[arg-type]


@pytest.mark.parametrize("key", ["seed", "dt", "step", "populations/0/size"])
def test_a_damaged_snapshot_changes_nothing(tmp_path: Path, key: str) -> None:
    net, path = _build(), tmp_path / "moment.npz"
    net.snapshot().save(str(path))
    content = dict(np.load(path))
    np.savez(path, **(content | {key: np.array("zz")}))
    before = _values(net)
    with pytest.raises(ArgumentError, match="the snapshot is damaged"):
        net.restore(ann.load_snapshot(str(path)))
    assert _values(net) == before


@pytest.mark.parametrize(
    "text",
    [
        "[1]",
        '{"populations": 3}',
        '{"populations": {"cells": {"tau": "x"}}}',
        '{"populations": {"cells": {"tau": 5.0}}, "projections": 3}',
        '{"populations": {"cells": {"tau": 5.0}}, "network": {"a": "x"}}',
        '{"populations": {"cells": {"tau": 5.0}}, "constants": 3}',
        '{"populations": {"cells": {"tau": 5.0}, "others": {"tau": "x"}}}',
    ],
)
def test_parameters_that_make_no_sense_change_nothing(tmp_path: Path, text: str) -> None:
    net = Network()
    cells, _ = (
        net.create(1, ann.Neuron({"tau": 10.0}, "tau*dr/dt = -r"), name=name)
        for name in ("cells", "others")
    )
    (tmp_path / "parameters.json").write_text(text)
    with pytest.raises((ArgumentError, ArgumentTypeError)):
        ann.load_parameters(str(tmp_path / "parameters.json"), net_id=net)
    assert cells.tau == 10.0


def test_what_counts_in_other_steps_is_warned_of(tmp_path: Path) -> None:
    nets = [Network(dt=dt) for dt in (1.0, 0.5)]
    for net in nets:
        net.create(1, ann.LeakyIntegrator, name="cells")
        net.compile()
    nets[0].save(str(tmp_path / "net.npz"))
    with pytest.warns(AnnlabWarning, match="saved with a step of 1 ms, .* is 0.5 ms"):
        nets[1].load(str(tmp_path / "net.npz"))
