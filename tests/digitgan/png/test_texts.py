"""The reader of PNG texts accepts valid files, and refuses anything else with a reason."""

import io

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from digitgan.png.animation import animate
from digitgan.png.encoder import chunk, encode, international_text, text
from digitgan.png.texts import BadPng, PngTexts, read

PIXELS = np.zeros((1, 5, 7), np.uint8)
KEYWORDS = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=79)
LATIN = st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=50)
UNICODE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=50)


def png(*chunks: bytes) -> bytes:
    return encode(PIXELS, [b"".join(chunks)])[0]


WHOLE = png(text("Software", "digitgan"), international_text("Titel", "sieben \u2013 7"))


@given(st.dictionaries(KEYWORDS, LATIN, max_size=4), st.dictionaries(KEYWORDS, UNICODE, max_size=4))
def test_read_returns_the_written_texts(plain: dict[str, str], unicode: dict[str, str]) -> None:
    plain = {name: value for name, value in plain.items() if name not in unicode}
    chunks = [text(*item) for item in plain.items()] + [international_text(*item) for item in unicode.items()]
    assert read(png(*chunks)) == PngTexts(7, 5, False, plain | unicode)


def test_read_recognises_an_animation() -> None:
    assert read(animate(PIXELS, 100, loop=True)).is_animated


def test_read_returns_pillows_texts_except_compressed_ones() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("one", "1")
    info.add_itxt("two", "zw\u00f6i", "de", "zwei")
    info.add_text("bomb", "0" * 10**6, zip=True)
    info.add_itxt("itxt bomb", "0" * 10**6, zip=True)
    file = io.BytesIO()
    Image.fromarray(PIXELS[0]).save(file, "PNG", pnginfo=info)
    assert read(file.getvalue()).texts == {"one": "1", "two": "zw\u00f6i"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a PNG"),
        (b"GIF89a", "is not a PNG"),
        (WHOLE[:8], "is cut off at byte 8"),
        (WHOLE[:20], "inside a chunk of 13 bytes"),
        (WHOLE[:-1], "inside a chunk of 0 bytes"),
        (WHOLE + b"\0", f"has extra bytes after its end at byte {len(WHOLE)}"),
        (WHOLE[:45] + b"\0" + WHOLE[46:], "is damaged: the chunk at byte 33 does not match its checksum"),
        (WHOLE[:8] + WHOLE[33:], "does not start with a header of 13 bytes"),
        (WHOLE[:8] + chunk(b"IHDR", bytes(13)) + WHOLE[33:], "0 x 0 pixels"),
        (WHOLE[:8] + chunk(b"IHDR", b"\x80\0\0\0\0\0\0\1" + bytes(5)) + WHOLE[33:], "2,147,483,648 x 1 pixels"),
        (WHOLE[:8] + b"\xff" * 20, "no valid chunk at byte 8"),
        (WHOLE[:33] + chunk(b"IEND", b""), "contains no picture"),
        (png(text("a", "1"), text("a", "2")), "contains the text 'a' twice"),
        (png(text("a", "1"), international_text("a", "2")), "contains the text 'a' twice"),
        (png(chunk(b"tEXt", b"keyword alone")), "without a keyword"),
        (png(text("", "x")), "without a keyword"),
        (png(text("k" * 80, "x")), "without a keyword"),
        (png(chunk(b"iTXt", b"k\0\0")), "contains an invalid text 'k'"),
        (png(chunk(b"iTXt", b"k\0\2\0\0\0x")), "contains an invalid text 'k'"),
        (png(chunk(b"iTXt", b"k\0\0\0\0")), "contains an invalid text 'k'"),
        (png(chunk(b"iTXt", b"k\0\0\0\0\0\xff")), "'k' that is not UTF-8"),
    ],
)
def test_read_says_what_is_wrong(content: bytes, message: str) -> None:
    with pytest.raises(BadPng, match=message):
        read(content)


@given(st.binary(max_size=200))
@example(b"\0\0\0\0IEND")
def test_arbitrary_bytes_are_refused(tail: bytes) -> None:
    for content in (tail, WHOLE[:8] + tail, WHOLE[:33] + tail):
        with pytest.raises(BadPng):
            read(content)


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_every_changed_byte_is_detected(place: int, change: int) -> None:
    changed = bytearray(WHOLE)
    changed[place] ^= change
    with pytest.raises(BadPng):
        read(bytes(changed))


@given(st.sampled_from([b"tEXt", b"iTXt", b"IHDR", b"IDAT", b"IEND", b"acTL", b"zTXt"]), st.binary(max_size=100))
def test_chunks_with_any_content_are_read_or_refused(kind: bytes, body: bytes) -> None:
    try:
        texts = read(png(chunk(kind, body))).texts
    except BadPng:
        return
    assert all(isinstance(value, str) for value in texts.values())
