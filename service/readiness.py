"""Knows whether this process wants to be sent requests: the one place that holds it, and that all who are asked read.

Does not know why, nor who asks.
"""

from digitgan.contract.errors import Draining

_RETRY_AFTER_S = 1  # by then a gateway has sent the next try elsewhere


class Readiness:
    """Ready from the start, since nothing is accepted before every model has run; withdrawn once, for good."""

    def __init__(self) -> None:
        self._is_withdrawn = False

    def withdraw(self) -> None:
        """Say from now on that requests are better sent elsewhere."""
        self._is_withdrawn = True

    def check(self) -> None:
        """Do nothing if this process wants to be sent requests.

        Raises:
            Draining: it does not, though it still answers those that come.
        """
        if self._is_withdrawn:
            raise Draining("still answering, but about to end: send requests elsewhere", _RETRY_AFTER_S)
