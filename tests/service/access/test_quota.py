"""How quotas are counted and reported."""

import pytest

from service.access.quota import IMAGES, REQUESTS, Quota, QuotaExceeded, RateLimiter


def test_each_holder_has_its_own_quota() -> None:
    limiter = RateLimiter(0, 10, clock=lambda: 0.0)
    limiter.quota_of("a").take(IMAGES, 10)
    limiter.quota_of("b").take(IMAGES, 10)
    with pytest.raises(QuotaExceeded, match="the limit is 10 images a minute: 0 left, 1 needed") as refused:
        limiter.quota_of("a").take(IMAGES, 1)
    assert refused.value.retry_after_s == 6


def test_unlimited_unit_is_neither_counted_nor_reported() -> None:
    quota = RateLimiter(0, 10, clock=lambda: 0.0).quota_of("a")
    for _ in range(100):
        quota.take(REQUESTS, 1)
    assert quota.policy() == '"images";q=10;w=60'
    assert RateLimiter(0, 0).quota_of("a").policy() == ""


def test_policy_and_state_follow_the_draft() -> None:
    now = 0.0
    quota = RateLimiter(120, 600, clock=lambda: now).quota_of("a")
    quota.take(REQUESTS, 1)
    quota.take(IMAGES, 100)
    assert quota.policy() == '"requests";q=120;w=60, "images";q=600;w=60'
    assert quota.state() == '"requests";r=119;t=1, "images";r=500;t=10'
    now = 5.0
    assert quota.state() == '"requests";r=120;t=0, "images";r=550;t=5'


def test_reserve_gives_back_on_the_named_error_only() -> None:
    quota = RateLimiter(0, 10, clock=lambda: 0.0).quota_of("a")
    with pytest.raises(KeyError), quota.reserve(IMAGES, 4, unless=KeyError):
        raise KeyError
    assert quota.state() == '"images";r=10;t=0'
    with pytest.raises(ValueError), quota.reserve(IMAGES, 4, unless=KeyError):
        raise ValueError
    assert quota.state() == '"images";r=6;t=24'


def test_limits_of_one_are_told_in_the_singular() -> None:
    quota = Quota({"requests": 1}, clock=lambda: 0.0)
    quota.take("requests", 1)
    with pytest.raises(
        QuotaExceeded, match=r"^the limit is 1 request a minute: 0 left, 1 needed; try again in 60 seconds$"
    ):
        quota.take("requests", 1)
