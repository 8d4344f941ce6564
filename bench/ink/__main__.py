"""Measure ink, and write docs/benchmarks/ink.md and ink.json.

python -m bench.ink                            # all parts, most of an hour of one processor; needs MNIST
python -m bench.ink faithfulness speed         # some parts again; the figures of the others stay
"""

import sys
from collections.abc import Callable
from functools import partial
from time import process_time
from typing import Any

import numpy as np
import torch

from bench import parts
from bench.apps.ways import ROOT
from bench.ink import faithfulness, numbers, page, reader, speed, strings
from training import data
from training.choices import FIRST_SEED
from training.metrics.generators import ScorableGenerator
from training.metrics.judge import GUARDING, SELECTING, load_judge

_IMAGES = 10_000
_STRING_DIGITS = 5  # so that MNIST's 10,000 test digits are 2,000 strings
_NUMBERS = 60_000
_STEPS = 4_000  # of 64 numbers
_SEED = 1


def _faithfulness() -> dict[str, Any]:
    dataset = data.load("mnist")
    judges = {name: load_judge(name) for name in (SELECTING, GUARDING)}
    labels = np.arange(_IMAGES, dtype=np.int64) % 10
    seeds = np.arange(_IMAGES, dtype=np.uint64) + np.uint64(FIRST_SEED)
    images = ScorableGenerator(ROOT / "exported" / "digits" / "1" / "model.onnx").draw(seeds, labels)
    return {
        "images": {
            "`digits`": faithfulness.measure(images, labels, judges),
            "MNIST's test digits": faithfulness.measure(dataset.test_images, dataset.test_labels, judges),
        }
    }


def _reader(layout: str) -> dict[str, Any]:
    started = process_time()
    lines, texts = numbers.written(layout, _NUMBERS, _SEED)
    drawn = process_time()
    model = reader.train(lines, texts, seed=_SEED, n_steps=_STEPS, on_step=_report)
    trained = process_time()
    dataset = data.load("mnist")
    read = {}
    for name, play in strings.SETS.items():
        pictures, asked = strings.strings(dataset.test_images, dataset.test_labels, _STRING_DIGITS, play, _SEED)
        found = reader.read(model, [reader.line(picture) for picture in pictures])
        read[name] = sum(map(str.__eq__, asked, found)) / len(asked)
    return {
        "numbers": len(lines),
        "steps": _STEPS,
        "parameters": sum(each.numel() for each in model.parameters()),
        "draw_cpu_s": drawn - started,
        "train_cpu_s": trained - drawn,
        "read": read,
    }


def _report(step: int, loss: float) -> None:
    if step % 250 == 0:
        print(f"step {step:,} of {_STEPS:,}: loss {loss:.4f}, {process_time() / 60:.1f} CPU minutes", file=sys.stderr)


PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "faithfulness": _faithfulness,
    "speed": partial(speed.measure, rounds=5, seconds=1.0),
    "natural": partial(_reader, "natural"),
    "grid": partial(_reader, "grid"),
}


def main() -> None:
    """Measure the chosen parts."""
    torch.set_num_threads(1)
    parts.measure("ink", "Measure how faithful, fast and readable ink is.", PARTS, page.tables)


if __name__ == "__main__":
    main()
