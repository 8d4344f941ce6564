"""Knows who may listen where others do. Does not know what they answer."""

import socket
from select import select

import pytest

from digitgan.contract.errors import CannotServe
from service.process.listener import reserve, share
from tests.processes import PATIENCE_S


def test_an_address_is_shared_by_those_who_agree() -> None:
    with reserve("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with share("127.0.0.1", port) as second, share("127.0.0.1", port) as third:
            second.listen()
            third.listen()
            accepted = 0
            for _ in range(50):
                with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S):
                    [whose], _, _ = select([second, third], [], [], PATIENCE_S)  # a moment after its client knows of it
                    whose.accept()[0].close()
                    accepted += whose is second
    assert 0 < accepted < 50  # none in 2^50


@pytest.mark.parametrize("option", [socket.SO_REUSEADDR, socket.SO_REUSEPORT])
def test_an_address_in_use_is_not_reserved(option: int) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, option, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(CannotServe, match=r"cannot listen on 127.0.0.1:\d+: Address already in use"):
            reserve("127.0.0.1", taken.getsockname()[1])


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(CannotServe, match="assign"):
        reserve("192.0.2.1", 0)  # RFC 5737: nobody's
