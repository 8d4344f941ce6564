"""Knows the real gateway on loopback, with the configuration of `deploy/`. Does not know what it stands before."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.names import Names, name_server
from tests.processes import ROOT, wait_until

CONFIGURATION = ROOT / "deploy" / "haproxy.cfg"
HAPROXY = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")
needs_haproxy = pytest.mark.skipif(
    HAPROXY is None and not os.environ.get("CI"), reason="needs haproxy; Debian has it as a package of that name"
)


class Gateway:
    """A running gateway: `url`, the `names` by which it finds replicas, all on `replica_port`, and its `log`."""

    def __init__(self, names: Names, ports: list[int], log: Path) -> None:
        self.url = f"http://127.0.0.1:{ports[0]}"
        self.metrics_url = f"http://127.0.0.1:{ports[1]}/metrics"
        self.replica_port = ports[2]
        self.names = names
        self.log = log

    def finds(self, *addresses: str) -> None:
        """Give the name these addresses, and wait until the gateway has heard of that."""
        self.names.addresses = list(addresses)
        wait_until(lambda: self.n_up() == len(addresses))

    def n_up(self) -> int:
        """Return how many replicas the gateway would send a request to."""
        lines = httpx.get(self.metrics_url).text.splitlines()
        return sum(line.startswith("haproxy_server_status{") and 'state="UP"} 1' in line for line in lines)


def free_ports(n: int) -> list[int]:
    """Return ports that nobody listens on, on any address."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("", 0))) for _ in range(n)]
        return [each.getsockname()[1] for each in sockets]


@contextmanager
def gateway(log: Path, **settings: str) -> Iterator[Gateway]:
    """Yield a gateway that knows no replica yet.

    Args:
        log: file for its access log.
        settings: variables of the configuration.
    """
    assert HAPROXY is not None, "no haproxy"
    ports = free_ports(3)
    with name_server() as names, log.open("w") as written:
        own = {
            "GATEWAY_ADDRESS": f"127.0.0.1:{ports[0]}",
            "GATEWAY_METRICS_ADDRESS": f"127.0.0.1:{ports[1]}",
            "GATEWAY_REPLICA_PORT": str(ports[2]),
            "GATEWAY_DNS": names.address,
        }
        process = subprocess.Popen(
            [HAPROXY, "-db", "-f", CONFIGURATION], env=os.environ | own | settings, stdout=written
        )

        def answers() -> bool:
            assert process.poll() is None, "haproxy ended"
            try:
                return httpx.get(f"http://127.0.0.1:{ports[1]}/metrics").status_code == 200
            except httpx.TransportError:
                return False

        try:
            wait_until(answers)
            yield Gateway(names, ports, log)
        finally:
            process.terminate()
            process.wait()
