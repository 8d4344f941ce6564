"""The published test vectors of seeds, and properties that hold for all seeds."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitgan.contract import latents
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.latents import QUANTILES, draw_vectorised, seeds_to_latents
from digitgan.contract.limits import MAX_SEED

SEEDS = st.integers(0, MAX_SEED)

# Published, so that implementations in other languages can be checked against them. Never change a line.
VECTORS = {
    0: {
        0: 1.0199450254440308,
        1: -1.815329670906067,
        4: 0.7462935447692871,
        16: 0.07609148323535919,
        19: 0.005947616416960955,
    },
    1: {
        0: 0.02813519723713398,
        1: -0.10412710160017014,
        4: -1.594497799873352,
        16: -0.45676159858703613,
        19: 1.2830398082733154,
    },
    42: {
        0: 0.07896873354911804,
        1: -0.5178420543670654,
        4: -0.06374537199735641,
        16: 1.226240873336792,
        19: -0.3368210196495056,
    },
    9007199254740991: {
        0: -1.2522892951965332,
        1: -0.3456589877605438,
        4: -0.7009693384170532,
        16: 0.8450981974601746,
        19: 0.30673056840896606,
    },
}


@pytest.mark.parametrize("seed", VECTORS)
def test_published_vectors_hold(seed: int) -> None:
    latent = seeds_to_latents([seed], 20)[0]
    for component, value in VECTORS[seed].items():
        assert latent[component] == np.float32(value)


@given(SEEDS)
def test_bits_equal_numpys_philox(seed: int) -> None:
    words = np.random.Philox(key=seed).random_raw(8)
    expected = [QUANTILES[int(words[i // 4]) >> 16 * (i % 4) & 0xFFFF] for i in range(32)]
    assert seeds_to_latents([seed], 32)[0].tolist() == [float(value) for value in expected]


@given(st.lists(SEEDS, min_size=1, max_size=5), st.integers(1, 200), st.integers(1, 70))
def test_latent_is_the_same_alone_and_in_any_batch(some: list[int], n: int, size: int) -> None:
    batch = (some * n)[:n]
    together = seeds_to_latents(batch, size)
    alone = {seed: seeds_to_latents([seed], size)[0] for seed in some}
    assert all(np.array_equal(row, alone[seed]) for row, seed in zip(together, batch, strict=True))


@pytest.mark.skipif(not latents.IS_COMPILED, reason="the extension was not built")
@given(st.lists(SEEDS, max_size=5), st.integers(1, 70))
def test_compiled_and_numpy_implementations_give_the_same_bits(some: list[int], size: int) -> None:
    seeds = [0, 1, 2**32 - 1, 2**32, MAX_SEED, *some]
    assert np.array_equal(draw_vectorised(np.array(seeds, np.uint64), size), seeds_to_latents(seeds, size))


def test_extension_refuses_arrays_of_the_wrong_size() -> None:
    extension = pytest.importorskip("digitgan.contract._latents")
    seeds, latents = np.zeros(2, np.uint64), np.zeros((2, 3), np.float32)
    for wrong in ((seeds, QUANTILES[1:], 3, latents), (seeds, QUANTILES, 2, latents), (seeds, QUANTILES, 0, latents)):
        with pytest.raises(ValueError, match="must"):
            extension.draw(*wrong)


@given(SEEDS, st.integers(1, 100), st.integers(1, 100))
def test_shorter_latent_is_the_beginning_of_a_longer_one(seed: int, shorter: int, more: int) -> None:
    longer = seeds_to_latents([seed], shorter + more)
    assert np.array_equal(seeds_to_latents([seed], shorter), longer[:, :shorter])


@pytest.mark.parametrize("seeds", [[-1], [MAX_SEED + 1], [0, 2**70, 1]])
def test_seed_out_of_range_is_refused_with_the_range(seeds: list[int]) -> None:
    with pytest.raises(InvalidPlan, match=f"from 0 to {MAX_SEED:,}") as refused:
        seeds_to_latents(seeds, 4)
    assert refused.value.field == "seeds"


def test_no_seeds_give_no_latents() -> None:
    assert seeds_to_latents([], 7).shape == (0, 7)


def test_components_have_the_moments_of_a_standard_normal() -> None:
    values = seeds_to_latents(range(4000), 100).astype(np.float64)  # consecutive seeds, as users often send them
    spread_of_mean = 1 / np.sqrt(values.size)
    assert abs(values.mean()) < 5 * spread_of_mean
    assert abs(values.var() - 1) < 5 * np.sqrt(2) * spread_of_mean
    assert abs((values**4).mean() - 3) < 5 * np.sqrt(96) * spread_of_mean
    neighbours = np.corrcoef(values[:-1].ravel(), values[1:].ravel())[0, 1]
    assert abs(neighbours) < 5 * spread_of_mean


@given(st.integers(0, 65535))
def test_table_holds_the_float32_nearest_to_each_quantile(k: int) -> None:
    with mpmath.workdps(40):
        probability = (mpmath.mpf(k) + mpmath.mpf(1) / 2) / 65536
        quantile = mpmath.sqrt(2) * mpmath.erfinv(2 * probability - 1)
        distances = [
            abs(mpmath.mpf(float(each)) - quantile)
            for each in (
                np.nextafter(QUANTILES[k], np.float32(-9)),
                QUANTILES[k],
                np.nextafter(QUANTILES[k], np.float32(9)),
            )
        ]
    assert distances[1] == min(distances)


def test_table_is_antisymmetric_and_increasing_with_the_documented_hash() -> None:
    assert np.array_equal(QUANTILES, -QUANTILES[::-1])
    assert (np.diff(QUANTILES) > 0).all()
    digest = hashlib.sha256(QUANTILES.astype("<f4").tobytes()).hexdigest()
    assert digest == "1cfbba1e07e34386a57626f82aeb43e6ed54ba70a3ea6b7d964dc66a841074a8"


def test_latents_are_the_same_when_drawn_by_many_threads() -> None:
    expected = {seed: seeds_to_latents([seed], 64).tobytes() for seed in range(64)}
    with ThreadPoolExecutor(8) as threads:
        seeds = list(range(64)) * 20
        drawn = threads.map(lambda seed: seeds_to_latents([seed], 64).tobytes(), seeds)
        assert all(latent == expected[seed] for seed, latent in zip(seeds, drawn, strict=True))
