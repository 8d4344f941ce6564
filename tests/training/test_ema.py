import torch
from torch import nn

from training.ema import Average, calibrated
from training.recipes.digits import RECIPE


def test_average_moves_towards_the_weights_by_its_decay() -> None:
    generator = RECIPE.generator.build()
    average = Average(generator)
    before = [weight.clone() for weight in average.generator.parameters()]
    with torch.no_grad():
        for weight in generator.parameters():
            weight.add_(1)
    average.update(generator, decay=0.9)
    for old, new in zip(before, average.generator.parameters(), strict=True):
        torch.testing.assert_close(new, old + 0.1)


def test_average_copies_buffers() -> None:
    generator = RECIPE.generator.build()
    average = Average(generator)
    generator.train()(torch.randn(32, 64), torch.arange(32) % 10)
    average.update(generator, decay=0.9)
    for mine, theirs in zip(average.generator.buffers(), generator.buffers(), strict=True):
        assert torch.equal(mine, theirs)


def test_calibration_gives_the_weights_their_own_statistics() -> None:
    generator = RECIPE.generator.build()
    for module in generator.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            assert module.running_mean is not None
            module.running_mean.fill_(100)  # far from the true mean
    style, label = torch.randn(512, 64), torch.arange(512) % 10
    wrong, right = generator.eval()(style, label), calibrated(generator)(style, label)
    by_batch = generator.train()(style, label)
    assert (wrong - by_batch).abs().mean() > 0.2
    assert (right - by_batch).abs().mean() < 0.04  # the rest is the batch's own variation


def test_calibration_is_repeatable_and_keeps_the_original() -> None:
    generator = RECIPE.generator.build()
    before = [buffer.clone() for buffer in generator.buffers()]
    first, second = calibrated(generator), calibrated(generator)
    assert all(torch.equal(a, b) for a, b in zip(first.buffers(), second.buffers(), strict=True))
    assert all(torch.equal(a, b) for a, b in zip(before, generator.buffers(), strict=True))
    assert not first.training
