import pytest
import torch
from torch import Tensor, nn

from training.device import CPU, Device
from training.parallel.shared_layers import SharedBatchNorm, SharedDropout, share
from training.parallel.team import ALONE, Team
from training.recipes import acgan, dcgan


@pytest.mark.parametrize("shape", [(6, 5), (6, 5, 3, 3)], ids=["vectors", "maps"])
def test_shared_normalisation_alone_matches_pytorch(shape: tuple[int, ...]) -> None:
    usual = nn.BatchNorm1d(5, momentum=0.2, eps=1e-3) if len(shape) == 2 else nn.BatchNorm2d(5, momentum=0.2, eps=1e-3)
    nn.init.normal_(usual.weight)
    shared = SharedBatchNorm(usual, ALONE)
    features = torch.randn(shape) * 3 + 1
    towards = torch.randn(shape)

    def gradients(norm: nn.Module) -> list[Tensor]:
        leaf = features.clone().requires_grad_()
        (norm(leaf) * towards).sum().backward()
        return [leaf.grad, *(weight.grad for weight in norm.parameters())]  # type: ignore[list-item]

    for mine, theirs in zip(gradients(shared), gradients(usual), strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-5, rtol=1e-4)
    for (name, mine), (_, theirs) in zip(shared.state_dict().items(), usual.state_dict().items(), strict=True):
        torch.testing.assert_close(mine, theirs, msg=name)
    torch.testing.assert_close(shared.eval()(features), usual.eval()(features))


def test_shared_normalisation_can_be_differentiated_twice() -> None:
    norm = SharedBatchNorm(nn.BatchNorm1d(3), ALONE)
    features = torch.randn(8, 3, requires_grad=True)
    (gradient,) = torch.autograd.grad(norm(features).pow(3).sum(), features, create_graph=True)
    (second,) = torch.autograd.grad(gradient.square().sum(), features)
    assert second.abs().max() > 0


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_shared_dropout_alone_equals_pytorch(layout: torch.memory_format) -> None:
    features = torch.randn(4, 6, 5, 5).to(memory_format=layout)
    torch.manual_seed(3)
    usual, after = nn.Dropout(0.4)(features), torch.rand(1)
    torch.manual_seed(3)
    assert torch.equal(SharedDropout(0.4, ALONE, 4)(features), usual)
    assert torch.equal(torch.rand(1), after)


def test_team_dropout_equals_that_of_the_whole_batch() -> None:
    features = torch.ones(8, 50)
    torch.manual_seed(3)
    whole = nn.Dropout(0.4)(features)
    parts = []
    for rank in range(2):
        torch.manual_seed(3)
        parts.append(SharedDropout(0.4, Team(rank, 2), 8)(features[:4]))
    assert torch.equal(torch.cat(parts), whole)


def test_dropout_is_off_in_evaluation() -> None:
    features = torch.ones(4, 50)
    assert torch.equal(SharedDropout(0.4, ALONE, 4).eval()(features), features)


def test_share_replaces_no_layer_for_one_process_on_a_processor() -> None:
    network = acgan.RECIPE.discriminator.build()
    before = [*network.modules()]
    share(network, ALONE, CPU, 32)
    assert [*network.modules()] == before


def test_share_changes_no_name_and_no_weight() -> None:
    network = dcgan.RECIPE.discriminator.build()
    before = {name: weight.clone() for name, weight in network.state_dict().items()}
    share(network, Team(size=2), CPU, 32)
    kinds = [type(layer) for layer in network.modules()]
    assert (kinds.count(SharedBatchNorm), kinds.count(SharedDropout)) == (3, 4)
    assert kinds.count(nn.BatchNorm2d) == kinds.count(nn.Dropout) == 0
    assert before.keys() == network.state_dict().keys()
    assert all(torch.equal(weight, before[name]) for name, weight in network.state_dict().items())


def test_other_device_draws_dropout_on_the_processor() -> None:
    network = dcgan.RECIPE.discriminator.build()
    share(network, ALONE, Device(torch.device("cuda", 0), is_mixed=True), 32)
    kinds = [type(layer) for layer in network.modules()]
    assert (kinds.count(SharedBatchNorm), kinds.count(SharedDropout)) == (0, 4)
