"""Authentication by API key, and the rate limit of each key.

Requests are counted here; images are counted by `service.http.accounting`, where their number is known.
"""

import re
from collections.abc import Callable
from functools import partial

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..access.key_ring import KeyRing
from ..access.quota import REQUESTS, Quota, QuotaExceeded, RateLimiter
from ..access.signatures import SIGNATURE
from ..http import problems

_ANYONE = ""  # the holder of the one quota that all clients share where no keys are required
_KEY_MISSING = "an API key is required, as `Authorization: Bearer KEY` or `X-Api-Key: KEY`"
_BAD_KEY = "the API key is not valid"
_BAD_SIGNATURE = "the signature of this address is not valid, or has expired; request the address again"
_BEARER = re.compile(rb"bearer +(\S+) *", re.IGNORECASE)


class Access:
    """ASGI middleware that requires a valid key or a signed address, and counts and reports the quota of its holder.

    The quota is in the state as ``quota``, and what signs addresses for the key as ``sign``.

    Args:
        app: the next application.
        keys: the valid keys; None if no key is required.
        limiter: has the quota of each key, or of all clients together if no key is required.
        is_open: returns a true value for a path that needs no key. Such requests do not count by themselves. Where
            keys are required, none of them makes an image; elsewhere the page does, and counts what it makes.
    """

    def __init__(
        self, app: ASGIApp, keys: KeyRing | None, limiter: RateLimiter, is_open: Callable[[str], object]
    ) -> None:
        self._app = app
        self._keys = keys
        self._limiter = limiter
        self._is_open = is_open

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on if its key is valid and its quota allows it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        holder = _ANYONE
        state = scope.setdefault("state", {})
        if self._is_open(scope["path"]):
            if self._keys is None:
                state["quota"] = self._limiter.quota_of(holder)
            await self._app(scope, receive, send)
            return
        if self._keys is not None and SIGNATURE in scope["query_string"] and scope["method"] in ("GET", "HEAD"):
            signed = self._keys.signer(f"{scope['path']}?{scope['query_string'].decode('latin-1')}")
            if signed is None:
                await _refuse(scope, receive, send, _BAD_SIGNATURE, is_wrong=True)
                return
            holder, address = signed
            scope["query_string"] = address.partition("?")[2].encode("latin-1")
            send = _unshared(send)
        elif self._keys is not None:
            key = _read_key(scope)
            known = self._keys.holder(key) if key else None
            if key is None or known is None:
                await _refuse(scope, receive, send, _KEY_MISSING if key is None else _BAD_KEY, is_wrong=key is not None)
                return
            holder = known
            state["sign"] = partial(self._keys.sign, key=key)
        quota = self._limiter.quota_of(holder)
        state["quota"] = quota
        send = _reporting(quota, send)
        try:
            quota.take(REQUESTS, 1)
        except QuotaExceeded as error:
            await problems.quota_exceeded(Request(scope), error)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _reporting(quota: Quota, send: Send) -> Send:
    """Return a send that adds the headers of the quota to the answer, if anything is limited."""
    policy = quota.policy().encode()
    if not policy:
        return send

    async def send_with_quota(message: Message) -> None:
        if message["type"] == "http.response.start":
            fields = [(b"ratelimit-policy", policy), (b"ratelimit", quota.state().encode())]
            message["headers"] = [*message["headers"], *fields]
        await send(message)

    return send_with_quota


def _unshared(send: Send) -> Send:
    """Return a send that keeps the answer out of shared caches, which would serve a signed address after its end."""

    async def send_privately(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [
                (name, value.replace(b"public", b"private") if name == b"cache-control" else value)
                for name, value in message["headers"]
            ]
        await send(message)

    return send_privately


def _read_key(scope: Scope) -> str | None:
    """Return the key of a request; ``X-Api-Key`` comes first, since a gateway may use ``Authorization`` itself."""
    headers = dict(scope["headers"])
    if b"x-api-key" in headers:
        return str(headers[b"x-api-key"], "latin-1")
    bearer = _BEARER.fullmatch(headers.get(b"authorization", b""))
    return bearer[1].decode("latin-1") if bearer else None


async def _refuse(scope: Scope, receive: Receive, send: Send, detail: str, *, is_wrong: bool) -> None:
    """Answer 401; the challenge is that of RFC 6750, section 3."""
    challenge = 'Bearer realm="digitgan"' + (', error="invalid_token"' if is_wrong else "")
    answer = problems.answer(Request(scope), problems.NO_KEY, detail, headers={"WWW-Authenticate": challenge})
    await answer(scope, receive, send)
