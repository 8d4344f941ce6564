"""The exponential moving average of a generator's weights, with batch statistics measured for the averaged weights."""

import copy

import torch
from torch import nn

from .networks.base import Generator

_CALIBRATION_BATCHES = 32
_CALIBRATION_BATCH_SIZE = 256


class Average:
    """An exponential moving average of parameters; buffers are copied, and measured anew by `calibrated`.

    Args:
        generator: whose weights are averaged.
    """

    def __init__(self, generator: Generator) -> None:
        self.generator = copy.deepcopy(generator).requires_grad_(requires_grad=False)

    @torch.no_grad()
    def update(self, generator: Generator, decay: float) -> None:
        """Keep ``decay`` of the average and take the rest from the generator's current weights."""
        for mine, theirs in zip(self.generator.parameters(), generator.parameters(), strict=True):
            mine.lerp_(theirs, 1 - decay)
        for followed, leading in zip(self.generator.buffers(), generator.buffers(), strict=True):
            followed.copy_(leading)


@torch.no_grad()
def calibrated(generator: Generator) -> Generator:
    """Return a copy in evaluation mode whose batch-normalisation statistics fit its own weights.

    Averaged weights produce other activations than the weights whose statistics the buffers hold. The statistics are
    measured over 8,192 fixed random styles with all labels in turn, so the same weights always give the same copy.

    Source: Brock, Donahue, Simonyan, "Large scale GAN training" (2019), section 4.1, "standing statistics".
    """
    measured = copy.deepcopy(generator).train()
    for module in measured.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None  # a plain mean over batches
    random = torch.Generator().manual_seed(0)
    label = torch.arange(_CALIBRATION_BATCH_SIZE) % max(generator.n_classes, 1)
    for _ in range(_CALIBRATION_BATCHES):
        measured(torch.randn(len(label), generator.style_size, generator=random), label)
    return measured.eval()
