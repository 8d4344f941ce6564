"""What clients send does not stop a service whose log nobody reads."""

import pytest

from tests.hostile.clients import Request, send
from tests.hostile.replica import Replica

pytestmark = [pytest.mark.alone, pytest.mark.slow]

_N = 4000  # each is worth a line of more than 100 bytes: several times what a pipe holds
_AT_ONCE = 100


def test_invalid_requests_are_answered_when_nobody_reads_the_log() -> None:
    invalid = Request("POST", "/generate", '{"unknown":1}')
    with Replica(reads_log=False) as replica, replica.measured() as cost:
        for _ in range(_N // _AT_ONCE):
            assert send(replica, [invalid] * _AT_ONCE).statuses == {422: _AT_ONCE}
    assert cost.n_unanswered == 0


def test_invalid_requests_write_at_most_a_tenth_of_their_number_of_lines() -> None:
    invalid = Request("POST", "/generate", '{"unknown":1}')
    with Replica() as replica:
        for _ in range(_N // _AT_ONCE):
            send(replica, [invalid] * _AT_ONCE)
        assert replica.log.count("\n") < _N / 10
