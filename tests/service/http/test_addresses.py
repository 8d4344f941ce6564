"""Where a request's client finds the service."""

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from service.http.addresses import origin_of, prefix_of, take_forwarded

INNER = "http://inner:8000"


def where(*fields: tuple[str, str], public_url: str | None = None) -> tuple[str, str]:
    """Return origin and prefix of a request with these header fields, from a proxy that is trusted."""
    app = Starlette()
    app.state.public_url = public_url
    headers = [(name.lower().encode(), value.encode()) for name, value in (("Host", "inner:8000"), *fields)]
    scope: dict[str, Any] = {"type": "http", "scheme": "http", "path": "/", "headers": headers, "state": {}, "app": app}
    take_forwarded(scope)
    return origin_of(Request(scope)), prefix_of(Request(scope))


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ([], (INNER, "")),
        ([("X-Forwarded-Host", "a.example")], ("http://a.example", "")),
        ([("X-Forwarded-Host", "a.example:8443, b.example")], ("http://a.example:8443", "")),
        ([("X-Forwarded-Host", "[::1]:80"), ("X-Forwarded-Host", "b")], ("http://[::1]:80", "")),
        ([("X-Forwarded-Prefix", "/a/b")], (INNER, "/a/b")),
        ([("X-Forwarded-Prefix", "/a/")], (INNER, "/a")),
        ([("X-Forwarded-Prefix", "/a, /b")], (INNER, "/a")),
        ([("X-Forwarded-Prefix", "/")], (INNER, "")),
        ([("X-Forwarded-Prefix", "/" + 255 * "a")], (INNER, "/" + 255 * "a")),
        ([("X-Forwarded-Prefix", "/" + 256 * "a")], (INNER, "")),
        *(([("X-Forwarded-Host", host)], (INNER, "")) for host in ("", "a b", "a/b", "user@a", "a:b", 'a"')),
        *(([("X-Forwarded-Prefix", prefix)], (INNER, "")) for prefix in ("a", "//a", "/a b", "/a?b", "/a%2F", '/"')),
    ],
)
def test_trusted_proxy_states_host_and_prefix(fields: list[tuple[str, str]], wanted: tuple[str, str]) -> None:
    assert where(*fields) == wanted


@pytest.mark.parametrize(
    ("public_url", "wanted"),
    [
        ("https://a.example", ("https://a.example", "")),
        ("https://a.example:8443/b/c", ("https://a.example:8443", "/b/c")),
    ],
)
def test_public_url_overrides_what_is_forwarded(public_url: str, wanted: tuple[str, str]) -> None:
    forwarded = (("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Prefix", "/x"))
    assert where(*forwarded, public_url=public_url) == wanted
