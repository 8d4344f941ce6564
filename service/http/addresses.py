"""The address of the service as its clients write it, behind proxies that change host, scheme or path.

This is the only place that knows where the service is. `DIGITGAN_PUBLIC_URL` says it; without the setting, a trusted
proxy says it in ``X-Forwarded-Host``, ``X-Forwarded-Proto`` and ``X-Forwarded-Prefix``, and else the request itself.
"""

import re
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import Scope

PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*")  # of paths, such as "/services/digits"; "" where there is none
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
_LONGEST_PREFIX = 256  # characters; an answer may have thousands of addresses, each with the prefix
_PREFIX_STATE = "forwarded_prefix"


def take_forwarded(scope: Scope) -> None:
    """Let a request have the host and the prefix that a trusted proxy states; values that are neither are ignored.

    Of several proxies the first one counts, which is the one that clients know.
    """
    fields: dict[bytes, str] = {}
    for name, value in scope["headers"]:
        if name in (b"x-forwarded-host", b"x-forwarded-prefix"):
            fields.setdefault(name, value.decode("latin-1").partition(",")[0].strip())
    host, prefix = fields.get(b"x-forwarded-host", ""), fields.get(b"x-forwarded-prefix", "").rstrip("/")
    if _HOST.fullmatch(host):
        others = [each for each in scope["headers"] if each[0] != b"host"]
        scope["headers"] = [(b"host", host.encode()), *others]
    if prefix and len(prefix) <= _LONGEST_PREFIX and PREFIX.fullmatch(prefix):
        scope.setdefault("state", {})[_PREFIX_STATE] = prefix


def prefix_of(request: Request) -> str:
    """Return what precedes every path of the service for its clients, such as "/services/digits"; "" for nothing."""
    public_url = _public_url(request)
    if public_url is not None:
        return urlsplit(public_url).path
    return forwarded_prefix(request.scope)


def forwarded_prefix(scope: Scope) -> str:
    """Return the prefix that a trusted proxy states; "" for none."""
    prefix: str = scope["state"].get(_PREFIX_STATE, "")
    return prefix


def origin_of(request: Request) -> str:
    """Return scheme, host and port of the service for its clients, such as "https://digits.example"."""
    public_url = _public_url(request)
    parts: Any = request.base_url if public_url is None else urlsplit(public_url)
    return f"{parts.scheme}://{parts.netloc}"


def _public_url(request: Request) -> str | None:
    return getattr(request.app.state, "public_url", None)  # put there by `service.app`
