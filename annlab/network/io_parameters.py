"""Files of parameters, as people write them: JSON."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from annlab.calls import public, warn
from annlab.errors import ArgumentError, ConfigurationError
from annlab.ir.expr import Locality
from annlab.network import context
from annlab.network.attributes import set_together
from annlab.network.constants import GLOBAL_CONSTANTS
from annlab.network.files import existing_path, read_path, written_whole
from annlab.network.network import Network
from annlab.network.population import Population
from annlab.network.projection import Projection

log = logging.getLogger("annlab")

_KINDS = ("populations", "projections", "network", "constants")


@public
def save_parameters(filename: str, net_id: int | Network = 0) -> None:
    """Write all global parameters and the constants of a network as JSON.

    Examples
    --------
    >>> import annlab
    >>> from pathlib import Path
    >>> cell = annlab.Neuron({"tau": 10.0}, "tau*dr/dt = -r")
    >>> cells = annlab.Population(2, cell, name="cells")
    >>> annlab.save_parameters("parameters.json")
    >>> '"tau": 10.0' in Path("parameters.json").read_text()
    True
    """
    network = context.meant_network(net_id)
    content = {
        "populations": {p.name: _global_parameters(p) for p in network.get_populations()},
        "projections": {p.name: _global_parameters(p) for p in network.get_projections()},
        "network": {},
        "constants": {c.name: float(c.value) for c in network.get_constants()},
    }
    with written_whole(read_path(filename)) as draft:
        draft.write_text(json.dumps(content, indent=4) + "\n")


def _global_parameters(obj: Population | Projection) -> dict[str, Any]:
    return {
        a.name: obj.get(a.name)
        for a in obj._model.attributes
        if a.is_parameter and a.locality is Locality.GLOBAL
    }


@public
def load_parameters(
    filename: str, global_only: bool = True, verbose: bool = False, net_id: int | Network = 0
) -> dict[str, float]:
    """Set parameters from a JSON file; return its `network` entries as floats.

    Parameters
    ----------
    global_only
        Leave values per neuron or synapse alone.
    verbose
        Log what is set.

    Examples
    --------
    >>> import annlab
    >>> cell = annlab.Neuron({"tau": 10.0}, "tau*dr/dt = -r")
    >>> cells = annlab.Population(2, cell, name="cells")
    >>> annlab.save_parameters("parameters.json")
    >>> cells.tau = 20.0
    >>> options = annlab.load_parameters("parameters.json")
    >>> cells.tau
    10.0
    """
    network = context.meant_network(net_id)
    path = existing_path(filename)
    if path.suffix == ".xml":
        raise ConfigurationError(
            f"{filename!r} is a parameter file of an old version", hint="use load_parameter()"
        )
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ArgumentError(f"{filename!r} cannot be read: {error}") from error
    tables = {kind: _table(content, kind, filename) for kind in _KINDS}
    constants, options = (_floats(tables[k], k, filename) for k in ("constants", "network"))
    owners: list[tuple[Population | Projection, dict[str, Any]]] = []
    for kind, objects in (
        ("populations", network.get_populations()),
        ("projections", network.get_projections()),
    ):
        for obj in objects:
            values = _table(tables[kind], obj.name, filename)
            owners.append((obj, _settable(obj, values, global_only=global_only)))
    set_together(
        {str(k): values for k, (_, values) in enumerate(owners)},
        read=lambda k: {name: owners[int(k)][0].get(name) for name in owners[int(k)][1]},
        write=lambda k, values: owners[int(k)][0].set(values),  # type: ignore[arg-type]  # of `owners`
    )
    for constant in network.get_constants():
        constant.set(constants.get(constant.name, constant.value))
    if network.id == context.GLOBAL_ID:  # what its scripts hold are not the copies in it
        for name in constants.keys() & GLOBAL_CONSTANTS.keys():
            GLOBAL_CONSTANTS[name].set(constants[name])
    if verbose:
        for obj, values in owners:
            for name, value in values.items():
                log.info("%s.%s = %s", obj.name, name, value)
    return options


def _table(content: Any, name: str, filename: str) -> dict[str, Any]:
    """Return a part of a file of parameters, which is a table of names and values."""
    found = content.get(name, {}) if isinstance(content, dict) else None
    if not isinstance(found, dict):
        raise ArgumentError(
            f"{filename!r} is no file of parameters: {name!r} is no table",
            hint="save_parameters() writes such files",
        )
    return found


def _floats(table: Mapping[str, Any], kind: str, filename: str) -> dict[str, float]:
    try:
        return {name: float(value) for name, value in table.items()}
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"{filename!r}: {kind!r} holds no number: {error}") from error


def _settable(
    obj: Population | Projection, values: Mapping[str, Any], *, global_only: bool
) -> dict[str, Any]:
    """Return the values of attributes that the object has and that are wanted."""
    kinds = {a.name: a.locality for a in obj._model.attributes}
    return {
        name: value
        for name, value in values.items()
        if name in kinds and not (global_only and kinds[name] is not Locality.GLOBAL)
    }


@public
def load_parameter(in_file: str) -> dict[str, float]:
    """Return the parameters of an XML file of an old version. Deprecated."""
    from xml.etree import ElementTree  # only for old files

    warn("load_parameter() reads files of old versions; use load_parameters()", DeprecationWarning)
    try:
        root = ElementTree.parse(existing_path(in_file)).getroot()
    except (OSError, ElementTree.ParseError) as error:
        raise ArgumentError(f"{in_file!r} cannot be read: {error}") from error
    found: dict[str, float] = {}
    for element in root.iter():
        if element.text is None or list(element):
            continue
        try:
            found[element.tag] = float(element.text)
        except ValueError:
            continue
    return found


__all__ = ["load_parameter", "load_parameters", "save_parameters"]
