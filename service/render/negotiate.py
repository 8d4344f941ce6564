"""Knows which of the forms on offer an ``Accept`` header prefers.

Does not know what the forms are, nor HTTP beyond this one header.
"""

from collections.abc import Sequence

_WILDCARD = "*"


def negotiate(accept: str | None, offered: Sequence[str]) -> str | None:
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
    ranges = [parsed for parsed in map(_parse, accept.split(",")) if parsed]
    quality = {media_type: _quality(media_type, ranges) for media_type in offered}
    best = max(offered, key=quality.__getitem__)  # max keeps the first of equals
    return best if quality[best] > 0 else None


def _parse(text: str) -> tuple[str, str, float] | None:
    """Return type, subtype and quality of one media range, None if it is none."""
    media_range, *parameters = (part.strip().lower() for part in text.split(";"))
    kind, slash, subtype = media_range.partition("/")
    if not (slash and kind and subtype) or (kind == _WILDCARD and subtype != _WILDCARD):
        return None
    quality = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                return None
    return (kind, subtype, quality) if 0 <= quality <= 1 else None


def _quality(media_type: str, ranges: Sequence[tuple[str, str, float]]) -> float:
    """Return the quality that the most specific matching range gives a media type, 0 where none matches."""
    kind, _, subtype = media_type.partition("/")
    specific = {
        (kind, subtype): 3,
        (kind, _WILDCARD): 2,
        (_WILDCARD, _WILDCARD): 1,
    }
    matches = [(specific[k, s], quality) for k, s, quality in ranges if (k, s) in specific]
    return max(matches)[1] if matches else 0.0
