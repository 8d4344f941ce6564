"""The pieces of every width are frozen, and codes that decoders accept."""

import hashlib

import numpy as np

from digitgan.png.huffman import pieces

# Distances around each change of a distance's symbol, and widths too large for any distance.
CHANGES = {first + step for n in range(1, 16) for first in (2**n, 3 * 2 ** (n - 1)) for step in (-2, -1, 0)}
WIDTHS = sorted(CHANGES - {0} | set(range(1, 40_001, 399)))


def test_pieces_are_frozen_for_every_width() -> None:
    digest = hashlib.sha256()
    for width in WIDTHS:
        codes, bits = pieces(width)
        digest.update(codes.astype("<u4").tobytes() + bits.tobytes())
    assert digest.hexdigest() == "e14085896f334044e2f3711eb413b68c4dd54a9d3cd69b5c7a2cea8cba8ac86a"


def test_pieces_of_a_width_do_not_change_those_of_another() -> None:
    codes, bits = pieces(200).codes.copy(), pieces(200).bits.copy()
    pieces(201)
    assert np.array_equal(pieces(200).codes, codes)
    assert np.array_equal(pieces(200).bits, bits)
