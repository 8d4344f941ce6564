"""Forms with files (RFC 7578), parsed from memory: what clients send is never written to a disk."""

import logging
from collections.abc import Container
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fastapi import HTTPException

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

FORM = "multipart/form-data"

_MOST_PARTS = 64


@dataclass(slots=True)
class Form:
    """The parts of a form, in its order.

    Attributes:
        texts: name and value of each field without a file.
        files: name and content of each file.
    """

    texts: list[tuple[str, str]] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)


def parse_form(content: bytes, content_type: str, files: Container[str] = ()) -> Form:
    """Return the parts of a form.

    Args:
        content: the body.
        content_type: the value of ``Content-Type``, which names the boundary between parts.
        files: the fields that are files even if a client gives them no file name.

    Raises:
        HTTPException: 400, the body is no such form, ends early, or has too many parts.
    """
    from python_multipart.exceptions import FormParserError  # of few requests
    from python_multipart.multipart import MultipartParser, parse_options_header

    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)  # its warnings quote the body
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise _malformed("Content-Type names no boundary")
    parts = _Parts()
    try:
        parser = MultipartParser(boundary, parts.callbacks, max_header_count=8)
        parser.write(content)
    except FormParserError as error:
        raise _malformed(f"it stops being one at byte {getattr(error, 'offset', 0):,}") from error
    if not parts.is_complete:
        raise _malformed("it ends before its last boundary")
    form = Form()
    for header, value in parts.all:
        disposition, options = parse_options_header(header)
        if disposition != b"form-data" or b"name" not in options:
            raise _malformed("a part has no name")
        name = options[b"name"].decode(errors="replace")
        if b"filename" in options or name in files:
            form.files.append((name, value))
        else:
            form.texts.append((name, value.decode(errors="replace")))
    return form


class _Parts:
    """Collects what a parser finds: the ``Content-Disposition`` and the content of each part."""

    def __init__(self) -> None:
        self.all: list[tuple[bytes, bytes]] = []
        self.is_complete = False
        self._name = self._value = self._disposition = b""
        self._content: list[bytes] = []
        self.callbacks: MultipartCallbacks = {
            "on_part_begin": self._begin,
            "on_header_field": self._add_to_name,
            "on_header_value": self._add_to_value,
            "on_header_end": self._end_header,
            "on_part_data": lambda data, start, end: self._content.append(data[start:end]),
            "on_part_end": lambda: self.all.append((self._disposition, b"".join(self._content))),
            "on_end": self._end,
        }

    def _begin(self) -> None:
        if len(self.all) == _MOST_PARTS:
            raise HTTPException(400, f"the form has too many parts; at most {_MOST_PARTS} are allowed")
        self._disposition, self._content = b"", []

    def _add_to_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _add_to_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = self._value
        self._name = self._value = b""

    def _end(self) -> None:
        self.is_complete = True


def _malformed(reason: str) -> HTTPException:
    return HTTPException(400, f"the body is not {FORM}: {reason}")
