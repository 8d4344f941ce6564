"""Headers by which every answer tells browsers not to guess its type, send a referrer or let other sites use it.

A page also gets a content security policy, which is made from the scripts in it, and an SVG, which browsers open as a
document, one that allows no script at all, and frames of other sites only if these may use the answers.
"""

import base64
import hashlib
import re
from collections.abc import Awaitable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
# Swagger UI sets inline styles and has icons in data: addresses.
_PAGE = (
    "default-src 'none'; script-src 'self'{}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self'; manifest-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_DRAWING = b"default-src 'none'; style-src 'unsafe-inline'"
_OF_THIS_SITE = b"; frame-ancestors 'self'"
_SAME = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_USED_BY = "Cross-Origin-Resource-Policy"


class SecurityHeaders:
    """ASGI middleware that adds the headers, and to a page a policy that allows only what the page holds.

    Args:
        app: the next application.
        is_open_to_origins: whether pages of other origins may use the answers.
    """

    def __init__(self, app: ASGIApp, *, is_open_to_origins: bool) -> None:
        self._app = app
        fields = {**_SAME, _USED_BY: "cross-origin" if is_open_to_origins else "same-origin"}
        self._drawing = _DRAWING if is_open_to_origins else _DRAWING + _OF_THIS_SITE
        self._fields = [(name.lower().encode(), value.encode()) for name, value in fields.items()]

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass the request on, and add the headers to its answer."""
        if scope["type"] != "http":
            return self._app(scope, receive, send)
        page: Message | None = None  # the head of a page, held back until the page is known

        async def send_secured(message: Message) -> None:
            nonlocal page
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._fields]
                kind = next((value for name, value in message["headers"] if name == b"content-type"), b"")
                if scope["method"] in ("GET", "HEAD") and kind.startswith(b"text/html"):
                    page = message
                    return
                if kind == b"image/svg+xml":
                    message["headers"].append((b"content-security-policy", self._drawing))
            elif page is not None:
                page["headers"].append((b"content-security-policy", _policy(message.get("body", b""))))
                await send(page)
                page = None
            await send(message)

        return self._app(scope, receive, send_secured)


def _policy(html: bytes) -> bytes:
    """Return a policy that allows what comes from the service, and the scripts in the page."""
    hashes = (base64.b64encode(hashlib.sha256(script).digest()).decode() for script in _SCRIPT.findall(html))
    return _PAGE.format("".join(f" 'sha256-{each}'" for each in hashes)).encode()
