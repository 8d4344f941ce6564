"""The guarantees of a token bucket, by simulation."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.access.token_bucket import TokenBucket

WINDOW_S = 60.0
REQUESTS = st.lists(st.tuples(st.floats(0, 30), st.integers(1, 80)), max_size=60)


@given(REQUESTS, st.integers(1, 50))
def test_never_admits_more_than_capacity_plus_refill_and_one_debt(
    requests: list[tuple[float, int]], capacity: int
) -> None:
    bucket, now, taken = TokenBucket(capacity, WINDOW_S, 0.0), 0.0, list[tuple[float, int]]()
    for pause_s, n in requests:
        now += pause_s
        if not bucket.take(n, now):
            taken.append((now, n))
    for i, (started, _) in enumerate(taken):
        for j in range(i, len(taken)):
            total, passed_s = sum(n for _, n in taken[i : j + 1]), taken[j][0] - started
            debt = max(0, taken[j][1] - capacity)
            assert total - debt <= capacity + passed_s * capacity / WINDOW_S + 1e-3


@given(REQUESTS, st.integers(1, 50))
def test_wait_is_as_long_as_needed_and_not_much_longer(requests: list[tuple[float, int]], capacity: int) -> None:
    bucket, now = TokenBucket(capacity, WINDOW_S, 0.0), 0.0
    for pause_s, n in requests:
        now += pause_s
        wait_s = bucket.take(n, now)
        assert wait_s >= 0
        if wait_s:
            assert bucket.take(n, now + 0.9 * wait_s) > 0
            now += wait_s
            assert bucket.take(n, now) == 0


@given(REQUESTS, st.integers(1, 50))
def test_reported_tokens_and_time_to_full_are_right(requests: list[tuple[float, int]], capacity: int) -> None:
    bucket, now = TokenBucket(capacity, WINDOW_S, 0.0), 0.0
    for pause_s, n in requests:
        now += pause_s
        bucket.take(n, now)
        left = bucket.left(now)
        assert 0 <= left <= capacity
        if left:
            assert bucket.take(left, now) == 0
            bucket.give_back(left)
        assert bucket.left(now + bucket.full_after_s(now)) == capacity
        now += bucket.full_after_s(now)


@given(st.integers(1, 50), st.integers(1, 80))
def test_give_back_undoes_take(capacity: int, n: int) -> None:
    bucket = TokenBucket(capacity, WINDOW_S, 0.0)
    assert bucket.take(n, 0.0) == 0
    bucket.give_back(n)
    assert bucket.left(0.0) == capacity


@pytest.mark.parametrize(("capacity", "n", "full_after_s"), [(60, 1, 1), (60, 90, 90), (100, 1, 1), (1, 1, 60)])
def test_bucket_refills_evenly_and_pays_its_debt(capacity: int, n: int, full_after_s: int) -> None:
    bucket = TokenBucket(capacity, WINDOW_S, 0.0)
    assert bucket.take(n, 0.0) == 0
    assert bucket.full_after_s(0.0) == full_after_s
    assert bucket.left(0.0) == max(0, capacity - n)
    assert bucket.take(capacity, 0.0) == pytest.approx(n * WINDOW_S / capacity)
    assert math.isclose(bucket.take(1, 0.0), max(0, n - capacity + 1) * WINDOW_S / capacity) or n < capacity
