"""Processes begin with a terminal's signals blocked, and the process that starts them goes on as before."""

import signal
import subprocess
import sys

import pytest

from digitgan.engine.spawning import TERMINAL_SIGNALS, terminal_signals_blocked

PROGRAM = "import signal; print(*sorted(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, []))))"


def test_processes_start_with_the_signals_of_a_terminal_blocked() -> None:
    with terminal_signals_blocked():
        started = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert set(map(int, started.stdout.split())) >= TERMINAL_SIGNALS


def test_signals_are_blocked_as_before_after_an_error_too() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    with pytest.raises(OSError, match="no room"), terminal_signals_blocked():
        raise OSError("no room for a process")
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before
