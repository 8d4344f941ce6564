import pytest
import torch

from tests.training.parallel.pair import RECIPES
from training.choices import DeviceName
from training.data import Dataset
from training.device import CPU, Device, choose
from training.errors import MachineRefused
from training.recipes.recipe import TrainingRecipe
from training.state import State
from training.trainer import iterate

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no CUDA device here")


def test_processor_is_used_on_request_or_without_cuda() -> None:
    assert choose(DeviceName.CPU) == CPU
    assert (choose(DeviceName.AUTO) == CPU) is not torch.cuda.is_available()


def test_process_without_its_own_cuda_device_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_RANK", "64")
    with pytest.raises(MachineRefused, match=r"--device cuda: torch sees \d+ CUDA devices, but process 65"):
        choose(DeviceName.CUDA)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_bfloat16_forward_passes_leave_weights_and_losses_float32(recipe: TrainingRecipe, sample: Dataset) -> None:
    expected = iterate(State(recipe, sample, 1), 0)
    mixed = State(recipe, sample, 1, Device(torch.device("cpu"), is_mixed=True))
    figures = iterate(mixed, 0)
    assert figures != expected
    assert figures == pytest.approx(expected, abs=0.05, rel=0.05)
    types = {weight.dtype for network in (mixed.generator, mixed.discriminator) for weight in network.parameters()}
    assert types == {torch.float32}


@needs_cuda
@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_cuda_training_starts_as_on_the_processor_and_saves_for_both(recipe: TrainingRecipe, sample: Dataset) -> None:
    device = choose(DeviceName.CUDA)
    expected = iterate(State(recipe, sample, 1), 0)
    state = State(recipe, sample, 1, device)
    assert iterate(state, 0) == pytest.approx(expected, abs=0.05, rel=0.05)
    assert next(state.discriminator.parameters()).device.type == "cuda"
    assert next(state.served_generator().parameters()).device.type == "cpu"
    saved = state.state_dict()
    expected = iterate(state, 0)
    resumed = State(recipe, sample, 2)
    resumed.load_state_dict(saved)
    assert iterate(resumed, 0) == pytest.approx(expected, abs=0.05, rel=0.05)
