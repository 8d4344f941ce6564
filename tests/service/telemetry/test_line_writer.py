"""Lines are written in order by a thread; what nobody reads is counted and lost."""

import os
from collections.abc import Iterator

import pytest

from service.telemetry.line_writer import LineWriter
from tests.processes import PATIENCE_S


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reads, writes = os.pipe()
    yield reads, writes
    os.close(reads)


def lost(n: int) -> str:
    return f"{n} lost"


def test_lines_are_written_in_order(pipe: tuple[int, int]) -> None:
    reads, writes = pipe
    writer = LineWriter(writes, lost)
    lines = [f"line {i}" for i in range(1000)]
    for line in lines:
        writer.put(line)
    assert writer.flush(PATIENCE_S)
    assert os.read(reads, 2**16).decode().splitlines() == lines


def test_lines_beyond_what_may_wait_are_counted_and_lost(pipe: tuple[int, int]) -> None:
    reads, writes = pipe
    writer = LineWriter(writes, lost, max_waiting=2**20)
    for _ in range(20):  # a pipe holds 64 KiB, and 1 MiB may wait
        writer.put("x" * 2**17)
    assert not writer.flush(0.0)
    read = b""
    while not read.endswith(b" lost\n"):
        read += os.read(reads, 2**16)
    *written, last = read.decode().splitlines()
    assert int(last.split()[0]) == 20 - len(written) > 0


def test_writer_survives_a_reader_that_has_gone() -> None:
    reads, writes = os.pipe()
    os.close(reads)
    writer = LineWriter(writes, lost)
    writer.put("nobody reads this")
    assert writer.flush(PATIENCE_S)
