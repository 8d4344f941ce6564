"""Choosing the images of a data set by a judge: those that it reads as asked, or those that are hard to read.

Candidate j of the image with seed s is the image with seed s + j * 10**9, so what is taken is an image like any other,
at the address of its own seed. A choice depends on the candidates of that image alone, so any part of a data set has
the same images as the whole.

The judge gives the same bits for an image in any batch. On a processor with other instructions, pixels may be one grey
level apart and sums may be rounded otherwise. There, of two candidates that are equally hard but for the last digits,
the other one may be taken.
"""

from collections.abc import AsyncIterator, Generator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan, JudgeUnusable, RunFailed
from digitgan.contract.image_size import in_words
from digitgan.contract.limits import MAX_CANDIDATES, MAX_SEED
from digitgan.engine.backend import Images
from digitgan.engine.engine import Generated
from digitgan.engine.plan import Plan
from digitgan.engine.selection import Choosing, Chosen, Tally
from digitgan.engine.source import Neighbours, Seeds
from digitgan.formats.encoding import Producer
from digitgan.judges.judge import N_CLASSES, SELECTING, SIDE, Judge, load_judge, read_manifest

CANDIDATES_APART = 10**9  # between the seeds of two candidates of an image: the most images that a data set has

_AT_ONCE = 256  # candidates: enough for every run to be full, and few enough to be read in a few hundredths of a second

_opening = Lock()


@dataclass(frozen=True, slots=True)
class JudgedSelection:
    """Takes of each image's candidates the hardest one, or the first one that is read as asked, or both.

    Attributes:
        verified: whether the judge must read an image as its label.
        difficulty: how many candidates are made, 1 to 16; the one whose label is the least likely is taken. If none of
            them may be taken, the first of the later candidates that may is taken, up to the 16th.
    """

    verified: bool
    difficulty: int

    @property
    def n_candidates(self) -> int:
        """Candidates that are made for each image in any case."""
        return self.difficulty

    @property
    def field(self) -> str:
        """The field of a data set's description that makes images be chosen."""
        return "verified" if self.verified else "difficulty"

    def n_at_once(self, n_images: int) -> int:
        """Return how many candidates of n images are made at a time, at most."""
        return min(n_images, self._block) * self.difficulty

    def describe(self) -> str:
        """Return text that differs whenever other images might be chosen."""
        return f"{self.verified} {self.difficulty} {judge_sha256()}"

    def check(self, plan: Plan, card: Card) -> None:
        """Raise InvalidPlan unless the judge reads what the model draws, and each image has different candidates."""
        source = plan.source
        if (card.n_classes, card.image_shape) != (N_CLASSES, (SIDE, SIDE)):
            raise InvalidPlan(
                self.field,
                f"the judge reads digits of {SIDE} x {SIDE} pixels in {N_CLASSES} classes; model {card.model!r} draws "
                f"{card.n_classes} classes of {in_words(card.image_shape)} pixels",
            )
        if not isinstance(source, Seeds) or plan.labels is None:
            raise InvalidPlan(self.field, "only images with seeds and labels can be chosen")
        if isinstance(source, Neighbours) and not source.vary:
            raise InvalidPlan(
                self.field, "all candidates in one hand with vary 0 are the same picture; set vary above 0"
            )
        farthest = (self._most_candidates - 1) * CANDIDATES_APART
        if _largest(source.values) + farthest > MAX_SEED:
            raise InvalidPlan(
                "seed",
                f"the candidates of an image have seeds up to {farthest:,} above its own, which exceed the largest "
                f"seed, {MAX_SEED:,}; with {self.field}, the last seed is at most {MAX_SEED - farthest:,}",
            )

    def choose(self, plan: Plan) -> Choosing:
        """Yield plans of candidates, each for its images and their scores, and return the images that were chosen.

        Raises:
            RunFailed: no candidate of an image is read as asked; the message names its seed and label.
        """
        seeds: list[int] = []
        pixels: list[NDArray[np.uint8]] = []
        tally = Tally()
        for start in range(0, len(plan), self._block):
            of_block, drawn, counted = yield from self._choose_block(plan.part(start, start + self._block))
            seeds += of_block
            pixels.append(drawn)
            tally += counted
        labels = np.array(plan.labels, np.int64)
        return Chosen(_seeds(plan).with_values(seeds), Images(np.concatenate(pixels), labels), tally)

    def score(self, images: Images) -> NDArray[np.float64]:
        """Return how surely each image has its label, in logarithms of odds: (N,); infinite if it must not be taken.

        Raises:
            JudgeUnusable: the judge's file is not usable.
            RunFailed: the judge failed.
        """
        if images.labels is None:
            raise RunFailed("images without labels cannot be chosen")
        reader = judge()
        try:
            odds, is_read = reader.odds(images.pixels, images.labels)
        except Exception as error:  # onnxruntime's exceptions share no narrower public base
            raise RunFailed("the run of the judge failed; the log says why") from error
        return np.where(is_read, odds, np.inf) if self.verified else odds

    @property
    def _block(self) -> int:
        """Images whose candidates are made together."""
        return max(1, _AT_ONCE // self.difficulty)

    @property
    def _most_candidates(self) -> int:
        """Candidates that an image may have."""
        return MAX_CANDIDATES if self.verified else self.difficulty

    def _rounds(self) -> Iterator[range]:
        """Yield the candidates that are made together: first those of every image, then one at a time."""
        yield range(self.difficulty)
        for candidate in range(self.difficulty, self._most_candidates):
            yield range(candidate, candidate + 1)

    def _choose_block(
        self, plan: Plan
    ) -> Generator[Plan, tuple[Images, NDArray[np.float64]], tuple[list[int], NDArray[np.uint8], Tally]]:
        source = _seeds(plan)
        seeds, labels = np.array(source.values, np.int64), np.array(plan.labels, np.int64)
        taken = np.full(len(plan), -1)
        pixels = np.empty((len(plan), SIDE, SIDE), np.uint8)
        n_refused = n_made = 0
        for candidates in self._rounds():
            missing = np.flatnonzero(taken < 0)
            if not len(missing):
                break
            offsets = np.array(candidates) * CANDIDATES_APART
            images, scores = yield replace(
                plan,
                source=source.with_values((seeds[missing, None] + offsets).ravel().tolist()),
                labels=np.repeat(labels[missing], len(candidates)).tolist(),
                selection=None,
            )
            scores = scores.reshape(len(missing), len(candidates))
            best = scores.argmin(axis=1)  # the first of equal ones
            is_found = np.isfinite(scores[np.arange(len(missing)), best])
            found = missing[is_found]
            taken[found] = best[is_found] + candidates.start
            of_each = images.pixels.reshape(len(missing), len(candidates), SIDE, SIDE)
            pixels[found] = of_each[is_found, best[is_found]]
            n_refused += int(np.isinf(scores).sum())
            n_made += scores.size
        if (taken < 0).any():
            first = int((taken < 0).argmax())
            raise RunFailed(
                f"no candidate of the image with seed {seeds[first]} and label {labels[first]} is read as asked; "
                f"{self._most_candidates} were made"
            )
        tally = Tally(len(plan), int((taken > 0).sum()), n_refused, n_made)
        return (seeds + taken * CANDIDATES_APART).tolist(), pixels, tally


class Counting:
    """A producer that counts how the images that another one made were chosen.

    Args:
        producer: the other one.

    Attributes:
        tally: of all images so far.
    """

    def __init__(self, producer: Producer) -> None:
        self.tally = Tally()
        self._producer = producer

    @asynccontextmanager
    async def generating(self, plan: Plan) -> AsyncIterator[Generated]:
        """Yield the images of a job that is encoded at once."""
        async with self._producer.generating(plan) as generated:
            self._count(generated)
            yield generated

    async def stream(self, plan: Plan, chunk_images: int) -> AsyncIterator[Generated]:
        """Return the images of any other job, chunk by chunk."""
        chunks = await self._producer.stream(plan, chunk_images)

        async def counted() -> AsyncIterator[Generated]:
            async for generated in chunks:
                self._count(generated)
                yield generated

        return counted()

    def _count(self, generated: Generated) -> None:
        if generated.tally:
            self.tally += generated.tally


def judge() -> Judge:
    """Return the judge, which is verified and opened at its first use in this process.

    Raises:
        JudgeUnusable: its file is missing or damaged.
    """
    with _opening:  # so that it is not opened twice
        return _judge()


@cache
def _judge() -> Judge:
    return load_judge()


@cache
def judge_sha256() -> str:
    """Return the hash of the judge's file as its manifest has it, without opening the judge, which takes a while.

    Raises:
        JudgeUnusable: the manifest is missing or damaged.
    """
    try:
        return str(read_manifest()[SELECTING]["sha256"])
    except KeyError:
        raise JudgeUnusable(f"the package lacks the judge {SELECTING!r}") from None


def _seeds(plan: Plan) -> Seeds:
    """Return the seeds of a plan that was checked."""
    if not isinstance(plan.source, Seeds):
        raise TypeError("only images with seeds can be chosen")
    return plan.source


def _largest(seeds: Sequence[int]) -> int:
    return max(seeds[0], seeds[-1]) if isinstance(seeds, range) else max(seeds)
