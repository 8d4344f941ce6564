import os
import sys
from pathlib import Path

import pytest

from digitgan.cli.messages import Stderr, print_note


def test_note_to_a_reader_that_is_gone_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    with os.fdopen(writer, "w", buffering=1) as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        print_note("heard")
        assert os.read(reader, 100) == b"digitgan: heard\n"
        os.close(reader)
        for _ in range(3):
            print_note("not heard")
            stream.flush()  # as the interpreter does at its end


def test_stderr_on_a_full_disk_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/full").open("w", buffering=1, encoding="ascii") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        writer = Stderr()
        assert writer.write("line\n") == 5
        writer.flush()
        assert (writer.encoding, writer.isatty(), writer.fileno()) == ("ascii", False, stream.fileno())
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # so that it can be closed
