"""Knows the promise of a token bucket, by simulation. Does not know what tokens stand for."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.access.bucket import Bucket

WINDOW_S = 60.0
ASKED = st.lists(st.tuples(st.floats(0, 30), st.integers(1, 80)), max_size=60)


@given(ASKED, st.integers(1, 50))
def test_in_no_time_is_more_taken_than_a_full_bucket_and_what_flows_in_and_one_debt(
    asked: list[tuple[float, int]], quota: int
) -> None:
    bucket, now, taken = Bucket(quota, WINDOW_S, 0.0), 0.0, list[tuple[float, int]]()
    for pause_s, n in asked:
        now += pause_s
        if not bucket.take(n, now):
            taken.append((now, n))
    for i, (began, _) in enumerate(taken):
        for j in range(i, len(taken)):
            total, passed_s = sum(n for _, n in taken[i : j + 1]), taken[j][0] - began
            debt = max(0, taken[j][1] - quota)
            assert total - debt <= quota + passed_s * quota / WINDOW_S + 1e-3


@given(ASKED, st.integers(1, 50))
def test_who_waits_as_long_as_told_gets_it_and_not_much_earlier(asked: list[tuple[float, int]], quota: int) -> None:
    bucket, now = Bucket(quota, WINDOW_S, 0.0), 0.0
    for pause_s, n in asked:
        now += pause_s
        wait_s = bucket.take(n, now)
        assert wait_s >= 0
        if wait_s:
            assert bucket.take(n, now + 0.9 * wait_s) > 0
            now += wait_s
            assert bucket.take(n, now) == 0


@given(ASKED, st.integers(1, 50))
def test_what_is_told_is_true(asked: list[tuple[float, int]], quota: int) -> None:
    bucket, now = Bucket(quota, WINDOW_S, 0.0), 0.0
    for pause_s, n in asked:
        now += pause_s
        bucket.take(n, now)
        left = bucket.left(now)
        assert 0 <= left <= quota
        if left:
            assert bucket.take(left, now) == 0
            bucket.give_back(left)
        assert bucket.left(now + bucket.full_after_s(now)) == quota
        now += bucket.full_after_s(now)


@given(st.integers(1, 50), st.integers(1, 80))
def test_what_is_given_back_was_never_taken(quota: int, n: int) -> None:
    bucket = Bucket(quota, WINDOW_S, 0.0)
    assert bucket.take(n, 0.0) == 0
    bucket.give_back(n)
    assert bucket.left(0.0) == quota


@pytest.mark.parametrize(("quota", "n", "full_after_s"), [(60, 1, 1), (60, 90, 90), (100, 1, 1), (1, 1, 60)])
def test_a_bucket_fills_evenly_and_pays_its_debts(quota: int, n: int, full_after_s: int) -> None:
    bucket = Bucket(quota, WINDOW_S, 0.0)
    assert bucket.take(n, 0.0) == 0
    assert bucket.full_after_s(0.0) == full_after_s
    assert bucket.left(0.0) == max(0, quota - n)
    assert bucket.take(quota, 0.0) == pytest.approx(n * WINDOW_S / quota)
    assert math.isclose(bucket.take(1, 0.0), max(0, n - quota + 1) * WINDOW_S / quota) or n < quota
