"""What a page can ask, and what it is sent without asking."""

from __future__ import annotations

import gc
import threading
import time

import pytest
from pages import Page, eventually

import annlab as ann
from annlab.lab import session as sessions
from annlab.lab.session import Session


def status_of(page: Page, net: ann.Network) -> dict:
    networks = page.get("watch", is_shown=False)["networks"]
    return next(n for n in networks if n["id"] == net.id)


def test_a_network_is_called_as_the_user_calls_it(page: Page, net: ann.Network) -> None:
    page.variables = {"_": net, "my_net": net, "other": net}
    assert status_of(page, net)["label"] == "my_net"


def test_a_network_without_a_variable_is_called_by_its_number(page: Page, net: ann.Network) -> None:
    assert status_of(page, net)["label"] == f"network {net.id}"


def test_an_empty_network_is_not_shown(page: Page) -> None:
    empty = ann.Network(backend="reference")
    networks = page.get("watch", is_shown=False)["networks"]
    assert empty.id not in [n["id"] for n in networks]


def test_the_outline_names_populations_and_projections(page: Page, net: ann.Network) -> None:
    net.compile()
    outline = page.get("outline", network=net.id)
    cells, recurrent = outline["populations"][0], outline["projections"][0]
    assert (cells["name"], cells["size"], cells["geometry"]) == ("cells", 10, (2, 5))
    assert (cells["model"], cells["is_spiking"]) == ("Izhikevich", True)
    assert (recurrent["pre"], recurrent["post"], recurrent["target"]) == ("cells", "cells", "exc")
    assert (recurrent["connector"], recurrent["n_synapses"]) == ("all_to_all", 90)
    assert cells["memory_bytes"] > 10 * 8
    assert (outline["dt_ms"], outline["backend"], outline["is_compiled"]) == (
        1.0,
        "reference",
        True,
    )


def test_the_outline_of_a_network_that_is_not_compiled_knows_no_synapses(
    page: Page, net: ann.Network
) -> None:
    assert page.get("outline", network=net.id)["projections"][0]["n_synapses"] is None


def test_details_are_equations_and_values(page: Page, net: ann.Network) -> None:
    net.compile()
    details = page.get("details", network=net.id, name="cells")
    assert r"\frac{\mathrm{d}v}{\mathrm{d}t}" in details["latex"]
    assert {"name": "i_offset", "kind": "parameter", "value": "10"} in details["attributes"]


def test_details_of_a_projection_are_there_too(page: Page, net: ann.Network) -> None:
    net.compile()
    details = page.get("details", network=net.id, name="recurrent")
    assert {a["name"]: a["value"] for a in details["attributes"]}["w"] == "0.1"


def test_details_of_nothing_are_an_error(page: Page, net: ann.Network) -> None:
    reply = page.ask("details", network=net.id, name="cell")
    assert reply["error"] == f"network {net.id} has no population or projection 'cell'"


def test_the_run_button_compiles_first(page: Page, net: ann.Network) -> None:
    assert status_of(page, net)["state"] == "not compiled"
    assert page.get("control", network=net.id, action="run")["state"] == "running"
    assert net.running


def test_buttons_pause_go_on_step_stop_and_reset(page: Page, net: ann.Network) -> None:
    def press(action: str) -> dict:
        return page.get("control", network=net.id, action=action)

    press("run")
    assert press("pause")["state"] == "paused"
    before = net.current_step
    assert press("step")["time_ms"] == before + 1
    assert press("run")["state"] == "running"
    assert press("stop")["state"] == "stopped"
    assert press("reset")["time_ms"] == 0.0
    assert press("step")["time_ms"] == 1.0


def test_the_stop_button_ends_a_simulation_inside_a_cell(page: Page, net: ann.Network) -> None:
    net.compile()
    cell = threading.Thread(target=net.simulate, args=(1e9,))
    cell.start()
    assert eventually(lambda: net.running)
    page.get("control", network=net.id, action="stop")
    cell.join(10.0)
    assert not cell.is_alive()


def test_stop_all_stops_all_and_counts_them(page: Page, net: ann.Network) -> None:
    other = ann.Network(backend="reference")
    other.create(1, ann.LeakyIntegrator)
    for network in (net, other):
        network.compile()
        network.start()
    assert page.get("stop_all") == 2
    assert not net.running
    assert not other.running
    assert page.get("stop_all") == 0


def test_a_watching_page_is_sent_what_moves(page: Page, net: ann.Network) -> None:
    net.compile()
    page.get("watch", is_shown=True)
    net.start(speed=1.0)
    assert eventually(lambda: len({n["time_ms"] for n in seen(page, net)}) >= 4)
    assert eventually(lambda: 0.1 < page.network(net.id)["factor"] < 2.0)
    assert eventually(lambda: page.network(net.id)["spikes_per_s"] > 0)
    net.stop()
    assert eventually(lambda: page.network(net.id)["state"] == "stopped")


def test_a_clock_that_is_set_is_no_speed(page: Page, net: ann.Network) -> None:
    net.compile()
    page.get("watch", is_shown=True)
    net.start(speed=1.0)
    assert eventually(lambda: page.network(net.id)["factor"] > 0.1)
    net.set_time(1e6)
    before = len(page.statuses)
    assert eventually(lambda: len(page.statuses) > before + 4)
    told = [next(n for n in s["networks"] if n["id"] == net.id) for s in page.statuses[before:]]
    assert max(n["time_ms"] for n in told) > 1e6
    assert max(n["factor"] for n in told) < 3.0
    assert max(n["spikes_per_s"] for n in told) > 0.0


def test_the_memory_of_a_network_is_told_as_soon_as_it_is_compiled(
    page: Page, net: ann.Network
) -> None:
    """It is added up once a second, and showed 0 B meanwhile."""

    def told() -> int:
        return page.get("control", network=net.id, action="stop")["memory_bytes"]

    before = told()
    net.compile()
    assert told() == net.size_in_bytes() > before


def test_the_spikes_of_a_network_are_counted_that_is_made_under_the_eyes_of_the_page(
    page: Page,
) -> None:
    page.get("watch", is_shown=True)
    net = ann.Network(dt=1.0, seed=1, backend="reference")
    net.create(2, ann.Izhikevich(i_offset=10.0))
    net.compile()
    net.start(speed=1.0)
    assert eventually(lambda: any((n["spikes_per_s"] or 0) > 0 for n in seen(page, net)))
    net.clear()


def seen(page: Page, net: ann.Network) -> list[dict]:
    return [n for status in page.statuses for n in status["networks"] if n["id"] == net.id]


def test_a_watching_page_is_sent_at_most_four_messages_a_second(
    page: Page, net: ann.Network
) -> None:
    net.compile()
    net.start(speed=1.0)
    page.get("watch", is_shown=True)
    time.sleep(1.5)
    assert 2 <= len(page.statuses) <= 7


def test_nothing_is_sent_where_nothing_moves(page: Page, net: ann.Network) -> None:
    net.compile()
    page.get("watch", is_shown=True)
    assert eventually(lambda: len(page.statuses) >= 1)
    time.sleep(0.2)
    before = len(page.statuses)
    time.sleep(1.3)
    assert len(page.statuses) == before


def test_nothing_is_sent_to_a_page_that_does_not_watch(page: Page, net: ann.Network) -> None:
    net.compile()
    net.start()
    page.get("watch", is_shown=False)
    time.sleep(0.5)
    assert page.statuses == []


def test_a_page_that_closes_its_comm_leaves_no_thread(page: Page, net: ann.Network) -> None:
    page.get("watch", is_shown=True)
    assert eventually(lambda: "annlab-lab" in names_of_threads())
    page.close()
    assert eventually(lambda: "annlab-lab" not in names_of_threads())


def names_of_threads() -> set[str]:
    return {t.name for t in threading.enumerate()}


def test_a_page_that_falls_silent_is_taken_for_gone(
    page: Page, net: ann.Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SILENT_S", "SILENT_BUSY_S"):
        monkeypatch.setattr(sessions, name, 0.1)
    page.get("watch", is_shown=True)
    assert eventually(lambda: "annlab-lab" not in names_of_threads())
    page.get("watch", is_shown=True)
    assert eventually(lambda: len(page.statuses) >= 2)


@pytest.fixture
def resting(page: Page, net: ann.Network, monkeypatch: pytest.MonkeyPatch) -> Page:
    """A page that watched, and then was not heard for so long that its thread rests."""
    net.compile()
    for name in ("SILENT_S", "SILENT_BUSY_S"):
        monkeypatch.setattr(sessions, name, 0.1)
    page.get("watch", is_shown=True)
    assert eventually(lambda: "annlab-lab" not in names_of_threads())
    for name in ("SILENT_S", "SILENT_BUSY_S"):
        monkeypatch.setattr(sessions, name, 1.0)
    page.statuses.clear()
    return page


def test_a_page_that_rested_is_told_that_a_network_runs(resting: Page, net: ann.Network) -> None:
    net.start(speed=1.0)
    assert eventually(lambda: "running" in states(resting, net), 5.0)


def test_a_page_that_rested_is_told_of_a_run_that_is_over_at_once(
    resting: Page, net: ann.Network
) -> None:
    net.simulate(1.0)
    assert eventually(lambda: 1.0 in [n["time_ms"] for n in seen(resting, net)], 5.0)


def test_a_page_that_rested_is_told_that_a_paused_network_goes_on(
    page: Page, net: ann.Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SILENT_S", "SILENT_BUSY_S"):
        monkeypatch.setattr(sessions, name, 1.0)
    net.compile()
    net.start(speed=1.0)
    net.pause()
    page.get("watch", is_shown=True)
    assert eventually(lambda: "annlab-lab" not in names_of_threads())
    net.resume()
    assert eventually(lambda: "running" in states(page, net), 5.0)


def test_a_page_that_rested_sees_what_its_own_buttons_do(resting: Page, net: ann.Network) -> None:
    resting.get("control", network=net.id, action="reset")
    assert eventually(lambda: len(resting.statuses) > 0, 5.0)


def test_a_page_that_does_not_answer_to_a_run_is_woken_by_no_other(
    resting: Page, net: ann.Network
) -> None:
    net.simulate(1.0)
    assert eventually(lambda: len(resting.statuses) > 0, 5.0)
    assert eventually(lambda: "annlab-lab" not in names_of_threads(), 5.0)
    net.simulate(1.0)
    assert "annlab-lab" not in names_of_threads()


def test_a_page_that_answers_to_a_run_is_woken_by_the_next(resting: Page, net: ann.Network) -> None:
    net.simulate(1.0)
    resting.get("watch", is_shown=True)
    assert eventually(lambda: "annlab-lab" not in names_of_threads(), 5.0)
    net.start(speed=1.0)
    assert eventually(lambda: "running" in states(resting, net), 5.0)


@pytest.mark.parametrize("goes", ["hides", "closes"])
def test_a_page_that_does_not_watch_is_woken_by_no_run(
    resting: Page, net: ann.Network, goes: str
) -> None:
    resting.close() if goes == "closes" else resting.get("watch", is_shown=False)
    net.start(speed=1.0)
    assert "annlab-lab" not in names_of_threads()


def test_a_run_that_begins_while_the_thread_goes_to_rest_wakes_it(
    page: Page, net: ann.Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SILENT_S", "SILENT_BUSY_S"):
        monkeypatch.setattr(sessions, name, 0.3)
    net.compile()
    page.get("watch", is_shown=True)
    rest, starts = sessions.Publisher._rest, [net.start]

    def late(publisher: sessions.Publisher) -> bool:
        time.sleep(0.4)  # the page is silent for too long, and the thread still there
        if starts:  # once: the thread may outlive the network
            starts.pop()(speed=1.0)
        return rest(publisher)

    monkeypatch.setattr(sessions.Publisher, "_rest", late)
    assert eventually(lambda: len([s for s in states(page, net) if s == "running"]) > 1, 5.0)


def test_a_run_is_seen_before_the_next_look_is_due(
    page: Page, net: ann.Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second after Run the status bar could still say that the network was stopped."""
    monkeypatch.setattr(sessions, "IDLE_S", 60.0)
    net.compile()
    page.get("watch", is_shown=True)
    assert eventually(lambda: len(page.statuses) > 0, 5.0)
    time.sleep(2 * sessions.SOON_S)
    net.start(speed=1.0)
    assert eventually(lambda: "running" in states(page, net), 5.0)


def test_many_short_runs_are_not_looked_at_one_by_one(
    page: Page, net: ann.Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SOON_S", "IDLE_S", "PERIOD_S"):
        monkeypatch.setattr(sessions, name, 60.0)
    looks: list[object] = []
    look = sessions.Publisher._look
    monkeypatch.setattr(
        sessions.Publisher, "_look", lambda *given: (looks.append(given), look(*given))[1]
    )
    net.compile()
    page.get("watch", is_shown=True)
    assert eventually(lambda: len(looks) > 0, 5.0)
    for _ in range(50):
        net.simulate(1.0)
    time.sleep(0.2)
    assert len(looks) <= 3  # the first, one for the request, one that finds it running


def states(page: Page, net: ann.Network) -> list[str]:
    return [n["state"] for n in seen(page, net)]


def test_a_reloaded_page_takes_the_place_of_what_it_was() -> None:
    first, second = Page(), Page()
    Session.begin(first, client="tab", namespace=dict)
    first.get("watch", is_shown=True)
    again = Session.begin(second, client="tab", namespace=dict)
    assert eventually(lambda: "annlab-lab" not in names_of_threads())
    again.end()


def test_a_page_keeps_no_network_alive(page: Page) -> None:
    net = ann.Network(backend="reference")
    net.create(1, ann.Izhikevich)
    net.compile()
    page.get("watch", is_shown=True)
    number = net.id
    del net
    gc.collect()
    networks = page.get("watch", is_shown=False)["networks"]
    assert number not in [n["id"] for n in networks]


def test_a_run_that_failed_says_why_and_keeps_its_error_for_the_user(
    page: Page, net: ann.Network
) -> None:
    net.compile()

    net.config(check_nan=True)
    net.get_population("cells").live("v")[:] = float("nan")
    net.start()
    assert eventually(lambda: status_of(page, net)["state"] == "failed")
    assert "NaN" in status_of(page, net)["error"]
    assert page.get("details", network=net.id, name="cells")["attributes"]
    with pytest.raises(ann.errors.SimulationError):
        net.stop()


def test_a_compiled_network_has_a_new_revision(page: Page, net: ann.Network) -> None:
    before = status_of(page, net)["revision"]
    assert status_of(page, net)["revision"] == before
    net.compile()
    assert status_of(page, net)["revision"] > before


def test_what_annlab_cannot_answer_is_an_error_with_advice(page: Page) -> None:
    reply = page.ask("fly")
    assert reply["error"] == "this annlab cannot answer the page's request 'fly'"
    assert "restart the kernel" in reply["details"]


def test_a_network_that_is_gone_is_an_error(page: Page) -> None:
    assert page.ask("outline", network=10**6)["error"] == "there is no network 1000000"


def test_an_error_of_annlab_itself_reaches_the_page(
    page: Page, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sessions, "details", lambda *_: 1 / 0)
    net = ann.Network(backend="reference")
    reply = page.ask("details", network=net.id, name="x")
    assert reply["error"] == "ZeroDivisionError: division by zero"
    assert "failed" in caplog.text
