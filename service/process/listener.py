"""Knows how an address is taken, for oneself or together with others who agree to share it.

Does not know who listens.
"""

import socket

from digitgan.contract.errors import CannotServe


def share(host: str, port: int) -> socket.socket:
    """Return a socket bound to an address that it shares with others; port 0 takes a free one.

    Raises:
        OSError: somebody who does not share has the address, or it is none of this machine's.
    """
    return _bound(host, port, [socket.SO_REUSEADDR, socket.SO_REUSEPORT])


def reserve(host: str, port: int) -> socket.socket:
    """Return what `share` returns, if nobody at all listens there yet.

    Raises:
        CannotServe: somebody does, or the address is none of this machine's.
    """
    try:
        with _bound(host, port, [socket.SO_REUSEADDR]) as probe:
            port = probe.getsockname()[1]
        return share(host, port)
    except OSError as error:
        raise CannotServe(f"cannot listen on {host}:{port}: {error.strerror}") from error


def _bound(host: str, port: int, options: list[int]) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        for option in options:
            listener.setsockopt(socket.SOL_SOCKET, option, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener
