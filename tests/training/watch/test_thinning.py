import pytest

from digitgan.contract.card import HistoryPoint
from training.history import Line
from training.watch.thinning import MOST_POINTS, thinned


def lines(n: int) -> list[Line]:
    return [{"iteration": 10 * i, "generator_loss": float(i), "logit_gap": 1.0} for i in range(1, n + 1)]


def test_a_short_history_stays_as_it_is() -> None:
    assert thinned(lines(3), 30) == [HistoryPoint(iteration=10 * i, generator_loss=i) for i in (1, 2, 3)]


def test_a_long_one_becomes_means_over_equal_stretches_that_together_hold_all_of_it() -> None:
    points = thinned(lines(1200), 12_000)
    assert points is not None
    assert len(points) == MOST_POINTS
    assert [point.iteration for point in points] == [200 * i for i in range(1, MOST_POINTS + 1)]
    assert points[0].generator_loss == 10.5
    losses = [point.generator_loss or 0 for point in points]
    assert sum(losses) / len(losses) == pytest.approx(600.5, rel=1e-3)


def test_what_was_measured_more_rarely_joins_the_stretch_it_was_measured_in() -> None:
    looks: list[Line] = [{"iteration": 20, "judge_distance": 3.0}, {"iteration": 25, "warning": "few classes"}]
    points = thinned(sorted([*lines(3), *looks], key=lambda line: int(line["iteration"])), 30)
    assert points is not None
    assert [point.judge_distance for point in points] == [None, 3.0, None]


def test_what_came_after_the_snapshot_is_left_out() -> None:
    points = thinned(lines(10), 50)
    assert points is not None
    assert points[-1].iteration == 50


def test_a_history_that_tells_nothing_is_none() -> None:
    assert thinned([], 100) is None
    assert thinned([{"iteration": 20, "rollback": "to 10"}], 100) is None
    assert thinned(lines(3), 0) is None
