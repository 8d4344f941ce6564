"""Forms with files, parsed from memory."""

import logging

import httpx
import pytest
from fastapi import HTTPException

from service.http.forms import parse_form

BOUNDARY = "multipart/form-data; boundary=here"


def a_form(*parts: bytes, end: bytes = b"--here--\r\n") -> bytes:
    return b"".join(b"--here\r\n" + part + b"\r\n" for part in parts) + end


def a_part(options: bytes, content: bytes) -> bytes:
    return b"Content-Disposition: form-data; " + options + b"\r\n\r\n" + content


def refusal(content: bytes, content_type: str = BOUNDARY) -> str:
    with pytest.raises(HTTPException) as raised:
        parse_form(content, content_type)
    assert raised.value.status_code == 400
    return str(raised.value.detail)


def test_field_for_files_needs_no_file_name() -> None:
    content = a_form(a_part(b"name=image", b"\x89PNG"), a_part(b"name=ink", b"true"))
    form = parse_form(content, BOUNDARY, {"image"})
    assert (form.texts, form.files) == ([("ink", "true")], [("image", b"\x89PNG")])


def test_form_of_a_client_is_read_as_it_was_sent() -> None:
    content = bytes(range(256)) * 300 + b"\r\n--"
    sent = httpx.Request(
        "POST",
        "http://x/",
        data={"ink": "true", "height": "200"},
        files=[("image", ("a.png", content, "image/png")), ("image", ("b.png", b"", "image/png"))],
    )
    form = parse_form(sent.read(), sent.headers["content-type"])
    assert form.texts == [("ink", "true"), ("height", "200")]
    assert form.files == [("image", content), ("image", b"")]


@pytest.mark.parametrize(
    "boundary", ['multipart/form-data; boundary="here"', "Multipart/Form-Data;charset=x;boundary=here"]
)
def test_boundary_is_found_in_every_spelling(boundary: str) -> None:
    assert parse_form(a_form(a_part(b"name=a", b"1")), boundary).texts == [("a", "1")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it ends before its last boundary"),
        (b"no form", "it stops being one at byte 0"),
        (a_form(a_part(b"name=a", b"1"), end=b""), "it ends before its last boundary"),
        (a_form(b"Content-Type: text/plain\r\n\r\n1"), "a part has no name"),
        (a_form(b"Content-Disposition: form-data\r\n\r\n1"), "a part has no name"),
        (a_form(b"Content-Disposition: attachment; name=a\r\n\r\n1"), "a part has no name"),
        (a_form(b"\xff\xd8secret: 1\r\n\r\n1"), "it stops being one at byte 8"),
        (a_form(b"A: " + b"b" * 100_000 + b"\r\n\r\n1"), "it stops being one at byte"),
        (a_form(b"A: b\r\n" * 100 + b"\r\n1"), "it stops being one at byte"),
    ],
)
def test_what_is_no_form_is_refused_with_the_place(
    content: bytes, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert refusal(content).startswith(f"the body is not multipart/form-data: {reason}")
    assert not caplog.records, "the parser's warnings quote the body"


def test_form_without_a_boundary_is_refused() -> None:
    for content_type in ("multipart/form-data", "multipart/form-data; boundary=", f"{BOUNDARY}{'x' * 300}"):
        assert "the body is not multipart/form-data" in refusal(a_form(), content_type)


def test_form_has_at_most_64_parts() -> None:
    parts = [a_part(b"name=a", b"1")] * 64
    assert len(parse_form(a_form(*parts), BOUNDARY).texts) == 64
    assert refusal(a_form(*parts, parts[0])) == "the form has too many parts; at most 64 are allowed"
