"""Which bytes of a file a request asks for, and how an answer with several parts is laid out."""

import email
import email.policy
from random import Random

import pytest
from fastapi import HTTPException
from starlette.requests import Request

from service.http.ranges import MOST_RANGES, Layout, requested_spans

TAG = '"0123456789abcdef"'
CONTENT = Random(1).randbytes(1_000)


def a_request(*ranges: str, method: str = "GET", if_range: str | None = None) -> Request:
    headers = [(b"range", each.encode()) for each in ranges]
    if if_range is not None:
        headers.append((b"if-range", if_range.encode()))
    return Request({"type": "http", "method": method, "headers": headers})


@pytest.mark.parametrize(
    ("value", "spans"),
    [
        ("bytes=0-0", [range(1)]),
        ("bytes=0-999", [range(1_000)]),
        ("Bytes=7-9", [range(7, 10)]),
        ("bytes=990-2000", [range(990, 1_000)]),
        ("bytes=990-", [range(990, 1_000)]),
        ("bytes=-1", [range(999, 1_000)]),
        ("bytes=-5000", [range(1_000)]),
        ("bytes=000007-009", [range(7, 10)]),
        (f"bytes=1-{'9' * 5_000}", [range(1, 1_000)]),
        ("bytes=-" + "9" * 5_000, [range(1_000)]),
        ("bytes=9-9,0-0", [range(9, 10), range(1)]),
        ("bytes= 0-1 ,, \t5-6,", [range(2), range(5, 7)]),
        ("bytes=1000-,5-6", [range(5, 7)]),
        ("bytes=-0,5-6", [range(5, 7)]),
        (f"bytes={'0' * 40}1-1", [range(1, 2)]),
    ],
)
def test_ranges_mean_the_bytes_that_the_standard_says(value: str, spans: list[range]) -> None:
    assert requested_spans(a_request(value), len(CONTENT), TAG) == spans


@pytest.mark.parametrize(
    "value",
    [
        *("bytes", "bytes=", "bytes=,", "bytes=-", "bytes=a-b", "bytes=5", "bytes=5-3", "bytes=0-1,5-3", "bytes=1-2-3"),
        *("items=0-1", "bytes 0-1", "bytes=0 - 1", "bytes=+1-2", "bytes=1.0-2", "bytes=0-1;2-3", "bytes=\u0661-2"),
        *("", "0-1", "bytes==0-1"),
    ],
)
def test_other_units_and_malformed_fields_are_ignored(value: str) -> None:
    request = Request({"type": "http", "method": "GET", "headers": [(b"range", value.encode())]})
    assert requested_spans(request, len(CONTENT), TAG) is None


def test_requests_that_are_not_for_parts_get_the_whole_file() -> None:
    assert requested_spans(a_request(), len(CONTENT), TAG) is None
    assert requested_spans(a_request("bytes=0-1", method="HEAD"), len(CONTENT), TAG) is None
    assert requested_spans(a_request("bytes=0-1", "bytes=3-4"), len(CONTENT), TAG) is None, "two fields"


@pytest.mark.parametrize(
    ("condition", "is_current"),
    [
        (TAG, True),
        (f" {TAG} ", True),
        (f"W/{TAG}", False),
        ('"other"', False),
        ("*", False),
        ("Sun, 29 Nov 2026 12:00:00 GMT", False),
    ],
)
def test_parts_of_another_file_are_never_given(condition: str, is_current: bool) -> None:
    spans = requested_spans(a_request("bytes=0-1", if_range=condition), len(CONTENT), TAG)
    assert spans == ([range(2)] if is_current else None)
    assert requested_spans(a_request(if_range=condition), len(CONTENT), TAG) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("bytes=1000-", "no byte of the file, which has 1,000"),
        ("bytes=1000-1000,-0", "no byte of the file, which has 1,000"),
        (f"bytes={'9' * 5_000}-", "no byte of the file"),
        ("bytes=0-5,5-6", "the ranges 0-5 and 5-6 overlap"),
        ("bytes=7-,0-1,-1", "the ranges 7-999 and 999-999 overlap"),
        ("bytes=" + ",".join(f"{i}-{i}" for i in range(0, 34, 2)), f"17 ranges; at most {MOST_RANGES} are allowed"),
    ],
)
def test_what_cannot_be_given_is_refused_with_the_size(value: str, text: str) -> None:
    with pytest.raises(HTTPException) as refused:
        requested_spans(a_request(value), len(CONTENT), TAG)
    assert refused.value.status_code == 416
    assert text in refused.value.detail
    assert refused.value.headers == {"Content-Range": "bytes */1000"}


def body_of(layout: Layout) -> bytes:
    parts = (part.head + CONTENT[part.span.start : part.span.stop] for part in layout.parts)
    return b"".join(parts) + layout.tail


def test_several_ranges_are_parts_of_a_body_of_known_length() -> None:
    random = Random(2)
    for _ in range(300):
        edges = sorted(random.sample(range(len(CONTENT)), 2 * random.randint(2, MOST_RANGES)))
        spans = [range(first, last + 1) for first, last in zip(edges[::2], edges[1::2], strict=True)]
        random.shuffle(spans)
        value = "bytes=" + ",".join(f"{span.start}-{span.stop - 1}" for span in spans)
        layout = Layout.of(a_request(value), len(CONTENT), "application/x-npy", TAG)
        body = body_of(layout)
        assert layout.status == 206
        assert layout.headers["Content-Length"] == str(len(body))
        head = f"Content-Type: {layout.headers['Content-Type']}\r\n\r\n".encode()
        message = email.message_from_bytes(head + body, policy=email.policy.HTTP)
        for span, part in zip(spans, message.iter_parts(), strict=True):
            assert part["content-type"] == "application/x-npy"
            assert part["content-range"] == f"bytes {span.start}-{span.stop - 1}/1000"
            assert part.get_payload(decode=True) == CONTENT[span.start : span.stop]


def test_one_range_is_a_body_of_its_own() -> None:
    for value in ("bytes=-10", "bytes=5000-,990-"):
        layout = Layout.of(a_request(value), len(CONTENT), "application/x-npy", TAG)
        assert (layout.status, body_of(layout)) == (206, CONTENT[990:])
        assert layout.headers == {
            "Accept-Ranges": "bytes",
            "Content-Type": "application/x-npy",
            "Content-Range": "bytes 990-999/1000",
            "Content-Length": "10",
        }


def test_the_whole_file_says_that_it_has_parts() -> None:
    layout = Layout.of(a_request(), len(CONTENT), "application/x-npy", TAG)
    assert (layout.status, body_of(layout)) == (200, CONTENT)
    assert layout.headers == {"Accept-Ranges": "bytes", "Content-Type": "application/x-npy", "Content-Length": "1000"}
