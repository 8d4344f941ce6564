"""The encoder's frozen Huffman tables, and the bits of every piece that a picture may be written with.

Nothing here may change without a new encoder id.

Source: RFC 1951 (deflate), sections 3.2.2 (canonical codes), 3.2.5 (symbols), 3.2.7 (description of the codes).
"""

from functools import cache, lru_cache
from itertools import groupby
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LONGEST_RUN = 259  # a literal and a longest match
LONGEST_MATCH = 258
SHORTEST_MATCH = 3

# Positions of the pieces in a table. One, two or three literals of a grey come first, at 256 * (count - 1) + grey.
TAILS = 3 * 256  # the match that ends a run, at TAILS + length of the run; empty for runs that are literals
ABOVES = TAILS + LONGEST_RUN + 1  # a match with the row above, at ABOVES + its length
END = ABOVES + LONGEST_MATCH + 1  # the end of the block
PREFIX = END + 1  # everything before the pixels, in pieces of at most 32 bits

_ZLIB_HEADER = (0x0178, 16)  # deflate, window of 32 KiB, "fastest" (RFC 1950, section 2.2)
_FARTHEST = 32768
_N_SYMBOLS = 286
_DESCRIPTION_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)

_Bits = tuple[int, int]  # bits as an integer, the first bit lowest, and their number


class _Frozen(NamedTuple):
    """One table: the code lengths of symbols 0..285, and those of the alphabet that describes these lengths."""

    lengths: tuple[tuple[int, int], ...]  # (length, number of consecutive symbols that have it)
    description: dict[int, int]  # symbol of RFC 1951 section 3.2.7 -> length of its code

    @property
    def symbol_lengths(self) -> list[int]:
        return [length for length, count in self.lengths for _ in range(count)]


_FROZEN = (
    # Clean strokes as in MNIST: a black ground, many of the lightest greys, and all other greys about equally often.
    _Frozen(
        ((3, 1), (9, 238), (8, 13), (4, 3), (7, 19), (9, 12)),
        {0: 5, 1: 4, 3: 5, 4: 3, 7: 4, 8: 4, 9: 4, 16: 1, 17: 4},
    ),
    # Soft strokes on a nearly black or nearly white ground, as a perceptron generates them.
    _Frozen(
        ((2, 1), (4, 2), (7, 12), (9, 36), (10, 162), (9, 41), (5, 1), (4, 1), (7, 12), (9, 18)),
        {0: 6, 1: 4, 2: 6, 4: 3, 5: 5, 7: 4, 9: 3, 10: 5, 16: 1, 17: 5},
    ),
    # Enlarged pictures: short runs of any grey, in repeated rows.
    _Frozen(
        ((4, 1), (5, 2), (8, 13), (10, 210), (9, 25), (6, 6), (3, 1), (8, 3), (3, 1), (8, 23), (3, 1)),
        {0: 5, 1: 4, 3: 4, 4: 5, 5: 4, 6: 5, 8: 3, 9: 5, 10: 5, 16: 1, 17: 5},
    ),
)


class Pieces(NamedTuple):
    """The bits of each piece in each of K tables.

    Attributes:
        codes: uint32 (K, P), the first bit lowest.
        bits: uint8 (K, P), the number of bits of each code, at most 32.
    """

    codes: NDArray[np.uint32]
    bits: NDArray[np.uint8]


@lru_cache(maxsize=128)  # 20 KB each; numbers in natural layout and their masks have as many widths
def pieces(width: int) -> Pieces:
    """Return the pieces for pictures of this width, which determines the distance to the row above."""
    # A row too wide for any distance is never matched, but a code with one distance only would be incomplete.
    symbol, (extra, n_extra) = _split(min(width + 1, _FARTHEST) - 1, 1)
    fixed, prefix = _fixed(), _prefix(symbol)
    codes = np.concatenate((fixed.codes, prefix.codes), axis=1)
    bits = np.concatenate((fixed.bits, prefix.bits), axis=1)
    above = np.s_[:, ABOVES + SHORTEST_MATCH : END]  # the distance follows the length
    codes[above] |= np.uint32(1 | extra << 1) << bits[above]
    bits[above] += np.uint8(1 + n_extra)
    return Pieces(codes, bits)


@cache
def _fixed() -> Pieces:
    """Return all pieces before the prefix; matches with the row above have no distance yet."""
    tables = []
    for frozen in _FROZEN:
        codes = _canonical(frozen.symbol_lengths)
        matches = [_match(codes, length) for length in range(SHORTEST_MATCH, LONGEST_MATCH + 1)]
        literals = [_join(*[code] * count) for count in (1, 2, 3) for code in codes[:256]]
        near = (0, 1)  # one bit distinguishes the two distances
        tails = [(0, 0)] * (SHORTEST_MATCH + 1) + [_join(match, near) for match in matches]
        tables.append([*literals, *tails, *[(0, 0)] * SHORTEST_MATCH, *matches, codes[256]])
    return _stack(tables)


@cache
def _prefix(above: int) -> Pieces:
    """Return the pieces of everything before the pixels, if the distance to the row above has this symbol."""
    tables = []
    for frozen in _FROZEN:
        prefix, n = _join(_ZLIB_HEADER, *_block_header(frozen.symbol_lengths, above, frozen.description))
        tables.append([(prefix >> at & 0xFFFFFFFF, min(32, n - at)) for at in range(0, n, 32)])
    return _stack(tables)


def _stack(tables: list[list[_Bits]]) -> Pieces:
    """Return the pieces of all tables, the shorter ones filled with empty pieces."""
    n = max(map(len, tables))
    padded = np.array([table + [(0, 0)] * (n - len(table)) for table in tables], np.uint32)
    return Pieces(np.ascontiguousarray(padded[:, :, 0]), padded[:, :, 1].astype(np.uint8))


def _match(codes: list[_Bits], length: int) -> _Bits:
    """Return the bits of the length of a match, 3..258."""
    if length == LONGEST_MATCH:
        return codes[285]
    symbol, extra = _split(length - SHORTEST_MATCH, 2)
    return _join(codes[257 + symbol], extra)


def _split(value: int, precision: int) -> tuple[int, _Bits]:
    """Return the symbol (first one bit and `precision` bits after it) and the extra bits of a length or distance."""
    n_extra = max(0, value.bit_length() - 1 - precision)
    return (n_extra << precision) + (value >> n_extra), (value & (1 << n_extra) - 1, n_extra)


def _block_header(lengths: list[int], above: int, description: dict[int, int]) -> list[_Bits]:
    """Return the header of a last block whose two distance symbols, 0 and `above`, have one bit each."""
    codes = _canonical([description.get(symbol, 0) for symbol in range(19)])
    fields = [(1, 1), (2, 2), (_N_SYMBOLS - 257, 5), (above, 5), (19 - 4, 4)]
    fields += [(description.get(symbol, 0), 3) for symbol in _DESCRIPTION_ORDER]
    for length, group in groupby([*lengths, 1, *[0] * (above - 1), 1]):
        left = len(list(group))
        if length:
            fields.append(codes[length])
            left -= 1
        code, shortest, longest, bits = (16, 3, 6, 2) if length else (17, 3, 10, 3)
        while left >= shortest:
            n = min(left, longest)
            fields += [codes[code], (n - shortest, bits)]
            left -= n
        fields += [codes[length]] * left
    return fields


def _canonical(lengths: list[int]) -> list[_Bits]:
    """Return the code of each symbol, reversed so that its first bit is the lowest."""
    codes, code, last = [(0, 0)] * len(lengths), 0, 0
    for n, symbol in sorted((length, symbol) for symbol, length in enumerate(lengths) if length):
        code <<= n - last
        codes[symbol] = int(f"{code:0{n}b}"[::-1], 2), n
        code, last = code + 1, n
    return codes


def _join(*parts: _Bits) -> _Bits:
    """Return the bits of all parts, in order."""
    value = n = 0
    for bits, n_bits in parts:
        value |= bits << n
        n += n_bits
    return value, n
