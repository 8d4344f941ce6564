"""Knows what a header of weighted items says, and which of the forms on offer an ``Accept`` header prefers.

Does not know what the forms are, nor HTTP beyond such headers.
"""

import re
from functools import lru_cache

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"?')  # a parameter's value, which may hold any separator


@lru_cache(maxsize=32)  # a client asks in the same way each time
def negotiate(accept: str | None, offered: tuple[str, ...]) -> str | None:
    """Return the media type to answer with, or None where the header allows none of those on offer.

    A missing or empty header allows everything. Among equally preferred types the one offered first wins, and a
    range that cannot be read is passed over.

    Args:
        accept: the header's value.
        offered: media types in the server's own order of preference, at least one.

    Source: RFC 9110, sections 12.4.2 (quality values) and 12.5.1 (Accept; the most specific range decides).
    """
    if accept is None or not accept.strip():
        return offered[0]
    ranges = qualities(accept)

    def quality(media_type: str) -> float:
        any_subtype = media_type.partition("/")[0] + "/*"
        return next((ranges[each] for each in (media_type, any_subtype, "*/*") if each in ranges), 0.0)

    best = max(offered, key=quality)  # max keeps the first of equals
    return best if quality(best) > 0 else None


def qualities(header: str) -> dict[str, float]:
    """Return each item of a header with its quality, 0 to 1; one that cannot be read is passed over.

    Source: RFC 9110, section 12.4.2.
    """
    weighted: dict[str, float] = {}
    for text in _QUOTED.sub("", header).split(","):
        item, *parameters = (part.strip().lower() for part in text.split(";"))
        try:
            quality = float(next((value[2:] for value in parameters if value.startswith("q=")), 1.0))
        except ValueError:
            continue
        if item and 0 <= quality <= 1:
            weighted[item] = max(quality, weighted.get(item, 0.0))
    return weighted
