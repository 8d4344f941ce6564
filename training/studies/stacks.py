"""A study: scores a run whose images are stacks of three digits."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer

from training.drawing.sheets import draw_seeds
from training.errors import NotScorable
from training.evaluate import FIRST_SEED
from training.export import best_generator
from training.judging import judge_folder
from training.metrics import classes
from training.metrics.classes import Modes
from training.metrics.judge import Judge
from training.metrics.reference import required_judges
from training.networks.base import Generator
from training.run import Run

_ROWS = 500
_CHANNELS = 3


def score(generator: Generator, judge: Judge, n_stacks: int) -> Modes:
    """Return how the stacks of a generator in evaluation mode spread over the 1,000 modes.

    Args:
        generator: of images (N, 3, 28, 28).
        judge: reads each channel as a digit.
        n_stacks: 26,000 for comparison with published scores.

    Raises:
        NotScorable: its images are not stacks.
    """
    read = []
    for start in range(0, n_stacks, _ROWS):
        seeds = np.arange(start, min(start + _ROWS, n_stacks), dtype=np.uint64) + np.uint64(FIRST_SEED)
        images = draw_seeds(generator, seeds, np.zeros(len(seeds), np.int64))
        if images.ndim != 4 or images.shape[1] != _CHANNELS:
            raise NotScorable(
                "the run's images are single digits, not stacks of three; export it, and score three draws with "
                "python -m training evaluate FILE.onnx --stacks"
            )
        read.append(judge.read(images.reshape(-1, *images.shape[2:])).labels.reshape(-1, _CHANNELS))
    return classes.modes(np.concatenate(read))


def command(
    run: Annotated[Path, typer.Argument(help="Run folder of the recipe stacked.", show_default=False)],
    judge: Annotated[
        Path | None,
        typer.Option(show_default="the run's, or MNIST's", help="Folder of judges that learned from its data."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of a sentence.")] = False,
) -> None:
    """Count the modes that a run of stacked digits covers, of 1,000, and how evenly: 26,000 draws, a minute.

    digitgan stacks runs/stacked
    """
    torch.set_num_threads(1)
    folder = Run(run)
    judges = required_judges(folder.read()["data"]["sha256"], judge_folder(folder, judge))
    spread = score(best_generator(folder), judges.selecting, classes.N_STACKS)
    if as_json:
        print(json.dumps(asdict(spread)))  # noqa: T201 - the result
        return
    even = (classes.N_MODES - 1) / (2 * classes.N_STACKS)
    print(  # noqa: T201 - the result
        f"{spread.n_covered:,} of {classes.N_MODES:,} modes in {classes.N_STACKS:,} stacks; divergence from even modes "
        f"{spread.divergence:.3f} nats, of which chance alone gives {even:.3f}"
    )
