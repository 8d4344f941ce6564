"""The parts of a file that a request asks for by ``Range``, and how an answer with only these parts is laid out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

from fastapi import HTTPException
from starlette.requests import Request

from digitgan.contract.documents import shorten
from digitgan.formats.parts import FilePart

MOST_RANGES = 16  # in one request; each takes a run of the model if it touches images

_UNIT, _ACCEPTS = "bytes", {"Accept-Ranges": "bytes"}
_SET = re.compile(rf"{_UNIT}=(.*)", re.IGNORECASE | re.ASCII)
_RANGE = re.compile(r"([0-9]+)-([0-9]*)|-([0-9]+)", re.ASCII)
_LONGEST_POSITION = 18  # digits; what is longer lies beyond the end of every file


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """An answer with a whole file or some of its parts.

    Attributes:
        status: 200 or 206.
        headers: the header fields that say which parts, of which media type, and how long the body is.
        parts: the parts, in the order of the body.
        tail: the last bytes of the body.
    """

    status: int
    headers: Mapping[str, str]
    parts: Sequence[FilePart]
    tail: bytes = b""

    @classmethod
    def whole(cls, size: int, media_type: str, *, accepts: str = "none") -> Self:
        """Return the layout of an answer with a whole file.

        Args:
            size: bytes of the file.
            media_type: of the file.
            accepts: the unit of the ranges that may be asked for.
        """
        headers = {"Accept-Ranges": accepts, "Content-Type": media_type, "Content-Length": str(size)}
        return cls(status=200, headers=headers, parts=[FilePart(span=range(size))])

    @classmethod
    def of(cls, request: Request, size: int, media_type: str, tag: str) -> Self:
        """Return the layout of the answer to a request.

        Args:
            request: what the client sent.
            size: bytes of the file, at least one.
            media_type: of the file.
            tag: the file's strong entity tag, quoted.

        Raises:
            HTTPException: 416, no byte of the file is among those requested, or the ranges are too many or overlap.

        Source: RFC 9110, sections 14.2 (Range), 14.4 (Content-Range), 14.6 (multipart/byteranges) and 15.3.7 (206).
        """
        spans = requested_spans(request, size, tag)
        if spans is None:
            return cls.whole(size, media_type, accepts=_UNIT)
        if len(spans) == 1:
            [span] = spans
            about = {"Content-Type": media_type, "Content-Range": _content_range(span, size)}
            headers = {**_ACCEPTS, **about, "Content-Length": str(len(span))}
            return cls(status=206, headers=headers, parts=[FilePart(span=span)])
        boundary = "digitgan-" + tag.strip('"')  # as hard to meet in a file as its tag
        parts = [FilePart(span=span, head=_head(boundary, media_type, span, size)) for span in spans]
        tail = f"\r\n--{boundary}--\r\n".encode()
        n_bytes = sum(len(part.head) + len(part.span) for part in parts) + len(tail)
        about = {"Content-Type": f"multipart/byteranges; boundary={boundary}", "Content-Length": str(n_bytes)}
        return cls(status=206, headers={**_ACCEPTS, **about}, parts=parts, tail=tail)


def requested_spans(request: Request, size: int, tag: str) -> list[range] | None:
    """Return the positions of the bytes that a request asks for, in its order; None for the whole file.

    ``Range`` is ignored in a request that is not GET, if ``If-Range`` names another tag or a date, if the unit is not
    bytes, and if the field is malformed. Ranges behind the end of the file are left out as long as others remain.

    Args:
        request: what the client sent.
        size: bytes of the file.
        tag: the file's strong entity tag, quoted.

    Raises:
        HTTPException: 416, no byte of the file is among those requested, or the ranges are too many or overlap.

    Source: RFC 9110, sections 13.1.5 (If-Range), 14.1.2 (byte ranges) and 14.2 (Range).
    """
    values = request.headers.getlist("range")
    if request.method != "GET" or len(values) != 1 or not _has_current(request, tag):
        return None
    whole = _SET.fullmatch(values[0].strip())
    if whole is None:
        return None
    texts = [text for each in whole[1].split(",") if (text := each.strip(" \t"))]  # empty: RFC 9110, section 5.6.1
    if len(texts) > MOST_RANGES:
        raise refused(f"{len(texts):,} ranges; at most {MOST_RANGES} are allowed in one request", size)
    ranges = _parsed(texts)
    if not ranges:
        return None
    spans = [span for each in ranges if (span := _span(*each, size))]
    if not spans:
        raise refused(f"Range: {shorten(values[0])} has no byte of the file, which has {size:,}", size)
    in_order = sorted(spans, key=lambda span: span.start)
    for before, after in pairwise(in_order):
        if after.start < before.stop:
            both = " and ".join(f"{span.start}-{span.stop - 1}" for span in (before, after))
            raise refused(f"the ranges {both} overlap; ask for each byte once", size)
    return spans


def _has_current(request: Request, tag: str) -> bool:
    """Return whether ``If-Range`` allows parts: it is missing, or it names the tag, which no date does."""
    condition = request.headers.get("if-range")
    return condition is None or condition.strip() == tag


def _parsed(texts: Sequence[str]) -> list[tuple[str, str, str]]:
    """Return first, last and length of suffix of each range, empty where it has none; no range if one is malformed."""
    found = [_RANGE.fullmatch(text) for text in texts]
    ranges = [(each[1] or "", each[2] or "", each[3] or "") for each in found if each]
    is_valid = len(ranges) == len(texts) and all(
        _position(last) >= _position(first) for first, last, _ in ranges if last
    )
    return ranges if is_valid else []


def _span(first: str, last: str, suffix: str, size: int) -> range:
    """Return the positions in a file of some size that a range means; empty if it is behind the end."""
    if suffix:
        return range(max(0, size - _position(suffix)), size)
    return range(_position(first), min(_position(last) + 1, size) if last else size)


def _position(digits: str) -> int:
    """Return a number; a smaller one that is behind the end of every file as well for one of many digits."""
    significant = digits.lstrip("0")
    return int(significant or "0") if len(significant) <= _LONGEST_POSITION else 10**_LONGEST_POSITION


def refused(detail: str, size: int) -> HTTPException:
    """Return the error of ranges that are not answered, which says how many bytes the file has."""
    return HTTPException(416, detail, {"Content-Range": f"{_UNIT} */{size}"})


def _content_range(span: range, size: int) -> str:
    return f"{_UNIT} {span.start}-{span.stop - 1}/{size}"


def _head(boundary: str, media_type: str, span: range, size: int) -> bytes:
    fields = f"Content-Type: {media_type}\r\nContent-Range: {_content_range(span, size)}"
    return f"\r\n--{boundary}\r\n{fields}\r\n\r\n".encode()
