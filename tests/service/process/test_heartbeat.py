"""When a worker looks stuck."""

from service.process.heartbeat import Watch, create_beats


class Clock:
    """A clock that a test sets."""

    now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def test_silence_grows_until_the_next_beat() -> None:
    clock, beats = Clock(), create_beats(2)
    watch = Watch(beats, clock)
    for second in range(1, 6):
        clock.now += 1
        beats[1] += 1
        watch.look()
        assert (watch.silent_s(0), watch.silent_s(1)) == (second, 0)
    beats[0] += 1
    watch.look()
    assert watch.silent_s(0) == 0


def test_pause_of_the_whole_machine_is_not_silence() -> None:
    clock, beats = Clock(), create_beats(1)
    watch = Watch(beats, clock)
    clock.now += 3600
    watch.look()
    assert watch.silent_s(0) <= 2
