"""Live views and controls for networks in a notebook.

``import annlab`` does not load this package: it needs ipywidgets, anywidget and
Bokeh, which come with ``pip install annlab[lab]``.
"""

from annlab.widgets.activity import Activity, activity
from annlab.widgets.controls import Controls, controls
from annlab.widgets.raster import Raster, raster
from annlab.widgets.rate import Rate, rate
from annlab.widgets.sliders import Sliders, sliders
from annlab.widgets.synapses import (
    Histogram,
    SynapseImage,
    receptive_fields,
    weight_histogram,
    weights,
)
from annlab.widgets.trace import Trace, trace
from annlab.widgets.view import LiveFigure, LiveView, Snapshot

__all__ = [
    "Activity",
    "Controls",
    "Histogram",
    "LiveFigure",
    "LiveView",
    "Raster",
    "Rate",
    "Sliders",
    "Snapshot",
    "SynapseImage",
    "Trace",
    "activity",
    "controls",
    "raster",
    "rate",
    "receptive_fields",
    "sliders",
    "trace",
    "weight_histogram",
    "weights",
]
