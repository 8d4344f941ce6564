"""What an answer costs: images that count against its client's quota, and where its time went."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from time import perf_counter

from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from digitgan.contract.errors import NotAvailableNow, Overloaded
from digitgan.engine.engine import Generated
from digitgan.formats.encoding import Encoding, Progress

from ..access.quota import IMAGES, Quota
from ..telemetry.records import Timing

ANSWER_COPIES = 2  # of a large answer in memory: the application's, and what the transport has left of it
N_CHARGED = "n_charged"  # in the state of a request: how many images were counted for it
_UNSENT_RETRY_AFTER_S = 5  # while memory is scarce, slow readers have to be faster within that time


def no_room_for_answer() -> Overloaded:
    """Return the error of an answer for which the answers that are not sent yet leave no memory."""
    return Overloaded("other answers wait to be read; there is no memory for this one now", _UNSENT_RETRY_AFTER_S)


def charge(request: Request, n_images: int) -> AbstractContextManager[None]:
    """Return a context in which the engine makes n images, which count unless it has no room for them.

    Raises:
        QuotaExceeded: the client may not have that many now.
    """
    state = request.scope["state"]
    state[N_CHARGED] = n_images
    quota: Quota | None = state.get("quota")  # put there by `service.middleware.access`
    return quota.reserve(IMAGES, n_images, unless=NotAvailableNow) if quota is not None else nullcontext()


def give_back(request: Request, n_images: int) -> None:
    """Let n images that were counted and never made count no more.

    A file may have a thousand million images. If all of them counted though the client left after the first, it could
    have no others for months.
    """
    quota: Quota | None = request.scope["state"].get("quota")
    if quota is not None:
        quota.give_back(IMAGES, n_images)


def server_timing(request: Request, generated: Generated, encode_s: float) -> dict[str, str]:
    """Return the ``Server-Timing`` of a complete answer, and note it in the request's state for metrics and logs.

    Args:
        request: whose answer has just been encoded.
        generated: the images in it.
        encode_s: seconds that their encoding took, with its wait for a turn.
    """
    card = generated.card
    timing = Timing(card.model, card.version, generated.queue_s, generated.model_s, encode_s, ended=perf_counter())
    request.scope["state"]["timing"] = timing
    return {"Server-Timing": timing.header}


def first_chunk_timing(generated: Generated) -> dict[str, str]:
    """Return the ``Server-Timing`` of a streamed answer: when its head is sent, only the first chunk's is known."""
    queue, model = (f'dur={seconds * 1e3:.3f};desc="first chunk"' for seconds in (generated.queue_s, generated.model_s))
    return {"Server-Timing": f"queue;{queue}, model;{model}"}


class TimedStream(StreamingResponse):
    """A streamed answer that notes in the request's state where its time went, when it ends or the client leaves.

    Args:
        encoding: the body, whose first chunk has just been generated.
        headers: header fields.
        media_type: the value of ``Content-Type``; None if it is among the header fields.
        status: the status.
        on_end: called when it ends or the client leaves.
    """

    def __init__(
        self,
        encoding: Encoding,
        headers: Mapping[str, str],
        media_type: str | None = None,
        *,
        status: int = 200,
        on_end: Callable[[], object] = lambda: None,
    ) -> None:
        super().__init__(encoding.pieces, status, headers, media_type)
        self._on_end = on_end
        first = encoding.first
        self._card, self._queue_s = first.card, first.queue_s  # without the images, whose memory must become free
        self._began = perf_counter() - first.model_s
        self._progress = encoding.progress or Progress(first.model_s, encoding.encode_s, perf_counter())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            card, progress = self._card, self._progress
            scope["state"]["timing"] = Timing(
                card.model,
                card.version,
                self._queue_s,
                progress.model_s,
                progress.encode_s,
                progress.ended,
                stream_s=progress.ended - self._began,
            )
            self._on_end()
