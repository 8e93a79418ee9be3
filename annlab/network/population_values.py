"""The attributes of a population: parameters and variables of its neurons by name.

Before compile they are noted; after it they are read and written while no step is under way. What
users read is a copy; `live` gives the array itself, and `on_device` the one of a GPU.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annlab.calls import public, warn
from annlab.errors import ConfigurationError, LocalityError, nearest
from annlab.ir.expr import Expr, Locality
from annlab.ir.model import Attribute, Distribution, NeuronModel, asks_for_nan
from annlab.network.attributes import (
    Place,
    as_scalar,
    is_single,
    many_values,
    names_and_values,
    one_value,
    refuse_fixed,
    set_together,
    unknown_attribute,
)
from annlab.network.constants import Constant
from annlab.network.copies import copied
from annlab.network.distributions import RandomDistribution, from_model
from annlab.network.first_values import computed
from annlab.network.population_base import PopulationBase
from annlab.runtime.remodel import back_end
from annlab.runtime.state import numpy_dtype

log = logging.getLogger("annlab")


@public
class PopulationValues(PopulationBase):
    """Attributes of the model as attributes of the population."""

    _name: str
    _localities: dict[str, Locality]  # open ones that became local

    def _renew_model(self) -> None:
        raise NotImplementedError

    @property
    def attributes(self) -> list[str]:
        """Names of all attributes: parameters, then variables."""
        return [*self.parameters, *self.variables]

    @property
    def parameters(self) -> list[str]:
        """Names of the parameters of the model."""
        return [a.name for a in self._model.attributes if a.is_parameter]

    @property
    def variables(self) -> list[str]:
        """Names of the variables of the model."""
        return [a.name for a in self._model.attributes if not a.is_parameter]

    @property
    def functions(self) -> list[str]:
        """Names of the functions of the model."""
        return self._network._functions.local_names(self._definition)

    @property
    def targets(self) -> list[str]:
        """Targets of the projections that end here."""
        return self._network._targets_of(self._as_population())

    @property
    def init(self) -> dict[str, Any]:
        """Values with which the attributes begin."""
        return {name: self._shown(name, self._initial(name).copy()) for name in self.attributes}

    def get(self, name: str) -> Any:
        """Return a copy of an attribute: an array of the geometry, or a number if global.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(3, annlab.LeakyIntegrator(B=0.5))
        >>> cells.get("B")
        array([0.5, 0.5, 0.5])
        """
        self._attribute(name)
        return self._shown(name, self._read(name))

    def set(self, values: Mapping[str, object]) -> None:
        """Set several attributes: all of them, or none if one does not fit.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(3, annlab.Neuron("drive = 0.0", "r = drive"))
        >>> cells.set({"drive": [1.0, 2.0, 3.0], "r": 0.5})
        >>> cells.drive
        array([1., 2., 3.])
        """
        for name in names_and_values(values, self._label):
            if name != "refractory":
                self._attribute(name)
        with self._network._at_once():
            set_together(
                values,
                read=lambda name: getattr(self, name),
                write=lambda name, value: setattr(self, name, value),
                restore=self._restore,
            )

    def live(self, name: str) -> NDArray:
        """Return the values themselves, as a view in the shape of the population.

        Valid until the network is cleared; it changes while the network runs, and writing
        into it takes effect at once. Global attributes are arrays of one element. On a GPU the
        values lie elsewhere: see `on_device`.

        Raises
        ------
        ConfigurationError
            If the network runs on a GPU.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.Neuron(equations="r = t"))
        >>> net.compile()
        >>> rates = cells.live("r")
        >>> net.simulate(4.0)
        4
        >>> rates  # has followed
        array([3., 3.])
        """
        attribute = self._attribute(name)
        state = self._require_state(f"live({name!r})")
        if state.keeper is not None:
            raise ConfigurationError(
                f"{self._label}: {name!r} lies in the memory of the device while the network runs",
                hint=f"take on_device({name!r}), a copy by get({name!r}), or a monitor",
            )
        if attribute.locality is Locality.LOCAL:
            return state.local(name).reshape(self._geometry)
        return state.values[name][:1]

    def on_device(self, name: str) -> Any:
        """Return the values where a GPU has them: a CuPy array of ``(size,)``, without a copy.

        For a network with ``backend="cuda"``. What is written into it takes effect at once. Take
        it anew after the network has run, and after values were read or set in another way. Global
        attributes are arrays of one element. An example is in docs/gpu.md.

        Raises
        ------
        ConfigurationError
            If the network does not run on a GPU.
        StateError
            Before the network is compiled.
        """
        attribute = self._attribute(name)
        state = self._require_state(f"on_device({name!r})")
        runner: Any = self._network._runner
        runner = back_end(runner)
        if not hasattr(runner, "on_device"):
            raise ConfigurationError(
                f"{self._label}: there is no device, the network runs on "
                f"backend={self._network._config.backend!r}",
                hint=f'Network(backend="cuda") has one; get({name!r}) returns a copy',
            )
        n = self._size if attribute.locality is Locality.LOCAL else 1
        return self._network._call(lambda: runner.on_device(state, name, n))

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.attributes]

    def __getattr__(self, name: str) -> Any:  # Any: arrays, numbers, functions of the model
        if name.startswith("_"):
            raise AttributeError(name)
        if self._model.attribute(name) is not None:
            advice = f"write {self._name}[i].{name} = value, or set {name} as a whole"
            return copied(self.get(name), advice)
        function = self._network._functions.local(self._definition, name)
        if function is not None:
            return function
        raise unknown_attribute(name, self._label, self.attributes, type(self))

    def __setattr__(self, name: str, value: object) -> None:
        if "_is_built" not in self.__dict__ or name.startswith("_"):
            object.__setattr__(self, name, value)
        elif hasattr(type(self), name):
            refuse_fixed(self, name, self._label)
            object.__setattr__(self, name, value)
        elif self._model.attribute(name) is not None:
            self._write(name, value)
        else:
            self._warn_unknown(name)
            object.__setattr__(self, name, value)

    def _warn_unknown(self, name: str) -> None:
        if name in self.__dict__:
            return
        near = nearest(name, self.attributes)
        hint = f"; did you mean {near!r}?" if near else ""
        warn(f"{self._label} has no attribute {name!r}: a plain Python attribute is made{hint}")

    def _attribute(self, name: str) -> Attribute:
        attribute = self._model.attribute(name)
        if attribute is None:
            raise unknown_attribute(name, self._label, self.attributes, type(self))
        return attribute

    def _count(self, attribute: Attribute) -> int:
        return self._size if attribute.locality is Locality.LOCAL else 1

    def _dtype(self, attribute: Attribute) -> np.dtype:
        return numpy_dtype(attribute.dtype, self._network._config.dtype)

    def _initial(self, name: str) -> NDArray:
        """Return the values, (size,) or (1,), with which an attribute begins."""
        if name in self._values:
            return self._values[name]
        values = self._declared(self._attribute(name), self._model)
        if isinstance(self._attribute(name).init, Distribution | RandomDistribution):
            self._values[name] = values  # what was shown once is what will be used
        return values

    def _declared(self, attribute: Attribute, model: NeuronModel) -> NDArray:
        """Return the values, (size,) or (1,), that a model declares for an attribute."""
        init = attribute.init
        if isinstance(init, Distribution):
            init = from_model(init)
        if isinstance(init, Constant):
            init = init.value
        if isinstance(init, str):
            init = self._named_value(init, model)
        if isinstance(init, Expr):
            init = computed(
                init,
                attribute=lambda name: self._named_value(name, model),
                constant=self._network._constant_value,
            )
        return many_values(
            init,
            self._count(attribute),
            self._dtype(attribute),
            self._place(attribute.name),
            rng=self._network.default_rng,
        )

    def _named_value(self, name: str, model: NeuronModel) -> object:
        attribute = model.attribute(name)
        if attribute is None:
            return self._network._constant_value(name)
        is_known = model is self._model or name in self._values
        values = self._initial(name) if is_known else self._declared(attribute, model)
        return values if len(values) > 1 else values[0]

    def _read(self, name: str) -> NDArray:
        self._attribute(name)
        state = self._state
        if state is None:
            return self._initial(name).copy()
        count = self._count(self._attribute(name))
        return self._network._call(lambda: state.values[name][:count].copy())

    def _shown(self, name: str, values: NDArray) -> Any:
        """Return values as users see them; an array that nobody else holds becomes theirs."""
        if self._attribute(name).locality is Locality.LOCAL:
            return values.reshape(self._geometry)
        return as_scalar(values[0])

    def _read_selected(self, name: str, ranks: NDArray | int) -> Any:
        """Return the values of some neurons; one number for a global attribute."""
        values = self._read(name)
        if self._attribute(name).locality is Locality.LOCAL:
            return values[ranks]
        return as_scalar(values[0])

    def _place(self, name: str) -> Place:
        """Return how messages call an attribute, whose values may be NaN if equations ask."""
        return Place(name, self._label, lambda: asks_for_nan(self._model))

    def _write(self, name: str, value: object, ranks: NDArray | None = None) -> None:
        """Set an attribute, of the whole population or of some neurons."""
        attribute = self._attribute(name)
        place = self._place(name)
        if attribute.locality is not Locality.LOCAL:
            is_each = ranks is not None or not is_single(value)
            if not is_each:
                self._store(name, np.atleast_1d(one_value(value, self._dtype(attribute), place)))
                return
            self._make_local(attribute, place)
            attribute = self._attribute(name)
        n = self._size if ranks is None else len(ranks)
        rng = self._network.default_rng
        values = many_values(value, n, self._dtype(attribute), place, rng=rng)
        self._refuse(name, values)
        self._store(name, values, ranks)

    def _refuse(self, name: str, values: NDArray) -> None:
        """Refuse values that have no meaning for an attribute of an input."""

    def _restore(self, name: str, value: Any, ranks: NDArray | None = None) -> None:
        """Give an attribute back what was read of it, which may be NaN."""
        attribute = self._model.attribute(name)
        if attribute is None:
            setattr(self, name, value)
            return
        n = self._count(attribute) if ranks is None else len(ranks)
        self._store(name, np.broadcast_to(np.ravel(value), n), ranks)

    def _store(self, name: str, values: NDArray, ranks: NDArray | None = None) -> None:
        where = slice(len(values)) if ranks is None else ranks
        state = self._state
        if state is None:
            array = self._initial(name).copy()
            array[where] = values
            self._values[name] = array
        else:

            def apply() -> None:
                state.values[name][where] = values

            self._network._call(apply)
        self._network._notices.tell(self, name)

    def _make_local(self, attribute: Attribute, place: Place) -> None:
        """Give an open parameter one value per neuron, or say why that cannot be."""
        if self._state is not None or not attribute.is_open:
            is_late = attribute.is_open
            raise LocalityError(
                f"{place} is global: it has one value, not one each",
                why="the network is compiled already" if is_late else None,
                hint="set values per neuron before compile(), or declare it with "
                'Parameter(..., locality="local")',
            )
        before = self._initial(attribute.name)
        self._localities[attribute.name] = Locality.LOCAL
        try:
            self._renew_model()
        except Exception:
            del self._localities[attribute.name]
            raise
        self._values[attribute.name] = np.full(self._size, before[0])
        log.info("%s becomes local: values per neuron were set on it", place)


__all__ = ["PopulationValues"]
