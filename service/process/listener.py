"""Binds sockets to addresses, exclusively or shared between processes that agree to it."""

import socket

from digitgan.contract.errors import CannotServe


def share(host: str, port: int) -> socket.socket:
    """Return a socket bound to an address that other sockets may share; port 0 takes a free port.

    Raises:
        OSError: a socket that does not share has the address, or it is not one of this machine's.
    """
    return _bind(host, port, [socket.SO_REUSEADDR, socket.SO_REUSEPORT])


def reserve(host: str, port: int) -> socket.socket:
    """Return the socket of `share`, if no other socket listens on the address yet.

    Raises:
        CannotServe: another socket does, or the address is not one of this machine's.
    """
    try:
        with _bind(host, port, [socket.SO_REUSEADDR]) as probe:
            port = probe.getsockname()[1]
        return share(host, port)
    except OSError as error:
        raise CannotServe(f"cannot listen on {host}:{port}: {error.strerror}") from error


def _bind(host: str, port: int, options: list[int]) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        for option in options:
            listener.setsockopt(socket.SOL_SOCKET, option, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener
