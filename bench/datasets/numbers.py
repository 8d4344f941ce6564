"""Data sets of numbers: how fast the command writes them, and how a reader that learns from one reads real digits."""

import io
import json
import resource
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from bench.ink import reader, strings
from training import data

_FIVE, _ANY_LENGTH = "#{5}", "#{1-8}"
_SEED, _FIRST_SEED = 1, 3_000_000
_HEIGHT = 32  # of a digit's square, as in `bench.ink`
_STRING_DIGITS = 5  # so that MNIST's 10,000 test digits are 2,000 strings
_WAYS = {
    "pixels": ["--no-ink"],
    "ink, natural layout, height 28": ["--height", "28"],
}


def speed(n: int, models: tuple[str, ...]) -> dict[str, Any]:
    """Return the numbers a second that the command writes with boxes, by one process with all processors.

    Args:
        n: numbers in a data set.
        models: those that draw.
    """
    rows: dict[str, dict[str, float]] = {}
    for model in models:
        for name, options in _WAYS.items():
            before, started = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
            with tempfile.TemporaryDirectory() as folder:
                _write(Path(folder) / "numbers.zip", _FIVE, n, "--model", model, "--workers", "1", *options)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            rows[f"`{model}`, {name}"] = {"per_s": n / (perf_counter() - started), "cpu_us": cpu_s / n * 1e6}
    return {"numbers": n, "rows": rows}


def reading(n: int, n_steps: int) -> dict[str, Any]:
    """Return how many strings of real digits a reader reads that learns from a data set of numbers alone.

    Args:
        n: numbers in the data set.
        n_steps: of the training.
    """
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "numbers.tar"
        _write(file, _ANY_LENGTH, n, "--height", str(_HEIGHT), "--seed", str(_FIRST_SEED))
        texts, lines = zip(*_samples(file), strict=True)
    started = process_time()
    model = reader.train(lines, texts, seed=_SEED, n_steps=n_steps)
    train_cpu_s = process_time() - started
    dataset, read = data.load("mnist"), {}
    for name, play in strings.SETS.items():
        pictures, asked = strings.strings(dataset.test_images, dataset.test_labels, _STRING_DIGITS, play, _SEED)
        found = reader.read(model, [reader.line(picture) for picture in pictures])
        read[name] = sum(map(str.__eq__, asked, found)) / len(asked)
    return {"numbers": n, "steps": n_steps, "train_cpu_s": train_cpu_s, "read": read}


def _write(file: Path, pattern: str, n: int, *options: str) -> None:
    command = [sys.executable, "-m", "digitgan", "dataset", "numbers", "--pattern", pattern, "--count", str(n)]
    subprocess.run([*command, *options, "-o", str(file)], check=True, capture_output=True)


def _samples(file: Path) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Yield text and line of each number in a tar archive, where the members of a number follow each other."""
    members: dict[str, bytes] = {}
    with tarfile.open(file) as archive:
        for member in archive:
            content = archive.extractfile(member)
            assert content is not None
            members[member.name.rpartition(".")[2]] = content.read()
            if len(members) == len(("png", "txt", "json")):
                picture = Image.open(io.BytesIO(members["png"]))
                yield json.loads(members["json"])["text"], reader.line(np.asarray(picture))
                members.clear()
