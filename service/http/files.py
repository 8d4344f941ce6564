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
    """

    def __init__(
        self,
        content: bytes,
        media_type: str,
        *,
        is_packed: bool = False,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.sha256 = hashlib.sha256(content).hexdigest()
        self._media_type = media_type
        self._headers = headers
        self._stored_in = _PACKED if is_packed else _IDENTITY
        self._contents = {self._stored_in: content}

    async def answer(self, request: Request, cache_control: str) -> Response:
        """Return the file in the coding that a client prefers, or 304 if the client has it."""
        coding = choose_coding(field_value(request, "accept-encoding"))
        name = coding.name if coding else _IDENTITY
        headers = {
            "ETag": f'"{self.sha256[:32]}-{name}"',
            "Cache-Control": cache_control,
            "Vary": "Accept-Encoding",
            **self._headers,
        }
        if is_current(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        if coding:
            headers["Content-Encoding"] = name
        if name not in self._contents:
            self._contents[name] = await asyncio.to_thread(self._encode, coding)  # a quarter of a second for megabytes
        return Response(self._contents[name], headers=headers, media_type=self._media_type)

    def _encode(self, coding: Coding | None) -> bytes:
        content = self._contents[self._stored_in]
        plain = content if self._stored_in == _IDENTITY else unpack(content)
        return coding.compress(plain) if coding else plain
