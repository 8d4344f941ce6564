"""Knows a Ray cluster of several nodes on this machine, and how one of them ends. Does not know what runs there.

Runs where Ray is, in a network namespace of its own: Ray would look for its nodes at the machine's outer address.
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

wait_until = partial(processes.wait_until, patience_s=900, pause_s=0.2)  # each start is that of ten processes


class Nodes:
    """The nodes; the first one holds the cluster together."""

    def __init__(self, folder: str, **resources: Any) -> None:
        first = {"temp_dir": folder, "include_dashboard": False}
        self._cluster = _come_up(lambda: Cluster(initialize_head=True, head_node_args=first | resources))
        self.address: str = self._cluster.address

    def join(self, **resources: Any) -> Any:
        """Start one more node, and return it; its `node_id` is Ray's."""
        return _come_up(lambda: self._cluster.add_node(**resources))

    def processes(self, node: Any) -> set[int]:
        """Return every process of a node."""
        found: set[int] = set()
        new = {each.process.pid for kind in node.all_processes.values() for each in kind}
        while new:
            found |= new
            new = {child for pid in new for child in _children(pid)} - found
        return found

    def kill(self, node: Any) -> None:
        """End all processes of a node at once, as when its power goes."""
        for pid in self.processes(node):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._cluster.remove_node(node, allow_graceful=False)

    def close(self) -> None:
        """End all nodes."""
        ray.shutdown()  # or the one that this process is connected to may not be ended
        self._cluster.shutdown()


@contextmanager
def nodes(**resources: Any) -> Iterator[Nodes]:
    """Yield a cluster of one node with some resources; end all nodes after the block."""
    _bring_up_loopback()
    folder = tempfile.mkdtemp(prefix="ray", dir="/tmp")  # short: the paths of sockets are
    try:
        cluster = Nodes(folder, **resources)
        try:
            yield cluster
        finally:
            cluster.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def title(pid: int) -> str:
    """Return what a process calls itself; "" if it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def report(steps: Iterable[tuple[str, Any]], file: Path) -> None:
    """Write what came of each step to a file, and to stdout as far as a person reads it."""
    told, started = {}, monotonic()
    for step, what in steps:
        told[step] = what
        print(f"{monotonic() - started:.0f} s, {step}: {what}"[:1000], flush=True)
    file.write_text(json.dumps(told))


def _come_up(start: Callable[[], Any]) -> Any:
    """Return what starts, at one attempt of some: a node of Ray's gives up when its agents take longer than 15 s."""
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
    except FileNotFoundError:  # it has ended meanwhile
        return set()
