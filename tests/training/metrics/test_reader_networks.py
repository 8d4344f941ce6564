import numpy as np
import pytest
import torch

from training.data import Dataset
from training.metrics.judge_training import accuracy, fit
from training.metrics.reader_networks import READERS

pytestmark = pytest.mark.long


def test_readers_are_five_different_architectures() -> None:
    readers = [network.untrained(10, (28, 28)) for network in READERS.values()]
    layers = {tuple(type(layer).__name__ for layer in reader.modules()) for reader in readers}
    assert len(layers) == len(READERS) == 5


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("size", [(12, 12), (32, 20)])
def test_readers_take_images_of_any_size(name: str, size: tuple[int, int]) -> None:
    reader = READERS[name].untrained(7, size).eval()
    with torch.no_grad():
        logits, _ = reader(torch.zeros(3, *size, dtype=torch.uint8))
    assert logits.shape == (3, 7)


@pytest.mark.parametrize("name", READERS)
def test_each_reader_reads_most_digits_after_a_few_steps(name: str, sample: Dataset) -> None:
    torch.manual_seed(1)
    reader = READERS[name].untrained(10, sample.size)
    fit(reader, sample.train_images, sample.train_labels, n_steps=60, max_shift=0)
    assert accuracy(reader, sample.test_images, sample.test_labels) > 0.7
    assert np.isfinite(reader.head.weight.detach().numpy()).all()
