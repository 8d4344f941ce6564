"""The token bucket algorithm as plain arithmetic: callers decide what a token stands for, and pass the time."""

import math


class TokenBucket:
    """A bucket of tokens that starts full and refills evenly, by its capacity in each window of time.

    More than the capacity may be taken at once, but only from a full bucket; the debt is paid as the bucket refills.

    Args:
        capacity: maximum number of tokens that the bucket holds, at least 1.
        window_s: seconds in which an empty bucket becomes full.
        now: seconds on any monotonic clock.
    """

    def __init__(self, capacity: int, window_s: float, now: float) -> None:
        self.capacity = capacity
        self.window_s = window_s
        self._per_s = capacity / window_s
        self._tokens = float(capacity)
        self._refilled_at = now

    def take(self, n: int, now: float) -> float:
        """Take n tokens and return 0, or take none and return the seconds until n may be taken."""
        self._refill(now)
        missing = min(n, self.capacity) - self._tokens
        if missing > 1e-6:  # rounding loses this much while the bucket refills
            return missing / self._per_s
        self._tokens -= n
        return 0.0

    def give_back(self, n: int) -> None:
        """Put back n tokens that were taken."""
        self._tokens = min(float(self.capacity), self._tokens + n)

    def left(self, now: float) -> int:
        """Return the number of whole tokens; 0 while in debt."""
        self._refill(now)
        return max(0, math.floor(self._tokens + 1e-6))

    def full_after_s(self, now: float) -> int:
        """Return the whole seconds until the bucket is full, if no token is taken."""
        self._refill(now)
        return math.ceil((self.capacity - self._tokens) / self._per_s)

    def _refill(self, now: float) -> None:
        self._tokens = min(float(self.capacity), self._tokens + (now - self._refilled_at) * self._per_s)
        self._refilled_at = now
