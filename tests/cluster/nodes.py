"""A Ray cluster of several nodes on this machine.

It needs Ray, and a network namespace of its own: Ray would look for its nodes at the machine's outer address.
"""

import fcntl
import json
import os
import shutil
import signal
import socket
import struct
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import ray
from ray.cluster_utils import Cluster

from tests import processes

_ATTEMPTS = 5
_SIOCSIFFLAGS, _UP = 0x8914, 0x1

wait_until = partial(processes.wait_until, patience_s=900, pause_s=0.2)  # each node starts ten processes


class Nodes:
    """The nodes of a cluster; the first one is its head."""

    def __init__(self, folder: str, **resources: Any) -> None:
        first = {"temp_dir": folder, "include_dashboard": False}
        self._cluster = _start_with_retries(lambda: Cluster(initialize_head=True, head_node_args=first | resources))
        self.address: str = self._cluster.address

    def join(self, **resources: Any) -> Any:
        """Start another node, and return Ray's handle of it."""
        return _start_with_retries(lambda: self._cluster.add_node(**resources))

    def processes(self, node: Any) -> set[int]:
        """Return every process of a node."""
        found: set[int] = set()
        new = {each.process.pid for kind in node.all_processes.values() for each in kind}
        while new:
            found |= new
            new = {child for pid in new for child in _children(pid)} - found
        return found

    def kill(self, node: Any) -> None:
        """Kill all processes of a node at once, as a power cut does."""
        for pid in self.processes(node):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._cluster.remove_node(node, allow_graceful=False)

    def close(self) -> None:
        """End all nodes."""
        ray.shutdown()  # otherwise the node that this process is connected to may not be ended
        self._cluster.shutdown()


@contextmanager
def nodes(**resources: Any) -> Iterator[Nodes]:
    """Yield a cluster of one node with some resources, and end all its nodes after the block."""
    _bring_up_loopback()
    folder = tempfile.mkdtemp(prefix="ray", dir="/tmp")  # short, as the paths of sockets must be
    try:
        cluster = Nodes(folder, **resources)
        try:
            yield cluster
        finally:
            cluster.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def title(pid: int) -> str:
    """Return the title of a process; "" if it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def report(steps: Iterable[tuple[str, Any]], file: Path) -> None:
    """Write the result of each step to a file, and shortened to stdout."""
    results, started = {}, monotonic()
    for step, result in steps:
        results[step] = result
        print(f"{monotonic() - started:.0f} s, {step}: {result}"[:1000], flush=True)
    file.write_text(json.dumps(results))


def _start_with_retries(start: Callable[[], Any]) -> Any:
    """Return what a start returns, after some attempts: a node gives up when its agents take longer than 15 s."""
    for _ in range(_ATTEMPTS - 1):
        with suppress(Exception):
            return start()
    return start()


def _bring_up_loopback() -> None:
    """Do what ``ip link set lo up`` does (Linux, netdevice(7)); it is not installed everywhere."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", _UP))


def _children(pid: int) -> set[int]:
    try:
        return processes.children(pid)
    except FileNotFoundError:  # the process has ended
        return set()
