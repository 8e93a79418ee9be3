"""Live views and controls for networks in a notebook.

``import annlab`` does not load this package: it needs ipywidgets, anywidget and
Bokeh, which come with the extra ``lab`` (``pip install '.[lab]'`` in a checkout).
"""

from annlab.widgets.activity import Activity, activity
from annlab.widgets.boxes import keep_boxes
from annlab.widgets.controls import Controls, controls
from annlab.widgets.dashboard import Dashboard, dashboard
from annlab.widgets.inputs import Inputs, inputs
from annlab.widgets.plane import Plane, phase_plane
from annlab.widgets.raster import Raster, raster
from annlab.widgets.rate import Rate, rate
from annlab.widgets.sliders import Sliders, sliders
from annlab.widgets.stimulus import stimulate
from annlab.widgets.synapses import (
    Histogram,
    SynapseImage,
    receptive_fields,
    weight_histogram,
    weights,
)
from annlab.widgets.trace import Trace, trace
from annlab.widgets.view import LiveFigure, LiveView, Snapshot

keep_boxes()

__all__ = [
    "Activity",
    "Controls",
    "Dashboard",
    "Histogram",
    "Inputs",
    "LiveFigure",
    "LiveView",
    "Plane",
    "Raster",
    "Rate",
    "Sliders",
    "Snapshot",
    "SynapseImage",
    "Trace",
    "activity",
    "controls",
    "dashboard",
    "inputs",
    "phase_plane",
    "raster",
    "rate",
    "receptive_fields",
    "sliders",
    "stimulate",
    "trace",
    "weight_histogram",
    "weights",
]
