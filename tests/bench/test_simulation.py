"""The simulation agrees with queueing theory where that has a formula."""

import pytest

from bench.simulation import Costs, quantile, simulate

FIXED = Costs(run_s=0.0, row_s=0.0, request_s=0.01, image_s=0.0)  # every request costs the same, and no run is shared


@pytest.mark.parametrize("use", [0.3, 0.7])
def test_replica_of_equal_requests_follows_pollaczek_khinchine(use: float) -> None:
    took = simulate(FIXED, {64: 1.0}, replicas=1, requests_per_s=use / 0.01, n_requests=40_000)
    expected = 0.01 + use * 0.01 / (2 * (1 - use))
    assert sum(took) / len(took) == pytest.approx(expected, rel=0.05)


def test_requests_that_never_meet_take_as_long_as_a_lone_one() -> None:
    costs = Costs(run_s=0.002, row_s=0.0001, request_s=0.001, image_s=0.00001)
    took = simulate(costs, {100: 1.0}, replicas=4, requests_per_s=0.01, n_requests=100)
    assert took == pytest.approx([costs.lone_s(100)] * 80)


def test_replica_shares_runs_under_load() -> None:
    costs = Costs(run_s=0.010, row_s=0.0, request_s=0.0001, image_s=0.0)
    took = simulate(costs, {1: 1.0}, replicas=1, requests_per_s=1000, n_requests=10_000)
    assert quantile(took, 0.99) < 0.1


def test_least_connections_waits_less_than_random() -> None:
    load = {"replicas": 4, "requests_per_s": 280, "n_requests": 20_000}
    least = simulate(FIXED, {64: 1.0}, balance="least", **load)
    by_chance = simulate(FIXED, {64: 1.0}, balance="random", **load)
    assert quantile(least, 0.99) < quantile(by_chance, 0.99) / 2
