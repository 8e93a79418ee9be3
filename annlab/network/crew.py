"""Processes that take one run after the other, and of which one may die without the others.

A pool calls all its runs lost as soon as one of its processes ends: it cannot tell whose it was. So
each process has a pool of its own. Nor does a pool end its processes when it is killed itself, with
the kernel of a notebook say, so each watches the process that began it. Knows nothing of networks.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial
from types import ModuleType, TracebackType
from typing import Any, Self  # Any: pools of a library that need not be there

LOOK_S = 1.0  # an orphan goes on at most so long


class Crew:
    """A number of processes that begin when they are needed; use it as a context manager.

    Left by an exception, it ends the processes at once.

    Parameters
    ----------
    library
        A library of process pools (loky).
    begin, given
        What each process calls first, and with what.
    """

    def __init__(
        self,
        library: ModuleType,
        n_processes: int,
        *,
        begin: Callable[..., None],
        given: tuple[Any, ...],
    ) -> None:
        self._library = library
        self._begin = begin
        self._given = given
        self._pools = [self._new_pool() for _ in range(n_processes)]

    def _new_pool(self) -> Any:
        return self._library.ProcessPoolExecutor(
            1, initializer=_begin_with, initargs=(os.getpid(), self._begin, self._given)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        end = partial(_end, must_hurry=kind is not None)
        with ThreadPoolExecutor(len(self._pools)) as together:
            list(together.map(end, self._pools))

    def run(
        self, function: Callable[[bytes], bytes], runs: Sequence[bytes]
    ) -> Iterator[tuple[int, Future[bytes]]]:
        """Yield (number of the run, its future) as they end."""
        waiting, free = deque(enumerate(runs)), deque(range(len(self._pools)))
        underway: dict[Future[bytes], tuple[int, int]] = {}
        ended: list[tuple[int, Future[bytes]]] = []
        while waiting or underway or ended:
            while waiting and free:
                number, run = waiting.popleft()
                place = free.popleft()
                underway[self._submit(place, function, run)] = number, place
            yield from ended  # whatever is done with them, the processes are busy again
            ended = []
            for future in wait(underway, return_when=FIRST_COMPLETED).done:
                number, place = underway.pop(future)
                free.append(place)
                ended.append((number, future))

    def _submit(self, place: int, function: Callable[[bytes], bytes], run: bytes) -> Future[bytes]:
        """Send a run to a process; another one takes the place of one that has died."""
        try:
            return self._pools[place].submit(function, run)
        except self._library.BrokenProcessPool:
            self._pools[place].shutdown(wait=False)
            self._pools[place] = self._new_pool()
            return self._pools[place].submit(function, run)


def _begin_with(parent: int, begin: Callable[..., None], given: tuple[Any, ...]) -> None:
    """Begin a process that ends when its parent does."""
    threading.Thread(target=_end_with, args=(parent,), name="annlab orphan", daemon=True).start()
    begin(*given)


def _end_with(parent: int) -> None:
    """End this process, whatever it is doing, when the one that began it has gone."""
    while os.getppid() == parent:
        time.sleep(LOOK_S)
    os._exit(1)  # there is nobody left to whom anything could be told


def _end(pool: Any, *, must_hurry: bool) -> None:
    pool.shutdown(wait=True, kill_workers=must_hurry)


__all__ = ["Crew"]
