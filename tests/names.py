"""Knows a name server on loopback: one name, and the addresses that it has at the moment. Does not know who asks."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_HEADER = struct.Struct("!HHHHHH")  # RFC 1035, 4.1.1: id, flags, and how many questions, answers, authorities, others
_IS_ANSWER, _RECURSES = 0x8000, 0x0180
_ADDRESS = struct.Struct("!HHHIH4s")  # 4.1.3: pointer to the name, type A, class IN, seconds to live, length, address


class Names:
    """What the name stands for; `addresses` may be changed at any time."""

    def __init__(self) -> None:
        self.addresses: list[str] = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))

    @property
    def address(self) -> str:
        """Where it is asked, as host and port."""
        return "{}:{}".format(*self.socket.getsockname())

    def answer(self, question: bytes) -> bytes:
        """Return the answer to a message with one question, which is always for that name."""
        number = _HEADER.unpack_from(question)[0]
        end = question.index(b"\0", _HEADER.size) + 5  # of the name, its type and its class
        addresses = list(self.addresses)
        header = _HEADER.pack(number, _IS_ANSWER | _RECURSES, 1, len(addresses), 0, 0)
        records = [_ADDRESS.pack(0xC000 | _HEADER.size, 1, 1, 0, 4, socket.inet_aton(each)) for each in addresses]
        return header + question[_HEADER.size : end] + b"".join(records)


@contextmanager
def name_server() -> Iterator[Names]:
    """Answer while the block runs."""
    names = Names()

    def serve() -> None:
        while True:
            question, asker = names.socket.recvfrom(512)
            if not question:
                return
            names.socket.sendto(names.answer(question), asker)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield names
    finally:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", names.socket.getsockname())
        thread.join()
        names.socket.close()
