"""Memory that a process may spend on one purpose at a time.

Everything that a client can make grow is counted here before it is spent: bodies being read, images being encoded, and
answers that have not been sent.
"""


class Budget:
    """Bytes for one purpose; work takes some of them, and gives them back.

    Args:
        limit_bytes: maximum bytes at a time.

    Attributes:
        used_bytes: bytes that are taken now.
        n_refused: how often there was no room.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.used_bytes = 0
        self.n_refused = 0

    @property
    def is_scarce(self) -> bool:
        """Whether more than half of it is taken."""
        return 2 * self.used_bytes > self.limit_bytes

    def has_room(self, n_bytes: int) -> bool:
        """Return whether n bytes are left; a piece that is larger than the limit has room where nothing else is."""
        return not self.used_bytes or self.used_bytes + n_bytes <= self.limit_bytes

    def take(self, n_bytes: int) -> bool:
        """Take n bytes and return True, or return False if there is no room."""
        if not self.has_room(n_bytes):
            self.n_refused += 1
            return False
        self.used_bytes += n_bytes
        return True

    def give_back(self, n_bytes: int) -> None:
        """Give back n bytes that were taken."""
        self.used_bytes -= n_bytes
