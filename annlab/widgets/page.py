"""The base of all widgets that bring their own page: what all of a class share is made once."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

import anywidget
import traitlets
from IPython.display import display

from annlab.widgets import assets
from annlab.widgets.routing import serve_while_busy
from annlab.widgets.saved import saved

_MADE = "_with_page"  # attribute of a class: the class of its instances
_ASKED = "_anywidget_id"  # among the traits that anywidget adds to each of its widgets


class PageWidget(anywidget.AnyWidget):
    """An anywidget whose module is imported once by a page, and which costs no class of its own.

    anywidget adds the traits of its module and its style sheet to each widget, and traitlets makes
    a class for that: 10 kB, as long as a notebook's ``Out`` keeps what a cell showed. All widgets
    of a class get the same traits, so the class that was made for the first serves the others.

    Attributes
    ----------
    _files
        The files of ``static/`` that make the page, for `annlab.widgets.assets.script`.
    """

    _files: ClassVar[tuple[str, ...]] = ()
    # Of what a notebook saves; without a name it is part of a dashboard, or was never shown.
    saved_id = traitlets.Unicode().tag(sync=True)
    saved_code = traitlets.Unicode().tag(sync=True)

    def __init_subclass__(cls, **options: Any) -> None:
        if "_files" in vars(cls):
            cls._esm = assets.loader(*cls._files)
        super().__init_subclass__(**options)

    def add_traits(self, **traits: Any) -> None:
        """Add traits to this widget; those that anywidget asks for, and the page, to its class.

        Examples
        --------
        >>> from annlab.widgets.page import PageWidget
        >>> class Greeting(PageWidget):
        ...     _esm = "export default { render({ el }) { el.textContent = 'hello'; } }"
        >>> type(Greeting()) is type(Greeting())
        True
        """
        given = type(self)
        if _ASKED not in traits:
            super().add_traits(**traits)
        elif _MADE in vars(given):
            self.__class__ = vars(given)[_MADE]
        else:
            if self._files:
                traits["_page"] = traitlets.Unicode(assets.script(*self._files)).tag(sync=True)
            super().add_traits(**traits)
            setattr(given, _MADE, type(self))

    def _ipython_display_(self) -> None:
        """Show the widget, and beside it what a saved notebook shows instead."""
        if self.comm is None:  # closed
            display({"text/plain": repr(self)}, raw=True)
            return
        kept = self._kept()
        data, metadata = self._repr_mimebundle_() or ({"text/plain": repr(self)}, {})
        display(data, metadata=metadata, raw=True)
        if kept:
            display(kept, raw=True)

    def _kept(self) -> dict[str, str]:
        """Return what a saved notebook shows instead, and tell the page its name; {} if nothing."""
        code = self._code_alone() if self.comm is not None else ""
        if not code:
            return {}
        self.saved_code, self.saved_id = code, self.saved_id or uuid.uuid4().hex
        serve_while_busy(self)  # what a cell sets is answered by the cell's thread from then on
        return saved(self.saved_id, code)

    def _code_alone(self) -> str:
        """Return Python that makes this widget, with what it imports; nothing if there is none."""
        return ""

    def close(self) -> None:
        """Close the comm; nothing is heard of the page any more. May be called twice.

        Examples
        --------
        >>> from annlab.widgets.page import PageWidget
        >>> class Farewell(PageWidget):
        ...     _esm = "export default { render({ el }) { el.textContent = 'bye'; } }"
        >>> farewell = Farewell()
        >>> farewell.close()
        >>> farewell.comm is None
        True
        """
        super().close()
        # A widget that hears with a method of its own holds itself, until Python's collector comes.
        for heard in tuple(self._msg_callbacks.callbacks):
            self.on_msg(heard, remove=True)
