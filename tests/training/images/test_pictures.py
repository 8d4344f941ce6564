import io
import struct
import tracemalloc
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from training.errors import DataRefused
from training.images import pictures
from training.images.pictures import Look, PictureReader, is_picture

LEVELS = np.arange(784, dtype=np.uint16).reshape(28, 28) // 4  # 0 to 195, each four times
GREY = LEVELS.astype(np.uint8)


def saved(picture: Image.Image, format: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def read(content: bytes, ground: str = "black") -> Any:
    return PictureReader(ground=ground).decode(content, "x.png")


@pytest.mark.parametrize("format", ["PNG", "WEBP", "BMP", "PPM", "TIFF"])
def test_lossless_kinds_keep_every_level(format: str) -> None:
    np.testing.assert_array_equal(read(saved(Image.fromarray(GREY), format, lossless=True)), GREY)


def test_jpeg_is_read_in_grey_and_in_colour() -> None:
    for mode in ("L", "RGB", "CMYK"):
        found = read(saved(Image.fromarray(GREY).convert(mode), "JPEG", quality=100))
        assert np.abs(found.astype(int) - GREY).max() < 8, mode


@pytest.mark.parametrize("format", ["PNG", "TIFF", "PPM"])
def test_upper_eight_of_sixteen_bits_are_taken(format: str) -> None:
    np.testing.assert_array_equal(read(saved(Image.fromarray(LEVELS * 257), format)), GREY)


def test_palette_is_looked_up() -> None:
    picture = Image.fromarray(255 - GREY).convert("P")
    picture.putpalette([level for level in range(255, -1, -1) for _ in range(3)])
    np.testing.assert_array_equal(read(saved(picture, "PNG")), GREY)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparent_pixels_show_the_ground(mode: str) -> None:
    picture = Image.new(mode, (28, 28), "black" if mode == "LA" else (0, 0, 0))
    picture.putalpha(Image.fromarray(GREY))
    content = saved(picture, "PNG")
    assert read(content).max() == 0
    np.testing.assert_allclose(read(content, "white"), 255 - GREY, atol=1)


def test_transparent_level_of_sixteen_bits_shows_the_ground() -> None:
    content = saved(Image.fromarray(LEVELS * 257), "PNG", transparency=195 * 257)
    assert read(content).max() == 194
    assert read(content, "white").max() == 255


def test_picture_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # must be turned by a quarter, clockwise
    np.testing.assert_array_equal(read(saved(Image.fromarray(GREY), "PNG", exif=exif)), np.rot90(GREY, -1))


def test_picture_of_another_size_is_refused_undecoded() -> None:
    content = bytearray(saved(Image.new("L", (28, 28)), "PNG"))
    for side, match in (
        (257, "257 x 257 pixels; allowed are sides of 8 to 256, and --size 32 resizes all images"),
        (12_000, "12,000 x 12,000 pixels; at most 4,194,304 are read"),
        (60_000, "states more pixels"),
    ):
        content[16:24] = struct.pack(">II", side, side)
        content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
        tracemalloc.start()
        with pytest.raises(DataRefused, match=match):
            read(bytes(content))
        assert tracemalloc.get_traced_memory()[1] < 2**20
        tracemalloc.stop()


def test_several_pictures_in_a_file_are_refused() -> None:
    frames = [Image.fromarray(GREY), Image.fromarray(255 - GREY)]
    for format in ("TIFF", "WEBP", "PNG"):
        content = saved(frames[0], format, save_all=True, append_images=frames[1:])
        with pytest.raises(DataRefused, match=r"x\.png: contains 2 pictures; allowed is one"):
            read(content)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "BMP", "PPM", "TIFF"])
def test_damaged_pictures_are_refused_in_one_sentence(format: str) -> None:
    content = saved(Image.fromarray(GREY), format)
    for damaged in (content[: len(content) * 2 // 3], content[:9], content[:20] + bytes(len(content))):
        try:
            image = read(damaged)
        except DataRefused as error:
            assert str(error).startswith("x.png: ")
            assert len(str(error).splitlines()) == 1
        else:
            assert image.shape == (28, 28)


@pytest.mark.parametrize("picture", [Image.new("F", (28, 28)), Image.new("I", (28, 28))])
def test_values_without_a_known_range_are_refused(picture: Image.Image) -> None:
    with pytest.raises(DataRefused, match=r"[FI] pixels; allowed are 8 or 16 bits"):
        read(saved(picture, "TIFF"))


def test_kinds_that_are_not_allowed_are_refused() -> None:
    with pytest.raises(DataRefused, match="is no PNG, JPEG, WebP, BMP, PGM, PPM or TIFF picture"):
        read(saved(Image.fromarray(GREY), "GIF"))


def test_suffixes_of_pictures_are_known_in_any_case() -> None:
    assert [name for name in ("a.PNG", "b.jpeg", "png", "c.txt", "d.png.bak", ".tif") if is_picture(name)] == [
        "a.PNG",
        "b.jpeg",
        ".tif",
    ]


RGB = np.stack([GREY, 195 - GREY, GREY // 2], axis=-1)


def test_colours_are_kept_or_become_grey_with_a_note() -> None:
    content = saved(Image.fromarray(RGB), "PNG")
    reader = PictureReader(Look(colour="rgb"))
    np.testing.assert_array_equal(reader.decode(content, "x.png"), RGB)
    assert reader.facts == ()
    np.testing.assert_array_equal(reader.decode(saved(Image.fromarray(GREY), "PNG"), "y.png"), np.dstack([GREY] * 3))
    reader = PictureReader()
    np.testing.assert_array_equal(reader.decode(content, "x.png"), np.asarray(Image.fromarray(RGB).convert("L")))
    assert reader.facts == ("colour became grey (--colour rgb keeps it)",)


def test_transparent_colours_show_the_ground() -> None:
    picture = Image.fromarray(RGB)
    picture.putalpha(0)
    shown = PictureReader(Look(colour="rgb"), "white").decode(saved(picture, "PNG"), "x.png")
    assert shown.shape == (28, 28, 3)
    assert shown.min() == 255


def test_pictures_of_two_sizes_are_refused_unless_a_size_is_asked_for() -> None:
    small, large = (saved(Image.fromarray(GREY).resize(size), "PNG") for size in ((20, 24), (40, 48)))
    reader = PictureReader()
    assert reader.decode(small, "a.png").shape == (24, 20)
    match = r"b.png: 48 x 40 pixels, but the images before it have 24 x 20 .height x width.; --size 24x20 resizes all"
    with pytest.raises(DataRefused, match=match):
        reader.decode(large, "b.png")
    reader = PictureReader(Look((16, 32), "rgb"))
    assert [reader.decode(each, "x.png").shape for each in (small, large)] == [(16, 32, 3)] * 2
    assert reader.facts == ("resized from 24 x 20 and 1 other sizes",)


def test_memory_of_all_images_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_BYTES", 3 * 28 * 28 * 3 - 1)
    reader, content = PictureReader(Look(colour="rgb")), saved(Image.fromarray(RGB), "PNG")
    for name in ("a.png", "b.png"):
        reader.decode(content, name)
    with pytest.raises(DataRefused, match=r"c.png: .* more than 7,055 bytes of pixels.* that is 2 images of 28 x 28"):
        reader.decode(content, "c.png")


def test_arrays_are_taken_as_they_are_or_made_what_is_asked_for() -> None:
    images = np.stack([GREY] * 3)
    assert PictureReader().take(images, "x") is images
    assert PictureReader(Look((32, 40), "rgb")).take(images, "x").shape == (3, 32, 40, 3)
