"""Projection kernel -> CUDA C: what differs from C++ for the CPU."""

from __future__ import annotations

from typing import ClassVar

from annlab.codegen.clike.projection import ProjectionBuilder
from annlab.codegen.cuda.dialect import dialect


class DeviceProjectionBuilder(ProjectionBuilder):
    """Makes the context of ``projection.cu.j2``; see ``native/storage.cuh`` for the slots."""

    dialect = staticmethod(dialect)
    storage_slots: ClassVar = {"dense": 1, "csr": 8, "one_to_one": 1}
    may_run_ahead = False  # a second pass over the weights costs less than to keep the sums
