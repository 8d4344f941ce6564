"""Knows how an answer says where its time went: to the client, and if it was made whole to whoever counts.

Does not know who counts, nor what was made.
"""

from time import perf_counter

from fastapi import Request

from digitgan.engine.engine import Generated
from service.telemetry.records import Timing, format_server_timing


def server_timing(request: Request, generated: Generated, encoding_since: float) -> dict[str, str]:
    """Note in the request's state where the time went, and return it as the header that says so.

    Args:
        request: whose answer has just been made.
        generated: what it shows.
        encoding_since: when its encoding began, on the clock of `time.perf_counter`.
    """
    ended, card = perf_counter(), generated.card
    timing = Timing(card.model, card.version, generated.queue_s, generated.model_s, ended - encoding_since, ended=ended)
    request.state.timing = timing
    return {"Server-Timing": timing.header}


def first_chunk_timing(generated: Generated) -> dict[str, str]:
    """Return all that is known of a stream's time when its headers go out, and say that it is just that."""
    return {
        "Server-Timing": format_server_timing({"queue": generated.queue_s, "model": generated.model_s}, "first chunk")
    }
