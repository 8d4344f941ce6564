"""Who may send requests: whose key a request carries, and how many requests and images its holder has left.

Images are counted where their number is known, by `service.http.accounting`.
"""

import re
from collections.abc import Callable

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.access.key_ring import KeyRing
from service.access.quota import REQUESTS, Quota, QuotaExceeded, Quotas
from service.http import problems

_NOBODY = ""  # holds the quota of all requests together if no keys are required
_BEARER = re.compile(rb"bearer +(\S+) *", re.IGNORECASE)


class Access:
    """ASGI middleware that checks keys, puts the quota in the state, and reports what is left of it.

    Args:
        app: what comes next.
        keys: that open the service; None if it needs no key.
        quotas: of each key, or of all requests together if there are no keys.
        is_open: returns a true value for a path that needs no key: none of them makes an image.
    """

    def __init__(self, app: ASGIApp, keys: KeyRing | None, quotas: Quotas, is_open: Callable[[str], object]) -> None:
        self._app = app
        self._keys = keys
        self._quotas = quotas
        self._is_open = is_open

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on if its client may send it."""
        if scope["type"] != "http" or self._is_open(scope["path"]):
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
        send = _reporting(quota, send)
        try:
            quota.take(REQUESTS, 1)
        except QuotaExceeded as error:
            await problems.quota_exceeded(Request(scope), error)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _reporting(quota: Quota, send: Send) -> Send:
    """Return a function that sends an answer with the quota's fields, if anything is limited."""
    policy = quota.policy().encode()
    if not policy:
        return send

    async def send_with_quota(message: Message) -> None:
        if message["type"] == "http.response.start":
            fields = [(b"ratelimit-policy", policy), (b"ratelimit", quota.state().encode())]
            message["headers"] = [*message["headers"], *fields]
        await send(message)

    return send_with_quota


def _key(scope: Scope) -> str | None:
    """Return a request's key; ``X-Api-Key`` comes first, since a gateway may use the other field itself."""
    carried = dict(scope["headers"])
    if b"x-api-key" in carried:
        return str(carried[b"x-api-key"], "latin-1")
    bearer = _BEARER.fullmatch(carried.get(b"authorization", b""))
    return bearer[1].decode("latin-1") if bearer else None


async def _refuse(scope: Scope, receive: Receive, send: Send, *, is_wrong: bool) -> None:
    """Answer 401; the challenge is that of RFC 6750, section 3."""
    detail = "unknown key" if is_wrong else "a key is required, but the request carries none"
    challenge = 'Bearer realm="digitgan"' + (', error="invalid_token"' if is_wrong else "")
    answer = problems.answer(Request(scope), problems.NO_KEY, detail, headers={"WWW-Authenticate": challenge})
    await answer(scope, receive, send)
