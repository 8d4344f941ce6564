"""Batch normalisation and dropout for a process that holds only some rows of a batch.

With these in place of PyTorch's layers, several processes compute what one process would compute on the whole batch.
Weights and names are the same, so the checkpoints are the same.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ..device import CPU, Device
from .team import Team


def share(network: nn.Module, team: Team, device: Device, batch_size: int) -> None:
    """Replace layers that the team or the device requires to be shared; one process on a processor needs none.

    Args:
        network: changed in place.
        team: the processes that share the batch.
        device: where the network will compute.
        batch_size: of the whole batch.
    """
    for name, layer in network.named_children():
        if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d) and team.size > 1:
            setattr(network, name, SharedBatchNorm(layer, team))
        elif isinstance(layer, nn.Dropout) and (team.size > 1 or device != CPU):
            setattr(network, name, SharedDropout(layer.p, team, batch_size))
        else:
            share(layer, team, device, batch_size)


class SharedBatchNorm(_BatchNorm):
    """Batch normalisation with the statistics of the whole batch, on any device; differentiable twice.

    Source: Ioffe and Szegedy, "Batch normalization" (2015), algorithm 1.

    Args:
        norm: the layer to replace, whose weights and moving statistics are taken over.
        team: the processes that share the batch.
    """

    def __init__(self, norm: nn.BatchNorm1d | nn.BatchNorm2d, team: Team) -> None:
        super().__init__(norm.num_features, eps=norm.eps, momentum=norm.momentum)
        self.load_state_dict(norm.state_dict())
        self._team = team

    def forward(self, features: Tensor) -> Tensor:
        """Return features of the same shape and type: (N, C) or (N, C, H, W)."""
        if not self.training:
            return super().forward(features)
        values = features.float()
        others = [dimension for dimension in range(values.dim()) if dimension != 1]
        shape = [1 if dimension in others else -1 for dimension in range(values.dim())]
        n = self._team.size * values.numel() // self.num_features
        mean = self._sum(values, others) / n
        centred = values - mean.view(shape)
        variance = self._sum(centred.square(), others) / n
        self._follow(mean.detach(), variance.detach() * n / (n - 1))  # the moving variance is the unbiased one
        scale = self.weight * (variance + self.eps).rsqrt()
        return (centred * scale.view(shape) + self.bias.view(shape)).to(features.dtype)

    def _check_input_dim(self, input: Tensor) -> None:  # noqa: A002 - PyTorch's name for it
        """Accept any shape; the replaced layer has checked it."""

    def _sum(self, values: Tensor, dimensions: list[int]) -> Tensor:
        """Return the sums of the whole batch: float32 (C,)."""
        total: Tensor = _Sum.apply(values.sum(dimensions), self._team)  # type: ignore[no-untyped-call] # as torch's stubs
        return total

    @torch.no_grad()
    def _follow(self, mean: Tensor, variance: Tensor) -> None:
        """Move the moving statistics towards those of a batch."""
        for moving, fresh in ((self.running_mean, mean), (self.running_var, variance)):
            if moving is not None and self.momentum is not None:
                moving.lerp_(fresh, self.momentum)
        if self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)


class SharedDropout(nn.Dropout):
    """Dropout that draws for the whole batch from the processor's random state, and applies its own rows.

    So a checkpoint contains everything that decides what is dropped, on any device, and the bits are those of
    `nn.Dropout` on one processor.

    Args:
        p: share of values set to zero.
        team: the processes that share the batch.
        batch_size: of the whole batch; a network may get several batches at once, one after another.
    """

    def __init__(self, p: float, team: Team, batch_size: int) -> None:
        super().__init__(p)
        self._team = team
        self._batch_size = batch_size

    def forward(self, features: Tensor) -> Tensor:
        """Return features of the same shape: (N, ...)."""
        if not self.training:
            return features
        n = len(features) * self._team.size
        # With the strides of the features, because values are drawn in memory order.
        kept = torch.empty_strided((n, *features.shape[1:]), features.stride())
        kept.bernoulli_(1 - self.p).div_(1 - self.p)
        mine = self._team.rows(kept, n // self._batch_size)
        return features * mine.to(features.device, features.dtype)


class _Sum(torch.autograd.Function):
    """Sums over a team; each value is part of every process's sum, so gradients are summed too."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, team: Team) -> Tensor:
        ctx.team = team
        return team.add(value.clone())

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return _Sum.apply(gradient, ctx.team), None  # type: ignore[no-untyped-call]
