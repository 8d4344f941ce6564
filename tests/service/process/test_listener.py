"""Sockets that share an address, and those that do not."""

import socket
from select import select

import pytest

from digitgan.contract.errors import CannotServe
from service.process.listener import reserve, share
from tests.processes import PATIENCE_S


def test_share_lets_sockets_that_agree_share_an_address() -> None:
    with reserve("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with share("127.0.0.1", port) as second, share("127.0.0.1", port) as third:
            second.listen()
            third.listen()
            accepted = 0
            for _ in range(50):
                with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S):
                    [chosen], _, _ = select(
                        [second, third], [], [], PATIENCE_S
                    )  # a moment after its client is connected
                    chosen.accept()[0].close()
                    accepted += chosen is second
    assert 0 < accepted < 50  # fails once in 2^49


@pytest.mark.parametrize("option", [socket.SO_REUSEADDR, socket.SO_REUSEPORT])
def test_reserve_refuses_an_address_in_use(option: int) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, option, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(CannotServe, match=r"cannot listen on 127.0.0.1:\d+: Address already in use"):
            reserve("127.0.0.1", taken.getsockname()[1])


def test_reserve_refuses_an_address_of_another_machine() -> None:
    with pytest.raises(CannotServe, match="assign"):
        reserve("192.0.2.1", 0)  # RFC 5737: reserved for documentation
