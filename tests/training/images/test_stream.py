import numpy as np
import pytest
import torch

from training.data import Dataset
from training.errors import DataRefused
from training.images.stream import BatchStream, Sampling


def stream(sample: Dataset, sampling: Sampling, seed: int = 3, batch_size: int = 64) -> BatchStream:
    images, labels = sample.train_images[:200], sample.train_labels[:200]
    return BatchStream(images, labels, batch_size=batch_size, sampling=sampling, seed=seed)


@pytest.mark.parametrize("sampling", ["with replacement", "by epoch"])
def test_restored_stream_continues_with_the_same_batches(sample: Dataset, sampling: Sampling) -> None:
    original = stream(sample, sampling)
    for _ in range(5):  # past the first epoch
        original.next()
    restored = stream(sample, sampling, seed=99)
    restored.load_state_dict(original.state_dict())
    for _ in range(5):
        (images, labels), (same_images, same_labels) = original.next(), restored.next()
        assert torch.equal(images, same_images)
        assert torch.equal(labels, same_labels)


def test_epoch_shows_each_image_once(sample: Dataset) -> None:
    batches = stream(sample, "by epoch", batch_size=50)
    shown = torch.cat([batches.next()[0] for _ in range(4)])
    assert len({image.numpy().tobytes() for image in shown}) == len(np.unique(sample.train_images[:200], axis=0))


def test_drawing_with_replacement_repeats_images_within_a_few_batches(sample: Dataset) -> None:
    batches = stream(sample, "with replacement", batch_size=50)
    shown = torch.cat([batches.next()[0] for _ in range(4)])
    assert len({image.numpy().tobytes() for image in shown}) < 200


def test_pixels_become_minus_one_to_one(sample: Dataset) -> None:
    images, labels = stream(sample, "by epoch").next()
    assert images.dtype == torch.float32
    assert (images.min().item(), images.max().item()) == (-1, 1)
    assert labels.dtype == torch.int64


def test_stacks_are_three_images_of_the_stream_and_spell_a_number(sample: Dataset) -> None:
    images, labels = sample.train_images[:200], sample.train_labels[:200]
    stacks = BatchStream(images, labels, batch_size=5, sampling="with replacement", seed=3, n_stacked=3)
    single = BatchStream(images, labels, batch_size=15, sampling="with replacement", seed=3)
    (stacked, numbers), (digits, classes) = stacks.next(), single.next()
    assert stacked.shape == (5, 3, 28, 28)
    assert torch.equal(stacked.flatten(0, 1), digits)
    hundreds, tens, ones = classes.reshape(5, 3).T
    assert torch.equal(numbers, 100 * hundreds + 10 * tens + ones)


def test_fewer_images_than_a_batch_are_refused_with_both_numbers(sample: Dataset) -> None:
    with pytest.raises(DataRefused, match="200 training images; this recipe needs at least a batch of 256"):
        stream(sample, "by epoch", batch_size=256)


def test_batches_in_colour_have_the_channels_first() -> None:
    images = np.random.default_rng(0).integers(0, 256, (6, 8, 12, 3), np.uint8)
    stream = BatchStream(images, np.arange(6, dtype=np.uint8), batch_size=6, sampling="by epoch", seed=1)
    batch, labels = stream.next()
    assert batch.shape == (6, 3, 8, 12)
    np.testing.assert_allclose(batch.numpy(), images[labels].transpose(0, 3, 1, 2) / 127.5 - 1, atol=1e-6)
