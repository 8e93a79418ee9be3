"""The base of all widgets that bring their own page: an anywidget whose class is made once."""

from __future__ import annotations

from typing import Any

import anywidget

_MADE = "_with_page"  # attribute of a class: the class of its instances


class PageWidget(anywidget.AnyWidget):
    """An anywidget that costs no class of its own.

    anywidget adds the traits of its module and its style sheet to each widget, and traitlets makes
    a class for that: 10 kB, as long as a notebook's ``Out`` keeps what a cell showed. All widgets
    of a class get the same traits, so the class that was made for the first serves the others.
    """

    def add_traits(self, **traits: Any) -> None:
        """Add the traits that anywidget asks for, once for each class."""
        given = type(self)
        made = vars(given).get(_MADE)
        if made is None or not traits.keys() <= made.class_traits().keys():
            super().add_traits(**traits)
            setattr(given, _MADE, type(self))
            return
        self.__class__ = made
        for name in traits:
            made.class_traits()[name].instance_init(self)
