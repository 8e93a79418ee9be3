"""Widgets of a class share the class that anywidget makes."""

from __future__ import annotations

import traitlets

from annlab import LeakyIntegrator, Network
from annlab.widgets import sliders, trace
from annlab.widgets.page import PageWidget


def test_two_of_a_kind_have_one_class_and_values_of_their_own() -> None:
    net = Network(backend="reference")
    cells = net.create(3, LeakyIntegrator)
    net.compile()
    one, other, third = trace(cells, "r"), trace(cells, "r", title="other"), sliders(cells, "B")
    assert type(one) is type(other) is not type(third)
    assert other.title == "other" != one.title
    assert one.view_id != other.view_id
    for name in ("_esm", "_page"):
        assert one.get_state()[name] == other.get_state()[name] != third.get_state()[name]
    for view in (one, other, third):
        state = view.get_state()
        assert len(state["_esm"]) < 1500 < len(state["_page"])  # a page keeps each that it imports
        assert {"_esm", "_page", "_css", "_anywidget_id"} <= state.keys()
        view.close()


def test_subclasses_do_not_take_the_module_of_their_base() -> None:
    class Base(PageWidget):
        _esm = "export default {}"

    class Derived(Base):
        _esm = "export default { render() {} }"
        label = traitlets.Unicode("x").tag(sync=True)

    base, derived, again = Base(), Derived(), Derived(label="y")
    assert base.get_state()["_esm"] == "export default {}"
    assert derived.get_state()["_esm"] == again.get_state()["_esm"] == Derived._esm
    assert (derived.label, again.label) == ("x", "y")
    assert isinstance(again, Derived)


def test_traits_of_one_widget_stay_its_own() -> None:
    class Plain(PageWidget):
        _esm = "export default {}"

    one, other, third = Plain(), Plain(), Plain()
    one.add_traits(x=traitlets.Int(1))
    other.add_traits(y=traitlets.Int(2))
    assert (one.trait_values()["x"], other.trait_values()["y"]) == (1, 2)
    assert not one.has_trait("y")
    assert not other.has_trait("x")
    assert not third.has_trait("x")
    assert not Plain().has_trait("x")
