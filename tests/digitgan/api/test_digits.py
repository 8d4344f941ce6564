"""The data set: its images, its order, and how PyTorch's loaders read it."""

import gzip
import pickle
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

import digitgan
from digitgan.cli.tree import main
from digitgan.contract.limits import MAX_SEED
from tests.cards import CLOTHES

SMALL: Any = {"model": "digits-small", "threads": 1}


@pytest.fixture(scope="module")
def digits() -> digitgan.Digits:
    return digitgan.Digits(600, seed=1, **SMALL)


@pytest.fixture(scope="module")
def everything(digits: digitgan.Digits) -> tuple[np.ndarray[Any, Any], list[int]]:
    images, labels = zip(*digits, strict=True)
    return np.stack(images), list(labels)


def test_items_are_those_that_the_command_writes(everything: Any, tmp_path: Path) -> None:
    command = ["dataset", "--count", "600", "--seed", "1", "--model", "digits-small", "-o", str(tmp_path / "set.tar")]
    assert main(command) == 0
    with tarfile.open(tmp_path / "set.tar") as archive:
        labels, images = (
            gzip.decompress(archive.extractfile(member).read())  # type: ignore[union-attr]
            for member in archive.getmembers()
        )
    assert images[16:] == everything[0].tobytes()
    assert labels[8:] == bytes(everything[1])


def test_items_are_uint8_arrays_and_ints(digits: digitgan.Digits, everything: Any) -> None:
    image, label = digits[17]
    assert (type(image), image.shape, image.dtype, type(label)) == (np.ndarray, (28, 28), np.uint8, int)
    assert np.array_equal(image, everything[0][17])
    assert (label, len(digits)) == (7, 600)
    assert digits.targets.tolist() == everything[1]
    assert repr(digits) == "<Digits of digits-small/1: 600, from seed 1>"


def test_indexes_are_those_of_a_list(digits: digitgan.Digits) -> None:
    expected = list(range(600))
    for index in (0, -1, -600, 599, np.int64(5)):
        assert digits[index][1] == expected[index] % 10
    for index in (600, -601):
        with pytest.raises(IndexError, match=r"index -?60[01] is out of range for 600 images"):
            digits[index]
    with pytest.raises(TypeError):
        digits["7"]  # type: ignore[index]


def test_batches_are_drawn_in_one_call(digits: digitgan.Digits, everything: Any) -> None:
    items = digits.__getitems__([5, -1, 5])
    assert [label for _, label in items] == [5, 9, 5]
    assert np.array_equal(np.stack([image for image, _ in items]), everything[0][[5, 599, 5]])
    assert digits.__getitems__([]) == []


def test_transforms_apply_to_image_and_label() -> None:
    digits = digitgan.Digits(
        3, **SMALL, transform=lambda image: torch.from_numpy(image) / 255, target_transform=lambda label: label % 2
    )
    for each in (digits[1], list(digits)[1], list(digits.stream())[1]):
        assert each[0].dtype == torch.float32 and 0 <= each[0].min() < each[0].max() <= 1
        assert each[1] == 1


@pytest.mark.parametrize("start", ["fork", pytest.param("spawn", marks=pytest.mark.slow)])  # imports PyTorch twice
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_workers_of_a_loader_read_each_image_once(start: str, digits: digitgan.Digits, everything: Any) -> None:
    loader = DataLoader(digits, batch_size=64, num_workers=2, multiprocessing_context=start)
    images, labels = map(torch.cat, zip(*loader, strict=True))
    assert (images.dtype, labels.dtype) == (torch.uint8, torch.int64)
    assert np.array_equal(images.numpy(), everything[0])
    assert labels.tolist() == everything[1]


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_workers_of_a_loader_share_a_stream(digits: digitgan.Digits, everything: Any) -> None:
    loader = DataLoader(digits.stream(), batch_size=64, num_workers=2, multiprocessing_context="fork")
    images, labels = map(torch.cat, zip(*loader, strict=True))
    assert sorted(map(bytes, images.numpy())) == sorted(map(bytes, everything[0]))
    assert labels[:64].bincount().min() >= 6  # each batch is balanced


def test_a_shuffled_loader_reads_all(digits: digitgan.Digits) -> None:
    labels = torch.cat([labels for _, labels in DataLoader(digits, batch_size=100, shuffle=True)])
    assert labels.bincount().tolist() == [60] * 10


def test_pickles_are_small(digits: digitgan.Digits, everything: Any) -> None:
    content = pickle.dumps(digits)
    assert len(content) < 32 * 1024
    assert np.array_equal(pickle.loads(content)[3][0], everything[0][3])


def test_endless_digits_are_a_stream_without_a_length(everything: Any) -> None:
    endless = digitgan.Digits(seed=1, **SMALL)
    stream: Iterator[tuple[Any, Any]] = iter(endless.stream())
    assert all(np.array_equal(next(stream)[0], image) for image in everything[0][:300])
    assert np.array_equal(endless[299][0], everything[0][299])
    with pytest.raises(TypeError, match=r"this data set is endless"):
        len(endless)
    with pytest.raises(IndexError):
        endless[-1]
    assert repr(endless) == "<Digits of digits-small/1: endless, from seed 1>"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"count": 0}, r"^count: must be an integer of at least 1, not 0$"),
        ({"count": 2, "seed": MAX_SEED}, r"^seed: 2 seeds from [\d,]+ on exceed the largest seed"),
        ({"count": 2, "seed": -1}, r"^seed: must be an integer from 0 to"),
        ({"count": 2, "truncation": "1"}, r"^truncation: must be a finite number from 0 to 2, not '1'$"),
        ({"count": 2, "model": "mlp"}, r"^model: model 'mlp' has no classes, so its images have no labels$"),
        ({"count": 2, "model": "letters"}, r"^model: no model 'letters'"),
    ],
)
def test_impossible_data_set_is_refused_by_the_arguments_name(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        digitgan.Digits(**arguments)


def test_classes_have_the_names_of_the_model(clothes_dir: Path) -> None:
    assert digitgan.Digits(10, **SMALL).classes == [*map(str, range(10))]
    assert digitgan.Digits(10, model="clothes", models_dir=clothes_dir).classes == CLOTHES
