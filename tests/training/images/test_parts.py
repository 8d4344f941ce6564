import numpy as np
import pytest
from numpy.typing import NDArray

from tests.shapes import bars
from training.errors import DataRefused
from training.images.parts import Found, Ledger, Part, hold_out, numbered, split, warnings_of


def part(labels: list[int] | list[str]) -> Part:
    return Part(np.zeros((len(labels), 28, 28), np.uint8), np.array(labels))


def test_labels_are_numbered_in_their_order_and_named() -> None:
    found = numbered(Found(part([26, 1, 26, 9]), part([9, 1])), "place")
    assert found.train.labels.tolist() == [2, 0, 2, 1]
    assert found.train.labels.dtype == np.uint8
    assert found.test is not None
    assert found.test.labels.tolist() == [1, 0]
    assert found.names == ("1", "9", "26")
    assert numbered(Found(part([1, 0, 2]), None), "place").names is None


def test_texts_are_numbered_in_their_order() -> None:
    found = numbered(Found(part(["dog", "cat", "dog"]), None), "place")
    assert (found.train.labels.tolist(), found.names) == ([1, 0, 1], ("cat", "dog"))


def test_names_of_classes_without_images_are_left_out() -> None:
    found = numbered(Found(part([3, 1]), None, names=("a", "b", "c", "d")), "place")
    assert (found.train.labels.tolist(), found.names) == ([1, 0], ("b", "d"))


@pytest.mark.parametrize(
    ("found", "match"),
    [
        (Found(part([*range(257)]), None), "place: 257 classes; at most 256"),
        (Found(part([-1, 0]), None), "place: label -1, which stands for an unknown class"),
        (Found(part([0, 1]), part([2])), "place: label 2 of the test images does not occur"),
        (Found(part([0, 5]), None, names=("a", "b", "c")), "place: 3 names of classes, but the labels have 2 values"),
        (Found(part([0, 1]), None, names=("a", "a")), "place: class_names/1 is 'a', the name of class 0"),
    ],
)
def test_labels_that_cannot_be_numbered_are_refused(found: Found, match: str) -> None:
    with pytest.raises(DataRefused, match=match):
        numbered(found, "place")


def test_every_seventh_image_of_each_class_is_held_out() -> None:
    train, test = hold_out(part([0] * 14 + [1] * 6 + [2] * 8), "place")
    assert (np.bincount(train.labels).tolist(), np.bincount(test.labels).tolist()) == ([12, 6, 7], [2, 0, 1])


def test_what_is_passed_over_is_counted_by_reason_and_named() -> None:
    ledger = Ledger()
    assert str(ledger) == ""
    for name in ("._1.png", "._2.png", "._3.png"):
        ledger.pass_over(name, "hidden")
    ledger.pass_over("n\udcf6tes.txt", "of other kinds")
    assert str(ledger) == r"; passed over 3 hidden (._1.png, ._2.png, ...), 1 of other kinds (n\udcf6tes.txt)"


@pytest.mark.parametrize(
    ("names", "train", "test"),
    [
        (["train-0.parquet", "test-0.parquet"], ["train-0.parquet"], ["test-0.parquet"]),
        (["a", "val"], ["a"], ["val"]),
        (["train", "val", "test"], ["train"], ["test"]),
        (["mnist_test.tar", "mnist_train.tar"], ["mnist_train.tar"], ["mnist_test.tar"]),
        (["latest.tar", "valley.tar"], ["latest.tar", "valley.tar"], []),
    ],
)
def test_names_say_what_is_to_test_with(names: list[str], train: list[str], test: list[str]) -> None:
    assert split(names, Ledger()) == (train, test)


def test_validation_beside_tests_is_passed_over() -> None:
    ledger = Ledger()
    split(["train", "val", "test"], ledger)
    assert str(ledger) == "; passed over 1 for validation (val)"


def looks(train: NDArray[np.uint8], test: NDArray[np.uint8] | None = None) -> list[str]:
    test = train if test is None else test
    return warnings_of(_zeros(train), _zeros(test), "place", "; passed over 3")


def _zeros(images: NDArray[np.uint8]) -> Part:
    return Part(images, np.zeros(len(images), np.uint8))


def test_proper_images_give_no_warning() -> None:
    assert looks(bars(9)[0]) == []


def test_one_image_is_too_few() -> None:
    with pytest.raises(DataRefused, match="place: 1 image to train with; at least 2 are needed; passed over 3"):
        looks(bars(1)[0])


@pytest.mark.parametrize(
    ("images", "seen"),
    [
        (np.zeros((9, 28, 28), np.uint8), "all pixels are 0"),
        (bars(9)[0] // 100, "pixels are 0 to 2"),
        (np.full((9, 28, 28), 255, np.uint8), "all pixels are 255"),
    ],
)
def test_images_without_contrast_are_refused(images: NDArray[np.uint8], seen: str) -> None:
    with pytest.raises(DataRefused, match=f"nothing can be seen on the training images: {seen}"):
        looks(images)
    with pytest.raises(DataRefused, match=f"nothing can be seen on the test images: {seen}"):
        looks(bars(9)[0], images)


def test_light_ground_is_named() -> None:
    (warning,) = looks(255 - bars(9)[0])
    assert warning.startswith("warning: the ground of the images is light")
    assert '{"inverted": true}' in warning


def test_blank_images_are_counted() -> None:
    images, _ = bars(9)
    images[[2, 5]] = 0
    assert looks(images, bars(9)[0]) == ["warning: 2 of 9 training images are blank"]
