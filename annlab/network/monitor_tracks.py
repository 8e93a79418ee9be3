"""The tracks of a monitor: how recorders follow the network, its models and its synapses.

Compile adds a track for each variable; what the recorder of a track reads changes when synapses
are drawn again, come or go, or when a model is exchanged.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

from annlab.calls import public, warn
from annlab.errors import StorageError
from annlab.network import recorders
from annlab.network.dendrite import Dendrite
from annlab.network.monitor_file import MonitorFile, forget_parents, gather_last
from annlab.network.monitor_schedule import MonitorSchedule
from annlab.network.tracks import Memory, Store, Track
from annlab.runtime.recorder import SpikeRecorder, ValueRecorder
from annlab.runtime.state import NetworkState


@public
class MonitorTracks(MonitorSchedule, MonitorFile):
    """One track for each variable that is recorded."""

    def _attach(self, state: NetworkState) -> None:
        """Begin to record (called by compile)."""
        self._state = state
        if self._file is not None:
            # Neither the thread that writes nor the end of the process keeps the network alive.
            monitor = weakref.ref(self)
            self._file.close_in_time(
                self, lambda: gather_last(monitor()), lambda: forget_parents(monitor())
            )
        for variable in self._variables:
            if variable not in self._ended:
                self._add_track(variable)

    def _join(self, state: NetworkState) -> None:
        """Begin to record in a network that is compiled already."""
        self._attach(state)
        self._network._refresh()

    def _add_track(self, variable: str) -> None:
        assert self._state is not None
        step, obj = self._state.step, self.object
        plan = self._plan(step)
        recorder: ValueRecorder | SpikeRecorder
        if recorders.is_event(obj, variable):
            store = self._new_store(variable, recorders.event_form(obj))
            recorder = recorders.event_recorder(obj, variable, plan, store)
        else:
            place = recorders.place_of(obj, variable)
            store = self._new_store(variable, place.form)
            recorder = place.recorder(plan, store)
        recorder.moved = self._state.moved
        if self._is_running:
            recorder.begin(step)
        # Another dictionary, because other threads may be going through this one.
        self._tracks = {**self._tracks, variable: Track(variable, recorder, store)}
        self._state.recorders.append(recorder)

    def _new_store(self, variable: str, form: Any) -> Store:
        if self._file is not None:
            return self._file.stream(variable, form)
        return Memory(form, self._most_steps)

    def _rebind(self) -> None:
        """Follow a projection whose synapses were drawn again; what was recorded is lost."""
        if self._state is None:
            return
        for track in self._tracks.values():
            track.forget(self._step())
        self._drop_recorders()
        for variable in self._tracks.keys() - self._ended:
            self._add_track(variable)

    def _end(self, lost: Sequence[object]) -> list[str]:
        """Note that recorders have lost their variable; return its names. Data stay readable."""
        gone = {id(recorder) for recorder in lost}
        names = [name for name, track in self._tracks.items() if id(track.recorder) in gone]
        for name in names:
            self._tracks[name].recorder.rest(self._step())
        self._ended |= set(names)
        return names

    def _follow(self) -> None:
        """Go on with the synapses that there are after some have come or gone."""
        for track in self._tracks.values():
            if track.name in self._ended:
                continue
            assert isinstance(track.recorder, ValueRecorder)  # projections have no events
            place = recorders.place_of(self.object, track.name)
            is_same = isinstance(self.object, Dendrite) and place.width == track.recorder.width
            track.recorder.hand_over()
            if not is_same:  # as many values of a dendrite as before: rows fit together
                track.store.form = place.form
            track.recorder.point_at(place.source, place.width, place.positions)

    def _drop_recorders(self) -> None:
        assert self._state is not None
        ours = {id(track.recorder) for track in self._tracks.values()}
        kept = [r for r in self._state.recorders if id(r) not in ours]
        self._state.recorders[:] = kept

    def _detach(self) -> None:
        """Forget the compiled network."""
        if self._file is not None:
            self._gather()
            try:
                self._file.write()
            except StorageError as error:  # it waits in memory: flush() tries again
                warn(str(error))
        self._state = None
        self._tracks = {}


__all__ = ["MonitorTracks"]
