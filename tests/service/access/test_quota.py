"""Knows how quotas are counted and told. Does not know requests."""

import pytest

from service.access.quota import IMAGES, REQUESTS, QuotaExceeded, Quotas


def test_each_holder_has_a_quota_of_its_own() -> None:
    quotas = Quotas(0, 10, clock=lambda: 0.0)
    quotas.of("a").take(IMAGES, 10)
    quotas.of("b").take(IMAGES, 10)
    with pytest.raises(QuotaExceeded, match="1 images asked for, 0 of 10 images a minute are left") as refused:
        quotas.of("a").take(IMAGES, 1)
    assert refused.value.retry_after_s == 6


def test_what_is_not_limited_is_neither_counted_nor_told() -> None:
    quota = Quotas(0, 10, clock=lambda: 0.0).of("a")
    for _ in range(100):
        quota.take(REQUESTS, 1)
    assert quota.policy() == '"images";q=10;w=60'
    assert Quotas(0, 0).of("a").policy() == ""


def test_limits_and_what_is_left_are_told_in_the_drafts_words() -> None:
    now = 0.0
    quota = Quotas(120, 600, clock=lambda: now).of("a")
    quota.take(REQUESTS, 1)
    quota.take(IMAGES, 100)
    assert quota.policy() == '"requests";q=120;w=60, "images";q=600;w=60'
    assert quota.state() == '"requests";r=119;t=1, "images";r=500;t=10'
    now = 5.0
    assert quota.state() == '"requests";r=120;t=0, "images";r=550;t=5'


def test_what_was_refused_for_want_of_room_is_given_back_and_other_failures_are_not() -> None:
    quota = Quotas(0, 10, clock=lambda: 0.0).of("a")
    with pytest.raises(KeyError), quota.taken(IMAGES, 4, unless=KeyError):
        raise KeyError
    assert quota.state() == '"images";r=10;t=0'
    with pytest.raises(ValueError), quota.taken(IMAGES, 4, unless=KeyError):
        raise ValueError
    assert quota.state() == '"images";r=6;t=24'
