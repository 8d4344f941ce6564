"""The compiled halves refuse arguments that do not fit each other, whatever they are."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitgan.contract.latents import QUANTILES
from digitgan.png.huffman import pieces

deflate = pytest.importorskip("digitgan.png._deflate", reason="the extension was not built")
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
