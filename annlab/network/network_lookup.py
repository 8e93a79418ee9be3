"""Finding the objects of a network by their names."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from annlab.calls import public
from annlab.errors import ArgumentTypeError, UnknownObjectError
from annlab.network.checks import read_flag
from annlab.network.constants import Constant
from annlab.network.monitor import Monitor
from annlab.network.network_base import NetworkBase
from annlab.network.population import Population
from annlab.network.projection import Projection
from annlab.network.projection_base import population_of
from annlab.network.view import PopulationView

log = logging.getLogger("annlab")


@public
class NetworkLookup(NetworkBase):
    """What there is, and what fits."""

    def get_population(self, name: str) -> Population | None:
        """Return a population by name, or None.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator, name="cells")
        >>> net.get_population("cells")
        <Population 'cells': 2 x Leaky integrator>
        """
        return self._looked_up("population", self._populations, name)

    def get_projection(self, name: str) -> Projection | None:
        """Return a projection by name, or None.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> loop = net.connect(cells, cells, "exc", name="loop").all_to_all(0.1)
        >>> net.get_projection("loop") is loop
        True
        """
        return self._looked_up("projection", self._projections, name)

    def get_monitor(self, name: str) -> Monitor | None:
        """Return a monitor by name, or None.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> watch = net.monitor(cells, "r", name="rates")
        >>> net.get_monitor("rates") is watch
        True
        """
        return self._looked_up("monitor", self._monitors, name)

    def get_extension(self, name: str) -> Any:
        """Return an object of annlab.extensions by name, or None.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> bold = net.boldmonitor(cells)
        >>> net.get_extension("bold0") is bold
        True
        """
        return self._looked_up("extension", self._extensions, name)

    def get_constant(self, name: str) -> Constant | None:
        """Return a constant by name, or None.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> c = net.constant("baseline", 0.5)
        >>> net.get_constant("baseline").value
        0.5
        """
        found = self._constants.get(name) if isinstance(name, str) else None
        if found is None:
            log.warning("network %d has no constant %r", self._id, name)
        return found

    def _looked_up(self, what: str, objects: Sequence[Any], name: str) -> Any:
        found = named(objects, name)
        if found is None:
            log.warning("network %d has no %s %r", self._id, what, name)
        return found

    def get_populations(self) -> list[Population]:
        """Return all populations, in the order of creation.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator, name="cells")
        >>> net.get_populations()
        [<Population 'cells': 2 x Leaky integrator>]
        """
        return list(self._populations)

    def get_monitors(self) -> list[Monitor]:
        """Return all monitors, in the order of creation.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator)
        >>> watch = net.monitor(cells, "r")
        >>> net.get_monitors() == [watch]
        True
        """
        return list(self._monitors)

    def get_extensions(self) -> list[Any]:
        """Return all objects of annlab.extensions, in the order of creation.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> cells = net.create(2, annlab.LeakyIntegrator, name="cells")
        >>> bold = net.boldmonitor(cells)
        >>> net.get_extensions()
        [<BoldMonitor 'bold0' of cells: balloon_RN>]
        """
        return list(self._extensions)

    def get_constants(self) -> list[Constant]:
        """Return the constants of the network, copies of the global ones included.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> c = net.constant("baseline", 0.5)
        >>> [c.name for c in net.get_constants()]
        ['baseline']
        """
        return list(self._constants.values())

    def get_projections(
        self,
        post: Population | str | None = None,
        pre: Population | str | None = None,
        target: str | None = None,
        suppress_error: bool = False,
    ) -> list[Projection]:
        """Return the projections that fit; populations may be given by name.

        Examples
        --------
        >>> import annlab
        >>> net = annlab.Network()
        >>> a, b = (net.create(2, annlab.LeakyIntegrator, name=name) for name in "ab")
        >>> forth = net.connect(a, b, "exc").one_to_one(1.0)
        >>> back = net.connect(b, a, "inh").one_to_one(1.0)
        >>> net.get_projections(pre="a") == [forth]
        True
        >>> net.get_projections(target="inh") == [back]
        True
        """
        for side in (post, pre):
            if side is not None and not isinstance(side, str | Population | PopulationView):
                raise ArgumentTypeError(
                    f"get_projections() was given {side!r} as a population",
                    hint="give a population, or its name",
                )
        found = [
            p
            for p in self._projections
            if _fits(p.post, post) and _fits(p.pre, pre) and _reaches(p, target)
        ]
        is_filtered = post is not None or pre is not None or target is not None
        is_quiet = read_flag(suppress_error, "suppress_error of get_projections()")
        if not found and is_filtered and not is_quiet:
            raise UnknownObjectError(
                "no projection fits",
                why=f"asked for post={_shown(post)}, pre={_shown(pre)}, target={target!r}",
                hint="get_projections() lists all of them",
            )
        return found


def named(objects: Sequence[Any], name: str) -> Any:
    """Return the object of that name, or None."""
    return next((o for o in objects if isinstance(name, str) and o.name == name), None)


def _fits(side: Any, wanted: Population | PopulationView | str | None) -> bool:
    if wanted is None:
        return True
    if isinstance(wanted, str):
        return side.name == wanted
    return side is wanted or population_of(side) is wanted


def _reaches(projection: Projection, target: object) -> bool:
    return target is None or (isinstance(target, str) and target in projection.targets)


def _shown(wanted: Population | PopulationView | str | None) -> str:
    return repr(wanted if wanted is None or isinstance(wanted, str) else wanted.name)


__all__ = ["NetworkLookup", "named"]
