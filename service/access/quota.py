"""Rate limits: how many requests and images each client may have a minute, and how the limits are reported."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from digitgan.contract.words import counted

from .token_bucket import TokenBucket

_WINDOW_S = 60
REQUESTS, IMAGES = "requests", "images"


class QuotaExceeded(Exception):
    """A request needs more than the quota allows now.

    Args:
        detail: which limit, how much is left, and how much was needed.
        retry_after_s: whole seconds after which the same request is allowed.
    """

    def __init__(self, detail: str, retry_after_s: int) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class Quota:
    """The requests and images that one client may still have.

    Args:
        limits: maximum number of requests and images a minute; a unit that is missing is not limited.
        clock: returns the seconds of a monotonic clock.
    """

    def __init__(self, limits: dict[str, int], clock: Callable[[], float]) -> None:
        self._clock = clock
        self._buckets = {unit: TokenBucket(limit, _WINDOW_S, clock()) for unit, limit in limits.items()}

    def take(self, unit: str, n: int) -> None:
        """Raise QuotaExceeded if fewer than n requests or images are left; otherwise count them."""
        bucket = self._buckets.get(unit)
        if bucket is None:
            return
        wait_s = bucket.take(n, self._clock())
        if wait_s:
            left = bucket.left(self._clock())
            limit = counted(bucket.capacity, unit.removesuffix("s"))
            seconds = math.ceil(wait_s)
            again = f"try again in {counted(seconds, 'second')}"
            detail = f"the limit is {limit} a minute: {left:,} left, {n:,} needed; {again}"
            raise QuotaExceeded(detail, seconds)

    @contextmanager
    def reserve(self, unit: str, n: int, unless: type[Exception]) -> Iterator[None]:
        """Count n requests or images, and give them back if the block refuses to do the work.

        Args:
            unit: requests or images.
            n: how many.
            unless: the error by which the block refuses.

        Raises:
            QuotaExceeded: fewer than n are left.
        """
        self.take(unit, n)
        try:
            yield
        except unless:
            self.give_back(unit, n)
            raise

    def give_back(self, unit: str, n: int) -> None:
        """Let n requests or images that were counted count no more."""
        if unit in self._buckets:
            self._buckets[unit].give_back(n)

    def policy(self) -> str:
        """Return the limits as the value of the header ``RateLimit-Policy``.

        Source: draft-ietf-httpapi-ratelimit-headers-11.
        """
        return ", ".join(f'"{unit}";q={each.capacity};w={_WINDOW_S}' for unit, each in self._buckets.items())

    def state(self) -> str:
        """Return what is left, and the seconds until all of it is back, as the value of the header ``RateLimit``."""
        now = self._clock()
        return ", ".join(
            f'"{unit}";r={each.left(now)};t={each.full_after_s(now)}' for unit, each in self._buckets.items()
        )


class RateLimiter:
    """Gives each client a quota of its own, with the same limits for all.

    Args:
        requests_per_minute: maximum number of requests of a client; 0 for no limit.
        images_per_minute: maximum number of images of a client; 0 for no limit.
        clock: returns the seconds of a monotonic clock.
    """

    def __init__(
        self, requests_per_minute: int, images_per_minute: int, clock: Callable[[], float] = monotonic
    ) -> None:
        limits = {REQUESTS: requests_per_minute, IMAGES: images_per_minute}
        self._limits = {unit: limit for unit, limit in limits.items() if limit}
        self._clock = clock
        self._quotas: dict[str, Quota] = {}

    def quota_of(self, holder: str) -> Quota:
        """Return the quota of a key's holder; there are no more quotas than keys."""
        if holder not in self._quotas:
            self._quotas[holder] = Quota(self._limits, self._clock)
        return self._quotas[holder]
