"""The ports that servers of the comparison get."""

import socket

from bench.servers import are_free, free_port


def test_free_port_is_the_first_of_three_free_ports() -> None:
    for _ in range(20):
        first = free_port()
        assert first + 2 <= 65_535
        assert are_free(range(first, first + 3))


def test_ports_are_not_free_when_one_of_them_is_taken() -> None:
    first = free_port()
    for taken in range(first, first + 3):
        with socket.socket() as other:
            other.bind(("127.0.0.1", taken))
            assert not are_free(range(first, first + 3))


def test_ports_are_not_free_when_one_of_them_does_not_exist() -> None:
    assert not are_free(range(65_535, 65_537))
