"""What clients send does not stop a service whose log nobody reads."""

import pytest

from tests.hostile.clients import Request, send
from tests.hostile.replica import Replica

pytestmark = [pytest.mark.alone, pytest.mark.slow]

_N = 4000  # a line of 100 bytes for each would be several times what a pipe holds
_AT_ONCE = 100
_INVALID = {
    "not HTTP": Request("\x01", "/"),
    "no such method": Request("BREW", "/generate"),
    "a wrong field": Request("POST", "/generate", '{"unknown":1}'),
}


@pytest.mark.parametrize("kind", _INVALID)
def test_invalid_requests_are_answered_when_nobody_reads_the_log(kind: str) -> None:
    with Replica(reads_log=False) as replica, replica.measured() as cost:
        for _ in range(_N // _AT_ONCE):
            assert 0 not in send(replica, [_INVALID[kind]] * _AT_ONCE).statuses
    assert cost.n_unanswered == 0


@pytest.mark.parametrize("kind", _INVALID)
def test_invalid_requests_write_a_line_for_at_most_every_tenth(kind: str) -> None:
    with Replica() as replica:
        n_before = replica.log.count("\n")
        for _ in range(_N // _AT_ONCE):
            send(replica, [_INVALID[kind]] * _AT_ONCE)
        assert replica.log.count("\n") - n_before < _N / 10
