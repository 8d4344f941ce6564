"""Proxies as users run them, on loopback."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from tests.gateway import free_ports
from tests.processes import wait_until
from tests.programs import find


@contextmanager
def nginx(server: str, http: str = "") -> Iterator[str]:
    """Yield the address of an nginx.

    Args:
        server: directives of its server, such as locations.
        http: directives outside of its server, such as upstreams.
    """
    [port] = free_ports(1)
    with TemporaryDirectory() as folder:
        temporary = "".join(
            f"{name}_temp_path {folder}/{name}; " for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        user = "user root; " if os.geteuid() == 0 else ""  # otherwise its workers may not reach a socket of these tests
        configuration = Path(folder, "nginx.conf")
        configuration.write_text(
            f"{user}daemon off; pid {folder}/pid; error_log stderr error; events {{ worker_connections 4096; }}\n"
            f"http {{ access_log off; {temporary}\n{http}\nserver {{ listen 127.0.0.1:{port};\n{server}\n}} }}\n"
        )
        command = [_program("nginx"), "-e", "stderr", "-p", folder, "-c", str(configuration)]
        with running(command, f"http://127.0.0.1:{port}") as url:
            yield url


@contextmanager
def haproxy(frontend: str, upstream: str) -> Iterator[str]:
    """Yield the address of an HAProxy.

    Args:
        frontend: directives of its frontend.
        upstream: address of the service.
    """
    [port] = free_ports(1)
    with TemporaryDirectory() as folder:
        configuration = Path(folder, "haproxy.cfg")
        configuration.write_text(
            "defaults\n    mode http\n    timeout connect 5s\n    timeout client 60s\n    timeout server 60s\n"
            f"frontend front\n    bind 127.0.0.1:{port}\n{frontend}\n    default_backend service\n"
            f"backend service\n    server service {upstream.removeprefix('http://')}\n"
        )
        with running([_program("haproxy"), "-db", "-f", str(configuration)], f"http://127.0.0.1:{port}") as url:
            yield url


@contextmanager
def caddy(site: str) -> Iterator[str]:
    """Yield the address of a Caddy.

    Args:
        site: directives of its site.
    """
    [port] = free_ports(1)
    with TemporaryDirectory() as folder:
        configuration = Path(folder, "Caddyfile")
        configuration.write_text(f"{{\n admin off\n auto_https off\n}}\nhttp://:{port} {{\n{site}\n}}\n")
        command = [_program("caddy"), "run", "--adapter", "caddyfile", "--config", str(configuration)]
        with running(command, f"http://127.0.0.1:{port}") as url:
            yield url


def _program(name: str) -> str:
    found = find(name)
    assert found, f"{name} is missing"
    return found


@contextmanager
def running(command: list[str], url: str) -> Iterator[str]:
    """Yield an address once a proxy answers there, and end the proxy afterwards."""
    process = subprocess.Popen(command)

    def answers() -> bool:
        assert process.poll() is None, f"{command[0]} ended"
        try:
            return httpx.get(url).status_code > 0
        except httpx.TransportError:
            return False

    try:
        wait_until(answers)
        yield url
    finally:
        process.terminate()
        process.wait()
