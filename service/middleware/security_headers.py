"""Knows what every answer tells a browser not to do: guess types, name where it comes from, let other sites use it.

Does not know what is answered; pages get a policy of their own from what is written in them.
"""

import base64
import hashlib
import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
# Swagger's interface sets styles in its elements and has icons in data: addresses.
_PAGE = (
    "default-src 'none'; script-src 'self'{}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_SAME = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_USED_BY = "Cross-Origin-Resource-Policy"


def security_headers(*, is_open_to_origins: bool) -> dict[str, str]:
    """Return the fields that every answer has.

    Args:
        is_open_to_origins: pages of other origins may use what is answered.
    """
    return {**_SAME, _USED_BY: "cross-origin" if is_open_to_origins else "same-origin"}


class SecurityHeaders:
    """ASGI middleware that adds the fields, and to a page a policy that allows nothing but what the page holds.

    Args:
        app: what comes next.
        is_open_to_origins: pages of other origins may use what is answered.
    """

    def __init__(self, app: ASGIApp, *, is_open_to_origins: bool) -> None:
        self._app = app
        fields = security_headers(is_open_to_origins=is_open_to_origins)
        self._fields = [(name.lower().encode(), value.encode()) for name, value in fields.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and its answer with the fields."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        page: Message | None = None  # the head of one, which waits for what the page holds

        async def send_secured(message: Message) -> None:
            nonlocal page
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._fields]
                if scope["method"] in ("GET", "HEAD") and any(
                    name == b"content-type" and value.startswith(b"text/html") for name, value in message["headers"]
                ):
                    page = message
                    return
            elif page is not None:
                page["headers"].append((b"content-security-policy", _policy(message.get("body", b""))))
                await send(page)
                page = None
            await send(message)

        await self._app(scope, receive, send_secured)


def _policy(html: bytes) -> bytes:
    """Return a policy that lets run what comes from the service, and the scripts that the page holds."""
    hashes = (base64.b64encode(hashlib.sha256(script).digest()).decode() for script in _SCRIPT.findall(html))
    return _PAGE.format("".join(f" 'sha256-{each}'" for each in hashes)).encode()
