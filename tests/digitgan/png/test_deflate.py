"""Streams decompress to the original rows, and both implementations give the same bytes."""

import zlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from digitgan.png import deflate
from digitgan.png.deflate import compress, compress_vectorised

Images = NDArray[np.uint8]
needs_compiled = pytest.mark.skipif(not deflate.IS_COMPILED, reason="the extension was not built")


@st.composite
def pictures(draw: st.DrawFn) -> Images:
    """Draw pictures with few or many greys, blank ground, repeated pixels and rows, in many shapes."""
    n, height, width = draw(st.integers(0, 4)), draw(st.integers(1, 40)), draw(st.integers(1, 300))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    greys = draw(st.sampled_from([1, 2, 4, 256]))
    base = random.integers(0, greys, (n, height, width)) * (255 // (greys - 1) if greys > 1 else 0)
    drawn = base * (random.random((n, height, width)) < draw(st.sampled_from([0.02, 0.3, 1.0])))
    if draw(st.booleans()):
        drawn = drawn.repeat(draw(st.integers(2, 5)), axis=1)
    if draw(st.booleans()):
        drawn = drawn.repeat(draw(st.integers(2, 5)), axis=2)
    pictures: Images = (255 - drawn if draw(st.booleans()) else drawn).astype(np.uint8)
    return pictures


def rows_with_filter_bytes(image: Images) -> bytes:
    return np.pad(image, ((0, 0), (1, 0))).tobytes()


def edge_cases() -> dict[str, Images]:
    ramp = np.arange(256, dtype=np.uint8)
    lengths = (2, 3, 4, 257, 258, 259, 260, 261, 516, 517, 518, 519, 777)
    return {
        "one pixel": np.zeros((1, 1), np.uint8),
        "all black": np.zeros((300, 300), np.uint8),
        "all white": np.full((28, 28), 255, np.uint8),
        "all white, with the largest checksums": np.full((300, 300), 255, np.uint8),
        **{f"a run of {n}": np.full((1, n), 7, np.uint8) for n in lengths},
        **{f"a repeated row of {n}": np.tile(np.resize(ramp, n), (2, 1)) for n in (*lengths, 32767, 32768)},
        "noise of more than one stored block": np.random.default_rng(0).integers(0, 256, (300, 300), dtype=np.uint8),
    }


EDGES = pytest.mark.parametrize("image", [pytest.param(image, id=name) for name, image in edge_cases().items()])


@settings(deadline=None)
@given(pictures())
def test_zlib_decompresses_every_byte(images: Images) -> None:
    for image, stream in zip(images, compress_vectorised(images), strict=True):
        assert zlib.decompress(stream) == rows_with_filter_bytes(image)


@EDGES
def test_zlib_decompresses_the_edge_cases(image: Images) -> None:
    [stream] = compress(image[None])
    assert zlib.decompress(stream) == rows_with_filter_bytes(image)


@needs_compiled
@settings(deadline=None, max_examples=300)
@given(pictures())
def test_compiled_compressor_gives_the_same_bytes(images: Images) -> None:
    assert compress(images) == compress_vectorised(images)


@needs_compiled
@EDGES
def test_compiled_compressor_gives_the_same_bytes_in_edge_cases(image: Images) -> None:
    assert compress(image[None]) == compress_vectorised(image[None])


@settings(deadline=None)
@given(pictures())
def test_picture_has_the_same_bytes_alone_and_in_a_batch(images: Images) -> None:
    assert compress_vectorised(images) == [
        stream for i in range(len(images)) for stream in compress_vectorised(images[i : i + 1])
    ]


@pytest.mark.parametrize("compressor", [compress, compress_vectorised])
def test_strided_pictures_compress_like_their_copies(compressor: Callable[[Images], list[bytes]]) -> None:
    images = np.arange(4 * 6 * 8, dtype=np.uint8).reshape(4, 6, 8)
    assert compressor(images[::2, ::-1, ::3]) == compressor(images[::2, ::-1, ::3].copy())


@EDGES
def test_no_stream_is_larger_than_stored_blocks(image: Images) -> None:
    size = image.shape[0] * (image.shape[1] + 1)
    [stream] = compress(image[None])
    assert len(stream) <= 6 + size + 5 * -(-size // 65535)
