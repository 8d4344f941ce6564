"""A name server on loopback with one name, whose addresses a test changes."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_HEADER = struct.Struct(
    "!HHHHHH"
)  # RFC 1035, 4.1.1: id, flags, and the numbers of questions, answers, authorities and additional records
_IS_ANSWER, _RECURSES = 0x8000, 0x0180
_ADDRESS = struct.Struct("!HHHIH4s")  # 4.1.3: pointer to the name, type A, class IN, seconds to live, length, address


class NameServer:
    """A server that answers with `addresses`, which may be changed at any time."""

    def __init__(self) -> None:
        self.addresses: list[str] = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))

    @property
    def address(self) -> str:
        """The address of the server, as host:port."""
        return "{}:{}".format(*self.socket.getsockname())

    def answer(self, question: bytes) -> bytes:
        """Return the answer to a message with one question, which is always about the one name."""
        number = _HEADER.unpack_from(question)[0]
        end = question.index(b"\0", _HEADER.size) + 5  # the end of the name, its type and its class
        addresses = list(self.addresses)
        header = _HEADER.pack(number, _IS_ANSWER | _RECURSES, 1, len(addresses), 0, 0)
        records = [_ADDRESS.pack(0xC000 | _HEADER.size, 1, 1, 0, 4, socket.inet_aton(each)) for each in addresses]
        return header + question[_HEADER.size : end] + b"".join(records)


@contextmanager
def name_server() -> Iterator[NameServer]:
    """Yield a server that answers while the block runs."""
    names = NameServer()

    def serve() -> None:
        while True:
            question, client = names.socket.recvfrom(512)
            if not question:
                return
            names.socket.sendto(names.answer(question), client)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield names
    finally:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", names.socket.getsockname())
        thread.join()
        names.socket.close()
