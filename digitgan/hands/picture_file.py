"""What a picture file is, and its pixels in grey: PNG, JPEG and WebP from anyone, within bounds that its header gives.

The containers are read here and only what a picture needs reaches a decoder: no texts, profiles, previews or further
frames. So nothing but the pixels, whose number is known by then, can grow.

Sources: W3C, "PNG Specification", third edition; ITU-T T.81 (JPEG), annex B; RFC 9649 (WebP); CIPA DC-008 (Exif),
section 4.6.4, for the orientation.
"""

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.errors import PictureRefused
from digitgan.contract.limits import MAX_PHOTO_PIXELS, MAX_PICTURE_BYTES, MAX_PICTURE_PIXELS, MAX_PICTURE_SIDE
from digitgan.hands import preparation

if TYPE_CHECKING:
    from PIL import Image

_PNG, _JPEG, _RIFF, _WEBP = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF", b"WEBP"
_EXIF = b"Exif\0\0"
_MAX_CHUNKS = 16_384  # of a PNG: 1 KiB each in a file of 16 MiB
_MAX_SEGMENTS = 1_024  # of a JPEG or WebP, before its pixels
_MAX_SCANS = 64  # of a JPEG; each takes a pass over all of the picture, and encoders write about ten
_ENOUGH = 512  # pixels of the shorter side: a JPEG of twice as many is decoded at half its size, and so on

# Bytes for each pixel that is decoded, and for each byte of the file; tests measure both.
_DECODED_BYTES = {"PNG": 14, "JPEG": 4, "CMYK": 14, "WEBP": 26}
_FILE_BYTES = {"PNG": 3, "JPEG": 3, "WEBP": 4}
_ALWAYS_BYTES = 2 * 2**20

_FRAMES = (0xC0, 0xC1, 0xC2)  # JPEG's baseline, extended and progressive frames with Huffman codes
_OTHER_FRAMES = (0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF)
_TABLES = (0xC4, 0xDB, 0xDD)  # Huffman codes, quantisation, restart interval
_JFIF, _ADOBE, _APP1, _SCAN = 0xE0, 0xEE, 0xE1, 0xDA
_ORIENTATION, _SHORT = 0x0112, 3  # a tag of Exif, and its type
_HAS_ALPHA = 0x10  # a flag of WebP's VP8X

_TURNS: dict[int, Callable[[NDArray[np.uint8]], NDArray[np.uint8]]] = {
    2: lambda grey: grey[:, ::-1],
    3: lambda grey: grey[::-1, ::-1],
    4: lambda grey: grey[::-1],
    5: lambda grey: grey.T,
    6: lambda grey: grey[::-1].T,
    7: lambda grey: grey[::-1, ::-1].T,
    8: lambda grey: grey[:, ::-1].T,
}


@dataclass(frozen=True)
class _File:
    """What the header of a file says.

    Attributes:
        format: Pillow's name of it.
        width: in pixels, before any turn.
        height: in pixels, before any turn.
        n_channels: samples of each pixel.
        is_held: whether decoding holds all coefficients of a JPEG at a time.
        plain: returns the file with nothing but what a decoder needs, and Exif's orientation, 1 to 8; it takes memory,
            so the size is checked before.
    """

    format: str
    width: int
    height: int
    plain: Callable[[], tuple[bytes, int]]
    n_channels: int = 4
    is_held: bool = False


def read_content(file: BinaryIO) -> bytes:
    """Return the content of an open file, which may be longer than any memory, such as a film, or endless.

    Raises:
        PictureRefused: it is too long for a picture.
    """
    content = file.read(MAX_PICTURE_BYTES + 1)
    if len(content) > MAX_PICTURE_BYTES:
        raise PictureRefused(f"the file is too large; a picture can have at most {MAX_PICTURE_BYTES:,} bytes")
    return content


def n_bytes_needed(content: bytes) -> int:
    """Return the memory that `read_grey`, and `prepare` after it, take at most, in bytes, from the header alone.

    The file itself is not counted.

    Raises:
        PictureRefused: this is no PNG, JPEG or WebP file, its header is damaged, or it has too many pixels.
    """
    file = _file(content)
    width, height, each = file.width, file.height, _DECODED_BYTES[file.format]
    held = 0
    if file.format == "JPEG":
        each = _DECODED_BYTES["CMYK"] if file.n_channels == 4 else each
        held = 2 * (width + 32) * (height + 32) * file.n_channels if file.is_held else 0
        scale = _reduction(width, height)
        width, height = -(-width // scale), -(-height // scale)
    decoded = len(content) * _FILE_BYTES[file.format] + width * height * each + held
    return _ALWAYS_BYTES + decoded + preparation.n_bytes_needed(height, width)


def read_grey(content: bytes) -> NDArray[np.uint8]:
    """Return the first picture of a file in grey: uint8 (H, W), 0 is black and 255 is white.

    It is upright, as Exif's orientation has it. What is transparent lies on white, or on black if only that shows
    anything. A large JPEG comes at a half, a quarter or an eighth of its size.

    Args:
        content: a PNG, JPEG or WebP file.

    Raises:
        PictureRefused: it is another file, is damaged or truncated, or has too many pixels.
    """
    from PIL import Image  # takes 20 ms and 10 MB, so only where a request needs it

    file = _file(content)
    plain, orientation = file.plain()
    try:
        with Image.open(io.BytesIO(plain), formats=[file.format]) as image:
            image.draft("L", (_ENOUGH, _ENOUGH))
            image.load()
            grey = _grey(image)
    except MemoryError:
        raise
    except Exception as error:  # a decoder of a damaged file may raise anything, assertions among them
        raise PictureRefused(f"the {_name(file.format)} file is damaged or ends early") from error
    turn = _TURNS.get(orientation)
    return np.ascontiguousarray(turn(grey)) if turn else grey


def _file(content: bytes) -> _File:
    try:
        if content.startswith(_PNG):
            file = _png(content)
        elif content.startswith(_JPEG):
            file = _jpeg(content)
        elif content.startswith(_RIFF) and content[8:12] == _WEBP:
            file = _webp(content)
        else:
            raise PictureRefused("the file is not a PNG, JPEG or WebP picture" if content else "the file is empty")
    except (struct.error, IndexError) as error:
        raise PictureRefused("the file ends inside its header") from error
    most = MAX_PHOTO_PIXELS if file.format == "JPEG" else MAX_PICTURE_PIXELS
    size = f"the picture has {file.width:,} x {file.height:,} pixels"
    if not file.width or not file.height:
        raise PictureRefused(f"{size}, so there is nothing to see")
    if max(file.width, file.height) > MAX_PICTURE_SIDE:
        raise PictureRefused(f"{size}; a side can have at most {MAX_PICTURE_SIDE:,}")
    if file.width * file.height > most:
        raise PictureRefused(f"{size}; a {_name(file.format)} file can have at most {most:,} in all")
    return file


def _name(format: str) -> str:
    return "WebP" if format == "WEBP" else format


def _reduction(width: int, height: int) -> int:
    """Return the factor by which libjpeg reduces a JPEG; Pillow's rule for `draft`."""
    most = min(width, height) // _ENOUGH
    return next((factor for factor in (8, 4, 2) if factor <= most), 1)


def _grey(image: "Image.Image") -> NDArray[np.uint8]:
    if image.mode.startswith("I"):  # 16 bits
        return (np.asarray(image) >> 8).astype(np.uint8)
    if image.mode == "CMYK":
        image = image.convert("RGB")
    if not image.has_transparency_data:
        return np.array(image.convert("L"))
    grey, alpha = (np.asarray(channel) for channel in image.convert("RGBA").convert("LA").split())
    on_black = _product(grey, alpha)
    on_white = ~_product(~grey, alpha)
    n_seen = np.count_nonzero(alpha >= 64)
    shows_on_white = 200 * np.count_nonzero(on_white < 192) >= n_seen
    return on_white if shows_on_white else on_black


def _product(values: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return values times alpha / 255, rounded down."""
    product = np.multiply(values, alpha, dtype=np.uint16)
    product //= 255
    return product.astype(np.uint8)


def _png(content: bytes) -> _File:
    length, kind, width, height = struct.unpack_from(">I4sII", content, len(_PNG))
    if (length, kind) != (13, b"IHDR"):
        raise PictureRefused("the PNG file does not begin with its header")

    def plain() -> tuple[bytes, int]:
        view, position = memoryview(content), len(_PNG)
        critical: list[memoryview] = []
        data: list[memoryview] = []
        orientation, kind = 1, b""
        for _ in range(_MAX_CHUNKS):
            if position + 12 > len(view):
                raise PictureRefused("the PNG file ends early")
            length, kind = struct.unpack_from(">I4s", view, position)
            end = position + 12 + length
            if end > len(view):
                raise PictureRefused("the PNG file ends early")
            if kind in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"):
                if zlib.crc32(view[position + 4 : end - 4]) != struct.unpack_from(">I", view, end - 4)[0]:
                    raise PictureRefused(f"the PNG file is damaged: the checksum of {kind.decode()} is wrong")
                if kind == b"IDAT":
                    data.append(view[position + 8 : end - 4])
                elif kind != b"IEND":
                    critical.append(view[position:end])
            elif kind == b"eXIf":
                orientation = _orientation(bytes(view[position + 8 : end - 4]))
            position = end
            if kind == b"IEND":
                break
        else:
            raise PictureRefused(f"the PNG file has more than {_MAX_CHUNKS:,} chunks")
        body = b"".join(data)
        crc = zlib.crc32(body, zlib.crc32(b"IDAT"))
        length_and_kind = struct.pack(">I4s", len(body), b"IDAT")
        end_of_file = struct.pack(">I4sI", 0, b"IEND", zlib.crc32(b"IEND"))
        return b"".join((_PNG, *critical, length_and_kind, body, struct.pack(">I", crc), end_of_file)), orientation

    return _File("PNG", width, height, plain)


def _jpeg(content: bytes) -> _File:
    kept: list[tuple[int, int]] = []
    frame: tuple[int, int, int, int] | None = None
    orientation, position = 1, 2
    for _ in range(_MAX_SEGMENTS):
        start, marker, length = struct.unpack_from(">BBH", content, position)
        if start != 0xFF or (length < 2 and marker != 0xFF):
            raise PictureRefused("the JPEG file is damaged: its header holds something that is no segment")
        if marker == 0xFF:  # a byte to fill up, which may stand before any marker
            position += 1
            continue
        if marker == _SCAN:
            break
        if marker in _OTHER_FRAMES:
            raise PictureRefused("the JPEG file is lossless or arithmetically coded; only the usual kinds can be read")
        end = position + 2 + length
        if marker in _FRAMES:
            precision, height, width, n_channels = struct.unpack_from(">BHHB", content, position + 4)
            if frame:
                raise PictureRefused("the JPEG file has two headers")
            if precision != 8 or n_channels not in (1, 3, 4):
                raise PictureRefused(
                    f"the JPEG file has {n_channels} channels of {precision} bits; 1, 3 or 4 of 8 bits can be read"
                )
            frame = marker, width, height, n_channels
        elif marker == _APP1 and content.startswith(_EXIF, position + 4):
            orientation = _orientation(content[position + 4 + len(_EXIF) : end])
        if marker in (*_FRAMES, *_TABLES, _JFIF, _ADOBE):
            kept.append((position, end))
        position = end
    else:
        raise PictureRefused(f"the JPEG file has more than {_MAX_SEGMENTS:,} segments in its header")
    if not frame:
        raise PictureRefused("the JPEG file has no header")
    scan, (marker, width, height, n_channels) = position, frame
    is_held = marker == 0xC2 or content[scan + 4] < n_channels

    def plain() -> tuple[bytes, int]:
        end = content.find(b"\xff\xd9", scan)  # cameras put further pictures after the first
        if end < 0:
            raise PictureRefused("the JPEG file ends early")
        if (n_scans := content.count(b"\xff\xda", scan, end)) > _MAX_SCANS:
            raise PictureRefused(f"the JPEG file has {n_scans:,} scans; at most {_MAX_SCANS} can be read")
        segments = [content[begin:end] for begin, end in kept]
        return b"".join((b"\xff\xd8", *segments, content[scan:end], b"\xff\xd9")), orientation

    return _File("JPEG", width, height, plain, n_channels, is_held)


def _webp(content: bytes) -> _File:
    """Return what a WebP file is; of an animation, its first frame is the picture."""
    chunks = _webp_chunks(content, len(_RIFF) + 4 + len(_WEBP))
    if b"ANMF" in chunks:
        chunks |= _webp_chunks(content, chunks[b"ANMF"][0] + 16)  # of the frame, after its place and duration
    kind = next((kind for kind in (b"VP8 ", b"VP8L") if kind in chunks), None)
    if not kind:
        raise PictureRefused("the WebP file ends before its picture")
    start, end = chunks[kind]
    if kind == b"VP8 ":
        sync, width, height = struct.unpack_from("<3sHH", content, start + 3)
        is_right = sync == b"\x9d\x01\x2a"
        width, height = width & 0x3FFF, height & 0x3FFF
    else:
        signature, bits = struct.unpack_from("<BI", content, start)
        is_right = signature == 0x2F
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if not is_right:
        raise PictureRefused("the WebP file is damaged: its picture has a wrong signature")

    def plain() -> tuple[bytes, int]:
        if end > len(content):
            raise PictureRefused("the WebP file ends early")
        parts = [_webp_chunk(kind, content[start:end])]
        if kind == b"VP8 " and b"ALPH" in chunks:
            size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
            parts[:0] = [
                _webp_chunk(b"VP8X", bytes([_HAS_ALPHA, 0, 0, 0]) + size),
                _webp_chunk(b"ALPH", content[slice(*chunks[b"ALPH"])]),
            ]
        exif = content[slice(*chunks.get(b"EXIF", (0, 0)))]
        plain = b"".join((_RIFF, struct.pack("<I", 4 + sum(map(len, parts))), _WEBP, *parts))
        return plain, _orientation(exif.removeprefix(_EXIF))

    return _File("WEBP", width, height, plain)


def _webp_chunks(content: bytes, position: int) -> dict[bytes, tuple[int, int]]:
    """Return where the data of each kind of chunk start and end; of several of one kind, the first."""
    found: dict[bytes, tuple[int, int]] = {}
    for _ in range(_MAX_SEGMENTS):
        if position + 8 > len(content):
            break
        kind, length = struct.unpack_from("<4sI", content, position)
        found.setdefault(kind, (position + 8, position + 8 + length))
        position += 8 + length + length % 2
    return found


def _webp_chunk(kind: bytes, data: bytes) -> bytes:
    return b"".join((kind, struct.pack("<I", len(data)), data, bytes(len(data) % 2)))


def _orientation(exif: bytes) -> int:
    """Return the orientation that Exif data give, 1 to 8; 1 if they give none, or are damaged."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if not order:
        return 1
    try:
        (position,) = struct.unpack_from(f"{order}I", exif, 4)
        (n_entries,) = struct.unpack_from(f"{order}H", exif, position)
        for entry in range(min(n_entries, _MAX_SEGMENTS)):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", exif, position + 2 + 12 * entry)
            if tag == _ORIENTATION and kind == _SHORT:
                return value if 1 <= value <= 8 else 1
    except struct.error:  # cut short
        pass
    return 1
