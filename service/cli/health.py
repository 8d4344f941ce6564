"""The command `health`."""

import socket

import click

from digitgan.cli.command import Command
from digitgan.cli.messages import print_result
from digitgan.cli.values import Decimal, Integer

_PATH = "/health/ready"
# Who listens on all addresses listens on this one. A name, because containers often lack the loopback address of IPv6.
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "localhost"}  # noqa: S104 - only looked up


class _Health(Command):
    """A container executes it every few seconds, so it loads neither the class of the settings nor an HTTP client."""

    reads_settings = False


@click.command(
    cls=_Health,
    examples="""
    {command}
    DIGITGAN_PORT=9000 {command}
    """,
)
@click.option("--host", envvar="DIGITGAN_HOST", show_envvar=True, default="127.0.0.1", help="Address it listens on.")
@click.option(
    "--port",
    envvar="DIGITGAN_PORT",
    show_envvar=True,
    type=Integer(1, 65_535),
    metavar="N",
    default=8000,
    help="Port it listens on.",
)
@click.option(
    "--unix-socket",
    envvar="DIGITGAN_UNIX_SOCKET",
    show_envvar=True,
    type=click.Path(),
    default=None,
    help="File it listens on, in place of host and port.",
)
@click.option("--timeout", type=Decimal(0.01, 3600), metavar="S", default=2.0, help="Maximum seconds to wait.")
def health(host: str, port: int, unix_socket: str | None, timeout: float) -> None:
    """Ask the service on this machine whether it is ready.

    The status is 0 if it is ready, and 1 if it is not or does not answer.
    """
    host = _LOOPBACK.get(host, host)
    url = f"unix:{unix_socket}" if unix_socket else f"http://{f'[{host}]' if ':' in host else host}:{port}{_PATH}"
    try:
        status = _ask(unix_socket or (host, port), timeout)
    except OSError as error:
        raise click.ClickException(f"not ready: {url}: {error.strerror or error}") from None
    if status != "200":
        raise click.ClickException(f"not ready: {url} answered {status or 'nothing'}")
    print_result(f"ready: {url}")


def _connect(address: str | tuple[str, int], timeout: float) -> socket.socket:
    if isinstance(address, tuple):
        return socket.create_connection(address, timeout)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(timeout)
    connection.connect(address)
    return connection


def _ask(address: str | tuple[str, int], timeout: float) -> str:
    """Return the status of the answer; empty if there is none.

    Args:
        address: host and port, or the file of a Unix socket.
        timeout: maximum seconds to wait.

    Raises:
        OSError: nobody listens, or no answer comes in time.
    """
    with _connect(address, timeout) as connection, connection.makefile("rb") as answer:
        connection.sendall(f"GET {_PATH} HTTP/1.0\r\n\r\n".encode())
        _, _, rest = answer.readline(64).decode("ascii", "replace").partition(" ")
        return rest[:3]
