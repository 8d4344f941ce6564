"""The pieces' random numbers: mulberry32 in Python, and the moments of a normal distribution."""

import numpy as np

from tests.service.static.modules import node


def mulberry32(seed: int, n: int) -> list[float]:
    """Return the first numbers of a seed."""
    numbers = []
    for _ in range(n):
        seed = (seed + 0x6D2B79F5) % 2**32
        mixed = (seed ^ seed >> 15) * (seed | 1) % 2**32
        mixed ^= (mixed + (mixed ^ mixed >> 7) * (mixed | 61)) % 2**32
        numbers.append((mixed ^ mixed >> 14) / 2**32)
    return numbers


def test_numbers_of_a_seed_are_those_of_mulberry32() -> None:
    found = node("learn/random.js", "[0, 1, 4294967295].map((seed) => Array.from({ length: 9 }, uniform(seed)))")
    assert found == [mulberry32(seed, 9) for seed in (0, 1, 2**32 - 1)]


def test_normal_numbers_have_mean_0_and_variance_1() -> None:
    found = np.array(node("learn/random.js", "Array.from({ length: 20_000 }, normal(uniform(3)))"))
    assert abs(found.mean()) < 0.03
    assert abs(found.std() - 1) < 0.02
    assert 3.5 < np.abs(found).max() < 6
