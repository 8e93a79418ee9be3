"""Pictures give way to a run that has no core to itself, on a clock of our own."""

from __future__ import annotations

from itertools import pairwise

from annlab.widgets.courtesy import NARROWEST_S, WIDEST_S, Courtesy


def spacings(share: float, for_s: float = 5.0, courtesy: Courtesy | None = None) -> list[float]:
    """Return how far apart pictures are while a run gets `share` of its time."""
    courtesy = courtesy or Courtesy()
    now = 100.0
    found = []
    while now < 100.0 + for_s:
        found.append(courtesy.look(now, share * now))
        now += max(found[-1], NARROWEST_S)
    return found


def test_pictures_begin_far_apart_so_that_a_short_run_loses_nothing() -> None:
    assert spacings(1.0)[0] == WIDEST_S


def test_a_run_with_a_core_to_itself_is_shown_as_often_as_can_be_within_two_seconds() -> None:
    found = spacings(1.0, for_s=2.0)
    assert found[-1] < NARROWEST_S
    assert all(b < a for a, b in pairwise(found))


def test_pictures_stay_far_apart_while_a_run_is_pushed_off_its_core() -> None:
    assert set(spacings(0.8)) == {WIDEST_S}


def test_pictures_give_way_within_a_second_when_the_cores_get_busy() -> None:
    courtesy = Courtesy()
    spacings(1.0, courtesy=courtesy)
    busy = [courtesy.look(200.0 + 0.04 * k, 100.0 + 0.03 * k) for k in range(25)]
    assert busy[-1] == WIDEST_S


def test_pictures_of_a_network_that_keeps_a_pace_or_rests_never_wait() -> None:
    courtesy = Courtesy()
    spacings(0.5, courtesy=courtesy)
    assert courtesy.look(300.0, None) == 0.0


def test_another_run_begins_anew() -> None:
    courtesy = Courtesy()
    spacings(1.0, courtesy=courtesy)
    # The thread of the new run has worked less than that of the last.
    assert courtesy.look(300.0, 0.1) == WIDEST_S
