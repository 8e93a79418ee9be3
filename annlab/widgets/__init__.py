"""Live views and controls for networks in a notebook.

``import annlab`` does not load this package: it needs ipywidgets, anywidget and
Bokeh, which come with ``pip install annlab[lab]``.
"""

from annlab.widgets.controls import Controls, controls
from annlab.widgets.raster import Raster, raster
from annlab.widgets.sliders import Sliders, sliders
from annlab.widgets.trace import Trace, trace
from annlab.widgets.view import LiveView, Snapshot

__all__ = [
    "Controls",
    "LiveView",
    "Raster",
    "Sliders",
    "Snapshot",
    "Trace",
    "controls",
    "raster",
    "sliders",
    "trace",
]
