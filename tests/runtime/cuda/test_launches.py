"""Calls share a launch where that changes nothing."""

from __future__ import annotations

import pytest

from annlab.runtime.cuda.launches import ANYTHING, RECORD, Relation, batches, relation
from annlab.runtime.schedule import Call

UPDATE, DELIVER, TICK, RECORDER = range(4)


def names(*found: str) -> frozenset[str]:
    return frozenset(found)


def update(p: str) -> Call:
    return Call(kernel=UPDATE, slots=0, name=f"update {p}", own_writes=names(f"{p}.v", f"{p}.g"))


def deliver(pre: str, post: str) -> Call:
    return Call(
        kernel=DELIVER, slots=0, name=f"{pre}->{post}", reads=names(f"ring:{pre}"),
        own_writes=names(f"{post}.g"),
    )  # fmt: skip


def tick() -> Call:
    return Call(kernel=TICK, slots=0, name="tick", reads=names(ANYTHING), writes=names("clock"))


def record(number: int) -> Call:
    return Call(
        kernel=RECORDER, slots=0, name="record", reads=names(ANYTHING),
        writes=names(f"{RECORD}{number}"),
    )  # fmt: skip


def shape(calls: list[Call]) -> list[list[list[str]]]:
    return [[[call.name for call in group] for group in b.groups] for b in batches(calls)]


def test_calls_of_one_kernel_onto_different_neurons_lie_side_by_side() -> None:
    assert shape([update("a"), update("b")]) == [[["update a"], ["update b"]]]


def test_calls_onto_the_same_neurons_follow_each_other_in_one_launch() -> None:
    calls = [deliver("a", "b"), deliver("b", "a"), deliver("a", "a"), deliver("b", "b")]
    assert shape(calls) == [[["a->b", "b->b"], ["b->a", "a->a"]]]


def test_a_call_goes_back_to_its_like_where_nothing_between_minds() -> None:
    calls = [deliver("a", "b"), update("b"), deliver("c", "d")]
    assert shape(calls) == [[["a->b"], ["c->d"]], [["update b"]]]


def test_a_call_stays_behind_what_it_depends_on() -> None:
    calls = [deliver("a", "b"), update("b"), deliver("c", "b")]
    assert shape(calls) == [[["a->b"]], [["update b"]], [["c->b"]]]


def test_recorders_come_after_what_they_record_and_share_a_launch() -> None:
    assert shape([update("a"), record(0), record(1), tick()]) == [
        [["update a"]], [["record"], ["record"]], [["tick"]],
    ]  # fmt: skip


def test_nothing_overtakes_the_clock() -> None:
    assert [len(b.groups) for b in batches([update("a"), tick(), update("b")])] == [1, 1, 1]


@pytest.mark.parametrize("is_serial", [False, True])
def test_who_reads_what_another_writes_anywhere_waits_for_it(is_serial: bool) -> None:
    writer = Call(kernel=9, slots=0, name="w", writes=names("x"), is_serial=is_serial)
    reader = Call(kernel=9, slots=0, name="r", own_reads=names("x"))
    assert relation(writer, reader) is Relation.BARRIER
    assert len(batches([writer, reader])) == 2
