"""Files that are served in every content coding, each encoded when a client first asks for it."""

import asyncio
import hashlib
from collections.abc import Mapping
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response

from .caching import is_current
from .coding import Coding, choose_coding, unpack
from .negotiation import field_value

_IDENTITY, _PACKED = "identity", "zstd"


class CodedFile:
    """A file in every content coding.

    Args:
        content: the bytes, packed with zstd or as they are.
        media_type: media type of the file.
        is_packed: whether the content is packed; it is unpacked only for clients that cannot read it packed.
        headers: further header fields of the answer.
        tag: what its entity tags begin with, where that is known before the content; by default from the content.
    """

    def __init__(
        self,
        content: bytes,
        media_type: str,
        *,
        is_packed: bool = False,
        headers: Mapping[str, str] = MappingProxyType({}),
        tag: str | None = None,
    ) -> None:
        self.sha256 = hashlib.sha256(content).hexdigest()
        self._tag = tag or self.sha256
        self._media_type = media_type
        self._headers = headers
        self._stored_in = _PACKED if is_packed else _IDENTITY
        self._contents = {self._stored_in: content}

    async def answer(self, request: Request, cache_control: str) -> Response:
        """Return the file in the coding that a client prefers, or 304 if the client has it."""
        coding, headers = coded_head(request, self._tag, cache_control, self._headers)
        if is_current(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        name = _name(coding)
        headers |= content_headers(coding)
        if name not in self._contents:
            self._contents[name] = await asyncio.to_thread(self._encode, coding)  # a quarter of a second for megabytes
        return Response(self._contents[name], headers=headers, media_type=self._media_type)

    def _encode(self, coding: Coding | None) -> bytes:
        content = self._contents[self._stored_in]
        plain = content if self._stored_in == _IDENTITY else unpack(content)
        return coding.compress(plain) if coding else plain


def coded_head(
    request: Request, tag: str, cache_control: str, headers: Mapping[str, str]
) -> tuple[Coding | None, dict[str, str]]:
    """Return the coding in which a client gets a file, and the header fields that the answer has even without it.

    Args:
        request: the client's request.
        tag: at least 32 characters that stand for the content.
        cache_control: how long the answer may be kept.
        headers: further header fields, which come before those made here.
    """
    coding = choose_coding(field_value(request, "accept-encoding"))
    return coding, {
        "ETag": f'"{tag[:32]}-{_name(coding)}"',
        "Cache-Control": cache_control,
        "Vary": "Accept-Encoding",
        **headers,
    }


def content_headers(coding: Coding | None) -> dict[str, str]:
    """Return the header fields that only an answer with the file has, or stands for one."""
    return {"Content-Encoding": coding.name} if coding else {}


def _name(coding: Coding | None) -> str:
    return coding.name if coding else _IDENTITY
