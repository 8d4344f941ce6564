"""Weighted header fields (RFC 9110, section 12.4.2), and which of several media types an ``Accept`` field prefers."""

import re
from functools import lru_cache

from starlette.requests import Request

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"?')  # a parameter's value, which may hold any separator

MAX_LENGTH = 2048  # of a field, in characters; 1,000 items take a millisecond to parse


def field_value(request: Request, name: str) -> str | None:
    """Return the value of a list-valued header field, all of its lines as one; None if the request has none.

    A long field counts up to the last item that ends within its first 2,048 characters.

    Source: RFC 9110, section 5.3.
    """
    key = name.lower().encode()  # `Request.headers` takes twice as long
    lines = [value for field, value in request.scope["headers"] if field == key]
    value = b", ".join(lines).decode("latin-1") if lines else None
    return value if value is None or len(value) <= MAX_LENGTH else value[:MAX_LENGTH].rpartition(",")[0]


@lru_cache(maxsize=32)  # a client sends the same field each time
def negotiate(accept: str | None, offered: tuple[str, ...]) -> str | None:
    """Return the media type to answer with, or None if the field allows none of those offered.

    A missing or empty field allows everything. Among equally preferred types the one offered first wins. A range that
    cannot be parsed is ignored.

    Args:
        accept: the value of ``Accept``.
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


def qualities(value: str) -> dict[str, float]:
    """Return each item of a weighted field with its quality, 0 to 1; items that cannot be parsed are ignored.

    Source: RFC 9110, section 12.4.2.
    """
    weighted: dict[str, float] = {}
    for text in filter(None, _QUOTED.sub("", value).split(",")):
        item, *parameters = (part.strip().lower() for part in text.split(";"))
        try:
            quality = float(next((value[2:] for value in parameters if value.startswith("q=")), 1.0))
        except ValueError:
            continue
        if item and 0 <= quality <= 1:
            weighted[item] = max(quality, weighted.get(item, 0.0))
    return weighted
