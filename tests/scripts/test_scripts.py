"""Scripts as users write them, of both styles, run as they are."""

from __future__ import annotations

import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any  # Any: what a script binds

import numpy as np
import pytest

import annlab
from annlab.runtime.cuda.device import EMULATE_VARIABLE, WATCH

HERE = Path(__file__).parent
Names = dict[str, Any]


def _coba(s: Names) -> None:
    assert 5.0 < s["rate"] < 60.0
    assert len(s["t"]) == len(s["n"]) == sum(map(len, s["data"].values()))


def _stp(s: Names) -> None:
    depressing, facilitating = s["jumps"]
    assert depressing[0] == pytest.approx(0.5)  # w * U * x
    assert depressing[-1] < 0.1 * depressing[0]
    assert facilitating[-1] > 3.0 * facilitating[0]


def _stdp(s: Names) -> None:
    assert 35.0 < s["input_rate"] < 45.0
    assert s["output_rate"] > 1.0
    assert len(s["weights"]) == 4
    assert s["after"] != s["before"][0]
    assert all(0.0 <= w <= 0.01 for w in s["after"])
    assert s["still"] == s["frozen"]


def _rate_learning(s: Names) -> None:
    assert s["n_recorded"] == 2000
    hebb, oja, ibcm, bcm = (np.array(w) for w in s["after"])
    assert np.all(hebb > np.array(s["before"][0]))
    # The first component of the covariance: the frequent pattern, of length 1.
    assert np.linalg.norm(oja) == pytest.approx(1.0, abs=0.2)
    assert oja[:2].min() > 2.0 * oja[2:].max()
    assert np.isfinite(ibcm).all()
    assert np.isfinite(bcm).all()
    assert len(s["theta"]) == 1


def _reservoir(s: Names) -> None:
    assert s["same_weights"]
    assert s["error"] < 0.05
    assert (s["twin"].dt, s["twin"].compiled) == (1.0, True)


def _field(s: Names) -> None:
    assert s["r"].shape == (200, 20, 20)
    peaks = [np.unravel_index(np.argmax(r), r.shape)[0] for r in (s["first"], s["second"])]
    assert peaks[0] < 8
    assert peaks[1] > 12
    assert (s["shape"], s["field_of_one"].shape) == ((400, 400), (20, 20))
    assert (s["middle"].geometry, s["neighbour"]) == ((10, 10), 211)


def _structure(s: Names) -> None:
    assert s["matrix"][:10, :10].astype(bool).sum() > 60  # all come sooner or later
    assert s["matrix"][10:, 10:].astype(bool).sum() == 0  # all were pruned
    assert (s["created"], s["remaining"]) == (0.5, False)


def _hybrid(s: Names) -> None:
    assert (s["slow"], s["fast"]) == (pytest.approx(5.0, rel=0.1), pytest.approx(50.0, rel=0.05))
    assert s["wave"][100:].max() > 25.0
    assert s["wave"][100:].min() < 15.0
    assert s["counts"][0] == 0 < s["counts"][1] < s["counts"][2]


def _bayes(s: Names) -> None:
    assert (s["decided"], s["sure"].tolist()) == (0, [True, False, False])
    assert 1.0 < s["duration"] < 1000.0
    assert s["maximum"] > 0.9
    assert (s["halves"], s["values"]) == ([0.5, 1.5], [0.5])
    assert s["recorded"]["total"].shape == (int(s["duration"]) + 2,)
    assert (s["after_reset"].tolist(), s["again"]) == ([0.0] * 3, s["duration"])
    assert s["sure_at_once"][0]  # the constant was lowered


def _sweep(s: Names) -> None:
    assert s["rates"][0] == 0.0 < s["rates"][1] < s["rates"][2]


def _files(s: Names) -> None:
    (_, rates, weights), (time, rates_again, weights_again) = s["at_100"], s["again"]
    assert time == 100.0
    assert np.array_equal(rates, rates_again)
    assert weights == weights_again
    assert s["tau"] == 10.0
    assert s["names"] == ["a", "ab", 1]
    assert s["same"][0] == s["at_50"][2]


def _homeostasis(s: Names) -> None:
    assert s["gain"].shape == (600, 8)
    assert 5.0 < s["rate"] < 100.0
    assert np.ptp(s["gain"][-1]) > 0.05  # cells that fire more are excited less
    assert (s["learned"].min(), s["learned"].max()) != (0.1, 0.1)
    assert s["learned"].shape == s["kept"].shape == (8, 2)
    assert not np.array_equal(s["learned"], s["kept"])  # of the trial; a reset keeps it
    assert s["trial_shown"].tolist() == [[0.5] * 4] * 10
    assert np.ptp(s["trial_gain"], axis=0).max() == 0.0
    assert np.array_equal(s["again_shown"], s["shown"][:10])
    assert s["adapts_again"] is True


SCRIPTS: dict[str, Callable[[Names], None]] = {
    "coba_47": _coba,
    "stp": _stp,
    "stdp_47": _stdp,
    "rate_learning_47": _rate_learning,
    "reservoir": _reservoir,
    "field_47": _field,
    "structure_47": _structure,
    "hybrid": _hybrid,
    "bayes_47": _bayes,
    "sweep": _sweep,
    "files_47": _files,
    "homeostasis": _homeostasis,
}


@pytest.fixture(autouse=True)
def _forget_everything() -> Iterator[None]:
    annlab.clear()
    yield
    annlab.clear()


# An emulated GPU takes a minute for it; what is in it, other tests of that back end have.
SLOW_ON_CUDA = "hybrid"


@pytest.mark.parametrize(
    ("script", "backend"),
    [
        (script, backend)
        for script in SCRIPTS
        for backend in ("reference", "cpu", "cuda")
        if (script, backend) != (SLOW_ON_CUDA, "cuda")
    ],
)
def test_a_script_runs_as_it_is(
    script: str, backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANNLAB_BACKEND", backend)
    monkeypatch.setenv(EMULATE_VARIABLE, WATCH)
    monkeypatch.chdir(tmp_path)
    SCRIPTS[script](runpy.run_path(str(HERE / f"{script}.py"), run_name="__main__"))
