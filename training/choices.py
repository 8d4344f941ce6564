"""Choices, defaults and help texts of the commands, in a module that does not load PyTorch."""

from enum import StrEnum
from pathlib import Path
from typing import Literal, get_args

Noise = Literal["normal", "uniform", "unit"]  # that a foreign generator takes
Architecture = Literal["plain", "residual"]  # of a judge
Colour = Literal["grey", "rgb"]  # of images

COLOURS: tuple[Colour, ...] = get_args(Colour)
NOISES: tuple[Noise, ...] = get_args(Noise)
DATA_HELP = (
    "mnist; sample: 5,000 digits that need no network; or a folder, an archive or a Parquet file of images by class."
)

SERVED = Path("exported")  # folder of the models that are served
NOT_SERVED = Path("docs/benchmarks/models")  # folder of models that are only measured
RACE_FILE = Path("docs/benchmarks/training-speed.jsonl")  # of the race to as good a model in as little time as possible
QUALITY_PAGE = Path("docs/benchmarks/quality.md")  # the figures of all models

N_IMAGES = 10_000  # in each draw; distances depend on this number, and MNIST has as many test digits
N_DRAWS = 6  # MNIST's 60,000 training digits give six draws of 10,000 for the floors
FIRST_SEED = 1_000_000  # apart from the seeds that select snapshots, and from the small ones that people look at
ENCODER_ITERATIONS = 14_000


class DeviceName(StrEnum):
    """The devices that a command accepts."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
