"""Animated PNGs of uint8 images, whose bytes depend on pixels, timing and palette alone.

A viewer that does not support animations shows the first frame.
"""

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digitgan.png.deflate import compress
from digitgan.png.encoder import END, chunk, head
from digitgan.png.palette import Palette

_FOREVER = 0


def animate(
    frames: NDArray[np.uint8],
    frame_ms: int | Sequence[int],
    *,
    loop: bool,
    chunks: bytes = b"",
    palette: Palette | None = None,
) -> bytes:
    """Return one animated PNG file, 8 bits a channel.

    Args:
        frames: uint8 (N, H, W), 0 background to 255 ink, or (N, H, W, 3), RGB; N, H and W at least 1.
        frame_ms: milliseconds that each frame is shown, 0 to 65,535: one number, or N.
        loop: whether the animation starts again after its last frame.
        chunks: complete chunks (`digitgan.png.encoder.chunk`) to insert after header and palette.
        palette: the colours; None for greyscale, black to white.

    Source: PNG specification, third edition, sections 11.3.6 (acTL, fcTL, fdAT) and 4.9 (sequence numbers).
    """
    n, height, width, *channels = frames.shape
    times = [frame_ms] * n if isinstance(frame_ms, int) else frame_ms
    first, *rest = compress(frames)
    start = head(width, height, palette, is_colour=bool(channels))
    parts = [start, chunks, chunk(b"acTL", struct.pack(">II", n, _FOREVER if loop else 1))]
    parts += [_control(0, width, height, times[0]), chunk(b"IDAT", first)]
    for i, stream in enumerate(rest):
        parts += [_control(2 * i + 1, width, height, times[i + 1])]
        parts += [chunk(b"fdAT", struct.pack(">I", 2 * i + 2) + stream)]
    return b"".join([*parts, END])


def _control(sequence: int, width: int, height: int, frame_ms: int) -> bytes:
    """Return the control chunk of a frame, which covers the whole picture and replaces the previous frame."""
    return chunk(b"fcTL", struct.pack(">IIIIIHHBB", sequence, width, height, 0, 0, frame_ms, 1000, 0, 0))
