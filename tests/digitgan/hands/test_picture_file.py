"""Picture files as people and programs send them, and as attackers do."""

import io
import json
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from digitgan.contract.errors import PictureRefused
from digitgan.contract.limits import MAX_PHOTO_PIXELS, MAX_PICTURE_PIXELS, MAX_PICTURE_SIDE
from digitgan.hands.picture_file import n_bytes_needed, read_grey
from digitgan.hands.preparation import prepare
from tests.digitgan.hands.drawings import drawing

_GREY = drawing("7", side=64, weight=6)
_IMAGE = Image.fromarray(_GREY)
_TWO = [_IMAGE.rotate(90), _IMAGE.rotate(180)]
_ORIENTATION = 0x0112


def _file(image: Image.Image, format: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def _refusal(content: bytes) -> str:
    with pytest.raises(PictureRefused) as refused:
        read_grey(content)
    return str(refused.value)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png_of_size(width: int, height: int, *more: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rest = *more, _chunk(b"IDAT", zlib.compress(bytes(1000))), _chunk(b"IEND", b"")
    return b"".join((b"\x89PNG\r\n\x1a\n", _chunk(b"IHDR", header), *rest))


_COPIES = {
    "PNG": _file(_IMAGE, "PNG"),
    "PNG of colours": _file(_IMAGE.convert("RGB"), "PNG"),
    "PNG with a palette": _file(_IMAGE.convert("P"), "PNG"),
    "PNG of 16 bits": _file(Image.fromarray(_GREY.astype(np.uint16) * 257), "PNG"),
    "animated PNG": _file(_IMAGE, "PNG", save_all=True, append_images=_TWO),
    "JPEG": _file(_IMAGE, "JPEG", quality=95),
    "JPEG of colours": _file(_IMAGE.convert("RGB"), "JPEG", quality=95),
    "progressive JPEG": _file(_IMAGE.convert("RGB"), "JPEG", quality=95, progressive=True),
    "JPEG for print": _file(_IMAGE.convert("RGB").convert("CMYK"), "JPEG", quality=95),
    "JPEG and another": _file(_IMAGE.convert("RGB"), "MPO", quality=95, save_all=True, append_images=_TWO),
    "WebP": _file(_IMAGE.convert("RGB"), "WEBP", quality=95),
    "lossless WebP": _file(_IMAGE.convert("RGB"), "WEBP", lossless=True),
    "WebP with alpha": _file(_IMAGE.convert("RGBA"), "WEBP", quality=95),
    "animated WebP": _file(_IMAGE.convert("RGB"), "WEBP", quality=95, save_all=True, append_images=_TWO),
}


@pytest.mark.parametrize("kind", _COPIES)
def test_every_kind_of_file_is_read_in_grey(kind: str) -> None:
    assert np.abs(read_grey(_COPIES[kind]).astype(int) - _GREY).mean() < 3


def test_png_of_one_bit_is_read_in_grey() -> None:
    assert (
        read_grey(_file(_IMAGE.convert("1", dither=Image.Dither.NONE), "PNG")) == np.where(_GREY < 128, 0, 255)
    ).all()


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_picture_is_upright_as_exif_has_it(format: str, orientation: int) -> None:
    image = Image.fromarray(_GREY[:50, :40]).convert("RGB")
    exif = Image.Exif()
    exif[_ORIENTATION] = orientation
    content = _file(image, format, exif=exif, **({"quality": 100} if format == "JPEG" else {"lossless": True}))
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    assert np.abs(read_grey(content).astype(int) - np.asarray(upright.convert("L"))).max() < 4


def test_large_jpeg_is_read_at_a_reduced_size() -> None:
    sizes = {(1100, 1500): (550, 750), (4000, 3000): (1000, 750), (900, 8000): (900, 8000), (2048, 2100): (512, 525)}
    read = {size: read_grey(_file(Image.new("L", size), "JPEG")).shape[::-1] for size in sizes}
    assert read == sizes


def test_transparency_lies_on_what_shows_the_ink() -> None:
    clear = 255 - _GREY  # no ink, no opacity
    for ink in (0, 100, 255):
        levels = np.dstack([np.full_like(_GREY, ink)] * 3 + [clear])
        for format in ("PNG", "WEBP"):
            grey = read_grey(_file(Image.fromarray(levels), format, lossless=True))
            assert np.abs(prepare(grey).astype(int) - prepare(_GREY)).mean() < 3


def test_palette_with_a_transparent_colour_lies_on_white() -> None:
    image = _IMAGE.convert("P", dither=Image.Dither.NONE)
    content = _file(Image.fromarray((_GREY > 128).astype(np.uint8)), "PNG")
    image = Image.open(io.BytesIO(content)).convert("P")
    image.putpalette([0, 0, 0, 9, 9, 9])
    assert (read_grey(_file(image, "PNG", transparency=1)) == np.where(_GREY > 128, 255, 0)).all()


def test_other_files_are_refused() -> None:
    assert _refusal(b"") == "the file is empty"
    for format in ("GIF", "TIFF", "BMP", "ICO", "PPM"):
        assert _refusal(_file(_IMAGE, format)) == "the file is not a PNG, JPEG or WebP picture"
    for other in (b"%PDF-1.7", b"<svg/>", b"RIFF\0\0\0\0WAVE"):
        assert _refusal(other) == "the file is not a PNG, JPEG or WebP picture"


def test_too_many_pixels_are_refused_from_the_header() -> None:
    for content, most in (
        (_png_of_size(3000, 2000), MAX_PICTURE_PIXELS),
        (_file(Image.new("L", (3000, 2000)), "WEBP"), MAX_PICTURE_PIXELS),
        (_file(Image.new("L", (6000, 4200)), "JPEG"), MAX_PHOTO_PIXELS),
    ):
        for read in (n_bytes_needed, read_grey):
            with pytest.raises(PictureRefused, match=f"at most {most:,} in all"):
                read(content[:1000])
    assert f"a side can have at most {MAX_PICTURE_SIDE:,}" in _refusal(_png_of_size(MAX_PICTURE_SIDE + 1, 1))
    assert "nothing to see" in _refusal(_png_of_size(0, 7))
    assert "damaged" in _refusal(_png_of_size(2**31, 7)) or "a side" in _refusal(_png_of_size(2**31, 7))


def test_bombs_beside_the_pixels_are_never_unpacked() -> None:
    bomb = zlib.compress(bytes(2**26), 9)
    texts = [_chunk(b"zTXt", b"k\0\0" + bomb), _chunk(b"iTXt", b"k\0\1\0\0\0" + bomb), _chunk(b"iCCP", b"k\0\0" + bomb)]
    plain = _COPIES["PNG"]
    content = plain[:33] + b"".join(texts) + plain[33:]
    assert (read_grey(content) == _GREY).all()
    excess = _png_of_size(8, 8, _chunk(b"IDAT", bomb))
    assert read_grey(excess).shape == (8, 8)


def test_many_small_parts_are_refused() -> None:
    png, jpeg, webp = _COPIES["PNG"], _COPIES["JPEG"], _COPIES["WebP"]
    assert "16,384 chunks" in _refusal(png[:33] + _chunk(b"IDAT", b"") * 20_000 + png[33:])
    assert "1,024 segments" in _refusal(jpeg[:2] + b"\xff\xfe\0\2" * 2_000 + jpeg[2:])
    assert "1,024 segments" in _refusal(jpeg[:3] + b"\xff" * 2_000 + jpeg[3:])
    assert "ends before its picture" in _refusal(webp[:12] + b"XMP \0\0\0\0" * 2_000 + webp[12:])
    scan = jpeg.index(b"\xff\xda")
    assert "70 scans" in _refusal(jpeg[:scan] + jpeg[scan : scan + 10] * 69 + jpeg[scan:])


@pytest.mark.parametrize("kind", _COPIES)
def test_truncated_file_is_refused(kind: str) -> None:
    content = _COPIES[kind]
    whole = (
        0.3 if kind == "animated WebP" or kind == "JPEG and another" else 0.98
    )  # the first picture is all that counts
    for length in sorted({4, 11, 13, 24, 40, *(int(share * len(content)) for share in (0.1, 0.2, whole))}):
        assert "the " in _refusal(content[:length])


def test_wrong_checksum_is_refused() -> None:
    content = bytearray(_COPIES["PNG"])
    place = content.index(b"IDAT") + 20
    content[place] ^= 1
    assert _refusal(bytes(content)) == "the PNG file is damaged: the checksum of IDAT is wrong"


def test_unusual_jpegs_are_refused() -> None:
    content = bytearray(_COPIES["JPEG"])
    frame = content.index(b"\xff\xc0")
    for marker, reason in ((0xC3, "lossless"), (0xC9, "arithmetically")):
        content[frame + 1] = marker
        assert reason in _refusal(bytes(content))
    content[frame + 1], content[frame + 4] = 0xC0, 12
    assert "1 channels of 12 bits" in _refusal(bytes(content))


@given(st.data())
def test_damaged_file_is_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(_COPIES[data.draw(st.sampled_from(sorted(_COPIES)))])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, data.draw(st.sampled_from([40, 200, len(content) - 1]))))
        change: Callable[[bytes, bytes], bytes] = data.draw(st.sampled_from([_flip, _cut, _double]))
        content[place : place + 8] = change(
            data.draw(st.binary(min_size=8, max_size=8)), bytes(content[place : place + 8])
        )
    try:
        assert n_bytes_needed(bytes(content)) < 2**28
        grey = read_grey(bytes(content))
    except PictureRefused as refused:
        assert str(refused)
        return
    assert grey.dtype == np.uint8
    assert grey.ndim == 2


def _flip(drawn: bytes, present: bytes) -> bytes:
    return bytes([drawn[0] ^ present[0]]) + present[1:] if present else present


def _cut(drawn: bytes, present: bytes) -> bytes:
    return present[drawn[0] % 8 :]


def _double(drawn: bytes, present: bytes) -> bytes:
    return present + drawn


@pytest.mark.slow
def test_reading_takes_no_more_memory_than_the_header_gives() -> None:
    child = subprocess.run([sys.executable, "-m", __spec__.name], capture_output=True, text=True, check=True)
    measured = json.loads(child.stdout)
    assert len(measured) == len(_LARGEST)
    assert {name: row for name, row in measured.items() if not 0 < row["measured"] <= row["needed"]} == {}
    assert child.stderr == ""


def _noise(mode: str, width: int, height: int, block: int = 4) -> Image.Image:
    n_channels = len(Image.new(mode, (1, 1)).getbands())
    some = np.random.default_rng(1).integers(0, 256, (height // block, width // block, n_channels), np.uint8)
    levels = some.repeat(block, axis=0).repeat(block, axis=1)
    return Image.merge(mode, [Image.fromarray(np.ascontiguousarray(levels[..., each])) for each in range(n_channels)])


def _turned() -> Image.Exif:
    exif = Image.Exif()
    exif[_ORIENTATION] = 6
    return exif


_LARGEST: dict[str, Callable[[], bytes]] = {
    "small PNG": lambda: _file(_noise("L", 256, 256), "PNG"),
    "PNG of a canvas": lambda: _file(_noise("L", 280, 280), "PNG"),
    "strip": lambda: _file(_noise("L", 8192, 8), "PNG"),
    "PNG": lambda: _file(_noise("RGBA", 2048, 2048), "PNG", compress_level=1, exif=_turned()),
    "PNG of 16 bits": lambda: _file(Image.fromarray(np.full((2048, 2048), 999, np.uint16)), "PNG", compress_level=0),
    "WebP": lambda: _file(_noise("RGBA", 2048, 2048), "WEBP", method=0, exif=_turned()),
    "lossless WebP": lambda: _file(_noise("RGBA", 2048, 2048, 2), "WEBP", method=0, lossless=True, quality=0),
    "photo": lambda: _file(_noise("RGB", 5712, 4284), "JPEG", quality=75, exif=_turned()),
    "progressive photo": lambda: _file(_noise("RGB", 4080, 3060), "JPEG", progressive=True, subsampling=0),
    "wide photo": lambda: _file(_noise("RGB", 8192, 1020), "JPEG"),
    "wide progressive photo for print": lambda: _file(_noise("CMYK", 8192, 1020), "JPEG", progressive=True),
}


def _status(name: str) -> int:
    """Return a figure of this process in bytes, which Linux reports in kilobytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(name))


def _in_fork(function: Callable[[], bytes]) -> bytes:
    """Return what a function returns in a fork, so that its memory does not stay in the heap of this process."""
    reads, writes = os.pipe()
    if not (child := os.fork()):
        os.close(reads)
        with os.fdopen(writes, "wb") as file:
            file.write(function())
        os._exit(0)
    os.close(writes)
    with os.fdopen(reads, "rb") as file:
        result = file.read()
    os.waitpid(child, 0)
    return result


def _measured(content: bytes) -> bytes:
    """Return the memory that reading and preparing take, as text."""
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak
    before = _status("VmRSS")
    with suppress(PictureRefused):
        prepare(read_grey(content))
    return str(_status("VmHWM") - before).encode()


if __name__ == "__main__":
    for each in _COPIES.values():  # loads what is loaded once
        prepare(read_grey(each))
    rows = {}
    for name, make in _LARGEST.items():
        content = _in_fork(make)
        measured = int(_in_fork(partial(_measured, content)))
        rows[name] = {"needed": n_bytes_needed(content), "measured": measured}
    print(json.dumps(rows))
