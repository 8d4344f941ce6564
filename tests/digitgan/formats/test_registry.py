"""What holds for every format in the table, so that a new one is tested by its row alone.

Formats of data sets of numbers are in `test_number_formats`.
"""

import base64
import io
import re
from operator import attrgetter

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from digitgan.formats.format import Format, Use
from digitgan.formats.registry import APNG, FORMATS, GIF, WEBP, WEBP_ANIMATION, named, offered
from digitgan.picture import drawing
from digitgan.picture.picture import Picture
from digitgan.picture.provenance import DIGITAL_SOURCE_TYPE
from digitgan.png.palette import Palette
from tests.digitgan.formats.pictures import a_job, body, generated, numbers, pieces

NAME = attrgetter("name")
OF_IMAGES = [each for each in FORMATS if Use.NUMBERS not in each.uses]
EVERY_FORMAT = pytest.mark.parametrize("format", OF_IMAGES, ids=NAME)
STREAMED = pytest.mark.parametrize("format", [each for each in OF_IMAGES if each.is_streamed], ids=NAME)
ANIMATIONS = (WEBP_ANIMATION, APNG, GIF)
IMAGES = [each for each in FORMATS if each.media_type.startswith("image/") and not each.is_vector]
STILLS = [each for each in IMAGES if each not in ANIMATIONS]


@EVERY_FORMAT
def test_same_images_give_same_bytes(format: Format) -> None:
    some = generated(3)
    assert body(format, a_job(some), some) == body(format, a_job(some), some)


@STREAMED
def test_chunk_size_does_not_change_the_bytes_of_a_stream(format: Format) -> None:
    some = generated(7)
    assert body(format, a_job(some), some, 1) == body(format, a_job(some), some, 7)


@STREAMED
def test_stream_sends_each_chunk_and_keeps_to_its_announced_size(format: Format) -> None:
    some = generated(6)
    made = pieces(format, a_job(some), some)
    assert len(made) >= 3
    if format.size:
        assert format.size(a_job(some)) == sum(map(len, made))


@EVERY_FORMAT
def test_files_are_marked_as_generated_where_the_format_can(format: Format) -> None:
    some = generated(3)
    plain, marked = (a_job(some, Picture(metadata=metadata)) for metadata in (False, True))
    unmarked, file = body(format, plain, some), body(format, marked, some)
    assert DIGITAL_SOURCE_TYPE.encode() not in unpacked(unmarked)
    assert (DIGITAL_SOURCE_TYPE.encode() in unpacked(file)) == format.carries_mark
    assert (file == unmarked) == (not format.carries_mark)
    if format.size:
        assert format.size(marked) == len(file)


def unpacked(content: bytes) -> bytes:
    """Return a file, with the texts of JSON in base64 decoded; other formats store their parts as they are."""
    return b"".join([content, *map(base64.b64decode, re.findall(rb'"png":"([^"]+)"', content))])


@pytest.mark.parametrize("format", IMAGES, ids=NAME)
def test_mark_changes_no_pixel(format: Format) -> None:
    some = generated(3, height=8, width=8)
    shown = []
    for metadata in (False, True):
        with Image.open(io.BytesIO(body(format, a_job(some, Picture(metadata=metadata, loop=True)), some))) as image:
            shown.append([np.asarray(frame.convert("L")).tolist() for frame in ImageSequence.Iterator(image)])
            assert format not in ANIMATIONS or image.info["loop"] == 0
    assert shown[0] == shown[1]


def test_mark_of_a_gif_is_skipped_by_readers_that_do_not_know_it() -> None:
    some = generated(2)
    file = body(GIF, a_job(some, Picture(metadata=True)), some)
    position = file.index(b"XMP DataXMP") + len(b"XMP DataXMP")
    while length := file[position]:  # of a block
        position += 1 + length
    assert file[position:] == b"\0;"


@pytest.mark.parametrize("format", [each for each in OF_IMAGES if "scale" not in each.lacks], ids=NAME)
def test_scale_and_ink_change_the_bytes(format: Format) -> None:
    some = generated(2)
    plain = body(format, a_job(some), some)
    assert (body(format, a_job(some, Picture(scale=2)), some) == plain) == format.is_vector
    assert body(format, a_job(some, Picture(invert=True)), some) != plain


@pytest.mark.parametrize("format", offered(Use.FRAMES).values(), ids=NAME)
def test_numbers_are_encoded(format: Format) -> None:
    job, some = numbers("12", "345")
    assert body(format, job, some, 5)


@pytest.mark.parametrize("picture", [Picture(scale=2, padding=1), Picture(invert=True, columns=4)])
@pytest.mark.parametrize("format", STILLS, ids=NAME)
def test_still_shows_the_page_without_loss(format: Format, picture: Picture) -> None:
    some = generated(7)
    with Image.open(io.BytesIO(body(format, a_job(some, picture), some))) as image:
        assert Image.MIME[str(image.format)] == format.media_type
        assert np.array_equal(np.asarray(image.convert("L")), drawing.page(picture, some.images.pixels, some.source))


@pytest.mark.parametrize("loop", [True, False])
@pytest.mark.parametrize("format", ANIMATIONS, ids=NAME)
def test_animation_shows_each_image_as_a_frame(format: Format, loop: bool) -> None:
    some, picture = generated(4, height=9, width=7), Picture(scale=2, invert=True, frame_ms=40, loop=loop)
    with Image.open(io.BytesIO(body(format, a_job(some, picture), some))) as image:
        assert image.info.get("loop") == {True: 0, False: None if format is GIF else 1}[loop]
        shown = [(np.asarray(frame.convert("L")), frame.info["duration"]) for frame in ImageSequence.Iterator(image)]
    assert np.array_equal([pixels for pixels, _ in shown], drawing.each(picture, some.images.pixels))
    assert [frame_ms for _, frame_ms in shown] == [40] * 4


INK = [Picture(ink=True, height=40), Picture(ink=True, height=40, gap=1, padding=2, invert=True)]
SHADES = [
    Picture(scale=2, color="navy"),
    Picture(ink=True, height=40, color="c00", background="silver"),
    Picture(ink=True, height=40, background="transparent", color="teal", padding=1),
]


def in_colours(pixels: NDArray[np.uint8], picture: Picture) -> NDArray[np.uint8]:
    """Return what a picture shows: uint8 (..., 4), red, green, blue and how opaque."""
    palette = picture.palette or Palette("ffffff", "000000")
    return np.column_stack([palette.rgb, palette.alpha])[pixels]


@pytest.mark.parametrize("picture", [*INK, *SHADES], ids=str)
@pytest.mark.parametrize("format", STILLS, ids=NAME)
def test_still_shows_ink_and_colours_without_loss(format: Format, picture: Picture) -> None:
    some = generated(3, height=8, width=7)
    with Image.open(io.BytesIO(body(format, a_job(some, picture), some))) as image:
        shown, expected = (
            np.asarray(image.convert("RGBA")),
            in_colours(drawing.page(picture, some.images.pixels, some.source), picture),
        )
    is_seen = expected[..., 3] > 0
    assert np.array_equal(shown[..., 3], expected[..., 3])
    assert np.array_equal(shown[is_seen], expected[is_seen])


@pytest.mark.parametrize("picture", [*INK, *SHADES], ids=str)
@pytest.mark.parametrize("format", ANIMATIONS, ids=NAME)
def test_animation_shows_ink_and_colours_in_each_frame(format: Format, picture: Picture) -> None:
    some = generated(3, height=8, width=7)
    with Image.open(io.BytesIO(body(format, a_job(some, picture), some))) as image:
        shown = np.array([np.asarray(frame.convert("RGBA")) for frame in ImageSequence.Iterator(image)])
    pixels = drawing.each(picture, some.images.pixels)
    if format is GIF and picture.background == "transparent":
        pixels = np.where(pixels < 128, 0, 255).astype(np.uint8)  # GIF has no partial transparency
    expected = in_colours(pixels, picture)
    is_seen = expected[..., 3] > 0
    assert np.array_equal(shown[..., 3], expected[..., 3])
    assert np.array_equal(shown[is_seen], expected[is_seen])


@pytest.mark.parametrize("animated", [WEBP, APNG, GIF], ids=NAME)
def test_animation_writes_a_number_and_holds_the_finished_one(animated: Format) -> None:
    picture = Picture(numbers=("12",), animate=True, scale=2)
    some = generated(2, height=28, width=28)
    with Image.open(io.BytesIO(body(animated, a_job(some, picture), some))) as image:
        shown = [(np.asarray(frame.convert("L")), frame.info["duration"]) for frame in ImageSequence.Iterator(image)]
    frames = drawing.frames(picture, some.images.pixels, some.source)
    assert np.array_equal(shown[-1][0], frames[-1])
    distinct = [pixels for i, pixels in enumerate(frames) if not i or (pixels != frames[i - 1]).any()]
    assert len(distinct) <= len(shown) <= len(frames)
    assert shown[-1][1] >= 2000
    assert sum(time for _, time in shown) == sum(picture.frame_times(len(frames)))


def test_json_is_the_default_of_images_and_frames() -> None:
    assert next(iter(offered(Use.IMAGES))) == next(iter(offered(Use.FRAMES))) == "application/json"


@pytest.mark.parametrize("use", Use)
def test_media_types_and_names_are_unique_within_an_operation(use: Use) -> None:
    n = sum(use in each.uses for each in FORMATS)
    assert len(offered(use)) == len(named(use)) == n > 0
