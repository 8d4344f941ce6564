"""Knows how to read the texts that stand in a PNG file, whoever wrote it: strictly, and in bounds.

Does not know what the texts mean, nor pixels: nothing is decompressed.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MAX_KEYWORD = 79
_MAX_NUMBER = 2**31 - 1  # of those in four bytes: sides and lengths


class BadPng(ValueError):
    """A file is not a PNG, or not a whole one; the text says where it is wrong."""


@dataclass(frozen=True, slots=True)
class PngTexts:
    """What a PNG file says without its pixels.

    Attributes:
        width: pixels.
        height: pixels.
        is_animated: it holds an animation.
        texts: by keyword; those that are compressed are left out.
    """

    width: int
    height: int
    is_animated: bool = False
    texts: dict[str, str] = field(default_factory=dict)


def read(content: bytes) -> PngTexts:
    """Return what a file says.

    Raises:
        BadPng: it is not a PNG from its first byte to its last, or a text is not one.

    Source: PNG specification, third edition, sections 5.2, 5.3, 5.6, 7.1, 11.2.1, 11.3.3.
    """
    chunks = _chunks(content)
    kind, header = next(chunks)
    if kind != b"IHDR" or len(header) != 13:
        raise BadPng("does not begin with a header of 13 bytes")
    width, height = struct.unpack(">II", header[:8])
    if not (0 < width <= _MAX_NUMBER and 0 < height <= _MAX_NUMBER):
        raise BadPng(f"says that it has {width} x {height} pixels")
    texts: dict[str, str] = {}
    kinds = set()
    for kind, body in chunks:
        kinds.add(kind)
        said = _text(body) if kind == b"tEXt" else _international_text(body) if kind == b"iTXt" else None
        if said is None:
            continue
        keyword, value = said
        if keyword in texts:
            raise BadPng(f"says {keyword!r} twice")
        texts[keyword] = value
    if b"IDAT" not in kinds:
        raise BadPng("holds no picture")
    return PngTexts(width, height, b"acTL" in kinds, texts)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and body of each chunk; the last is IEND, and nothing follows it."""
    if not content.startswith(_SIGNATURE):
        raise BadPng("is not a PNG file")
    start, kind = len(_SIGNATURE), b""
    while kind != b"IEND":
        head = content[start : start + 8]
        if len(head) < 8:
            raise BadPng(f"ends at byte {len(content)}, before its end")
        length, kind = struct.unpack(">I4s", head)
        end = start + 12 + length
        if length > _MAX_NUMBER or not kind.isalpha():
            raise BadPng(f"holds no chunk at byte {start}")
        if end > len(content):
            raise BadPng(f"ends at byte {len(content)}, inside a chunk of {length} bytes")
        body = content[start + 8 : end - 4]
        if zlib.crc32(kind + body) != int.from_bytes(content[end - 4 : end], "big"):
            raise BadPng(f"is damaged: the checksum of the chunk at byte {start} is another")
        yield kind, body
        start = end
    if start != len(content):
        raise BadPng(f"goes on for {len(content) - start} bytes after its end")


def _text(body: bytes) -> tuple[str, str]:
    keyword, found, value = body.partition(b"\0")
    return _keyword(keyword, found), value.decode("latin-1")


def _international_text(body: bytes) -> tuple[str, str] | None:
    """Return keyword and text, or None where it is compressed."""
    keyword, found, rest = body.partition(b"\0")
    name = _keyword(keyword, found)
    parts = rest[2:].split(b"\0", 2)  # language, translated keyword, text
    if len(rest) < 2 or rest[0] > 1 or len(parts) < 3:
        raise BadPng(f"holds a text {name!r} that is not one")
    if rest[0]:
        return None
    try:
        return name, parts[2].decode()
    except UnicodeDecodeError:
        raise BadPng(f"holds a text {name!r} that is not UTF-8") from None


def _keyword(keyword: bytes, found: bytes) -> str:
    if not found or not 1 <= len(keyword) <= _MAX_KEYWORD:
        raise BadPng(f"holds a text without a keyword of 1 to {_MAX_KEYWORD} characters")
    return keyword.decode("latin-1")
