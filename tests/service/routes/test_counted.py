"""Knows when images count. Does not know how; quotas have tests of their own."""

import pytest
from fastapi import Request

from digitgan.contract.errors import Overloaded, RunFailed
from service.access.quota import RateLimiter
from service.routes.counted import counted


def test_images_count_unless_they_were_refused_for_want_of_room() -> None:
    quota = RateLimiter(0, 10, clock=lambda: 0.0).quota_of("")
    request = Request({"type": "http", "state": {"quota": quota}})
    with counted(request, 2):
        pass
    with pytest.raises(Overloaded), counted(request, 3):
        raise Overloaded("full", 1)
    with pytest.raises(RunFailed), counted(request, 4):
        raise RunFailed
    assert quota.state().startswith('"images";r=4;')


def test_where_nothing_is_limited_nothing_is_counted() -> None:
    with counted(Request({"type": "http", "state": {}}), 10**9):
        pass
