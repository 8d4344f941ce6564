"""A file at an address, read in ranges: always the same version of it, continued where a connection breaks."""

import json
import re
import time
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPException, HTTPResponse, InvalidURL
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

_PASSING = {408, 429, 500, 502, 503, 504}  # statuses of a server that may answer the next attempt
_ATTEMPTS = 6  # without a single byte between them: after waits of 3.1 s, or of what the server asks for
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.1, 30.0
_MOST_ERROR_BYTES = 2**16


class RangeRefused(OSError):
    """An answer that the next attempt would not make better."""


class FileChanged(RangeRefused):
    """The file at an address is no longer the version that was read before."""


class _SameOrigin(HTTPRedirectHandler):
    """Follows redirects of the server that was named, and no others: headers may hold a key."""

    def redirect_request(self, req: Request, *answer: Any) -> Request | None:
        url = answer[-1]
        if urlsplit(url)[:2] != urlsplit(req.full_url)[:2]:
            raise RangeRefused(f"{req.full_url} redirects to another server; if you trust it, give its address: {url}")
        return super().redirect_request(req, *answer)


_OPENER = build_opener(_SameOrigin)


class RangeFile:
    """A file at an address, of which any range can be read.

    Attributes:
        url: its address, after any redirects.
        size: its length in bytes.

    Args:
        url: an address that begins with http:// or https://.
        headers: headers of each request, such as Authorization.
        timeout_s: how long to wait for the next bytes, in seconds, before an attempt has failed.

    Raises:
        ValueError: this is no address, or has another scheme.
        OSError: there is no such file, its server cannot be reached, or it does not answer ranges.
    """

    def __init__(self, url: str, *, headers: Mapping[str, str] | None = None, timeout_s: float = 60.0) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise ValueError(f"{url!r} must begin with http:// or https://")
        self.url = url
        self._headers, self._timeout_s = dict(headers or {}), timeout_s
        self._version: str | None = None
        self.size = -1
        self.read(0, 1)

    def read(self, start: int, stop: int) -> bytearray:
        """Return bytes start to stop, in as many attempts as it takes while each brings some of them.

        Raises:
            FileChanged: the file is another one now.
            OSError: several attempts in a row brought nothing, or the server refuses.
        """
        content = bytearray(stop - start)
        n_read, n_failed = 0, 0
        while n_read < len(content):
            before = n_read
            error: Exception = OSError("the connection ended early")
            wait_s = 0.0
            try:
                with closing(self._open(start + n_read, stop)) as response:
                    # What arrived before a connection was reset counts, so no more is asked of it than is there.
                    while block := response.read1(len(content) - n_read):
                        content[n_read : n_read + len(block)] = block
                        n_read += len(block)
            except HTTPError as refusal:
                error, wait_s = RangeRefused(f"{self.url}: {_reason(refusal)}"), _asked_wait_s(refusal)
                if refusal.code not in _PASSING:
                    raise error from None
            except RangeRefused:
                raise
            except InvalidURL as fault:
                raise ValueError(f"{self.url}: {fault}") from None
            except (OSError, HTTPException) as failure:
                error = failure
            if n_read < len(content):
                n_failed = 0 if n_read > before else n_failed + 1
                if n_failed == _ATTEMPTS:
                    raise OSError(f"{self.url}: {_ATTEMPTS} attempts failed: {error}") from error
                time.sleep(min(wait_s or _FIRST_WAIT_S * 2**n_failed, _LONGEST_WAIT_S))
        return content

    def _open(self, start: int, stop: int) -> HTTPResponse:
        """Return the answer to a request for a range, whose head is right.

        Raises:
            FileChanged: the answer is of another version.
            OSError: the request failed, or the answer is no such range.
        """
        version = {} if self._version is None else {"If-Range": self._version}
        headers = {**self._headers, **version, "Range": f"bytes={start}-{stop - 1}", "Accept-Encoding": "identity"}
        request = Request(self.url, headers=headers)  # noqa: S310 (the constructor has checked the scheme)
        response: HTTPResponse = _OPENER.open(request, timeout=self._timeout_s)
        try:
            self._check(response, start, stop)
        except OSError:
            response.close()
            raise
        return response

    def _check(self, response: HTTPResponse, start: int, stop: int) -> None:
        version = response.headers["ETag"]
        if self._version is not None and (response.status != 206 or version != self._version):
            raise FileChanged(f"{self.url} has changed: {version or 'no entity tag'}, before {self._version}")
        found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", response.headers["Content-Range"] or "")
        if response.status != 206 or not found or [int(found[1]), int(found[2])] != [start, stop - 1]:
            raise RangeRefused(f"{self.url}: the server does not answer ranges of this file")
        if self._version is None:
            if not version or version.startswith("W/"):
                raise RangeRefused(f"{self.url}: without a strong entity tag, parts of two versions could be mixed")
            self._version, self.size, self.url = version, int(found[3]), response.url


def _reason(refusal: HTTPError) -> str:
    """Return why a server refuses, as its problem document says it."""
    with closing(refusal):
        try:
            detail = json.loads(refusal.read(_MOST_ERROR_BYTES))["detail"]
        except (ValueError, KeyError, TypeError, OSError, HTTPException):
            detail = refusal.reason
    return f"{refusal.code} {detail}"


def _asked_wait_s(refusal: HTTPError) -> float:
    wait = refusal.headers["Retry-After"] or ""
    return float(wait) if wait.isdecimal() else 0.0
