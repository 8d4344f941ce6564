"""Measure the selection of images, and what readers learn from hard ones; write docs/benchmarks/readers.md and .json.

python -m bench.readers                # all parts, half an hour of one processor; needs MNIST
python -m bench.readers reader-2       # some parts again, or those that an interrupted run has not reached
"""

import asyncio
import sys
from collections.abc import Callable, Mapping
from functools import partial
from statistics import fmean
from time import process_time
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from bench import parts
from bench.tables import Verdict, measured, percent, table, verdicts
from digitgan.dataset.selection import Counting
from digitgan.dataset.spec import DatasetSpec
from digitgan.engine.engine import Generated
from digitgan.engine.loading import open_engine
from digitgan.engine.selection import Tally
from digitgan.engine.settings import EngineSettings
from digitgan.judges.judge import GUARDING, SELECTING, Judge, load_judge
from training import data
from training.choices import Architecture
from training.metrics import judge_training

_MODEL, _VERSION = "digits", "1"
_SELECTED = 10_000  # images of each kind
_KINDS = tuple((verified, difficulty) for difficulty in (1, 2, 4, 8) for verified in (False, True))

_IMAGES = 30_000  # that a reader learns from
_STEPS = 1_000  # of 128 images
_READER: Architecture = "residual"  # the architecture of the judge that selects nothing
_READERS = 5
_SEEDS_APART = 10_000_000  # between the images of two readers

Mix = Mapping[int, float]  # the share of images of each difficulty, together 1; those of 1 are taken as they come
_PLAIN: Mix = {1: 1.0}
_MIXES: Mapping[str, Mix] = {
    "plain": _PLAIN,
    "half of difficulty 2": {1: 0.5, 2: 0.5},
    "half of difficulty 4": {1: 0.5, 4: 0.5},
    "quarter of difficulty 4": {1: 0.75, 4: 0.25},
    "half of difficulty 8": {1: 0.5, 8: 0.5},
}
_CHOSEN = "half of difficulty 8"  # has the fewest errors on the digits that no reader is tested by


def _selection() -> dict[str, Any]:
    judges = {name: load_judge(name) for name in (SELECTING, GUARDING)}
    kinds = []
    for verified, difficulty in _KINDS:
        spec = DatasetSpec(count=_SELECTED, seed=0, verified=verified, difficulty=difficulty)
        started = process_time()
        images, labels, tally = _made(spec)
        spent_s = process_time() - started
        odds = {name: _odds(judge, images, labels) for name, judge in judges.items()}
        kinds.append(
            {
                "verified": verified,
                "difficulty": difficulty,
                "images_per_cpu_s": len(images) / spent_s,
                "later": tally.later,
                "refused": tally.refused,
                "candidates": tally.candidates or len(images),
                "misread": {name: int((~is_read).sum()) for name, (_, is_read) in odds.items()},
                "probability": {name: float(np.mean(1 / (1 + np.exp(-each)))) for name, (each, _) in odds.items()},
            }
        )
    return {"images": _SELECTED, "kinds": kinds}


def _odds(
    judge: Judge, images: NDArray[np.uint8], labels: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    read = [judge.odds(images[at : at + 500], labels[at : at + 500]) for at in range(0, len(images), 500)]
    odds, is_read = (np.concatenate(each) for each in zip(*read, strict=True))
    return odds, is_read


def _made(spec: DatasetSpec) -> tuple[NDArray[np.uint8], NDArray[np.int64], Tally]:
    """Return images and labels of a data set, and how they were chosen."""

    async def chunks() -> list[Generated]:
        return [each async for each in await counting.stream(plan, engine.chunk_images)]

    with open_engine(EngineSettings(threads=1), _MODEL, _VERSION) as engine:
        plan = spec.plan(engine.find(_MODEL, _VERSION).card, spec.count)
        counting = Counting(engine)
        images = [each.images for each in asyncio.run(chunks())]
    pixels = np.concatenate([each.pixels for each in images])
    return pixels, np.concatenate([each.labels for each in images if each.labels is not None]), counting.tally


def _mixed(mix: Mix, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    drawn = []
    for number, (difficulty, share) in enumerate(mix.items()):
        first = (seed + 100 * number) * _SEEDS_APART  # other images for each difficulty
        is_hard = difficulty > 1
        spec = DatasetSpec(count=round(share * _IMAGES), seed=first, verified=is_hard, difficulty=difficulty)
        drawn.append(_made(spec)[:2])
    images, labels = (np.concatenate(each) for each in zip(*drawn, strict=True))
    return images, labels


def _reader(mix: Mix, seed: int) -> dict[str, Any]:
    """Return the errors of a reader on real digits: those that a mix is chosen by, and those of the test set."""
    started = process_time()
    images, labels = _mixed(mix, seed)
    drawn = process_time()
    model = judge_training.train(_READER, images, labels, seed=seed, n_steps=_STEPS)
    trained = process_time()
    real = data.load("mnist")
    found = {
        "test_errors": int((judge_training.read(model, real.test_images) != real.test_labels).sum()),
        "train_errors": int((judge_training.read(model, real.train_images) != real.train_labels).sum()),
        "draw_cpu_s": drawn - started,
        "train_cpu_s": trained - drawn,
    }
    print(mix, seed, found, file=sys.stderr)
    return found


def _mixes() -> dict[str, Any]:
    return {"readers": {name: _reader(mix, 0) for name, mix in _MIXES.items()}}


def _pair(seed: int) -> dict[str, Any]:
    return {"readers": {"plain": _reader(_PLAIN, seed), "mixed": _reader(_MIXES[_CHOSEN], seed)}}


PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "selection": _selection,
    "mixes": _mixes,
    **{f"reader-{seed}": partial(_pair, seed) for seed in range(1, _READERS + 1)},
}


def tables(figures: dict[str, Any]) -> str:
    """Return the tables in Markdown, of those parts that were measured.

    Args:
        figures: what each part measured, by its name.
    """
    pairs = {name: part["readers"] for name, part in figures.items() if name.startswith("reader-")}
    sections = [verdicts(_verdicts(figures, pairs))]
    if "selection" in figures:
        sections += ["### What is selected", measured(figures["selection"]), _kinds(figures["selection"])]
    if "mixes" in figures:
        readers = figures["mixes"]["readers"]
        rows = [[name, f"{of['train_errors']:,}", f"{of['test_errors']:,}"] for name, of in readers.items()]
        heads = ["learns from", "errors of 60,000 training digits", "of 10,000 test digits"]
        sections += ["### Which mix", measured(figures["mixes"]), table(heads, rows)]
    if pairs:
        of = figures[next(iter(pairs))]
        sections += ["### Plain against mixed", measured(of), _pairs(pairs)]
    return "\n\n".join(sections)


def _verdicts(figures: dict[str, Any], pairs: Mapping[str, Any]) -> list[Verdict]:
    found = []
    if "selection" in figures:
        wrong = sum(of["misread"][SELECTING] for of in figures["selection"]["kinds"] if of["verified"])
        found.append(Verdict("verified images that the judge misreads", f"{wrong:,}", "none", not wrong))
    if pairs:
        plain, mixed = _means(pairs)
        text = f"{mixed:.1f} against {plain:.1f}"
        found.append(Verdict("errors of 10,000 test digits, mixed against plain", text, "fewer", mixed < plain))
    return found


def _means(pairs: Mapping[str, Any]) -> list[float]:
    return [fmean(pair[name]["test_errors"] for pair in pairs.values()) for name in ("plain", "mixed")]


def _kinds(part: dict[str, Any]) -> str:
    n, floor = part["images"], part["kinds"][0]["images_per_cpu_s"]
    rows = []
    for of in part["kinds"]:
        name = f"{'verified, ' * of['verified']}difficulty {of['difficulty']}"
        rate, refused = f"{of['images_per_cpu_s'] / floor:.2f}", percent(of["refused"] / of["candidates"])
        cells = [name, rate, f"{of['later']:,}", refused if of["verified"] else ""]
        read = [f"{of['probability'][SELECTING]:.4f}"]
        rows.append([*cells, *read, *(percent(of["misread"][judge] / n) for judge in (SELECTING, GUARDING))])
    heads = [f"{n:,} images", "images/CPU s, as it comes = 1", "from a later candidate", "candidates refused"]
    return table([*heads, "mean probability", "`plain` misreads", "`residual` misreads"], rows)


def _pairs(pairs: Mapping[str, Any]) -> str:
    rows = []
    for name, pair in pairs.items():
        plain, mixed = (pair[kind]["test_errors"] for kind in ("plain", "mixed"))
        rows.append([name.removeprefix("reader-"), f"{plain:,}", f"{mixed:,}", f"{mixed - plain:+,}"])
    plain, mixed = _means(pairs)
    rows.append(["mean", f"{plain:.1f}", f"{mixed:.1f}", f"{mixed - plain:+.1f}"])
    return table(["seed", "errors of 10,000, plain", "mixed", "difference"], rows)


def main() -> None:
    """Measure the chosen parts."""
    torch.set_num_threads(1)
    parts.measure("readers", "Measure the selection of images, and readers that learn from hard ones.", PARTS, tables)


if __name__ == "__main__":
    main()
