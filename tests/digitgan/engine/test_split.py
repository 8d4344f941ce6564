"""Which version gets a request that names none, and which weights are not usable."""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from digitgan.contract.card import Card
from digitgan.engine.interpolation import frame_plan
from digitgan.engine.plan import Plan, Repeated
from digitgan.engine.source import Latents, Seeds
from digitgan.engine.split import Split, splits
from digitgan.engine.versions import Versions
from tests.cards import a_card

PLANS = [Plan(source=Seeds([seed]), labels=[seed % 10]) for seed in range(5_000)]


def table(*cards: Card) -> Versions[Card]:
    return Versions((each.model, each.version, each) for each in cards)


def found(weights: dict[str, dict[str, int]], *cards: Card) -> tuple[dict[str, Split[Card]], list[str]]:
    return splits(weights, table(*cards), lambda card: card)


@pytest.mark.parametrize("weights", [(90, 10), (1, 1), (9, 1), (1_000_000, 1_000_000), (2, 3, 5)])
def test_split_gives_each_version_its_share_of_the_plans(weights: tuple[int, ...]) -> None:
    split = Split(range(len(weights)), weights)
    counted = Counter(split.choose(plan) for plan in PLANS)
    assert [counted[item] / len(PLANS) for item in split.items] == pytest.approx(split.shares, abs=0.02)
    assert sum(split.shares) == pytest.approx(1)


def test_split_is_the_same_in_every_release() -> None:
    split = Split("ab", (1, 1))
    assert "".join(split.choose(plan) for plan in PLANS[:32]) == "baaaaabbaaabbbababaababbbabbbaba"


def test_growing_weight_moves_plans_only_to_the_newest_version() -> None:
    before, after = Split("ab", (90, 10)), Split("ab", (4, 1))
    moved = Counter((before.choose(plan), after.choose(plan)) for plan in PLANS)
    assert moved["b", "a"] == 0
    assert moved["a", "b"] / len(PLANS) == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize(
    "changes",
    [
        {"source": Seeds([5, 7])},
        {"source": Latents(np.zeros((2, 4), np.float32))},
        {"labels": [3, 4]},
        {"labels": None},
        {"truncation": 0.5},
    ],
)
def test_everything_that_changes_the_digits_decides(changes: dict[str, Any]) -> None:
    plan = Plan(source=Seeds([5, 6]), labels=[3, 3])
    split = Split(range(1_000), [1] * 1_000)
    assert split.choose(plan) == split.choose(replace(plan, model="digits", labels_field="label"))
    assert split.choose(plan) != split.choose(replace(plan, **changes))


def test_spelling_of_a_plan_does_not_decide() -> None:
    split = Split(range(1_000), [1] * 1_000)
    spelt = Plan(source=Seeds(range(5, 7)), labels=Repeated([3], 2))
    assert split.choose(spelt) == split.choose(Plan(source=Seeds([5, 6]), labels=[3, 3]))


def test_frames_fall_to_the_version_of_their_key_images() -> None:
    keys = Plan(source=Seeds([5, 6]))
    frames = frame_plan(keys, a_card(), 3, loop=True)
    split = Split(range(1_000), [1] * 1_000)
    assert split.choose(frames) == split.choose(keys)


def test_versions_without_a_weight_get_no_plan() -> None:
    cards = [a_card(version=version) for version in ("2", "10", "9", "11")]
    of_models, problems = found({"tiny": {"9": 1, "10": 3, "2": 0}}, *cards)
    assert not problems
    split = of_models["tiny"]
    assert [card.version for card in split.items] == ["9", "10"]
    assert (split.newest.version, split.shares) == ("10", [0.25, 0.75])


def test_weights_for_what_is_not_served_are_named_and_the_others_kept() -> None:
    weights = {"tiny": {"1": 1, "3": 1}, "digits": {"1": 1}}
    of_models, problems = found(weights, a_card(), a_card(version="2"))
    assert [card.version for card in of_models["tiny"].items] == ["1"]
    assert list(of_models) == ["tiny"]
    assert problems == [
        "version_weights: model 'tiny' has no version '3'; available versions: 1, 2",
        "version_weights: no model 'digits'; available models: tiny",
    ]


@pytest.mark.parametrize("other", [{"style_size": 5}, {"n_classes": 2}, {"n_classes": 2, "class_names": ["a", "b"]}])
def test_versions_that_differ_in_size_or_names_cannot_share_requests(other: dict[str, Any]) -> None:
    cards = [a_card(n_classes=2 * ("class_names" in other)), a_card(version="2", **other), a_card(version="3", **other)]
    of_models, problems = found({"tiny": {"1": 5, "2": 5, "3": 5}}, *cards)
    assert [card.version for card in of_models["tiny"].items] == ["2", "3"]
    assert problems == [
        "version_weights: tiny/1 and tiny/3 have latents, classes or images of different sizes or names, "
        "so they cannot share requests"
    ]
