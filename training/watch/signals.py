"""Notices that a person or a machine has asked this process to stop."""

import signal
from types import FrameType, TracebackType
from typing import Any

_WHICH = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]  # not on Windows


class StopRequest:
    """A context manager that notes the first Ctrl-C, SIGTERM or SIGHUP; the second one acts as usual.

    SIGHUP says that the terminal is gone. Where the parent has it ignored, as `nohup` does, it stays ignored.
    """

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None
        self._earlier: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "StopRequest":
        """Start noting signals."""
        for which in _WHICH:
            if which is signal.SIGINT or signal.getsignal(which) is not signal.SIG_IGN:
                self._earlier[which] = signal.signal(which, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Restore the earlier handlers."""
        self._restore()

    def __call__(self) -> bool:
        """Return whether a stop was requested."""
        return self.signal is not None

    @property
    def exit_code(self) -> int:
        """128 plus the signal's number, as in shells: 130 for Ctrl-C, 143 for SIGTERM, 129 for SIGHUP; 0 for none."""
        return 128 + self.signal if self.signal else 0

    def _note(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signature of a handler
        self.signal = signal.Signals(number)
        self._restore()

    def _restore(self) -> None:
        for which, handler in self._earlier.items():
            signal.signal(which, handler)
        self._earlier = {}
