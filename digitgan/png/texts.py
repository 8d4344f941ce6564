"""A strict, bounded reader of the texts in any PNG file. It decompresses nothing."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MAX_KEYWORD = 79
_MAX_NUMBER = 2**31 - 1  # of four-byte numbers: sides and lengths


class BadPng(ValueError):
    """A file is not a complete, valid PNG; the message continues the file's name and says what is wrong."""


@dataclass(frozen=True, slots=True)
class PngTexts:
    """The size and the texts of a PNG file.

    Attributes:
        width: width in pixels.
        height: height in pixels.
        is_animated: whether the file contains an animation.
        texts: texts by keyword; compressed texts are left out.
    """

    width: int
    height: int
    is_animated: bool = False
    texts: dict[str, str] = field(default_factory=dict)


def read(content: bytes) -> PngTexts:
    """Return the size and the texts of a file.

    Raises:
        BadPng: the file is not a valid PNG from its first byte to its last, or a text is invalid.

    Source: PNG specification, third edition, sections 5.2, 5.3, 5.6, 7.1, 11.2.1, 11.3.3.
    """
    chunks = _chunks(content)
    kind, header = next(chunks)
    if kind != b"IHDR" or len(header) != 13:
        raise BadPng("does not start with a header of 13 bytes")
    width, height = struct.unpack(">II", header[:8])
    if not (0 < width <= _MAX_NUMBER and 0 < height <= _MAX_NUMBER):
        raise BadPng(f"has an invalid size of {width:,} x {height:,} pixels")
    texts: dict[str, str] = {}
    kinds = set()
    for kind, body in chunks:
        kinds.add(kind)
        text = _text(body) if kind == b"tEXt" else _international_text(body) if kind == b"iTXt" else None
        if text is None:
            continue
        keyword, value = text
        if keyword in texts:
            raise BadPng(f"contains the text {keyword!r} twice")
        texts[keyword] = value
    if b"IDAT" not in kinds:
        raise BadPng("contains no picture")
    return PngTexts(width, height, b"acTL" in kinds, texts)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield type and body of each chunk; the last is IEND, and nothing follows it."""
    if not content.startswith(_SIGNATURE):
        raise BadPng("is not a PNG file")
    start, kind = len(_SIGNATURE), b""
    while kind != b"IEND":
        head = content[start : start + 8]
        if len(head) < 8:
            raise BadPng(f"is cut off at byte {len(content):,}")
        length, kind = struct.unpack(">I4s", head)
        end = start + 12 + length
        if length > _MAX_NUMBER or not kind.isalpha():
            raise BadPng(f"has no valid chunk at byte {start:,}")
        if end > len(content):
            raise BadPng(f"is cut off at byte {len(content):,}, inside a chunk of {length:,} bytes")
        body = content[start + 8 : end - 4]
        if zlib.crc32(kind + body) != int.from_bytes(content[end - 4 : end], "big"):
            raise BadPng(f"is damaged: the chunk at byte {start:,} does not match its checksum")
        yield kind, body
        start = end
    if start != len(content):
        raise BadPng(f"has extra bytes after its end at byte {start:,}")


def _text(body: bytes) -> tuple[str, str]:
    keyword, found, value = body.partition(b"\0")
    return _keyword(keyword, found), value.decode("latin-1")


def _international_text(body: bytes) -> tuple[str, str] | None:
    """Return keyword and text, or None if the text is compressed."""
    keyword, found, rest = body.partition(b"\0")
    name = _keyword(keyword, found)
    parts = rest[2:].split(b"\0", 2)  # language, translated keyword, text
    if len(rest) < 2 or rest[0] > 1 or len(parts) < 3:
        raise BadPng(f"contains an invalid text {name!r}")
    if rest[0]:
        return None
    try:
        return name, parts[2].decode()
    except UnicodeDecodeError:
        raise BadPng(f"contains a text {name!r} that is not UTF-8") from None


def _keyword(keyword: bytes, found: bytes) -> str:
    if not found or not 1 <= len(keyword) <= _MAX_KEYWORD:
        raise BadPng(f"contains a text without a keyword of 1 to {_MAX_KEYWORD} characters")
    return keyword.decode("latin-1")
