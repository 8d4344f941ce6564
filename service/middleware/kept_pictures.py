"""Pictures that never change, kept in memory: a repeated request for one of them makes, plans and checks nothing.

docs/adr/0046-repeated-pictures.md says what is kept and what a repeated request still passes.
"""

from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digitgan.engine.budget import Budget

from ..access.quota import IMAGES, Quota, QuotaExceeded
from ..http.accounting import N_CHARGED
from ..http.addresses import forwarded_prefix
from ..http.caching import IMMUTABLE, matches
from ..http.negotiation import MAX_LENGTH

_IS_FIXED = (b"cache-control", IMMUTABLE.encode())
_NAMES_VERSION = b"version="  # in the query of every address whose picture never changes
# What the parts behind this one look at, and refuse or read in their own way.
_NOT_PLAIN = frozenset((b"x-request-timeout", b"content-length", b"transfer-encoding", b"content-encoding"))
_OF_CONTENT = frozenset((b"content-type", b"content-length", b"content-disposition", b"content-encoding"))
_TIMED = b"server-timing"
_OF_GET = frozenset((b"content-length", _TIMED))
_KEPT = (_TIMED, b'cache;desc="hit"')
_MOST_BYTES = 64 * 1024  # of a body; a larger one would need memory until it is sent (service.middleware.memory_limits)
_SHARE = 16  # a body may take one part in that many of all memory
_ENTRY_BYTES, _FIELD_BYTES = 1024, 192  # of Python's objects, beyond the bytes in them
_Fields = list[tuple[bytes, bytes]]
_Address = tuple[bytes, str]  # path and query, and the prefix that a proxy states


@dataclass(slots=True)
class _Kept:
    """An answer.

    Attributes:
        tag: its entity tag, quoted.
        fields: the header fields of the whole answer.
        unchanged: the header fields of a 304.
        body: the file; None if clients have only asked whether theirs is current.
        n_images: images that count for it.
        route: the route that made it, for metrics.
        n_bytes: memory that it takes.
    """

    tag: str
    fields: _Fields
    unchanged: _Fields
    body: bytes | None
    n_images: int
    route: Any
    n_bytes: int


class KeptPictures:
    """ASGI middleware that keeps the answers of immutable addresses, the last used ones within a budget.

    Args:
        app: the next application.
        memory: the budget; nothing else takes of it.
        served: returns the model versions that are served; whatever is kept is forgotten when they change.
        outcomes: where requests for such pictures are counted: ``kept`` or ``not_modified`` if answered here, else
            ``made``.
        name_route: called with method and route of a request that is answered here, before its answer.
    """

    def __init__(
        self,
        app: ASGIApp,
        memory: Budget,
        served: Callable[[], Sequence[object]],
        outcomes: Counter[str],
        name_route: Callable[[str, str], None] | None = None,
    ) -> None:
        self._app = app
        self._memory = memory
        self._most_bytes = min(memory.limit_bytes // _SHARE, _MOST_BYTES)
        self._served = served
        self._known = served()
        self._pictures: OrderedDict[tuple[_Address, bytes | None], _Kept] = OrderedDict()
        self._outcomes = outcomes
        self._name_route = name_route

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer from memory, or pass the request on and keep its answer."""
        if (
            scope["type"] != "http"
            or _NAMES_VERSION not in scope["query_string"]
            or scope["method"] not in ("GET", "HEAD")
            or (asked := _asked(scope)) is None
        ):
            return self._app(scope, receive, send)
        address, coding, condition = asked
        if (now := self._served()) != self._known:
            self._forget()
            self._known = now
        kept = self._find(address, coding)
        if kept is not None and matches(condition, kept.tag):
            self._outcomes["not_modified"] += 1
            self._set_route(scope, kept.route)
            return _answer(send, 304, kept.unchanged, b"")
        if kept is not None and kept.body is not None and _may_have(scope, kept.n_images):
            self._outcomes["kept"] += 1
            self._set_route(scope, kept.route)
            if scope["method"] == "HEAD":  # the same fields whether the picture is kept or not
                return _answer(send, 200, [each for each in kept.fields if each[0] not in _OF_GET], b"")
            return _answer(send, 200, kept.fields, kept.body)
        self._outcomes["made"] += 1
        return self._app(scope, receive, self._keeping(scope, address, coding, send))

    def _set_route(self, scope: Scope, route: Any) -> None:
        """Let metrics, log and span of a request that meets no router have its route."""
        scope["route"] = route
        if self._name_route is not None:
            self._name_route(scope["method"], route.path)

    def _find(self, address: _Address, coding: bytes) -> _Kept | None:
        """Return what is kept for an address: the same for every client, or for those with the same codings."""
        for key in ((address, None), (address, coding)):
            if (kept := self._pictures.get(key)) is not None:
                self._pictures.move_to_end(key)
                return kept
        return None

    def _keeping(self, scope: Scope, address: _Address, coding: bytes, send: Send) -> Send:
        """Return a send that keeps the answer if that is whole, small, and at its own permanent address."""
        known = self._known
        start: tuple[int, _Fields] | None = None

        async def send_and_keep(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message["status"], message["headers"]  # before parts further out add those of this request
            elif start is not None and not message.get("more_body", False) and self._known is known:
                self._keep(scope, address, coding, *start, message.get("body", b""))
            if message["type"] == "http.response.body":
                start = None  # what comes in several pieces is not kept
            await send(message)

        return send_and_keep

    def _keep(self, scope: Scope, address: _Address, coding: bytes, status: int, headers: _Fields, body: bytes) -> None:
        values = dict(headers)
        is_whole = status == 200 and scope["method"] == "GET"
        if (
            not (is_whole or status == 304)
            or _IS_FIXED not in headers
            or not values.get(b"content-location", b"").endswith(address[0])  # behind what precedes it for clients
            or len(body) > self._most_bytes
        ):
            return
        fields = [each for each in headers if each[0] != _TIMED]
        n_content = (
            2 * len(address[0]) + len(coding) + len(body) + sum(len(name) + len(value) for name, value in fields)
        )
        kept = _Kept(
            tag=values[b"etag"].decode(),
            fields=[*fields, _KEPT],
            unchanged=[each for each in fields if each[0] not in _OF_CONTENT],
            body=body if is_whole else None,
            n_images=scope["state"].get(N_CHARGED, 0),
            route=scope.get("route"),
            n_bytes=_ENTRY_BYTES + _FIELD_BYTES * len(fields) + n_content,
        )
        key = (address, coding if b"vary" in values else None)
        if (before := self._pictures.get(key)) is not None:
            if before.body is not None:
                return
            self._drop(key)
        while self._pictures and not self._memory.has_room(kept.n_bytes):
            self._drop(next(iter(self._pictures)))
        if kept.n_bytes <= self._memory.limit_bytes and self._memory.take(kept.n_bytes):
            self._pictures[key] = kept

    def _drop(self, key: tuple[_Address, bytes | None]) -> None:
        self._memory.give_back(self._pictures.pop(key).n_bytes)

    def _forget(self) -> None:
        self._pictures.clear()
        self._memory.give_back(self._memory.used_bytes)


def _asked(scope: Scope) -> tuple[_Address, bytes, str | None] | None:
    """Return the address, codings and condition of a request; None if other parts have to look at it."""
    codings = conditions = b""
    for name, value in scope["headers"]:
        if name in _NOT_PLAIN:
            return None
        if name == b"accept-encoding":
            codings = codings + b", " + value if codings else value
        elif name == b"if-none-match":
            conditions = conditions + b", " + value if conditions else value
    if len(conditions) > MAX_LENGTH or len(codings) > MAX_LENGTH or "raw_path" not in scope:
        return None
    address = (scope["raw_path"] + b"?" + scope["query_string"], forwarded_prefix(scope))
    return address, codings, conditions.decode("latin-1") or None


def _may_have(scope: Scope, n_images: int) -> bool:
    """Count n images for the client; if it may not have them, whoever makes pictures has to say so."""
    quota: Quota | None = scope["state"].get("quota")
    if quota is None or scope["method"] == "HEAD":
        return True
    with suppress(QuotaExceeded):
        quota.take(IMAGES, n_images)
        return True
    return False


async def _answer(send: Send, status: int, fields: _Fields, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})
