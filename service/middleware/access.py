"""Knows who may ask: where keys are required, whose key a request carries, and what its holder may still ask for.

Does not know how keys are kept or quotas counted, nor what a request asks for; images are counted where they are known.
"""

import re

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import problems
from service.access.key_ring import KeyRing
from service.access.quota import REQUESTS, Quota, QuotaExceeded, Quotas

# For probes, for those who collect metrics, and for whoever wants to know how to ask or enter a key; none of it makes
# an image.
_OPEN = re.compile(r"/$|/page/|/(v2/)?health/|/metrics$|/problems(/|$)|/docs$|/openapi\.json$|/static-")
_NOBODY = ""  # holds what is asked for where no keys are required, all of it together
_BEARER = re.compile(rb"bearer +(\S+) *", re.IGNORECASE)


def is_open(path: str) -> bool:
    """Return whether a path, or the template of one, is for everybody."""
    return _OPEN.match(path) is not None


class Access:
    """ASGI middleware that lets in who may ask, puts the quota in the state, and tells what is left of it.

    Args:
        app: what comes next.
        keys: those that open the service; None where everybody may ask.
        quotas: of each key, or of all together where there are none.
    """

    def __init__(self, app: ASGIApp, keys: KeyRing | None, quotas: Quotas) -> None:
        self._app = app
        self._keys = keys
        self._quotas = quotas

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on if its client may ask."""
        if scope["type"] != "http" or is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        holder = _NOBODY
        if self._keys is not None:
            key = _key(scope)
            known = self._keys.holder(key) if key else None
            if known is None:
                await _refuse(scope, receive, send, is_wrong=key is not None)
                return
            holder = known
        quota = self._quotas.of(holder)
        scope.setdefault("state", {})["quota"] = quota
        send = _telling(quota, send)
        try:
            quota.take(REQUESTS, 1)
        except QuotaExceeded as error:
            await problems.quota_exceeded(Request(scope), error)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _telling(quota: Quota, send: Send) -> Send:
    """Return what sends an answer with the quota's fields, if anything is limited."""
    policy = quota.policy().encode()
    if not policy:
        return send

    async def send_with_quota(message: Message) -> None:
        if message["type"] == "http.response.start":
            told = [(b"ratelimit-policy", policy), (b"ratelimit", quota.state().encode())]
            message["headers"] = [*message["headers"], *told]
        await send(message)

    return send_with_quota


def _key(scope: Scope) -> str | None:
    """Return the key that a request carries; ``X-Api-Key`` goes first, since a gateway may use the other itself."""
    carried = dict(scope["headers"])
    if b"x-api-key" in carried:
        return str(carried[b"x-api-key"], "latin-1")
    bearer = _BEARER.fullmatch(carried.get(b"authorization", b""))
    return bearer[1].decode("latin-1") if bearer else None


async def _refuse(scope: Scope, receive: Receive, send: Send, *, is_wrong: bool) -> None:
    """Answer 401; the challenge is that of RFC 6750, section 3."""
    detail = "this key opens nothing here" if is_wrong else "a key is required, and the request carries none"
    challenge = 'Bearer realm="digitgan"' + (', error="invalid_token"' if is_wrong else "")
    answer = problems.answer(Request(scope), problems.NO_KEY, detail, headers={"WWW-Authenticate": challenge})
    await answer(scope, receive, send)
