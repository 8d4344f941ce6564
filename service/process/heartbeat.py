"""A sign of life from each worker's event loop, by which the supervisor finds those that are stuck."""

from collections.abc import Callable
from ctypes import Array, c_int32
from multiprocessing import get_context
from time import monotonic

BEAT_S = 0.5  # between two beats of a worker
LOOK_S = 1.0  # between two looks of the supervisor
_MAX_STEP_S = 2 * LOOK_S  # a longer time between looks means that the supervisor was paused, and maybe the workers, too

Beats = Array[c_int32]


def create_beats(n: int) -> Beats:
    """Return shared memory for the number of beats of each of n workers."""
    beats: Beats = get_context("spawn").RawArray(c_int32, n)
    return beats


class Watch:
    """How long each worker has been silent, in time that the observer itself was awake for.

    A pause of the whole machine, or of its container, thus makes no worker look stuck.

    Args:
        beats: the number of beats of each worker, from `create_beats`.
        clock: returns the seconds of a monotonic clock.
    """

    def __init__(self, beats: Beats, clock: Callable[[], float] = monotonic) -> None:
        self._beats = beats
        self._clock = clock
        self._looked_at = clock()
        self._seen = list(beats)
        self._silent_s = [0.0] * len(self._seen)

    def look(self) -> None:
        """Compare the beats with those at the last look."""
        now = self._clock()
        passed_s = min(now - self._looked_at, _MAX_STEP_S)
        self._looked_at = now
        for index, (beat, seen) in enumerate(zip(self._beats, self._seen, strict=True)):
            self._silent_s[index] = self._silent_s[index] + passed_s if beat == seen else 0.0
            self._seen[index] = beat

    def silent_s(self, index: int) -> float:
        """Return the seconds for which a worker had been silent at the last look."""
        return self._silent_s[index]

    def restart(self, index: int) -> None:
        """Count a worker's silence from now on."""
        self._silent_s[index] = 0.0
