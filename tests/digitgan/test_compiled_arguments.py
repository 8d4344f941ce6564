"""The compiled halves refuse arguments that do not fit each other, whatever they are."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitgan.contract.latents import QUANTILES
from digitgan.png.huffman import pieces

deflate = pytest.importorskip("digitgan.png._deflate", reason="the extension was not built")
ink = pytest.importorskip("digitgan.ink._ink", reason="the extension was not built")
latents = pytest.importorskip("digitgan.contract._latents", reason="the extension was not built")

CODES, BITS = pieces(2)
SOUND = {
    "images": bytes(12),
    "n": 2,
    "height": 3,
    "width": 2,
    "codes": bytes(CODES),
    "bits": bytes(BITS),
    "n_tables": 3,
}
IMAGES = {"images": bytes(40), "n": 2, "height": 5, "width": 4}
DRAWING = {
    "points": np.array([[0, 0], [900, 0], [900, 700], [0, 700]], np.int32).tobytes(),
    "curve_starts": np.array([0, 4], np.int32).tobytes(),
    "glyph_starts": np.array([0, 1], np.int32).tobytes(),
    "pictures": np.array([0, 1], np.int32).tobytes(),
    "scale": 5,
    "units": 64,
    "height": 5,
    "width": 4,
    "pixels": 20,  # bytes of the target
    "boxes": 16,
}
sizes = st.integers(-3, 9) | st.sampled_from([2**30, 2**31, 2**32, 2**62, 2**63 - 1, -(2**63)])
buffers = st.integers(0, 70).map(bytearray) | st.sampled_from([QUANTILES, CODES, BITS, memoryview(bytes(65))[1:]])


@pytest.mark.parametrize(
    "changes",
    [
        {"images": b"", "n": 1, "height": 2**32, "width": 2**32},
        {"images": b"", "n": 2**62, "height": 2, "width": 2},
        {"n": -1},
        {"height": 0},
        {"width": 2**63 - 1},
        {"n": 0},
        {"images": bytes(11)},
        {"n_tables": 0},
        {"n_tables": -3},
        {"n_tables": 2**62},
        {"n_tables": 7},
        {"codes": b""},
        {"bits": b"\xff" * BITS.size},
        {"codes": memoryview(bytes(CODES.nbytes + 1))[1:]},
    ],
)
def test_compress_refuses_what_does_not_fit(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must"):
        deflate.compress(*(SOUND | changes).values())


@pytest.mark.parametrize(
    ("seeds", "size", "target"),
    [(bytes(32), 2**62, 0), (bytes(8), 0, 0), (bytes(8), -1, 4), (bytes(9), 1, 4), (bytes(8), 1, 5), (b"", 1, 4)],
)
def test_draw_refuses_what_does_not_fit(seeds: bytes, size: int, target: int) -> None:
    with pytest.raises(ValueError, match="latents N \\* size float32"):
        latents.draw(seeds, QUANTILES, size, bytearray(target))


def test_draw_refuses_a_read_only_target_and_strided_seeds() -> None:
    with pytest.raises((TypeError, BufferError)):
        latents.draw(bytes(8), QUANTILES, 1, bytes(4))
    with pytest.raises((TypeError, BufferError)):
        latents.draw(memoryview(bytes(16))[::2], QUANTILES, 1, bytearray(4))


@settings(max_examples=1000, deadline=None)
@given(st.fixed_dictionaries({}, optional={k: buffers if isinstance(v, bytes) else sizes for k, v in SOUND.items()}))
def test_compress_returns_streams_or_refuses(changes: dict[str, object]) -> None:
    try:
        streams = deflate.compress(*(SOUND | changes).values())
    except ValueError:
        return
    assert all(isinstance(each, bytes) for each in streams)


@settings(max_examples=1000, deadline=None)
@given(buffers, buffers | st.just(QUANTILES), sizes, st.integers(0, 300).map(bytearray))
def test_draw_fills_or_refuses(seeds: object, quantiles: object, size: int, target: bytearray) -> None:
    try:
        latents.draw(seeds, quantiles, size, target)
    except ValueError:
        assert not any(target)


@pytest.mark.parametrize(
    "changes",
    [{"n": -1}, {"height": 0}, {"width": 2**62}, {"n": 2**62}, {"images": bytes(39)}, {"n": 1}, {"height": 2**32}],
)
def test_trace_refuses_what_does_not_fit(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must"):
        ink.trace(*(IMAGES | changes).values())


@settings(max_examples=300, deadline=None)
@given(st.fixed_dictionaries({}, optional={k: buffers if isinstance(v, bytes) else sizes for k, v in IMAGES.items()}))
def test_trace_returns_outlines_or_refuses(changes: dict[str, object]) -> None:
    try:
        points, curves, glyphs = ink.trace(*(IMAGES | changes).values())
    except ValueError:
        return
    assert np.frombuffer(curves, np.int32)[-1] * 8 == len(points)
    assert np.frombuffer(glyphs, np.int32)[-1] * 4 == len(curves) - 4


def draw_with(changes: dict[str, Any]) -> None:
    arguments: dict[str, Any] = DRAWING | changes
    arguments |= {name: bytearray(arguments[name]) for name in ("pixels", "boxes")}
    ink.draw(*arguments.values())


@pytest.mark.parametrize(
    "changes",
    [
        {"points": bytes(31)},
        {"points": np.full((4, 2), 2**31 - 1, np.int32).tobytes()},
        {"curve_starts": np.array([0, 5], np.int32).tobytes()},
        {"curve_starts": np.array([4, 0], np.int32).tobytes()},
        {"glyph_starts": b""},
        {"glyph_starts": np.array([1, 1], np.int32).tobytes()},
        {"pictures": np.array([0, 2], np.int32).tobytes()},
        {"scale": 0},
        {"units": 2**62},
        {"height": 0},
        {"width": 2**62},
        {"pixels": 19},
        {"boxes": 12},
    ],
)
def test_draw_of_ink_refuses_what_does_not_fit(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="int32 that rise"):
        draw_with(changes)


coordinates = st.lists(st.integers(-(2**31), 2**31 - 1) | st.integers(-2000, 2000), min_size=8, max_size=8)
starts = st.lists(st.integers(-1, 6), max_size=4).map(lambda each: np.array(each, np.int32).tobytes())


@settings(max_examples=300, deadline=None)
@given(
    coordinates.map(lambda each: np.array(each, np.int32).tobytes()) | st.just(DRAWING["points"]),
    st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(("curve_starts", "glyph_starts", "pictures"), starts | buffers),
            **dict.fromkeys(("scale", "units", "height", "width"), sizes | st.integers(1, 2**24)),
            **dict.fromkeys(("pixels", "boxes"), st.integers(0, 40)),
        },
    ),
)
def test_draw_of_ink_draws_or_refuses(points: bytes, changes: dict[str, object]) -> None:
    try:
        draw_with({"points": points} | changes)
    except ValueError:
        return


def outlines(points: list[int], curve_starts: list[int], glyph_starts: list[int]) -> list[bytes]:
    return [np.array(each, np.int32).tobytes() for each in (points, curve_starts, glyph_starts)]


@pytest.mark.parametrize(
    ("points", "curve_starts", "glyph_starts"),
    [
        ([0] * 7, [0, 4], [0, 1]),
        ([0] * 7 + [2**24], [0, 4], [0, 1]),
        ([-(2**31)] + [0] * 7, [0, 4], [0, 1]),
        ([0] * 8, [], [0, 1]),
        ([0] * 8, [0, 5], [0, 1]),
        ([0] * 8, [1, 4], [0, 1]),
        ([0] * 8, [0, 3, 4], [0, 2]),
        ([0] * 8, [0, 4, 2, 4], [0, 3]),
        ([0] * 8, [0, 4], []),
        ([0] * 8, [0, 4], [0, 2]),
        ([0] * 8, [0, 4], [0, -1, 1]),
    ],
)
def test_paths_refuses_what_does_not_fit(points: list[int], curve_starts: list[int], glyph_starts: list[int]) -> None:
    with pytest.raises(ValueError, match="by at least 2 points a curve"):
        ink.paths(*outlines(points, curve_starts, glyph_starts))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.integers(-99, 99) | st.sampled_from([2**24 - 1, 1 - 2**24, 2**24, -(2**31)]), max_size=40),
    st.lists(st.integers(-1, 20)),
    st.lists(st.integers(-1, 9)),
)
def test_paths_writes_or_refuses(points: list[int], curves: list[int], glyphs: list[int]) -> None:
    curve_starts = [0, *sorted(curves), len(points) // 2]
    glyph_starts = [0, *sorted(glyphs), len(curve_starts) - 1]
    try:
        texts = ink.paths(*outlines(points, curve_starts, glyph_starts))
    except ValueError:
        return
    assert len(texts) == len(glyphs) + 1
