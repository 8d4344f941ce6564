from pathlib import Path

import numpy as np
import pytest

from tests.shapes import bars, write_idx
from training.errors import DataRefused
from training.images.idx_sets import idx_sets, read_set
from training.images.parts import Found
from training.images.pictures import PictureReader
from training.images.trees import FolderTree


def write_set(folder: Path, images: str, labels: str, n: int = 9, first_label: int = 0) -> None:
    write_idx(folder / images, bars(n)[0])
    write_idx(folder / labels, bars(n)[1] + np.uint8(first_label))


def found(folder: Path, beginning: str = "") -> tuple[Found, set[str]]:
    tree = FolderTree(folder)
    return read_set(tree, idx_sets(tree.files()), beginning, PictureReader())


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        ("train-images-idx3-ubyte", "train-labels-idx1-ubyte.gz"),
        ("train-images.idx3-ubyte", "train-labels.idx1-ubyte"),  # as archives for Windows name them
        ("kmnist-train-images-idx3-ubyte", "kmnist-train-labels-idx1-ubyte"),
    ],
)
def test_files_are_found_by_the_names_that_they_have(images: str, labels: str, tmp_path: Path) -> None:
    write_set(tmp_path, images, labels)
    part, used = found(tmp_path)
    np.testing.assert_array_equal(part.train.images, bars(9)[0])
    assert used == {images, labels}
    assert (part.test, part.is_transposed) == (None, False)


def write_emnist(folder: Path, name: str = "letters", mapping: str = "1 65 97\n2 66 98\n3 67 99\n") -> None:
    for part in ("train", "test"):
        write_set(
            folder,
            f"emnist-{name}-{part}-images-idx3-ubyte.gz",
            f"emnist-{name}-{part}-labels-idx1-ubyte.gz",
            first_label=1,
        )
    (folder / f"emnist-{name}-mapping.txt").write_text(mapping)


def test_emnist_has_characters_and_transposed_images(tmp_path: Path) -> None:
    write_emnist(tmp_path)
    part, used = found(tmp_path)
    assert (part.names, part.is_transposed, len(used)) == (("Aa", "Bb", "Cc"), True, 4)
    assert part.test is not None


def test_characters_that_are_their_labels_are_no_names(tmp_path: Path) -> None:
    write_emnist(tmp_path, mapping="0 48\n1 49\n2 50\n3 51\n")
    assert found(tmp_path)[0].names is None


def test_one_of_several_sets_is_named(tmp_path: Path) -> None:
    for name in ("letters", "digits"):
        write_emnist(tmp_path, name)
    with pytest.raises(
        DataRefused, match=r"contains 2 data sets: emnist-\w+, emnist-\w+; name one .* --data .*/emnist-"
    ):
        found(tmp_path)
    _, used = found(tmp_path, "emnist-digits-")
    assert all(name.startswith("emnist-digits-") for name in used)


@pytest.mark.parametrize(
    ("mapping", "match"),
    [
        ("1 65\n2 66\n", "no line for label 3"),
        ("one A\n", "'one A' is not a label and one or two codes"),
        ("1 65\n" * 9999, "has more than 16,384 bytes"),
    ],
)
def test_lists_of_characters_that_do_not_fit_are_refused(mapping: str, match: str, tmp_path: Path) -> None:
    write_emnist(tmp_path, mapping=mapping)
    with pytest.raises(DataRefused, match=rf"emnist-letters-mapping\.txt: .*{match}"):
        found(tmp_path)


def test_missing_file_is_named(tmp_path: Path) -> None:
    write_emnist(tmp_path)
    (tmp_path / "emnist-letters-test-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(
        DataRefused, match=r"contains no labels to test with for emnist-letters-test-images-idx3-ubyte\.gz"
    ):
        found(tmp_path)
