"""Which images of a data set are taken, with the committed model and judge, and which data sets are refused."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from digitgan.contract.errors import InvalidPlan, RunFailed
from digitgan.contract.hand import token_of
from digitgan.contract.limits import MAX_SEED
from digitgan.dataset.selection import CANDIDATES_APART, Counting, JudgedSelection, judge, judge_sha256
from digitgan.dataset.spec import DatasetSpec
from digitgan.engine.engine import Engine, Generated
from digitgan.engine.loading import open_engine
from digitgan.engine.plan import Plan
from digitgan.engine.selection import Tally
from digitgan.engine.settings import EngineSettings
from digitgan.judges.judge import load_judge
from tests.cards import a_card

SIZES: dict[str, Any] = {"n_classes": 10, "latent_size": 14, "image_height": 28, "image_width": 28}
DIGITS = a_card(model="digits", **SIZES)
N = 800  # of which some seven are not read as asked
FAR = 15 * CANDIDATES_APART


@pytest.fixture(scope="module")
def engine(models_dir: Path) -> Iterator[Engine]:
    with open_engine(EngineSettings(models_dir=models_dir, threads=1), "digits", "1") as opened:
        yield opened


def made(engine: Engine, chunk_images: int = 256, start: int = 0, **fields: Any) -> tuple[list[int], Any, Tally]:
    """Return the seeds, the pixels and the tally of a data set of 800 images, or from one image on."""
    plan = DatasetSpec(count=N, model="digits", **fields).plan(engine.find("digits", "1").card, N).part(start, N)
    counting = Counting(engine)

    async def all_of() -> list[Generated]:
        return [each async for each in await counting.stream(plan, chunk_images)]

    chunks = asyncio.run(all_of())
    pixels = np.concatenate([each.images.pixels for each in chunks])
    return [seed for each in chunks for seed in each.source.values], pixels, counting.tally  # type: ignore[attr-defined]


def labels(start: int = 0) -> NDArray[np.int64]:
    return np.arange(start, N, dtype=np.int64) % 10


def candidates(engine: Engine, seeds: NDArray[np.int64], of: NDArray[np.int64]) -> NDArray[np.uint8]:
    plan = Plan(source=DatasetSpec(count=1).plan(DIGITS, 1).source.with_values(seeds.tolist()), labels=of.tolist())  # type: ignore[attr-defined]
    return asyncio.run(engine.generate(plan)).images.pixels


def test_verified_images_are_the_first_candidates_that_are_read(engine: Engine) -> None:
    seeds, pixels, tally = made(engine, verified=True)
    reader = load_judge()
    assert reader.odds(pixels, labels())[1].all()
    later = np.flatnonzero(np.array(seeds) != np.arange(N))
    assert len(later) == tally.later >= 3
    assert tally == Tally(N, len(later), tally.refused, N + tally.refused)
    for position in later:
        back = np.arange(seeds[position], -1, -CANDIDATES_APART)  # the taken one, and those before it
        drawn = candidates(engine, back, np.full(len(back), position % 10))
        assert np.array_equal(drawn[0], pixels[position])
        assert not reader.odds(drawn[1:], np.full(len(back) - 1, position % 10))[1].any()


@pytest.mark.parametrize("verified", [False, True])
def test_difficult_images_are_the_least_likely_of_their_candidates(engine: Engine, verified: bool) -> None:
    seeds, pixels, tally = made(engine, difficulty=3, verified=verified, seed=7)
    reader = load_judge()
    all_seeds = (7 + np.arange(N)[:, None] + np.arange(3) * CANDIDATES_APART).ravel()
    of_each = np.repeat(labels(), 3)
    odds, is_read = (each.reshape(N, 3) for each in reader.odds(candidates(engine, all_seeds, of_each), of_each))
    allowed = np.where(is_read, odds, np.inf) if verified else odds
    is_left = np.isinf(allowed.min(axis=1))
    expected = all_seeds.reshape(N, 3)[np.arange(N), allowed.argmin(axis=1)]
    assert np.array_equal(np.array(seeds)[~is_left], expected[~is_left])
    assert reader.odds(pixels, labels())[1].all() or not verified
    assert tally.outcomes["easier"] + tally.refused + N == tally.candidates == 3 * N + is_left.sum()


@pytest.mark.parametrize("fields", [{"verified": True}, {"difficulty": 2}, {"verified": True, "difficulty": 3}])
def test_images_are_the_same_in_any_chunks_and_any_part(engine: Engine, fields: dict[str, Any]) -> None:
    seeds, pixels, tally = made(engine, **fields)
    for chunk_images, start in ((37, 0), (256, 555)):
        again, drawn, counted = made(engine, chunk_images, start, **fields)
        assert again == seeds[start:]
        assert np.array_equal(drawn, pixels[start:])
        assert start or counted == tally


def test_hand_with_variation_has_candidates_by_seed(engine: Engine) -> None:
    hand = token_of(np.zeros(engine.find("digits", "1").card.style_size))
    seeds, _, tally = made(engine, hand=hand, vary=1.0, difficulty=2)
    assert 0.3 * N < tally.later < 0.7 * N
    assert {seed - i for i, seed in enumerate(seeds)} == {0, CANDIDATES_APART}


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"verified": True, "hand": "hAAAAAA"}, "verified", "all candidates in one hand with vary 0 are the same"),
        ({"difficulty": 2, "hand": "hAAAAAA"}, "difficulty", "set vary above 0"),
        (
            {"verified": True, "seed": MAX_SEED - FAR},
            "seed",
            f"verified, the last seed is at most {MAX_SEED - FAR:,}",
        ),
        ({"difficulty": 16, "seed": MAX_SEED - FAR}, "seed", "seeds up to 15,000,000,000 above its own"),
        ({"difficulty": 2, "seed": MAX_SEED - CANDIDATES_APART}, "seed", "with difficulty, the last seed is at most"),
    ],
)
def test_data_set_without_different_candidates_is_refused(fields: dict[str, Any], field: str, message: str) -> None:
    with pytest.raises(InvalidPlan, match=message) as refused:
        DatasetSpec(count=2, **fields).plan(DIGITS, 10)
    assert refused.value.field == field


def test_last_seed_may_have_the_largest_seed_as_a_candidate() -> None:
    plan = DatasetSpec(count=1, verified=True, seed=MAX_SEED - FAR).plan(DIGITS, 10)
    assert plan.selection == JudgedSelection(verified=True, difficulty=1)
    assert DatasetSpec(count=10**9, difficulty=2).plan(DIGITS, 10**9).n_made == 2 * 10**9


@pytest.mark.parametrize("changes", [{"n_classes": 47, "latent_size": 51}, {"image_height": 32}, {"image_width": 14}])
def test_model_that_the_judge_cannot_read_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidPlan, match="the judge reads digits of 28 x 28 pixels in 10 classes; model 'other'"):
        DatasetSpec(count=1, verified=True).plan(a_card(model="other", **SIZES | changes), 10)


def test_image_whose_candidates_are_all_misread_is_named(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def never(self: JudgedSelection, images: Any) -> NDArray[np.float64]:
        seen.append(len(images.pixels))
        return np.where(images.labels == 3, np.inf, 0.0)

    monkeypatch.setattr(JudgedSelection, "score", never)
    plan = DatasetSpec(count=10, seed=40, verified=True, model="digits").plan(engine.find("digits", "1").card, 10)
    with pytest.raises(RunFailed, match=r"^no candidate of the image with seed 43 and label 3 is read as asked; 16 "):
        asyncio.run(engine.generate(plan))
    assert seen == [10] + [1] * 15


def test_judge_that_fails_is_a_failed_run(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = DatasetSpec(count=10, verified=True, model="digits").plan(engine.find("digits", "1").card, 10)
    monkeypatch.setattr("digitgan.judges.judge.Judge.odds", lambda *_: 1 / 0)
    with pytest.raises(RunFailed, match="the run of the judge failed"):
        asyncio.run(engine.generate(plan))


def test_judge_is_frozen_because_addresses_are_permanent() -> None:
    assert judge_sha256() == "1fff9328114e83e01513908e21b0eea09d191198080f87c3af960147bcc7e90e"


def test_hash_of_the_judge_is_that_of_the_one_that_chooses() -> None:
    assert judge_sha256() == judge().sha256
