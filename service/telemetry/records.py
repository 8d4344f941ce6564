"""What is recorded about a finished request, measured once for metrics, log, spans and header.

The records are named tuples: each request makes one, and they cost the least.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

# How the paths begin that orchestrators and Prometheus request all the time.
PROBES = ("/health/", "/v2/health/", "/metrics")

Kind = Literal["single", "stream"]  # an answer that is made whole, or piece by piece while it is sent
ReloadOutcome = Literal["changed", "unchanged", "refused", "failed"]


class InProgress:
    """How many requests are in progress: `n`."""

    __slots__ = ("n",)

    def __init__(self) -> None:
        self.n = 0


class Timing(NamedTuple):
    """The parts of the time that an answer with images took.

    Attributes:
        model: the model's name.
        version: the model's version.
        queue_s: seconds until the model ran on the first rows.
        model_s: seconds in the model runs that held rows of this request.
        encode_s: seconds from pixels to body.
        ended: when the body or the last piece of a stream was made, on the clock of `time.perf_counter`.
        stream_s: seconds from the first chunk's run to the last piece of a stream, in which model and encoder work side
            by side and wait for the client; None for an answer made whole.
    """

    model: str
    version: str
    queue_s: float
    model_s: float
    encode_s: float
    ended: float
    stream_s: float | None = None

    @property
    def parts(self) -> dict[str, float]:
        """The seconds of each part in order, by its name in header, log and spans."""
        return {"queue": self.queue_s, "model": self.model_s, "encode": self.encode_s}

    @property
    def header(self) -> str:
        """The value of the header ``Server-Timing``, in milliseconds (W3C Server Timing, section 3)."""
        queue_ms, model_ms, encode_ms = self.queue_s * 1e3, self.model_s * 1e3, self.encode_s * 1e3
        return f"queue;dur={queue_ms:.3f}, model;dur={model_ms:.3f}, encode;dur={encode_ms:.3f}"


class RequestRecord(NamedTuple):
    """A finished request and its answer.

    Attributes:
        method: the method as the client wrote it, which may appear in a log but not in a label.
        path: the path as the client wrote it, without the query; also for a log alone.
        route: the template of the path, such as ``/digits/{label}/{seed}.png``; "" if no route matched.
        status: the status of the answer; 499 if the client left before there was one.
        sent_bytes: bytes of the answer's body that were sent.
        seconds: the time from the request's head to the last byte of its answer.
        request_id: the id in the answer's headers.
        trace_id: 32 hexadecimal digits; None outside any trace.
        problem: the last part of the problem's type; None if the answer is not a problem.
        timing: the parts of the time; None for answers without images.
    """

    method: str
    path: str
    route: str
    status: int
    sent_bytes: int
    seconds: float
    request_id: str
    trace_id: str | None
    problem: str | None
    timing: Timing | None

    @property
    def is_probe(self) -> bool:
        """Whether it is a health check or a scrape."""
        return self.path.startswith(PROBES)


RequestObserver = Callable[[RequestRecord], None]
