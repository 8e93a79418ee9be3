"""Files that are written: who may read them, where they lie, and what a failure leaves."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from annlab import Network, Neuron, load_snapshot
from annlab.errors import StorageError


@pytest.fixture
def net() -> Network:
    network = Network(seed=1)
    network.create(2, Neuron(equations="r = t"))
    network.compile()
    return network


@pytest.fixture
def umask() -> Iterator[int]:
    """Let new files be for their owner alone."""
    before = os.umask(0o077)
    yield 0o077
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("umask")
def test_a_new_file_is_as_private_as_the_user_wants_files(net: Network, tmp_path: Path) -> None:
    net.snapshot().save(str(tmp_path / "moment.npz"))
    net.save(str(tmp_path / "values.npz"))
    assert mode(tmp_path / "moment.npz") == mode(tmp_path / "values.npz") == 0o600


@pytest.mark.usefixtures("umask")
def test_a_file_that_is_written_again_keeps_who_may_read_it(net: Network, tmp_path: Path) -> None:
    path = tmp_path / "moment.npz"
    path.touch()
    path.chmod(0o660)
    net.snapshot().save(str(path))
    assert mode(path) == 0o660
    assert load_snapshot(str(path)).step == 0


def test_a_link_to_another_disk_stays_one(net: Network, tmp_path: Path) -> None:
    (tmp_path / "large").mkdir()
    link = tmp_path / "moment.npz"
    link.symlink_to(tmp_path / "large" / "there.npz")
    net.snapshot().save(str(link))
    assert link.is_symlink()
    assert [p.name for p in (tmp_path / "large").iterdir()] == ["there.npz"]


def test_a_disk_that_fails_at_last_leaves_the_file_of_before(
    net: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "moment.npz"
    net.snapshot().save(str(path))
    net.simulate(3.0)

    def fails(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(StorageError, match="moment.npz' cannot be written: Input/output error"):
        net.snapshot().save(str(path))

    assert [p.name for p in tmp_path.iterdir()] == ["moment.npz"]
    assert load_snapshot(str(path)).step == 0
