"""The attributes of a projection: its synapses' parameters and variables by name.

Before compile they are noted; after it they are read and written while no step is under way.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from annlab.calls import other_names, public, warn
from annlab.errors import AnnlabError, StateError, UnknownAttributeError, nearest
from annlab.ir.expr import Expr, Locality, symbols
from annlab.ir.model import Attribute, SynapseModel, asks_for_nan
from annlab.network import synapse_values
from annlab.network.attributes import (
    Place,
    is_single,
    many_values,
    names_and_values,
    one_value,
    refuse_fixed,
    set_together,
    unknown_attribute,
)
from annlab.network.copies import copied
from annlab.network.distributions import RandomDistribution
from annlab.network.first_values import computed
from annlab.network.projection_base import ProjectionBase
from annlab.network.projection_learning import FLAGS
from annlab.runtime.state import ProjectionState, numpy_dtype

_ENDS = ("pre", "post", "target")  # what a projection is made for

log = logging.getLogger("annlab")


@public
class ProjectionValues(ProjectionBase):
    """Attributes of the model as attributes of the projection."""

    _is_built = False  # set when the projection is made: unknown names are warned of from then on
    _given: dict[str, Any]  # values set before compile
    _localities: dict[str, Locality]  # open ones that became local

    def _analyse(self) -> SynapseModel:
        raise NotImplementedError

    @property
    def attributes(self) -> list[str]:
        """Names of all attributes of the model."""
        return [a.name for a in self._model.attributes]

    @property
    def parameters(self) -> list[str]:
        """Names of the parameters."""
        return [a.name for a in self._model.attributes if a.is_parameter]

    @property
    def variables(self) -> list[str]:
        """Names of the variables."""
        return [a.name for a in self._model.attributes if not a.is_parameter]

    @property
    def init(self) -> dict[str, Any]:
        """Initial values as declared or set before compile; not those computed for each synapse."""
        known = {}
        for attribute in self._model.attributes:
            with suppress(StateError):
                known[attribute.name] = self._foreseen(attribute)
        return known

    @property
    def functions(self) -> list[str]:
        """Names of the functions of the model."""
        return self._network._functions.local_names(self.synapse_type)

    def get(self, name: str, *, as_array: bool = False) -> Any:
        """Return the values of an attribute.

        Parameters
        ----------
        as_array
            Return a copy as one array, without lists: (nb_synapses,) in the order of dendrites
            and then of presynaptic ranks if local, (size,) if semiglobal, (1,) if global. The same
            array may be set, which for large projections is many times faster than lists.

        Raises
        ------
        UnknownAttributeError
            If the model has no such attribute.
        StateError
            If an array is asked for before compile.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network(backend="reference")
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> proj = net.connect(cells, cells, "exc").from_matrix([[None, 1.0], [2.0, 4.0]])
        >>> net.compile()
        >>> proj.w = 0.5 * proj.get("w", as_array=True)
        >>> proj.w
        [[0.5], [1.0, 2.0]]
        """
        if not isinstance(name, str):
            raise unknown_attribute(name, f"projection {self._label}", self.attributes, type(self))
        if not as_array:
            return getattr(self, name)
        self._require_attribute(name)
        state = self._compiled("arrays")
        return self._now(lambda: synapse_values.as_array(state, name))

    @other_names(value="values")
    def set(self, values: Mapping[str, Any]) -> None:
        """Set several attributes: all of them, or none if one does not fit.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> loop = net.connect(cells, cells, "exc", annlab.Oja).all_to_all(0.1)
        >>> net.compile()
        >>> loop.set({"alpha": 4.0, "w": [[0.5], [0.25]]})
        >>> loop.alpha, loop.w
        (4.0, [[0.5], [0.25]])
        """
        for name in names_and_values(values, f"projection {self._label}"):
            if name not in FLAGS and name != "delay":
                self._require_attribute(name)
        given, localities, model = dict(self._given), dict(self._localities), self._model
        try:
            must_age = self._ages(values)
            with self._network._at_once():
                if must_age:  # before anything is read that may have to be written back
                    self._now(self._bring_to_now)
                set_together(
                    values,
                    read=self._settable,
                    write=lambda name, value: setattr(self, name, value),
                    restore=self._restore,
                )
        except AnnlabError:
            self._given, self._localities, self._model = given, localities, model
            raise

    def _settable(self, name: str) -> Any:
        """Return what `name` may be set back to."""
        state = self._state
        if self._model.attribute(name) is None:
            return getattr(self, name)
        if state is None:
            return None  # `set` brings back what was given
        values = self.get(name, as_array=True)
        is_global = synapse_values.locality(state, name) is Locality.GLOBAL
        return values[0] if is_global else values

    def _restore(self, name: str, value: Any) -> None:
        """Give an attribute back what was read of it, which may be NaN."""
        if self._model.attribute(name) is None:
            setattr(self, name, value)
        elif self._state is not None:
            self._overwrite(self._state, name, value, is_restored=True)

    def _require_attribute(self, name: str) -> Attribute:
        found = self._model.attribute(name)
        if found is None:
            raise unknown_attribute(name, f"projection {self._label}", self.attributes, type(self))
        return found

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not self._is_built:
            raise AttributeError(name)
        attribute = self._model.attribute(name)
        if attribute is None:
            function = self._network._functions.local(self.synapse_type, name)
            if function is not None:
                return function
            raise unknown_attribute(name, f"projection {self._label}", self.attributes, type(self))
        state = self._state
        if state is None:
            return self._first_weight() if name == "w" else self._foreseen(attribute)
        advice = f"write proj.dendrite(post).{name} = values, or set {name} as a whole"
        return copied(self._now(lambda: synapse_values.read(state, name)), advice)

    def _first_weight(self) -> float:
        """Return the one weight that all synapses will have; others are drawn by compile."""
        recipe = self._connected()
        if not recipe.has_single_weight:
            self._compiled("weights")
        return float(recipe.weights)

    def _foreseen(self, attribute: Attribute) -> Any:
        """Return the value before compile; a distribution is returned, and not drawn."""
        value = self._given.get(attribute.name, attribute.init)
        if isinstance(value, str):
            return self._named(value)
        if not isinstance(value, Expr):
            return value
        found = {s.name: self._named(s.name) for s in symbols(value)}
        each = [other for other, number in found.items() if not is_single(number)]
        if each:
            raise StateError(
                f"{attribute.name!r} of projection {self._label} is computed from {each[0]!r}, of "
                "which each synapse has its own, and there are no synapses before compile",
                hint="call compile() first",
            )
        constant = self._network._constant_value
        return computed(value, attribute=found.__getitem__, constant=constant).item()

    def _named(self, name: str) -> Any:
        attribute = self._model.attribute(name)
        return (
            self._network._constant_value(name) if attribute is None else self._foreseen(attribute)
        )

    def __setattr__(self, name: str, value: Any) -> None:
        if not self._is_built or name.startswith("_"):
            object.__setattr__(self, name, value)
        elif hasattr(type(self), name):
            refuse_fixed(self, name, f"projection {self._label}")
            object.__setattr__(self, name, value)
        elif name in _ENDS:
            raise UnknownAttributeError(
                f"{name!r} of projection {self._label} cannot be exchanged",
                hint="connect() makes another projection",
            )
        elif self._model.attribute(name) is not None:
            self._set_attribute(name, value)
        else:
            if name not in self.__dict__:
                self._warn_of_unknown(name)
            object.__setattr__(self, name, value)

    def _warn_of_unknown(self, name: str) -> None:
        near = nearest(name, self.attributes)
        hint = f"; did you mean {near!r}?" if near else ""
        warn(f"projection {self._label} has no attribute {name!r}{hint}")

    def _set_attribute(self, name: str, value: Any) -> None:
        state = self._state
        if state is None:
            self._set_before_compile(name, value)
            return
        self._overwrite(state, name, value)

    def _overwrite(
        self, state: ProjectionState, name: str, value: Any, *, is_restored: bool = False
    ) -> None:
        rng = self._network.default_rng
        must_age = self._ages([name])

        def write() -> None:
            if must_age:
                self._bring_to_now()
            synapse_values.write(
                state, name, value, label=self._label, rng=rng, is_restored=is_restored
            )

        self._now(write)
        self._network._notices.tell(self, name)

    def _set_before_compile(self, name: str, value: Any) -> None:
        attribute = self._require_attribute(name)
        if name == "w" and attribute.locality is Locality.LOCAL:
            warn(
                f"w of projection {self._label} was set before compile: the weights of the "
                "connector count"
            )
            return
        if attribute.locality is Locality.GLOBAL and not is_single(value):
            if not attribute.is_open:
                dtype = numpy_dtype(attribute.dtype, self._network._config.dtype)
                one_value(value, dtype, Place(name, f"projection {self._label}"))  # raises
            log.info(
                "parameter %r of projection %s is now one value per synapse", name, self._label
            )
            self._localities[name] = Locality.LOCAL
            self._model = self._analyse()
        self._check_kind(attribute, value)
        self._given[name] = value
        self._network._notices.tell(self, name)

    def _check_kind(self, attribute: Attribute, value: Any) -> None:
        """Refuse what cannot become values of an attribute; how many there must be is not known."""
        if isinstance(value, RandomDistribution):
            return
        dtype = numpy_dtype(attribute.dtype, self._network._config.dtype)
        owner = f"projection {self._label}"
        place = Place(attribute.name, owner, lambda: asks_for_nan(self._model))
        for part in [value] if is_single(value) else value:
            many_values(part, np.size(part), dtype, place)


__all__ = ["ProjectionValues"]
