import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.shapes import NAMES, bars, write_idx, write_idx_folder, write_png_folder
from training.data import SAMPLE_FOLDER, is_mnist, load
from training.errors import DataRefused
from training.images.folders import read_folder


def test_idx_folder_is_read_plain_or_gzipped(tmp_path: Path) -> None:
    write_idx_folder(tmp_path / "bars", n=30, n_test=9)
    dataset = load(str(tmp_path / "bars"))
    images, labels = bars(30)
    np.testing.assert_array_equal(dataset.train_images, images)
    np.testing.assert_array_equal(dataset.train_labels, labels)
    np.testing.assert_array_equal(dataset.test_images, bars(9, seed=1)[0])
    assert (dataset.name, dataset.n_classes, dataset.class_names) == ("bars", 3, None)
    assert not is_mnist(dataset.sha256)


def test_mnist_is_recognised_under_any_name() -> None:
    assert is_mnist(load(str(SAMPLE_FOLDER)).sha256)


def test_moved_folder_is_read_from_its_new_place(tmp_path: Path) -> None:
    write_idx_folder(tmp_path / "here", n=30, n_test=9)
    dataset = load(str(tmp_path / "bars"), tmp_path / "here")
    assert dataset.name == "bars"


def test_pngs_are_read_by_class_in_the_order_of_their_names(tmp_path: Path) -> None:
    write_png_folder(tmp_path, n=30)
    write_png_folder(tmp_path, n=9, part="test")
    content = read_folder(tmp_path)
    assert content.class_names == NAMES
    images, labels = bars(30)
    by_class = [{image.tobytes() for image in images[labels == label]} for label in range(3)]
    for label in range(3):
        assert {image.tobytes() for image in content.train.images[content.train.labels == label]} == by_class[label]
    assert np.bincount(content.test.labels).tolist() == [3, 3, 3]
    assert len(set(content.train.labels[:10].tolist())) == 3  # shuffled rather than class by class


def test_reading_twice_gives_the_same_order(tmp_path: Path) -> None:
    write_png_folder(tmp_path, n=30)
    first, second = load(str(tmp_path)), load(str(tmp_path))
    assert first.sha256 == second.sha256


@pytest.mark.parametrize("write", [write_idx_folder, write_png_folder])
def test_without_test_images_every_seventh_of_each_class_is_held_out(write: object, tmp_path: Path) -> None:
    write(tmp_path, n=42)  # type: ignore[operator]
    content = read_folder(tmp_path)
    assert np.bincount(content.test.labels).tolist() == [2, 2, 2]
    assert np.bincount(content.train.labels).tolist() == [12, 12, 12]
    assert "one image of 7 of each class held out" in content.source
    both = np.concatenate([content.train.images, content.test.images])
    assert {image.tobytes() for image in both} == {image.tobytes() for image in bars(42)[0]}


def test_labels_with_an_offset_are_renumbered_and_named(tmp_path: Path) -> None:
    write_idx_folder(tmp_path, n=30, n_test=9, first_label=5)
    content = read_folder(tmp_path)
    assert content.class_names == ("5", "6", "7")
    assert content.test.labels.tolist() == [0, 1, 2] * 3


def test_dataset_json_names_classes_licence_and_source(tmp_path: Path) -> None:
    write_idx_folder(tmp_path, n=30, n_test=9)
    about = {"licence": "MIT", "source": "drawn by a test", "class_names": ["a", "b", "c"]}
    (tmp_path / "dataset.json").write_text(json.dumps(about))
    content = read_folder(tmp_path)
    assert (content.licence, content.source, content.class_names) == ("MIT", "drawn by a test", ("a", "b", "c"))


@pytest.mark.parametrize("mode", ["RGB", "P", "1", "LA", "RGBA"])
def test_colours_become_grey_and_transparency_becomes_black(mode: str, tmp_path: Path) -> None:
    write_png_folder(tmp_path, n=21)
    path = tmp_path / "train" / "low" / "0000.png"
    ink = np.zeros((28, 28), np.uint8)
    ink[4:8] = 255
    picture = Image.fromarray(ink).convert(mode)
    if mode in ("LA", "RGBA"):
        picture = Image.new(mode, (28, 28), "white")
        picture.putalpha(Image.fromarray(ink))
    picture.save(path)
    assert any(np.array_equal(image, ink) for image in read_folder(tmp_path).train.images)


def refused(folder: Path, match: str) -> None:
    with pytest.raises(DataRefused, match=match):
        read_folder(folder)


def test_folder_without_images_is_refused_with_what_is_allowed(tmp_path: Path) -> None:
    refused(tmp_path, r"contains no images; allowed are files in IDX form .* or PNGs in train/CLASS")


def test_other_sizes_are_refused_with_how_to_resize(tmp_path: Path) -> None:
    write_png_folder(tmp_path, n=21)
    Image.new("L", (64, 32)).save(tmp_path / "train" / "top" / "big.png")
    refused(tmp_path, r"big\.png: 64 x 32 pixels; allowed are 28 x 28\. .* mogrify -resize '28x28!'")
    write_idx_folder(tmp_path / "idx", n=21)
    write_idx(tmp_path / "idx" / "train-images-idx3-ubyte", np.zeros((21, 32, 32), np.uint8))
    refused(tmp_path / "idx", r"train-images-idx3-ubyte: 21 x 32 x 32; allowed are N x 28 x 28")


def test_other_depths_and_damaged_files_are_refused_by_name(tmp_path: Path) -> None:
    write_png_folder(tmp_path, n=21)
    path = tmp_path / "train" / "top" / "odd.png"
    Image.new("I;16", (28, 28)).save(path)
    refused(tmp_path, r"odd\.png: I;16 pixels; allowed are eight bits")
    path.write_bytes((tmp_path / "train" / "top" / "0002.png").read_bytes()[:60])
    refused(tmp_path, r"odd\.png: cannot be read")
    path.write_bytes(b"no picture")
    refused(tmp_path, r"odd\.png: cannot be read")


def test_classes_must_have_images_and_test_classes_must_be_known(tmp_path: Path) -> None:
    write_png_folder(tmp_path, n=21)
    (tmp_path / "train" / "empty").mkdir()
    refused(tmp_path, r"empty: contains no PNG")
    (tmp_path / "train" / "empty").rmdir()
    (tmp_path / "test" / "bottom").mkdir(parents=True)
    refused(tmp_path, r"bottom: .*train has no class of that name")
    (tmp_path / "test" / "bottom").rmdir()
    refused(tmp_path, r"test: contains no PNG")
    (tmp_path / "nothing" / "train").mkdir(parents=True)
    refused(tmp_path / "nothing", r"train: 0 class folders; allowed are 1 to 256")


def test_labels_must_fit_the_images(tmp_path: Path) -> None:
    write_idx_folder(tmp_path, n=30, n_test=9)
    write_idx(tmp_path / "t10k-labels-idx1-ubyte.gz", np.full(9, 7, np.uint8))
    refused(tmp_path, "label 7 does not occur in train-labels")
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    refused(tmp_path, "neither t10k-labels-idx1-ubyte nor")
    write_idx(tmp_path / "train-labels-idx1-ubyte", np.zeros(29, np.uint8))
    refused(tmp_path, "29 labels for 30 images")


@pytest.mark.parametrize("about", ['{"license": "MIT"}', "{", '{"class_names": ["a", "b"]}'])
def test_dataset_json_that_does_not_fit_is_refused(about: str, tmp_path: Path) -> None:
    write_idx_folder(tmp_path, n=30, n_test=9)
    (tmp_path / "dataset.json").write_text(about)
    refused(
        tmp_path, r"dataset\.json: .*(allowed are licence, source, class_names|2 class_names, but the labels have 3)"
    )


@pytest.mark.parametrize("names", [["a", "b", "a"], ["a", "", "c"], ["a", "b" * 65, "c"]])
def test_class_names_that_no_card_may_have_are_refused_before_training(names: list[str], tmp_path: Path) -> None:
    write_idx_folder(tmp_path, n=30, n_test=9)
    (tmp_path / "dataset.json").write_text(json.dumps({"class_names": names}))
    refused(tmp_path, r"class_names/\d ")


def test_class_names_in_dataset_json_are_refused_for_pngs(tmp_path: Path) -> None:
    write_png_folder(tmp_path, n=21)
    (tmp_path / "dataset.json").write_text('{"class_names": ["a", "b", "c"]}')
    refused(tmp_path, "class_names is not allowed; the folders in .*train name the classes")


def test_too_few_images_for_a_test_part_are_refused(tmp_path: Path) -> None:
    write_png_folder(tmp_path, n=6)
    refused(tmp_path, "no test images, and no class has the 7 images")


def test_png_that_states_a_huge_size_is_refused(tmp_path: Path) -> None:
    write_png_folder(tmp_path, n=21)
    path = next((tmp_path / "train").rglob("*.png"))
    content = bytearray(path.read_bytes())
    content[16:24] = struct.pack(">II", 60_000, 60_000)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    path.write_bytes(content)
    refused(tmp_path, "cannot be read: Image size .3600000000 pixels. exceeds limit")


@pytest.mark.parametrize("about", [b"\xff", b"[" * 9999, b"9" * 5000, b'{"class_names": [' + b"1," * 4000 + b"1]}"])
def test_hostile_dataset_json_gives_one_short_line(about: bytes, tmp_path: Path) -> None:
    write_idx_folder(tmp_path, n=30, n_test=9)
    (tmp_path / "dataset.json").write_bytes(about)
    with pytest.raises(DataRefused, match=r"dataset\.json: ") as error:
        read_folder(tmp_path)
    assert len(str(error.value)) < 2000
    assert len(str(error.value).splitlines()) == 1
