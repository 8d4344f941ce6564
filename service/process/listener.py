"""Binds a socket to an address that no other process can have, before and while it listens."""

import errno
import socket

from digitgan.contract.errors import CannotServe


def reserve(host: str, port: int) -> socket.socket:
    """Return a socket bound to an address that is this process's alone from now on; port 0 takes a free port.

    Call `permit_restart` just before the socket listens.

    Raises:
        CannotServe: another socket has the address, or it is not one of this machine's.
    """
    try:
        # A name may stand for addresses of both families; IPv4 is what every client can reach.
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, *_, address = min(found, key=lambda each: each[0] != socket.AF_INET)
        listener = socket.socket(family)
        if family == socket.AF_INET6:  # "::" is every address of both families, whatever the system's default
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        try:
            _bind(listener, address)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise CannotServe(f"cannot listen on {host}:{port}: {error.strerror}") from error
    return listener


def permit_restart(listener: socket.socket) -> None:
    """Let the address be bound again while connections that are accepted from now on still close."""
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)


def _bind(listener: socket.socket, address: object) -> None:
    """Bind a socket without SO_REUSEADDR, with which two sockets could have the address until one listens.

    The option is needed for a moment where connections of an earlier process still close. It still refuses an address
    on which a socket listens, or that another process has by this function.
    """
    try:
        listener.bind(address)  # type: ignore[arg-type] # as getaddrinfo returned it
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        permit_restart(listener)
        listener.bind(address)  # type: ignore[arg-type]
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
