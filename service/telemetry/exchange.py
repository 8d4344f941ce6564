"""Knows what there is to tell of one request when it is over, measured once for metrics, log, span and header alike.

Does not know who is told, nor what was asked. Named tuples, since each request makes one, and they cost the least.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple


class Timing(NamedTuple):
    """Where the time of an answer that was made whole went.

    Attributes:
        model: the model's name.
        version: the model's version.
        queue_s: seconds until the first rows were run.
        model_s: seconds in the runs that held rows of this request.
        encode_s: seconds from pixels to body.
        ended: when the body was there, on the clock of `time.perf_counter`.
    """

    model: str
    version: str
    queue_s: float
    model_s: float
    encode_s: float
    ended: float

    @property
    def parts(self) -> dict[str, float]:
        """The seconds of each part, by the name that header, log and spans give it, in order."""
        return {"queue": self.queue_s, "model": self.model_s, "encode": self.encode_s}

    @property
    def header(self) -> str:
        """The value of ``Server-Timing``."""
        return header_of(self.parts)


def header_of(parts: Mapping[str, float], about: str = "") -> str:
    """Return the value of ``Server-Timing`` (W3C Server Timing, section 3) for seconds by their names.

    Args:
        parts: in order; the header has them in milliseconds.
        about: a description that all of them carry; "" for none.
    """
    description = f';desc="{about}"' if about else ""
    return ", ".join(f"{name};dur={seconds * 1e3:.3f}{description}" for name, seconds in parts.items())


class Exchange(NamedTuple):
    """A request and its answer.

    Attributes:
        method: as the client wrote it; for a log, not for a label.
        route: the template of the path, such as ``/digits/{label}/{seed}.png``; "" where no route took it.
        status: of the answer; 499 where the client left before there was one.
        seconds: from the request's head to the last byte of its answer.
        request_id: the id that the answer carries.
        trace_id: 32 hexadecimal digits, None outside of any trace.
        problem: the last part of the problem's type, None where the answer is none.
        timing: None where the answer was not made whole.
    """

    method: str
    route: str
    status: int
    seconds: float
    request_id: str
    trace_id: str | None
    problem: str | None
    timing: Timing | None


Listener = Callable[[Exchange], None]
