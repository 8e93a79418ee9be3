"""What users call to log; each method reads its arguments and writes one event.

Takes values of users, gives messages to files of events. Knows nothing of networks, nor of bytes
in files.
"""

from __future__ import annotations

import io
import struct
import sys
import threading
import weakref
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from annlab.calls import public
from annlab.errors import StateError
from annlab.extensions.tensorboard.arguments import (
    LAST_STEP,
    bin_ends,
    joined,
    read_array,
    read_parameter,
    read_run,
    read_step,
    read_table,
    read_tag,
    read_value,
    require_figure,
)
from annlab.extensions.tensorboard.event_files import (
    EventFile,
    close_all,
    host,
    library,
    new_folder,
)
from annlab.extensions.tensorboard.pictures import mosaic, read_images, stretched, to_bytes, to_png
from annlab.network.checks import read_flag
from annlab.network.files import read_path

_OWN = ""  # the run of the logger itself, beside those of series of scalars
_N_BINS = 50  # TensorBoard draws 30


@public
class Logger:
    """Write what happens into a folder that ``tensorboard --logdir runs`` shows while it grows.

    Without a `step`, each tag counts on by itself: from 0, or from the last step that was given.
    Numbers, curves, histograms and pictures of one tag are counted each by themselves. What is
    refused is not written and does not count. Methods may be called from any thread, so also from
    the callbacks of a background run.

    Parameters
    ----------
    logdir
        The folder of all runs; it is made if it is not there.
    experiment
        The folder of this run in it. A name that is there already gets further events, whose steps
        begin with 0 again. None: a folder of its own, named after the moment and the host, so that
        no two runs mix.

    Raises
    ------
    ConfigurationError
        If tensorboardX cannot be imported.
    StorageError
        If the folder or a file in it cannot be made; of all methods: if it cannot be written.
    ArgumentError, ArgumentTypeError, ShapeError
        Of all methods: if a tag, a value or a step does not fit.
    StateError
        Of all methods but `close`: if the logger is closed.

    Examples
    --------
    >>> import annlab
    >>> from annlab.extensions.tensorboard import Logger
    >>> net = annlab.Network()
    >>> cells = net.create(10, annlab.LeakyIntegrator(B=0.1))
    >>> net.compile()
    >>> with Logger("runs", experiment="leaky") as logger:
    ...     for trial in range(3):
    ...         steps = net.simulate(10.0)
    ...         logger.add_scalar("rate", cells.r.mean())
    >>> logger.folder.as_posix()
    'runs/leaky'
    """

    def __init__(self, logdir: str | Path = "runs/", experiment: str | None = None) -> None:
        parent = read_path(logdir, "the folder of a logger")
        name = None if experiment is None else read_run(experiment, "the experiment of a logger")
        self._library = library()
        if name is None:
            self._folder = new_folder(parent, f"{datetime.now():%Y-%m-%d_%H-%M-%S}_{host()}")
        else:
            self._folder = parent / name
        self._lock = threading.Lock()
        self._next_step: dict[tuple[str, str], int] = {}
        self._is_closed = False
        self._files: dict[str, EventFile] = {}
        # Also where nobody closes it; there is nothing left to write then.
        self._close = weakref.finalize(self, close_all, self._files)
        self._file(_OWN)

    def __enter__(self) -> Logger:
        self._require_open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Logger of {str(self._folder)!r}{', closed' if self._is_closed else ''}>"

    @property
    def folder(self) -> Path:
        """Return the folder of this run."""
        return self._folder

    # -- numbers --------------------------------------------------------------------------

    def add_scalar(self, tag: str, value: float, step: int | None = None) -> None:
        """Log a number, which TensorBoard keeps in single precision.

        NaN and infinity are logged as well, for a run that leaves all bounds is to be seen.

        Parameters
        ----------
        value
            A number, a flag (1 or 0), or an array of one.

        Examples
        --------
        >>> from annlab.extensions.tensorboard import Logger
        >>> with Logger() as logger:
        ...     logger.add_scalar("error", 0.5)  # step 0
        ...     logger.add_scalar("error", 0.25)  # step 1
        ...     logger.add_scalar("error", 0.125, step=10)
        """
        name = read_tag(tag, "the tag of a scalar")
        number = read_value(value, f"scalar {name!r}")
        self._log("scalar", name, read_step(step, name), {_OWN: self._number(name, number)})

    def add_scalars(self, tag: str, dict: Mapping[str, float], step: int | None = None) -> None:
        """Log several numbers, which TensorBoard draws as curves of one plot.

        Parameters
        ----------
        dict
            Name of a curve -> value, as in `add_scalar`. TensorBoard lists each curve as a run
            of its own, so they lie in folders of their own: ``<folder>/<tag>/<name>``.

        Examples
        --------
        >>> from annlab.extensions.tensorboard import Logger
        >>> with Logger() as logger:
        ...     logger.add_scalars("rate", {"exc": 5.2, "inh": 11.9}, step=0)
        """
        name = read_run(tag, "the tag of scalars")
        values = {
            f"{name}/{read_run(key, f'a name among scalars {name!r}')}": read_value(
                value, f"{key!r} of scalars {name!r}"
            )
            for key, value in read_table(dict, f"scalars {name!r}").items()
        }
        messages = {run: self._number(name, number) for run, number in values.items()}
        self._log("scalars", name, read_step(step, name), messages)

    def add_histogram(self, tag: str, hist: ArrayLike, step: int | None = None) -> None:
        """Log how values are distributed.

        Parameters
        ----------
        hist
            The values, of any shape; finite. Rows may differ in length, so ``proj.w`` will do.

        Examples
        --------
        >>> import numpy as np
        >>> from annlab.extensions.tensorboard import Logger
        >>> with Logger() as logger:
        ...     logger.add_histogram("weights", np.linspace(0.0, 1.0, 1000))
        """
        name = read_tag(tag, "the tag of a histogram")
        values = read_array(joined(hist), f"histogram {name!r}").astype(np.float64).ravel()
        counts, edges = np.histogram(values, bins=_N_BINS, range=bin_ends(values))
        histogram = self._library.Histogram(
            min=values.min(),
            max=values.max(),
            num=values.size,
            sum=values.sum(),
            sum_squares=values @ values,
            bucket_limit=edges[1:].tolist(),
            bucket=counts.tolist(),
        )
        message = self._library.Value(tag=name, histo=histogram)
        self._log("histogram", name, read_step(step, name), {_OWN: message})

    def add_parameters(
        self, params: Mapping[str, bool | float | str], metrics: Mapping[str, float]
    ) -> None:
        """Log with which parameters a run was made and what came out: a row of the tab HParams.

        Parameters
        ----------
        params
            Name -> number, flag or text.
        metrics
            Name -> value, as in `add_scalar`.

        Examples
        --------
        >>> from annlab.extensions.tensorboard import Logger
        >>> with Logger() as logger:
        ...     for tau in (10.0, 20.0):
        ...         logger.add_parameters({"tau": tau, "rule": "Oja"}, {"accuracy": 0.9})
        """
        given = {
            read_tag(name, "the name of a parameter"): read_parameter(value, name)
            for name, value in read_table(params, "the parameters").items()
        }
        results = {
            read_tag(name, "the name of a metric"): read_value(value, f"metric {name!r}")
            for name, value in read_table(metrics, "the metrics").items()
        }
        messages = [self._number(name, number) for name, number in results.items()]
        summaries = [
            *self._library.hparams(given, results),
            *(self._library.Summary(value=[message]) for message in messages),
        ]
        with self._lock:
            self._require_open()
            # A folder is one row: in the folder of the logger a second call would change it.
            file = EventFile(new_folder(self._folder, "parameters"), self._library)
            try:
                for summary in summaries:
                    file.write(0, summary)
            finally:
                file.close()

    # -- pictures -------------------------------------------------------------------------

    def add_image(
        self, tag: str, img: ArrayLike, step: int | None = None, equalize: bool = False
    ) -> None:
        """Log a picture.

        Parameters
        ----------
        img
            Grey (height, width) or (height, width, 1), or red, green and blue (height, width, 3).
            From 0 (black) to 1; of unsigned bytes from 0 to 255. What lies beyond is clipped,
            with a warning.
        equalize
            Stretch the values to this range; a picture of one value is black.

        Examples
        --------
        >>> import annlab
        >>> from annlab.extensions.tensorboard import Logger
        >>> pixels = annlab.Network().create((4, 6), annlab.LeakyIntegrator(B=0.1))
        >>> with Logger() as logger:
        ...     logger.add_image("rates", pixels.r, equalize=True)
        """
        name = read_tag(tag, "the tag of an image")
        is_equal = read_flag(equalize, "equalize of add_image()")
        images = read_images(img, f"image {name!r}", is_stack=False)
        picture = to_bytes(stretched(images) if is_equal else images, f"image {name!r}")[0]
        self._log_png(name, step, to_png(picture))

    def add_images(
        self,
        tag: str,
        img: ArrayLike,
        step: int | None = None,
        equalize: bool = False,
        equalize_per_image: bool = False,
    ) -> None:
        """Log several pictures side by side, as one: row by row of a mosaic that is about square.

        Parameters
        ----------
        img
            Grey (n, height, width) or (n, height, width, 1), or coloured (n, height, width, 3);
            the first index counts the pictures. Values are those of `add_image`.
        equalize
            Stretch the values of all pictures together: they can be compared.
        equalize_per_image
            Stretch those of each picture by itself, whatever `equalize` is.

        Examples
        --------
        Receptive fields of four neurons:

        >>> import annlab
        >>> from annlab.extensions.tensorboard import Logger
        >>> net = annlab.Network(seed=1)
        >>> pixels = net.create((5, 6), annlab.LeakyIntegrator)
        >>> cells = net.create(4, annlab.LeakyIntegrator)
        >>> proj = net.connect(pixels, cells, "exc").all_to_all(annlab.Uniform(0.0, 1.0))
        >>> net.compile()
        >>> fields = proj.connectivity_matrix().reshape(4, 5, 6)
        >>> with Logger() as logger:
        ...     logger.add_images("fields", fields, equalize_per_image=True)
        """
        name = read_tag(tag, "the tag of images")
        is_equal = read_flag(equalize, "equalize of add_images()")
        is_equal_each = read_flag(equalize_per_image, "equalize_per_image of add_images()")
        images = read_images(img, f"stack {name!r} of images", is_stack=True)
        if is_equal or is_equal_each:
            images = stretched(images, is_each=is_equal_each)
        self._log_png(name, step, to_png(mosaic(to_bytes(images, f"stack {name!r} of images"))))

    def add_figure(
        self,
        tag: str,
        figure: Any,  # of matplotlib, which need not be there
        step: int | None = None,
        close: bool = True,
    ) -> None:
        """Log a figure of matplotlib as a picture, in its own resolution.

        Parameters
        ----------
        close
            Close it afterwards, so that a loop does not gather figures.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from annlab.extensions.tensorboard import Logger
        >>> figure = Figure()
        >>> curve = figure.subplots().plot([0.0, 1.0, 0.5])
        >>> with Logger() as logger:
        ...     logger.add_figure("rate", figure)
        """
        name = read_tag(tag, "the tag of a figure")
        is_last = read_flag(close, "close of add_figure()")
        require_figure(figure, f"figure {name!r}")
        read_step(step, name)  # before it takes the time to draw
        drawn = io.BytesIO()
        figure.savefig(drawn, format="png", dpi="figure")
        self._log_png(name, step, drawn.getvalue())
        pyplot = sys.modules.get("matplotlib.pyplot")
        if is_last and pyplot is not None:  # which is all that keeps figures
            pyplot.close(figure)

    # -- files ----------------------------------------------------------------------------

    def flush(self) -> None:
        """Wait until the disk has all, which then outlasts even a power cut.

        Any program can read it before, and it outlasts the process.

        Examples
        --------
        >>> from annlab.extensions.tensorboard import Logger
        >>> logger = Logger()
        >>> logger.add_scalar("error", 0.5)
        >>> logger.flush()
        >>> logger.close()
        """
        with self._lock:
            self._require_open()
            for file in self._files.values():
                file.flush()

    def close(self) -> None:
        """End logging; ``with`` does it by itself. A second time does nothing.

        Examples
        --------
        >>> from annlab.extensions.tensorboard import Logger
        >>> logger = Logger()
        >>> logger.close()
        """
        with self._lock:
            self._is_closed = True
            self._close()

    def _require_open(self) -> None:
        if self._is_closed:
            raise StateError(
                f"the logger of {str(self._folder)!r} is closed",
                hint="log before close() and inside of 'with'; a new Logger of the same logdir "
                "and experiment goes on",
            )

    def _file(self, run: str) -> EventFile:
        if run not in self._files:
            self._files[run] = EventFile(self._folder / run, self._library)
        return self._files[run]

    def _number(self, tag: str, number: float) -> Any:
        return self._library.Value(tag=tag, simple_value=number)

    def _log(self, kind: str, tag: str, step: int | None, messages: Mapping[str, Any]) -> None:
        """Write one event into the file of each run."""
        with self._lock:
            self._require_open()
            at = self._next_step.get((kind, tag), 0) if step is None else step
            for run, message in messages.items():
                self._file(run).write(at, self._library.Summary(value=[message]))
            self._next_step[kind, tag] = min(at + 1, LAST_STEP)

    def _log_png(self, tag: str, step: int | None, png: bytes) -> None:
        # Every PNG begins with 16 bytes that say what it is, then width, height, depth and kind.
        width, height, _, kind = struct.unpack(">IIBB", png[16:26])
        picture = self._library.Summary.Image(
            height=height,
            width=width,
            colorspace={0: 1, 2: 3, 6: 4}[kind],
            encoded_image_string=png,
        )
        message = self._library.Value(tag=tag, image=picture)
        self._log("image", tag, read_step(step, tag), {_OWN: message})


__all__ = ["Logger"]
