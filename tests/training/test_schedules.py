import pytest

from training.schedules import Horizon, average_decay, rate_factor


@pytest.mark.parametrize(
    ("horizon", "iteration", "elapsed_s", "progress"),
    [
        (Horizon(100, None), 25, 1e9, 0.25),
        (Horizon(None, 60.0), 10**9, 15.0, 0.25),
        (Horizon(100, 60.0), 10, 30.0, 0.5),
        (Horizon(100, 60.0), 90, 30.0, 0.9),
        (Horizon(100, None), 150, 0.0, 1.0),
        (Horizon(0, None), 0, 0.0, 1.0),
    ],
)
def test_progress_follows_the_limit_that_comes_first(
    horizon: Horizon, iteration: int, elapsed_s: float, progress: float
) -> None:
    assert horizon.progress(iteration, elapsed_s) == pytest.approx(progress)


def test_rate_is_constant_or_falls_linearly_to_zero() -> None:
    assert [rate_factor("linear", p) for p in (0, 0.25, 1)] == [1, 0.75, 0]
    assert rate_factor("constant", 0.9) == 1


def test_average_decay_halves_over_its_half_life() -> None:
    decay = average_decay(6400, 64, 10**9)
    assert decay**100 == pytest.approx(0.5)


def test_average_has_a_short_memory_early_in_a_run() -> None:
    assert average_decay(44_000, 64, 0) == 0
    assert average_decay(44_000, 64, 12_800) == pytest.approx(0.5 ** (64 / 640))


def test_processor_time_ends_a_run_however_much_time_passes() -> None:
    horizon = Horizon(None, None, 60.0)
    assert horizon.progress(10, 1e9, 15.0) == pytest.approx(0.25)
    assert horizon.progress(10, 0.0, 61.0) == 1
