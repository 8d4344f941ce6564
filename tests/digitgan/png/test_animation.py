"""What a viewer shows of an animated PNG, and its frozen bytes."""

import hashlib
import io

import numpy as np
import pytest
from PIL import Image, ImageSequence
from PIL.PngImagePlugin import PngImageFile

from digitgan.png.animation import animate
from digitgan.png.encoder import encode, text
from digitgan.png.palette import Palette

FRAMES = (np.arange(5 * 28 * 28) % 251).astype(np.uint8).reshape(5, 28, 28)


@pytest.mark.parametrize(("loop", "plays"), [(True, 0), (False, 1)])
def test_decoder_shows_each_frame_for_its_time(loop: bool, plays: int) -> None:
    with Image.open(io.BytesIO(animate(FRAMES, 120, loop=loop))) as image:
        assert isinstance(image, PngImageFile)
        assert (image.n_frames, image.info["loop"]) == (5, plays)
        for frame, pixels in zip(ImageSequence.Iterator(image), FRAMES, strict=True):
            assert np.array_equal(np.asarray(frame.convert("L")), pixels)
            assert frame.info["duration"] == 120


def test_frames_may_have_times_of_their_own() -> None:
    times = [40, 40, 60, 80, 2000]
    with Image.open(io.BytesIO(animate(FRAMES, times, loop=False))) as image:
        assert [frame.info["duration"] for frame in ImageSequence.Iterator(image)] == times
    assert animate(FRAMES, [80] * 5, loop=True) == animate(FRAMES, 80, loop=True)


def test_first_frame_has_the_data_of_a_still_png() -> None:
    still = encode(FRAMES[:1])[0]
    data = still[still.index(b"IDAT") - 4 : still.index(b"IEND") - 4]
    assert data in animate(FRAMES, 100, loop=True)


def test_single_frame_is_a_valid_animation() -> None:
    with Image.open(io.BytesIO(animate(FRAMES[:1], 100, loop=False))) as image:
        assert np.array_equal(np.asarray(image), FRAMES[0])


def test_chunks_follow_the_header_and_change_nothing_else() -> None:
    chunks = text("Title", "seven")
    plain = animate(FRAMES, 80, loop=True)
    assert animate(FRAMES, 80, loop=True, chunks=chunks) == plain[:33] + chunks + plain[33:]


def test_bytes_are_frozen() -> None:
    digest = hashlib.sha256(animate(FRAMES, 80, loop=True)).hexdigest()
    assert digest == "16aa4611f20142d5f6e88bc4dbf179f5cbac289cc36fd430f6afe2b28517db3f"


def test_decoder_shows_each_frame_in_the_colours_of_a_palette() -> None:
    palette = Palette("8000ff", None)
    with Image.open(io.BytesIO(animate(FRAMES, 80, loop=True, palette=palette))) as image:
        for frame, pixels in zip(ImageSequence.Iterator(image), FRAMES, strict=True):
            shown = np.asarray(frame.convert("RGBA"))
            assert np.array_equal(shown, np.dstack((palette.rgb[pixels], palette.alpha[pixels])))


def test_bytes_with_a_palette_are_frozen() -> None:
    digest = hashlib.sha256(animate(FRAMES, 80, loop=True, palette=Palette("8000ff", "000000"))).hexdigest()
    assert digest == "e3872a55c383b2b7e328ad6efb4e545f58bd6f2078c3992f10f08d1ebc5f4784"
