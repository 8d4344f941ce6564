"""What an answer costs: images that count against its client's quota, and where its time went."""

from contextlib import AbstractContextManager, nullcontext
from time import perf_counter

from starlette.requests import Request

from digitgan.contract.errors import NotAvailableNow, Overloaded
from digitgan.engine.engine import Generated

from ..access.quota import IMAGES, Quota
from ..telemetry.records import Timing

ANSWER_COPIES = 2  # of a large answer in memory: the application's, and what the transport has left of it
_UNSENT_RETRY_AFTER_S = 5  # while memory is scarce, slow readers have to be faster within that time


def no_room_for_answer() -> Overloaded:
    """Return the error of an answer for which the answers that are not sent yet leave no memory."""
    return Overloaded("other answers wait to be read; there is no memory for this one now", _UNSENT_RETRY_AFTER_S)


def charge(request: Request, n_images: int) -> AbstractContextManager[None]:
    """Return a context in which the engine makes n images, which count unless it has no room for them.

    Raises:
        QuotaExceeded: the client may not have that many now.
    """
    quota: Quota | None = request.scope["state"].get("quota")  # put there by `service.middleware.access`
    return quota.reserve(IMAGES, n_images, unless=NotAvailableNow) if quota is not None else nullcontext()


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
