"""Knows fields in several lines, as gateways and clients send them. Does not know what a service makes of them."""

from fastapi import Request
from starlette.types import Scope

from service.routes.listed import listed


def with_lines(*lines: bytes) -> Request:
    scope: Scope = {"type": "http", "headers": [(b"accept", line) for line in lines]}
    return Request(scope)


def test_a_field_is_one_list_in_however_many_lines() -> None:
    assert listed(with_lines(b"text/html, image/webp;q=0.5", b"image/png"), "Accept") == (
        "text/html, image/webp;q=0.5, image/png"
    )


def test_an_empty_field_is_another_thing_than_none() -> None:
    assert listed(with_lines(b""), "accept") == ""
    assert listed(with_lines(), "accept") is None
