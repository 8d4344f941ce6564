"""A study: scores a run whose images are stacks of three digits."""

import numpy as np

from digitgan.cli.program import program

from ..choices import FIRST_SEED
from ..drawing.sheets import draw_seeds
from ..errors import NotScorable
from ..metrics import classes
from ..metrics.classes import Modes
from ..metrics.judge import Judge
from ..networks.base import Generator

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
        if images.ndim != 4 or images.shape[-1] != _CHANNELS:
            raise NotScorable(
                "the run's images are single digits, not stacks of three; export it, and score three draws with "
                f"{program()} evaluate FILE.onnx --stacks"
            )
        digits = np.ascontiguousarray(np.moveaxis(images, -1, 1)).reshape(-1, *images.shape[1:3])
        read.append(judge.read(digits).labels.reshape(-1, _CHANNELS))
    return classes.modes(np.concatenate(read))
