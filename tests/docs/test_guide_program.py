"""The program of the guide is the recipe ``mlp``: from the same state, both end in the same weights."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.docs.examples import examples
from training.data import SAMPLE_FOLDER, Dataset, load
from training.phases import PHASES
from training.recipes import mlp
from training.state import State

_N_ITERATIONS = 3
_LOOP = "for iteration in range("


def test_program_of_the_guide_does_what_the_recipe_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [program] = [each.text for each in examples(["docs/guide/what-a-gan-is.md"]) if each.title == "gan.py"]
    length = re.search(r"range\(([\d_]+)\)", program)
    assert length and int(length[1]) == mlp.RECIPE.iterations
    (tmp_path / "generated").symlink_to(SAMPLE_FOLDER)
    monkeypatch.chdir(tmp_path)
    before, loop = program.replace(length[1], str(_N_ITERATIONS)).split(_LOOP)
    names: dict[str, Any] = {}
    exec(before, names)

    dataset = load("sample")
    state = State(mlp.RECIPE, dataset, seed=1)
    for theirs, ours in ((state.generator, names["G"]), (state.discriminator, names["D"])):
        assert [kind(each) for each in theirs.modules() if kind(each)] == [kind(each) for each in ours if kind(each)]
        for weight, copied in zip(tensors(theirs), tensors(ours), strict=True):
            copied.data.copy_(weight)
    torch.manual_seed(5)
    exec(_LOOP + loop, names)

    torch.manual_seed(5)
    discriminate, generate = PHASES[mlp.RECIPE.updates]
    monkeypatch.setattr(state, "styles", lambda: torch.randn(mlp.RECIPE.batch_size, state.generator.style_size))
    for _ in range(_N_ITERATIONS):
        images, label = batch(dataset)
        discriminate(state, images, label)
        generate(state, images, label)
    for theirs, ours in ((state.generator, names["G"]), (state.discriminator, names["D"])):
        for weight, copied in zip(tensors(theirs), tensors(ours), strict=True):
            # Adam's first step has the sign of a slope: near 0, rounding becomes part of a step of 2e-4.
            torch.testing.assert_close(copied, weight, rtol=1e-4, atol=1e-5)


def batch(dataset: Dataset) -> tuple[Tensor, Tensor]:
    """Return the batch that the program draws at this point of torch's random numbers."""
    rows = torch.randint(len(dataset.train_images), (mlp.RECIPE.batch_size,))
    return torch.from_numpy(dataset.train_images)[rows] / 127.5 - 1, torch.zeros(len(rows), dtype=torch.int64)


def kind(layer: nn.Module) -> str:
    """Return what a layer is; "" if it only holds layers or changes shapes."""
    return "" if isinstance(layer, nn.Flatten | nn.Unflatten) or any(True for _ in layer.children()) else repr(layer)


def tensors(network: nn.Module) -> list[Tensor]:
    """Return weights and moving statistics, in the order of the layers."""
    return list(network.state_dict().values())
