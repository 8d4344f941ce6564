"""Knows a token bucket: what may be taken at once, how it fills again, and how long to wait for more.

Does not know what a token stands for, nor the time; it is plain arithmetic, tested by simulation.
"""

import math


class Bucket:
    """A quota for each window of time, given out evenly: full at first, then `quota` tokens a window, never fuller.

    More than the whole quota can be taken at once, too, but only from a full bucket, and leaves a debt that time pays.

    Args:
        quota: most tokens it holds, at least 1.
        window_s: seconds in which an empty bucket becomes full.
        now: seconds on any clock that never goes back.
    """

    def __init__(self, quota: int, window_s: float, now: float) -> None:
        self.quota = quota
        self.window_s = window_s
        self._per_s = quota / window_s
        self._tokens = float(quota)
        self._filled = now

    def take(self, n: int, now: float) -> float:
        """Take n tokens and return 0, or take nothing and return the seconds after which they may be taken."""
        self._fill(now)
        missing = min(n, self.quota) - self._tokens
        if missing > 1e-6:  # what rounding loses while it fills
            return missing / self._per_s
        self._tokens -= n
        return 0.0

    def give_back(self, n: int) -> None:
        """Undo the taking of n tokens."""
        self._tokens = min(float(self.quota), self._tokens + n)

    def left(self, now: float) -> int:
        """Return how many whole tokens there are, 0 while in debt."""
        self._fill(now)
        return max(0, math.floor(self._tokens + 1e-6))

    def full_after_s(self, now: float) -> int:
        """Return the whole seconds after which the bucket is full, if nobody takes anything."""
        self._fill(now)
        return math.ceil((self.quota - self._tokens) / self._per_s)

    def _fill(self, now: float) -> None:
        self._tokens = min(float(self.quota), self._tokens + (now - self._filled) * self._per_s)
        self._filled = now
