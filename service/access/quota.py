"""Knows what each holder of a key may still ask for: requests and images a minute, and how that is told.

Does not know who asks, or what counts as an image.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from service.access.bucket import Bucket

_WINDOW_S = 60
REQUESTS, IMAGES = "requests", "images"


class QuotaExceeded(Exception):
    """More was asked for than the quota allows now.

    Args:
        detail: which quota, and what it allows.
        retry_after_s: whole seconds after which the same may be asked for.
    """

    def __init__(self, detail: str, retry_after_s: int) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class Quota:
    """One holder's buckets.

    Args:
        limits: most requests and images a minute; what is not limited is left out.
        clock: seconds that never go back.
    """

    def __init__(self, limits: dict[str, int], clock: Callable[[], float]) -> None:
        self._clock = clock
        self._buckets = {unit: Bucket(limit, _WINDOW_S, clock()) for unit, limit in limits.items()}

    def take(self, unit: str, n: int) -> None:
        """Count n requests or images; what is not limited is not counted.

        Raises:
            QuotaExceeded: there are not as many left now.
        """
        bucket = self._buckets.get(unit)
        if bucket is None:
            return
        wait_s = bucket.take(n, self._clock())
        if wait_s:
            raise QuotaExceeded(
                f"{n} {unit} asked for, {bucket.left(self._clock())} of {bucket.quota} {unit} a minute are left",
                math.ceil(wait_s),
            )

    @contextmanager
    def taken(self, unit: str, n: int, unless: type[Exception]) -> Iterator[None]:
        """Count n requests or images, unless the block then refuses them.

        Args:
            unit: requests or images.
            n: how many.
            unless: the error that means that nothing was done.

        Raises:
            QuotaExceeded: there are not as many left now.
        """
        self.take(unit, n)
        try:
            yield
        except unless:
            if unit in self._buckets:
                self._buckets[unit].give_back(n)
            raise

    def policy(self) -> str:
        """Return the limits as the field ``RateLimit-Policy`` has them.

        Source: draft-ietf-httpapi-ratelimit-headers-11.
        """
        return ", ".join(f'"{unit}";q={each.quota};w={_WINDOW_S}' for unit, each in self._buckets.items())

    def state(self) -> str:
        """Return what is left, and after how many seconds all is there again, as ``RateLimit`` has them."""
        now = self._clock()
        return ", ".join(
            f'"{unit}";r={each.left(now)};t={each.full_after_s(now)}' for unit, each in self._buckets.items()
        )


class Quotas:
    """Every holder's quota, the same for each.

    Args:
        requests_per_minute: most requests of a holder; 0 for no limit.
        images_per_minute: most images of a holder; 0 for no limit.
        clock: seconds that never go back.
    """

    def __init__(
        self, requests_per_minute: int, images_per_minute: int, clock: Callable[[], float] = monotonic
    ) -> None:
        limits = {REQUESTS: requests_per_minute, IMAGES: images_per_minute}
        self._limits = {unit: limit for unit, limit in limits.items() if limit}
        self._clock = clock
        self._quotas: dict[str, Quota] = {}

    def of(self, holder: str) -> Quota:
        """Return a holder's quota; of those that a ring of keys knows, so there are not many."""
        if holder not in self._quotas:
            self._quotas[holder] = Quota(self._limits, self._clock)
        return self._quotas[holder]
