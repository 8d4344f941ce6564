"""Sources: seeds, hands and latents behave the same wherever any is allowed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.hand import token_of, vary
from digitgan.contract.latents import seeds_to_latents
from digitgan.contract.limits import MAX_SEED
from digitgan.engine.source import Hands, Latents, Neighbours, Seeds, Source, source_of_one
from tests.cards import a_card

SIZE = 4
SEEDS = Seeds([5, 0, MAX_SEED, 5, 17])
LATENTS = Latents(seeds_to_latents(SEEDS.values, SIZE))
TOKENS = [token_of(latent[:2]) for latent in LATENTS.values]
HANDS = Hands.of(TOKENS)
NEIGHBOURS = Neighbours(SEEDS.values, TOKENS[1], 0.5)
SOURCES = {"seeds": SEEDS, "latents": LATENTS, "range": Seeds(range(10, 15)), "hands": HANDS, "neighbours": NEIGHBOURS}
BOTH = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
CONDITIONAL = a_card(latent_size=SIZE, n_classes=2)


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


def test_fields_are_what_a_request_would_contain() -> None:
    assert SEEDS.fields(4) == {"seeds": 17}
    assert np.array_equal(LATENTS.fields(4)["latents"], LATENTS.values[4])
    assert HANDS.fields(1) == {"hands": TOKENS[1]}
    assert NEIGHBOURS.fields(4) == {"seeds": 17, "hand": TOKENS[1], "vary": 0.5}


def test_an_address_has_a_seed_or_a_token() -> None:
    assert [source.hand(1) for source in (SEEDS, HANDS, LATENTS, NEIGHBOURS)] == [0, TOKENS[1], None, None]
    assert [source_of_one(hand).hand(0) for hand in (7, TOKENS[0])] == [7, TOKENS[0]]


def test_a_hand_has_its_style_and_equal_scores() -> None:
    assert np.array_equal(HANDS.latents(SIZE)[:, :2], HANDS.styles)
    assert not HANDS.latents(SIZE)[:, 2:].any()
    assert np.abs(HANDS.styles - LATENTS.values[:, :2]).max() <= 1 / 64


def test_neighbours_vary_the_style_and_keep_the_scores_of_their_seeds() -> None:
    latents = NEIGHBOURS.latents(SIZE)
    assert np.array_equal(latents[:, :2], vary(HANDS.styles[1], 0.5, SEEDS.values))
    assert np.array_equal(latents[:, 2:], SEEDS.latents(SIZE)[:, 2:])


@pytest.mark.parametrize(
    ("source", "card", "message"),
    [
        (HANDS, a_card(latent_size=5, n_classes=2), "a hand of model 'tiny' has 3 components, not 2"),
        (HANDS, a_card(), "has no classes, and so no hands"),
        (NEIGHBOURS, a_card(latent_size=5, n_classes=2), "has 3 components, not 2"),
        (Neighbours([1], "hAB", 0.5), CONDITIONAL, "is no hand token"),
    ],
)
def test_hands_that_do_not_fit_the_model_are_refused(source: Source, card: Card, message: str) -> None:
    HANDS.check(CONDITIONAL)
    NEIGHBOURS.check(CONDITIONAL)
    with pytest.raises(InvalidPlan, match=message):
        source.check(card)


def test_hands_of_two_sizes_are_refused_by_position() -> None:
    with pytest.raises(InvalidPlan, match="has 1 component, but the first hand has 2") as refused:
        Hands.of([TOKENS[0], token_of(np.zeros(1))])
    assert refused.value.field == "hands/1"


@BOTH
def test_key_depends_on_its_item_alone(source: Source) -> None:
    keys = [source.key(position) for position in range(5)]
    assert all(0 <= key < 2**64 for key in keys)
    assert [source.take([4, 0]).key(position) for position in range(2)] == [keys[4], keys[0]]
    assert len(set(keys)) == len({each.tobytes() for each in source.latents(SIZE)})


def test_keys_are_frozen() -> None:
    assert SEEDS.key(2) == MAX_SEED
    assert LATENTS.key(0) == 15151122626575097468
    assert HANDS.key(0) == 13489119748469556073
    assert NEIGHBOURS.key(0) == 17909108525812642596


@BOTH
def test_fingerprint_is_the_same_exactly_when_the_items_are(source: Source) -> None:
    others = [source.part(0, 4), source.take([0, 0, 1, 2, 3]), source.take([4, 3, 2, 1, 0])]
    prints = [each.fingerprint() for each in [source, *others]]
    assert len(set(prints)) == len(prints)
    assert source.part(0, 5).fingerprint() == prints[0]


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
