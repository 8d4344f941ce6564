"""Knows what the engine tells of one model version's work, for whoever counts it.

Does not know who listens. Nobody need: the engine then tells `NOBODY`.
"""

from typing import Protocol


class Observer(Protocol):
    """Hears of one model version's work; called in the event loop, so it must be quick and must not fail."""

    def waited(self, queue_s: float) -> None:
        """Hear that a request's images are made, and that it waited this many seconds for the first run."""

    def ran(self, n_images: int, model_s: float) -> None:
        """Hear that one run made n_images, all requests together, in this many seconds."""


class _Nobody:
    def waited(self, queue_s: float) -> None:
        """Do nothing."""

    def ran(self, n_images: int, model_s: float) -> None:
        """Do nothing."""


NOBODY: Observer = _Nobody()
