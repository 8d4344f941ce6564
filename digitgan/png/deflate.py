"""Compression of grey pixels into a zlib stream whose bytes depend on the pixels alone.

Nothing here may change without a new encoder id.

The output of zlib and similar libraries depends on their version and build. This is a compressor of our own, made for
many small pictures on a plain ground. The algorithm, in full, for a picture of H rows of W pixels:

1. Each row is preceded by a byte 0, PNG's filter "None". This gives H * (W + 1) bytes.
2. Every maximal stretch of bytes that equal the byte W + 1 before them (in the row above) is written as matches with
   that row, if W is at most 32,767, the stretch has at least three bytes and at least two runs of equal bytes begin in
   it. Each match has 258 bytes and the last one the rest; a rest of one or two bytes after other matches is left to
   step 3.
3. All other bytes are cut into runs of equal bytes, of at most 259 bytes each. A run of one to three bytes is written
   as literals, a longer one as a literal and a match of distance 1.
4. The result is written as one block, with that of the frozen tables of `digitgan.png.huffman` which takes the fewest
   bits (the first of equals), or as stored blocks of 65,535 bytes and a rest if they take fewer bytes. The Adler-32
   checksum follows.

`compress_vectorised` is the definition; it compresses all pictures of a batch at once. If `digitgan.png._deflate` is
compiled, `compress` uses that instead, which gives the same bytes in a fraction of the time.
The reasons are in docs/adr/0002-png-encoder.md. Source: RFC 1950 (zlib), RFC 1951 (deflate).
"""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from digitgan.png.huffman import ABOVES, END, LONGEST_MATCH, LONGEST_RUN, PREFIX, SHORTEST_MATCH, TAILS, pieces

try:
    from digitgan.png._deflate import compress as _compress_compiled

    IS_COMPILED = True
except ImportError:  # installed without a compiler, or run from a checkout without a build
    IS_COMPILED = False

_FARTHEST = 32768  # RFC 1951, section 3.2.5
_LARGEST_STORED = 65535  # RFC 1951, section 3.2.4
_LONGEST_LITERALS = 3
_FEWEST_RUNS = 2


def compress(images: NDArray[np.uint8]) -> list[bytes]:
    """Return one zlib stream per image, of the filter byte and the pixels of each row.

    Args:
        images: uint8 (N, H, W), or (N, H, W, 3) of RGB, whose rows are compressed as 3 W greys; H and W at least 1.
    """
    if images.ndim > 3:
        images = images.reshape(*images.shape[:2], -1)
    if not IS_COMPILED:
        return compress_vectorised(images)
    n, height, width = images.shape
    codes, bits = pieces(width)
    return _compress_compiled(np.ascontiguousarray(images), n, height, width, codes, bits, len(bits))


def compress_vectorised(images: NDArray[np.uint8]) -> list[bytes]:
    """Return the same as `compress`, using numpy alone."""
    n, height, width = images.shape
    if not n:
        return []
    raw = np.pad(images, ((0, 0), (0, 0), (1, 0))).reshape(n, height * (width + 1))
    start, length, is_above = _cut(raw, width + 1)
    # Each cut has two pieces, the second often empty: a match with the row above; literals; or a literal and a match.
    literals = raw.reshape(-1)[start] + 256 * (length - 1) * (length <= _LONGEST_LITERALS)
    first = np.where(is_above, ABOVES + length, literals)
    second = TAILS + length * ~is_above

    table = pieces(width)
    image_starts = np.searchsorted(start, np.arange(n) * raw.shape[1])
    n_bits = table.bits.take(first, axis=1) + table.bits.take(second, axis=1)  # (K, cuts)
    totals = np.add.reduceat(n_bits, image_starts, axis=1, dtype=np.int64)  # (K, n)
    totals += table.bits[:, END:].sum(axis=1, dtype=np.int64)[:, None]
    best = totals.argmin(axis=0)
    total = totals.min(axis=0)

    offsets = np.repeat(best * table.bits.shape[1], np.diff(image_starts, append=len(start)))
    first += offsets
    second += offsets
    first_bits = table.bits.take(first)
    codes = table.codes.take(second).astype(np.uint64) << first_bits | table.codes.take(first)
    n_words = int(total.max()) // 32 + 2
    words = np.zeros((n, n_words), np.uint32)
    words[:, : table.codes.shape[1] - PREFIX] = table.codes[best, PREFIX:]
    stream_starts = np.arange(n) * (32 * n_words)
    prefix_ends = stream_starts + table.bits[best, PREFIX:].sum(axis=1, dtype=np.int64)
    _put(words.reshape(-1), codes, first_bits + table.bits.take(second), image_starts, prefix_ends)
    ends = stream_starts + total - table.bits[best, END]
    _put(words.reshape(-1), table.codes[best, END].astype(np.uint64), table.bits[best, END], np.arange(n), ends)
    packed = words.astype("<u4", copy=False).view(np.uint8)
    n_bytes = (total + 7) // 8
    return [
        _stored(row) if _stored_size(len(row)) < size else stream[:size].tobytes() + _adler(row)
        for row, stream, size in zip(raw, packed, n_bytes.tolist(), strict=True)
    ]


def _cut(raw: NDArray[np.uint8], stride: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_]]:
    """Return the result of steps 2 and 3: start and length of each match or run, and whether it matches the row above.

    Args:
        raw: uint8 (N, S). Starts are positions in the flattened array.
        stride: bytes per row.
    """
    n, size = raw.shape
    flat = raw.reshape(-1)
    starts = np.ones(n * size + 1, np.bool_)  # the last entry ends the last run
    np.not_equal(flat[1:], flat[:-1], out=starts[1:-1])
    starts[::size] = True
    same = np.zeros(n * size + 1, np.bool_)
    if stride <= _FARTHEST:
        np.equal(raw[:, stride:], raw[:, :-stride], out=same[:-1].reshape(n, size)[:, stride:])
    bounds = np.flatnonzero(same[1:] != same[:-1]) + 1
    begin, end = bounds[::2], bounds[1::2]
    n_runs = np.add.reduceat(starts, bounds, dtype=np.intp)[::2] if len(bounds) else bounds
    is_long = (n_runs >= _FEWEST_RUNS) & (end - begin >= SHORTEST_MATCH)
    begin, end = begin[is_long], end[is_long]
    rest = (end - begin) % LONGEST_MATCH
    end = np.where((rest < SHORTEST_MATCH) & (end - begin > LONGEST_MATCH), end - rest, end)

    step = np.zeros(n * size + 1, np.int8)
    step[begin], step[end] = 1, -1
    within = np.cumsum(step, dtype=np.int8).view(np.bool_)
    starts &= ~within
    starts[begin] = starts[end] = True
    start = np.flatnonzero(starts[:-1])
    length, is_above = np.diff(start, append=n * size), within[start]
    longest = np.where(is_above, LONGEST_MATCH, LONGEST_RUN)
    if (length > longest).any():
        count = -(-length // longest)
        order = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        start = np.repeat(start, count) + order * np.repeat(longest, count)
        length, is_above = np.diff(start, append=n * size), within[start]
    return start, length, is_above


def _put(
    words: NDArray[np.uint32],
    codes: NDArray[np.uint64],
    n_bits: NDArray[np.uint8],
    groups: NDArray[np.intp],
    first_bits: NDArray[np.int64],
) -> None:
    """Write codes into a stream of words, lowest bit first; the codes of a group follow each other.

    Args:
        words: the stream; zero wherever codes are written.
        codes: at most 32 bits each.
        n_bits: the length of each code.
        groups: the index of the first code of each group.
        first_bits: the position of the first bit of each group in the stream.
    """
    before = np.cumsum(n_bits, dtype=np.int64) - n_bits
    at = before + np.repeat(first_bits - before[groups], np.diff(groups, append=len(codes)))
    word = at >> 5
    firsts = np.flatnonzero(np.diff(word, prepend=-1))
    pairs = np.bitwise_or.reduceat(codes << (at & 31).astype(np.uint64), firsts)  # each spans a word and the next one
    words[word[firsts]] |= pairs.astype(np.uint32)
    words[word[firsts] + 1] |= (pairs >> np.uint64(32)).astype(np.uint32)


def _adler(raw: NDArray[np.uint8]) -> bytes:
    return zlib.adler32(raw.data).to_bytes(4, "big")


def _stored_size(size: int) -> int:
    """Return the size of a stream of stored blocks in bytes, without its checksum."""
    return 2 + size + 5 * -(-size // _LARGEST_STORED)


def _stored(raw: NDArray[np.uint8]) -> bytes:
    """Return a stream of raw bytes in stored blocks."""
    parts = [b"\x78\x01"]
    for start in range(0, len(raw), _LARGEST_STORED):
        block = raw[start : start + _LARGEST_STORED].tobytes()
        parts += [struct.pack("<BHH", start + len(block) == len(raw), len(block), len(block) ^ 0xFFFF), block]
    return b"".join([*parts, _adler(raw)])
