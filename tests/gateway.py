"""The real gateway on loopback, with the configuration of `deploy/`."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from random import SystemRandom

import httpx

from tests.names import NameServer, name_server
from tests.processes import PATIENCE_S, ROOT, wait_until
from tests.programs import find, needs

CONFIGURATION = ROOT / "deploy" / "haproxy.cfg"
HAPROXY = find("haproxy")
needs_haproxy = needs("haproxy", shows="the gateway")
_FIXED_PORTS = range(20_000, 32_000)  # below the ports that Linux assigns by itself


class Gateway:
    """A running gateway, with its `url`, its `log`, and the `names` by which it finds replicas on `replica_port`."""

    def __init__(self, names: NameServer, ports: list[int], log: Path) -> None:
        self.url = f"http://127.0.0.1:{ports[0]}"
        self.metrics_url = f"http://127.0.0.1:{ports[1]}/metrics"
        self.replica_port = ports[2]
        self.names = names
        self.log = log

    def set_replicas(self, *addresses: str) -> None:
        """Give the name these addresses, and wait until the gateway uses them."""
        self.names.addresses = list(addresses)
        wait_until(lambda: self.n_up() == len(addresses))

    def client(self) -> httpx.Client:
        """Return a client of the gateway."""
        return httpx.Client(base_url=self.url, timeout=PATIENCE_S)

    def n_up(self) -> int:
        """Return the number of replicas that the gateway sends requests to."""
        lines = httpx.get(self.metrics_url, timeout=PATIENCE_S).text.splitlines()
        return sum(
            line.startswith('haproxy_server_status{proxy="replicas"') and 'state="UP"} 1' in line for line in lines
        )


def free_ports(n: int) -> list[int]:
    """Return ports that are free on every address, and that the system does not assign to other sockets by itself.

    So they are still free when a test listens on them. They are drawn without a seed, since tests that run side by side
    have the same one.
    """
    chance = SystemRandom()
    with ExitStack() as held:
        sockets: list[socket.socket] = []
        while len(sockets) < n:
            with suppress(OSError):  # this one is taken
                sockets.append(held.enter_context(socket.create_server(("", chance.choice(_FIXED_PORTS)))))
        return [each.getsockname()[1] for each in sockets]


@contextmanager
def gateway(log: Path, **settings: str) -> Iterator[Gateway]:
    """Yield a gateway without replicas.

    Args:
        log: the file for its access log.
        settings: variables of its configuration.
    """
    assert HAPROXY is not None, "haproxy is missing"
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
