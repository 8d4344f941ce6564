"""The real gateway on loopback, with the configuration of `deploy/`."""

import json
import os
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from random import SystemRandom
from signal import SIGUSR2

import httpx

from tests.names import NameServer, name_server
from tests.processes import PATIENCE_S, ROOT, children, wait_until
from tests.programs import find, needs

CONFIGURATION = ROOT / "deploy" / "haproxy.cfg"
HAPROXY = find("haproxy")
needs_haproxy = needs("haproxy", shows="the gateway")
_FIXED_PORTS = range(20_000, 32_000)  # below the ports that Linux assigns by itself


class Gateway:
    """A running gateway, with its `url`, its `log`, and the `names` by which it finds replicas on `replica_port`.

    What it reads again at a signal is in `folder`; `messages` has what HAProxy says of itself.
    """

    def __init__(self, names: NameServer, ports: list[int], log: Path, folder: Path, master: int) -> None:
        self.url = f"http://127.0.0.1:{ports[0]}"
        self.metrics_url = f"http://127.0.0.1:{ports[1]}/metrics"
        self.replica_port = ports[2]
        self.names = names
        self.log = log
        self.folder = folder
        self.messages = _messages(log)
        self._master = master

    def set_replicas(self, *addresses: str) -> None:
        """Give the name these addresses, and wait until the gateway uses them."""
        self.names.addresses = list(addresses)
        wait_until(lambda: self.n_up() == len(addresses))

    def client(self) -> httpx.Client:
        """Return a client of the gateway."""
        return httpx.Client(base_url=self.url, timeout=PATIENCE_S)

    def write_settings(self, **settings: object) -> None:
        """Set variables in the folder; the gateway reads them when it is reloaded."""
        lines = (f"    setenv {name} {value}\n" for name, value in settings.items())
        (self.folder / "settings.cfg").write_text("global\n" + "".join(lines))

    def signal_reload(self) -> None:
        """Send the signal at which the gateway reads its files again, unless it is just doing that."""
        os.kill(self._master, SIGUSR2)

    def reload(self) -> None:
        """Let the gateway read its files again, and wait until another worker serves with them."""
        before = children(self._master)

        def has_another_worker() -> bool:
            if children(self._master) <= before:
                self.signal_reload()
                return False
            return True

        wait_until(has_another_worker, pause_s=0.5)

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


def _messages(log: Path) -> Path:
    return log.with_suffix(".messages")


def _command(folder: Path) -> list[str]:
    """Return the command of the gateway's image, with paths of this machine."""
    assert HAPROXY is not None, "haproxy is missing"
    [written] = re.findall(r'^ENTRYPOINT (\["haproxy".*\])$', (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    here = {"haproxy": HAPROXY, "/etc/haproxy/gateway": str(folder), "/etc/haproxy/haproxy.cfg": str(CONFIGURATION)}
    return [here.get(word, word) for word in json.loads(written)]


@contextmanager
def gateway(log: Path, folder: Path | None = None, /, **settings: str) -> Iterator[Gateway]:
    """Yield a gateway without replicas.

    Args:
        log: the file for its access log; a file for its other messages is made beside it.
        folder: what it reads again at a signal; by default an empty folder beside the log.
        settings: variables of its configuration.
    """
    ports = free_ports(3)
    if folder is None:
        folder = log.with_suffix(".folder")
        folder.mkdir()
    with name_server() as names, log.open("w") as written, _messages(log).open("w") as said:
        own = {
            "GATEWAY_ADDRESS": f"127.0.0.1:{ports[0]}",
            "GATEWAY_METRICS_ADDRESS": f"127.0.0.1:{ports[1]}",
            "GATEWAY_REPLICA_PORT": str(ports[2]),
            "GATEWAY_DNS": names.address,
        }
        process = subprocess.Popen(_command(folder), env=os.environ | own | settings, stdout=written, stderr=said)

        def answers() -> bool:
            assert process.poll() is None, f"haproxy ended:\n{_messages(log).read_text()}"
            try:
                return httpx.get(f"http://127.0.0.1:{ports[1]}/metrics").status_code == 200
            except httpx.TransportError:
                return False

        try:
            wait_until(answers)
            yield Gateway(names, ports, log, folder, process.pid)
        finally:
            process.terminate()
            process.wait()
