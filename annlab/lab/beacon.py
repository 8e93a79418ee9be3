"""Tell the page that annlab is here, and answer when it calls.

Runs with ``import annlab`` and must cost next to nothing: outside of a Jupyter kernel
it does nothing, inside it registers the comm's target and loads the rest when a page opens
the comm. The beacon itself is a comm that was never opened, under a fixed id: a page that
knows it finds it by a ``comm_info_request`` or sees its one message; others ignore both.
"""

from __future__ import annotations

from typing import Any

from annlab.calls import running_shell
from annlab.lab.messages import BEACON, TARGET, VERSION


def light() -> bool:
    """Register the comm's target in the kernel that runs this process; False without one."""
    kernel = _kernel()
    manager = getattr(kernel, "comm_manager", None)
    if manager is None:
        return False
    if BEACON not in manager.comms:
        from comm import create_comm  # every kernel brings it

        manager.register_target(TARGET, _open)
        beacon = create_comm(target_name=TARGET, comm_id=BEACON, primary=False)
        manager.register_comm(beacon)
        beacon.send({"version": VERSION})
    return True


# Any: the kernel's libraries are imported only if they are there already.
def _kernel() -> Any:
    return getattr(running_shell(), "kernel", None)


def _open(comm: Any, message: Any) -> None:
    from annlab.lab.session import Session  # it loads networks: only if a page wants them

    client = str(message["content"].get("data", {}).get("client", ""))
    Session.begin(comm, client=client, namespace=lambda: _kernel().shell.user_ns)
