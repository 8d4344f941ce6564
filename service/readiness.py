"""Whether gateways should send requests to this process: the one place that every readiness route reads."""

from digitgan.contract.errors import Draining

_RETRY_AFTER_S = 1  # by then a gateway sends the next try elsewhere


class Readiness:
    """Ready from the start, since no connection is accepted before every model has run; withdrawn once, for good."""

    def __init__(self) -> None:
        self._is_withdrawn = False

    def withdraw(self) -> None:
        """Report from now on that requests should go elsewhere."""
        self._is_withdrawn = True

    def check(self) -> None:
        """Raise Draining if requests should go elsewhere, though this process still answers those that come."""
        if self._is_withdrawn:
            raise Draining(
                "the service is about to stop: it still answers, but send requests elsewhere", _RETRY_AFTER_S
            )
