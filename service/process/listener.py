"""Binds a socket to an address that no other process can have, before and while it listens."""

import errno
import hashlib
import os
import socket
import stat
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from digitgan.contract.errors import CannotServe

from ..settings import Settings


class Listeners(NamedTuple):
    """The bound sockets of a service.

    Attributes:
        requests: of the address at which requests come.
        admin: of the admin port; None without one.
    """

    requests: socket.socket
    admin: socket.socket | None


@contextmanager
def reserved(settings: Settings) -> Iterator[tuple[Listeners, Settings]]:
    """Yield every socket of a service, bound as the settings say, and the settings with the port that it really has.

    Raises:
        CannotServe: another socket has an address, or it cannot be bound.
    """
    with ExitStack() as held:
        if settings.unix_socket is None:
            requests = held.enter_context(reserve(settings.host, settings.port))
            settings = settings.model_copy(update={"port": requests.getsockname()[1]})
        else:
            requests = held.enter_context(_reserved_file(settings.unix_socket))
        has_admin = settings.admin_port != 0
        admin = held.enter_context(reserve(settings.host, settings.admin_port)) if has_admin else None
        yield Listeners(requests, admin), settings


@contextmanager
def _reserved_file(path: Path) -> Iterator[socket.socket]:
    """Yield a socket bound to a file, which is removed after the block."""
    with claimed(path), reserve_file(path) as listener:
        made = path.lstat()
        try:
            yield listener
        finally:
            with suppress(OSError):
                if os.path.samestat(path.lstat(), made):  # otherwise somebody has put another file there
                    path.unlink()


@contextmanager
def claimed(path: Path) -> Iterator[None]:
    """Let no other process claim a path while the block runs, in which it may be bound long before it listens.

    The claim is a name in Linux's abstract namespace, which ends with the process; elsewhere there is no claim. Folders
    of the same name in several file systems may share that namespace, so the claim has the folder's identity.

    Raises:
        CannotServe: another process has claimed the path, or it has no folder.
    """
    with socket.socket(socket.AF_UNIX) as claim:
        os.register_at_fork(after_in_child=claim.close)  # a worker may outlive its supervisor, and claims nothing
        try:
            folder = path.absolute().parent.stat()
            place = f"{folder.st_dev} {folder.st_ino} ".encode() + os.fsencode(path.name)
            if sys.platform == "linux":
                claim.bind(b"\0digitgan-" + hashlib.blake2b(place, digest_size=16).hexdigest().encode())
        except OSError as error:
            raise CannotServe(f"cannot listen on {path}: {error.strerror}") from error
        yield


def reserve_file(path: Path) -> socket.socket:
    """Return a socket bound to a file, which takes the place of a socket that nobody listens on any more.

    Who may write to the file may connect: its mode follows the process's umask.

    Raises:
        CannotServe: another process listens there, the file is no socket, or it cannot be made.
    """
    listener = socket.socket(socket.AF_UNIX)
    try:
        if os.path.lexists(path) and stat.S_ISSOCK(path.lstat().st_mode):
            with socket.socket(socket.AF_UNIX) as other:
                if other.connect_ex(str(path)) == errno.ECONNREFUSED:  # left by a process that was killed
                    path.unlink()
        listener.bind(str(path))
    except OSError as error:
        listener.close()
        reason = "the path is too long" if error.strerror is None else error.strerror
        if error.errno == errno.EADDRINUSE and os.path.lexists(path) and not stat.S_ISSOCK(path.lstat().st_mode):
            reason = "it exists and is not a socket; choose another path"
        raise CannotServe(f"cannot listen on {path}: {reason}") from error
    return listener


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
