import os
import signal

import pytest

from training.watch.signals import StopRequest


@pytest.mark.parametrize(("which", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_first_signal_is_noted_and_the_second_acts_as_usual(which: signal.Signals, code: int) -> None:
    earlier = signal.signal(which, lambda *_: None)
    try:
        usual = signal.getsignal(which)
        with StopRequest() as stop:
            assert not stop()
            os.kill(os.getpid(), which)
            assert stop()
            assert stop.exit_code == code
            assert signal.getsignal(which) is usual
    finally:
        signal.signal(which, earlier)


def test_ignored_hang_up_stays_ignored() -> None:
    earlier = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup leaves it
    try:
        with StopRequest() as stop:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not stop()
    finally:
        signal.signal(signal.SIGHUP, earlier)
