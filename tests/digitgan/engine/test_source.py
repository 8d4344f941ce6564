"""Sources: seeds and latents behave the same wherever either is allowed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitgan.contract.errors import InvalidPlan
from digitgan.contract.latents import seeds_to_latents
from digitgan.contract.limits import MAX_SEED
from digitgan.engine.source import Latents, Seeds, Source
from tests.cards import a_card

SIZE = 4
SEEDS = Seeds([5, 0, MAX_SEED, 5, 17])
LATENTS = Latents(seeds_to_latents(SEEDS.values, SIZE))
BOTH = pytest.mark.parametrize("source", [SEEDS, LATENTS, Seeds(range(10, 15))], ids=["seeds", "latents", "range"])


@BOTH
@pytest.mark.parametrize(("start", "stop"), [(0, 5), (1, 3), (3, 9), (2, 2)])
def test_part_has_the_latents_of_those_items(source: Source, start: int, stop: int) -> None:
    part = source.part(start, stop)
    assert type(part) is type(source)
    assert len(part) == len(range(5)[start:stop])
    assert np.array_equal(part.latents(SIZE), source.latents(SIZE)[start:stop])


@BOTH
def test_take_returns_items_in_the_given_order_with_repetitions(source: Source) -> None:
    taken = source.take([4, 0, 0])
    assert type(taken) is type(source)
    assert np.array_equal(taken.latents(SIZE), source.latents(SIZE)[[4, 0, 0]])


@BOTH
def test_latents_are_one_float32_row_per_item(source: Source) -> None:
    latents = source.latents(SIZE)
    assert latents.dtype == np.float32
    assert latents.shape == (len(source), SIZE)


def test_taken_latents_are_copies() -> None:
    source = Latents(np.zeros((2, SIZE), np.float32))
    source.take([0]).values[0] = 1
    assert not source.values.any()


def test_seed_returns_the_seed_and_none_for_latents() -> None:
    assert [SEEDS.seed(i) for i in range(5)] == [5, 0, MAX_SEED, 5, 17]
    seed: int | None = LATENTS.seed(0)  # type: ignore[func-returns-value]
    assert seed is None


def test_item_is_what_a_request_would_contain() -> None:
    assert SEEDS.item(4) == 17
    assert np.array_equal(LATENTS.item(4), LATENTS.values[4])
    assert (SEEDS.field, LATENTS.field) == ("seeds", "latents")


@BOTH
def test_fingerprint_is_the_same_exactly_when_the_items_are(source: Source) -> None:
    others = [source.part(0, 4), source.take([0, 0, 1, 2, 3]), source.take([4, 3, 2, 1, 0])]
    prints = [each.fingerprint() for each in [source, *others]]
    assert len(set(prints)) == len(prints)
    assert type(source)(source.values).fingerprint() == prints[0]  # type: ignore[attr-defined, call-arg]


def test_fingerprint_tells_adjacent_seeds_apart() -> None:
    assert Seeds([1, 23]).fingerprint() != Seeds([12, 3]).fingerprint()


@given(st.integers(0, 3000))
def test_random_seeds_are_in_range_and_as_many_as_requested(n: int) -> None:
    source = Seeds.random(n)
    assert len(source) == n
    assert all(type(seed) is int and 0 <= seed <= MAX_SEED for seed in source.values)


def test_random_seeds_cover_their_whole_range_evenly() -> None:
    n = 4096
    seeds = np.array(Seeds.random(n).values)
    for bit in range(53):
        ones = int((seeds >> bit & 1).sum())
        assert abs(ones - n / 2) < 6 * np.sqrt(n) / 2, f"bit {bit}"
    assert len(set(seeds.tolist())) == n
    assert Seeds.random(4).values != Seeds.random(4).values


@given(st.lists(st.integers(0, MAX_SEED), max_size=5), st.integers(1, 40))
def test_seeds_give_their_latents_at_any_size(values: list[int], size: int) -> None:
    assert np.array_equal(Seeds(values).latents(size), seeds_to_latents(values, size))


def test_seeds_fit_every_model_and_latents_only_their_size() -> None:
    SEEDS.check(a_card(latent_size=1000))
    LATENTS.check(a_card(latent_size=SIZE))
    expected = "a latent of model 'tiny' has 1,000 components, not 4"
    with pytest.raises(InvalidPlan, match=expected) as refused:
        LATENTS.check(a_card(latent_size=1000))
    assert refused.value.field == "latents"


def test_rows_become_float32_latents() -> None:
    latents = Latents.from_rows([[0.1, 3.4e38], [1, -2]]).values
    assert latents.dtype == np.float32
    assert latents.tolist() == [[np.float32(0.1), np.float32(3.4e38)], [1, -2]]


@pytest.mark.parametrize("number", [float("inf"), float("nan"), 1e39, -1e39])
@pytest.mark.parametrize("position", [0, 1])
def test_number_without_a_finite_float32_is_refused_by_row(number: float, position: int) -> None:
    row = [0.0, 0.0]
    row[position] = number
    with pytest.raises(InvalidPlan, match="finite number") as refused:
        Latents.from_rows([[0.0, 0.0], row])
    assert refused.value.field == "latents/1"


def test_rows_of_different_lengths_are_refused_by_row() -> None:
    with pytest.raises(InvalidPlan, match="has 1 component, but the first latent has 2") as refused:
        Latents.from_rows([[1.0, 2.0], [1.0, 2.0], [1.0]])
    assert refused.value.field == "latents/2"
