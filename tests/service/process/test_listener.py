"""Addresses that one process has for itself."""

import itertools
import multiprocessing
import socket
import sys
from contextlib import suppress
from pathlib import Path
from time import sleep

import pytest

from digitgan.contract.errors import CannotServe
from service.process.listener import claimed, permit_restart, reserve, reserved
from service.settings import Settings
from tests.processes import PATIENCE_S, wait_until

HOSTS = ["127.0.0.1", "0.0.0.0", "::", "localhost"]
IN_USE = r"cannot listen on 127.0.0.1:\d+: Address already in use"


@pytest.mark.parametrize("option", [socket.SO_REUSEADDR, socket.SO_REUSEPORT])
def test_reserve_refuses_an_address_in_use(option: int) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, option, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(CannotServe, match=IN_USE):
            reserve("127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize(("first", "second"), list(itertools.product(HOSTS, repeat=2)))
def test_reserve_refuses_an_address_that_is_reserved_and_does_not_listen_yet(first: str, second: str) -> None:
    with reserve(first, 0) as taken, pytest.raises(CannotServe, match="in use"):
        reserve(second, taken.getsockname()[1])


def test_reserve_takes_every_address_of_both_families() -> None:
    with reserve("::", 0) as listener:
        permit_restart(listener)
        listener.listen()
        for host in ("127.0.0.1", "::1"):
            socket.create_connection((host, listener.getsockname()[1]), timeout=PATIENCE_S).close()
            listener.accept()[0].close()


def test_reserve_takes_an_address_whose_connections_still_close_and_only_once() -> None:
    with reserve("127.0.0.1", 0) as earlier:
        address = earlier.getsockname()
        permit_restart(earlier)
        earlier.listen()
        with socket.create_connection(address, timeout=PATIENCE_S) as client:
            earlier.accept()[0].close()  # the side that closes first waits for late packets
            assert client.recv(1) == b""
    with reserve(*address), pytest.raises(CannotServe, match=IN_USE):
        reserve(*address)


def test_reserve_refuses_an_address_of_another_machine() -> None:
    with pytest.raises(CannotServe, match="assign"):
        reserve("192.0.2.1", 0)  # RFC 5737: reserved for documentation


def test_reserve_refuses_a_file_that_is_reserved_and_does_not_listen_yet(tmp_path: Path) -> None:
    settings = Settings(unix_socket=tmp_path / "digits.sock")
    with reserved(settings), pytest.raises(CannotServe, match="Address already in use"), reserved(settings):
        pass
    with reserved(settings):
        assert (tmp_path / "digits.sock").is_socket()


def test_reserve_takes_the_place_of_a_dead_socket_and_of_nothing_else(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "dead"))
    (tmp_path / "link").symlink_to("dead")
    (tmp_path / "nowhere").symlink_to("missing")
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("kept")
    before = {path: path.lstat() for path in tmp_path.iterdir()}
    for name in ("link", "nowhere", "folder", "file"):
        with (
            pytest.raises(CannotServe, match="is not a socket; choose another"),
            reserved(Settings(unix_socket=tmp_path / name)),
        ):
            pass
    assert {path: path.lstat() for path in tmp_path.iterdir()} == before
    with reserved(Settings(unix_socket=tmp_path / "dead")):
        pass
    assert not (tmp_path / "dead").exists()


def test_reserve_deletes_only_its_own_file(tmp_path: Path) -> None:
    path = tmp_path / "digits.sock"
    with reserved(Settings(unix_socket=path)):
        path.rename(tmp_path / "old")
        path.write_text("another's")
    assert path.read_text() == "another's"
    with reserved(Settings(unix_socket=tmp_path / "gone")):
        (tmp_path / "gone").unlink()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing claims a path, and workers do not fork")
def test_claim_of_a_path_ends_with_its_process_and_not_with_forks(tmp_path: Path) -> None:
    path = tmp_path / "socket"

    def is_free() -> bool:
        with suppress(CannotServe), claimed(path):
            return True
        return False

    fork = multiprocessing.get_context("fork").Process(target=sleep, args=(PATIENCE_S,))
    with claimed(path):
        fork.start()
        assert not is_free()
    try:
        wait_until(is_free)
        assert fork.is_alive()
    finally:
        fork.terminate()
        fork.join()
