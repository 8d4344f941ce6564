"""Knows whether there is room for more images, and when there may be room again.

Does not know what the images are; every bound is counted in images, not in requests.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from service.engine.errors import Overloaded

_LONGEST_WAIT_S = 60  # a client that is told to come back later than this would rather go elsewhere


class Admission:
    """A bound on the images that wait or are being made.

    Args:
        queue_images: most images admitted at a time. A larger request is admitted only when nothing else is.
    """

    def __init__(self, queue_images: int) -> None:
        self._queue_images = queue_images
        self._admitted = 0
        self._images_per_s = 0.0  # of requests finished so far, later ones weighing more
        self._last_finished = monotonic()

    @property
    def admitted(self) -> int:
        """Images admitted and not yet answered."""
        return self._admitted

    @contextmanager
    def admit(self, n_images: int) -> Iterator[None]:
        """Hold room for n_images while the block runs.

        Raises:
            Overloaded: there is no room now; carries the seconds after which there may be.
        """
        if self._admitted and self._admitted + n_images > self._queue_images:
            raise Overloaded(
                f"{self._admitted} images are waiting and {n_images} more would exceed {self._queue_images}",
                self._drained_after_s(),
            )
        if not self._admitted:
            self._last_finished = monotonic()  # idle time says nothing about speed
        self._admitted += n_images
        try:
            yield
        finally:
            self._admitted -= n_images
            self._measure(n_images)

    def _measure(self, n_images: int) -> None:
        now = monotonic()
        rate = n_images / max(now - self._last_finished, 1e-4)
        self._images_per_s = rate if not self._images_per_s else 0.9 * self._images_per_s + 0.1 * rate
        self._last_finished = now

    def _drained_after_s(self) -> int:
        if not self._images_per_s:
            return 1
        return min(_LONGEST_WAIT_S, max(1, math.ceil(self._admitted / self._images_per_s)))
