"""What is kept is given back whole, or not at all."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from annlab.codegen.build import cache
from annlab.errors import AnnlabWarning, CacheError

CODE = bytes(range(256)) * 40


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_folder_is_the_one_that_the_variable_names(own_cache: Path) -> None:
    assert cache.cache_folder() == own_cache
    assert own_cache.stat().st_mode & 0o777 == 0o700


def test_without_the_variable_it_follows_the_desktop_standard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANNLAB_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setattr("sys.platform", "linux")
    assert cache.cache_folder() == tmp_path / "xdg" / "annlab"


@pytest.fixture
def is_read_only(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the named folder be one that can only be read, as one of root's is for others."""

    def may(folder: Path, mode: int) -> bool:
        return Path(folder) != own_cache or not mode & os.W_OK

    monkeypatch.setattr(os, "access", may)
    return own_cache


def test_whoever_shares_a_folder_keeps_models_of_his_own_at_home(is_read_only: Path) -> None:
    cache.keep_code("new", CODE, "")
    assert cache.code_file("new") == Path.home() / ".cache" / "annlab" / "new.so"


def test_a_folder_that_is_only_read_is_shared(is_read_only: Path) -> None:
    assert cache.shared_folder() == is_read_only


def test_a_folder_of_ones_own_is_not_shared() -> None:
    assert cache.cache_folder().is_dir()
    assert cache.shared_folder() is None


def test_a_folder_that_cannot_be_written_is_replaced_by_a_private_one(
    is_read_only: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a file").write_text("no home")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a file"))
    folder = cache.cache_folder()
    assert folder.name == f"annlab-{os.getuid()}"
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_can_only_be_read_is_still_read(
    own_cache: Path, request: pytest.FixtureRequest
) -> None:
    cache.keep_code("old", CODE, "")
    cache.keep_manifest("old", {"code": "old"})
    request.getfixturevalue("is_read_only")
    cache.keep_code("new", CODE, "")
    assert cache.code_file("old") == own_cache / "old.so"
    assert cache.read_manifest("old") == {"code": "old"}
    assert cache.code_file("new") != own_cache / "new.so"


def test_a_folder_that_is_a_file_is_replaced_and_that_is_told_once(
    own_cache: Path, recwarn: pytest.WarningsRecorder
) -> None:
    own_cache.write_text("I am in the way")
    with pytest.warns(AnnlabWarning, match="cannot be used: .*\n  the usual folder is taken"):
        assert cache.cache_folder() != own_cache
    assert cache.cache_folder() != own_cache
    assert not recwarn.list


def test_where_nothing_can_be_written_the_error_says_what_to_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "access", lambda folder, mode: False)
    with pytest.raises(CacheError) as error:
        cache.cache_folder()
    assert str(error.value).startswith("there is no folder to keep compiled kernels in\n")
    assert "not writable by this user" in str(error.value)
    assert "set the environment variable ANNLAB_CACHE" in str(error.value)


def test_code_of_another_user_is_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.keep_code("key", CODE, "")
    someone = os.getuid() + 4711
    monkeypatch.setattr(os, "getuid", lambda: someone)
    with pytest.raises(CacheError, match="not writable by this user"):
        cache.code_file("key")


def test_what_was_kept_is_found(own_cache: Path) -> None:
    cache.keep_code("key", CODE, "int x;  // x = 1\n")
    assert cache.code_file("key") == own_cache / "key.so"
    assert (own_cache / "key.so").read_bytes().startswith(CODE)
    assert names(own_cache) == ["key.cpp", "key.so"]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda content: b"", id="emptied"),
        pytest.param(lambda content: content[:-1], id="truncated"),
        pytest.param(lambda content: content[: len(content) // 2], id="cut in half"),
        pytest.param(lambda content: b"\0" * len(content), id="zeros of the same size"),
        pytest.param(lambda content: content[:99] + b"!" + content[100:], id="one byte changed"),
        pytest.param(lambda content: content + b"x", id="grown"),
    ],
)
def test_damaged_code_is_as_good_as_none(own_cache: Path, damage) -> None:
    cache.keep_code("key", CODE, "")
    path = own_cache / "key.so"
    path.write_bytes(damage(path.read_bytes()))
    assert cache.code_file("key") is None


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"null"])
def test_a_damaged_manifest_is_as_good_as_none(own_cache: Path, content: bytes) -> None:
    cache.keep_manifest("key", {"code": "x"})
    (own_cache / "key.json").write_bytes(content)
    assert cache.read_manifest("key") is None


def test_a_write_that_fails_leaves_nothing_and_says_why(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = cache.cache_folder()

    def fails(source: str, target: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(CacheError) as error:
        cache.write_atomically(folder / "file", b"content")
    assert str(error.value).splitlines()[0] == f"cannot write {folder / 'file'}"
    assert "Input/output error" in str(error.value)
    assert "free some space, or set ANNLAB_CACHE to another folder" in str(error.value)
    assert names(folder) == []


def test_a_full_disk_costs_later_sessions_time_and_this_one_nothing(
    tiny_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANNLAB_CACHE", str(tiny_disk))
    large = CODE * 20
    with pytest.warns(AnnlabWarning, match="No space left.*\n.*\n.*for this session only"):
        cache.keep_code("key", large, "")
    found = cache.code_file("key")
    assert found is not None
    assert found.read_bytes().startswith(large)
    assert names(tiny_disk) == []


def test_a_full_disk_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    _fill_disk(monkeypatch, into=cache.cache_folder())
    with pytest.warns(AnnlabWarning):
        cache.keep_code("key", CODE, "the source")
    cache.keep_manifest("key", {"code": "key"})  # a second warning would be an error
    assert cache.read_manifest("key") == {"code": "key"}


def _fill_disk(monkeypatch: pytest.MonkeyPatch, *, into: Path) -> None:
    replace = os.replace

    def refuses(source: str, target: Path) -> None:
        if Path(target).parent == into:
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", refuses)


def test_a_process_that_was_forked_leaves_the_folder_of_the_session_to_its_parent(
    own_cache: Path,
) -> None:
    script = """
import os, sys
from annlab.codegen.build import cache
folder = cache._session_folder()
child = os.fork()
if child == 0:
    sys.exit()
os.waitpid(child, 0)
print(folder.is_dir(), folder)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    is_there, folder = done.stdout.split(maxsplit=1)
    assert is_there == "True"
    assert not Path(folder.strip()).exists()


# ---- size ---------------------------------------------------------------------------------------


KEY, NEW, MIDDLE, OLD, USED, OTHER, MADE, FOUND = (f"neuron-{k:024x}" for k in range(8))


def test_what_was_not_used_for_longest_goes_first(own_cache: Path) -> None:
    for age, key in enumerate([NEW, MIDDLE, OLD]):
        cache.keep_code(key, CODE, "")
        _used(own_cache / f"{key}.so", seconds_ago=1000 + age)
    assert cache.prune(limit_mb=2.5 * len(CODE) / 1e6) == 1
    assert names(own_cache) == [f"{NEW}.so", f"{MIDDLE}.so"]


def test_use_keeps_code_from_being_pruned(own_cache: Path) -> None:
    for key in (USED, OTHER):
        cache.keep_code(key, CODE, "")
        _used(own_cache / f"{key}.so", seconds_ago=2000 if key == USED else 1000)
    cache.code_file(USED)
    cache.prune(limit_mb=1.5 * len(CODE) / 1e6)
    assert names(own_cache) == [f"{USED}.so"]


def test_the_variable_sets_the_limit(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.keep_code(KEY, CODE, "text")
    for name in (f"{KEY}.so", f"{KEY}.cpp"):
        _used(own_cache / name, seconds_ago=1000)
    monkeypatch.setenv("ANNLAB_CACHE_MB", "0.001")
    assert cache.prune() == 2
    assert names(own_cache) == []


def test_what_is_about_to_be_loaded_stays_however_small_the_cache_may_be(own_cache: Path) -> None:
    for key in (MADE, FOUND, OLD):
        cache.keep_code(key, CODE, "")
        _used(own_cache / f"{key}.so", seconds_ago=0 if key == MADE else 1000)
    cache.code_file(FOUND)
    assert cache.prune(limit_mb=0.0) == 1
    assert names(own_cache) == [f"{MADE}.so", f"{FOUND}.so"]


def test_a_cache_below_its_limit_keeps_everything(own_cache: Path) -> None:
    cache.keep_code(KEY, CODE, "text")
    assert cache.prune() == 0
    assert names(own_cache) == [f"{KEY}.cpp", f"{KEY}.so"]


def test_what_a_killed_process_left_is_removed_in_time(own_cache: Path) -> None:
    folder = cache.cache_folder()
    (folder / f".{KEY}.so.abandoned").write_bytes(b"half")
    (folder / f".{KEY}.so.being_written").write_bytes(b"half")
    _used(folder / f".{KEY}.so.abandoned", seconds_ago=4000)
    cache.prune()
    assert names(own_cache) == [f".{KEY}.so.being_written"]


def test_files_of_others_are_neither_counted_nor_removed(own_cache: Path) -> None:
    folder = cache.cache_folder()
    others = ["results.json", "model.cpp", ".hidden.json.swp", "run-2026.json", "kernel-12ab.so"]
    for name in others:
        (folder / name).write_bytes(CODE)
        _used(folder / name, seconds_ago=10_000)
    (folder / "runs").mkdir()
    cache.keep_code(KEY, CODE, "")
    _used(folder / f"{KEY}.so", seconds_ago=1000)
    assert cache.size()[0] == 1

    assert cache.prune(limit_mb=0.0) == 1
    cache.clean()

    assert names(own_cache) == sorted([*others, "runs"])


def test_the_cache_is_looked_through_once_an_hour(own_cache: Path) -> None:
    cache.prune_in_time()
    cache.keep_code(KEY, CODE, "")
    _used(own_cache / f"{KEY}.so", seconds_ago=10_000)
    (stamp,) = own_cache.glob(".pruned")

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANNLAB_CACHE_MB", "0")
        cache.prune_in_time()
        assert (own_cache / f"{KEY}.so").exists()
        _used(stamp, seconds_ago=4000)
        cache.prune_in_time()
        assert not (own_cache / f"{KEY}.so").exists()


def _used(path: Path, *, seconds_ago: float) -> None:
    moment = time.time() - seconds_ago
    os.utime(path, (moment, moment))
