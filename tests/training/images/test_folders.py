import json
import os
import shutil
import struct
import tarfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.commands import digitgan
from tests.shapes import NAMES, bars, write_idx, write_idx_folder, write_png_folder
from tests.training.images.test_classes import png
from tests.training.images.test_trees import write_tar
from training.data import SAMPLE_FOLDER, is_mnist, load
from training.errors import DataRefused
from training.images.folders import Content, read_folder
from training.images.idx import read_idx


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
    refused(
        tmp_path, r"contains no images by class; allowed are a folder with train/CLASS/\*\.png .* files in IDX form"
    )


def test_other_sizes_are_refused_with_how_to_resize(tmp_path: Path) -> None:
    write_png_folder(tmp_path, n=21)
    Image.new("L", (64, 32)).save(tmp_path / "train" / "top" / "big.png")
    refused(tmp_path, r"big\.png: 32 x 64 pixels, but the images before it have 28 x 28 .*; --size 28x28 resizes")
    write_idx_folder(tmp_path / "idx", n=21)
    write_idx(tmp_path / "idx" / "train-images-idx3-ubyte", np.zeros((21, 300, 32), np.uint8))
    refused(tmp_path / "idx", r"train-images-idx3-ubyte: 300 x 32 pixels; allowed are sides of 8 to 256")


def test_other_depths_and_damaged_files_are_refused_by_name(tmp_path: Path) -> None:
    write_png_folder(tmp_path, n=21)
    path = tmp_path / "train" / "top" / "odd.tif"
    Image.new("F", (28, 28)).save(path)
    refused(tmp_path, r"odd\.tif: F pixels; allowed are 8 or 16 bits")
    path.write_bytes((tmp_path / "train" / "top" / "0002.png").read_bytes()[:60])
    refused(tmp_path, r"odd\.tif: cannot be read: it is damaged, ends early, or is no PNG")
    path.write_bytes(b"no picture")
    refused(tmp_path, r"odd\.tif: cannot be read: it is damaged, ends early, or is no PNG")


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
    refused(tmp_path, "label 7 of the test images does not occur among the training images")
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    refused(tmp_path, r"contains no labels to test with for t10k-images-idx3-ubyte\.gz")
    write_idx(tmp_path / "train-labels-idx1-ubyte", np.zeros(29, np.uint8))
    refused(tmp_path, "29 labels for 30 images")


@pytest.mark.parametrize("about", ['{"license": "MIT"}', "{", '{"class_names": ["a", "b"]}'])
def test_dataset_json_that_does_not_fit_is_refused(about: str, tmp_path: Path) -> None:
    write_idx_folder(tmp_path, n=30, n_test=9)
    (tmp_path / "dataset.json").write_text(about)
    refused(
        tmp_path,
        r"dataset\.json: .*(allowed are licence, source, class_names|2 class_names, but the labels have 3 values)",
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
    refused(tmp_path, r"\.png: states more pixels than any picture has; at most 4,194,304 are read")


@pytest.mark.parametrize("about", [b"\xff", b"[" * 9999, b"9" * 5000, b'{"class_names": [' + b"1," * 4000 + b"1]}"])
def test_hostile_dataset_json_gives_one_short_line(about: bytes, tmp_path: Path) -> None:
    write_idx_folder(tmp_path, n=30, n_test=9)
    (tmp_path / "dataset.json").write_bytes(about)
    with pytest.raises(DataRefused, match=r"dataset\.json: ") as error:
        read_folder(tmp_path)
    assert len(str(error.value)) < 2000
    assert len(str(error.value).splitlines()) == 1


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one data set of this project in every form that the command writes."""
    folder = tmp_path_factory.mktemp("generated")
    outputs = (
        ("idx/", "idx"),
        ("folders/", "folders"),
        ("parquet/", "parquet"),
        ("x.tar", "idx"),
        ("x.zip", "folders"),
        ("x.parquet", "parquet"),
    )
    for name, format in outputs:
        done = digitgan("dataset", "--count", 140, "--seed", 5, "--format", format, "-o", f"{folder}/{name}")
        assert done.exit_code == 0, done.stderr
    assert (
        digitgan("dataset", "--count", 140, "--seed", 5, "--shard-images", 40, "-o", folder / "shards").exit_code == 0
    )
    arrays = folder / "arrays"
    arrays.mkdir()
    for part in ("images", "labels"):
        suffix = "idx3" if part == "images" else "idx1"
        np.save(arrays / f"{part}.npy", read_idx(folder / "idx" / f"train-{part}-{suffix}-ubyte.gz"))
    with tarfile.open(folder / "x.tgz", "w:gz") as archive:
        archive.add(folder / "folders", "some/where")
    return folder


@pytest.mark.parametrize("name", ["folders", "parquet", "x.tar", "x.zip", "x.parquet", "shards", "arrays", "x.tgz"])
def test_own_data_sets_of_all_forms_are_the_same_images(name: str, generated: Path) -> None:
    expected, found = read_folder(generated / "idx"), read_folder(generated / name)
    assert pairs(found) == pairs(expected)
    assert (len(found.train.images), len(found.test.images)) == (120, 20)


def pairs(content: Content) -> list[tuple[bytes, int]]:
    """Return all images with their labels, in an order of their own."""
    return sorted(
        (image.tobytes(), int(label))
        for part in (content.train, content.test)
        for image, label in zip(part.images, part.labels, strict=True)
    )


def test_trainer_reads_what_the_command_for_data_sets_wrote(generated: Path, tmp_path: Path) -> None:
    done = digitgan("train", "cgan", "--data", generated / "shards", "--iterations", 1, "--run", tmp_path / "run")
    assert done.exit_code == 0, done.stderr
    assert "shards: 10 classes, 120 training images, 20 test images; of them, one image of 7 of each" in done.stderr
    assert "from seed 5 on" in (tmp_path / "run" / "run.json").read_text()


def test_missing_package_of_a_data_set_ends_the_command_as_it_cannot_start(
    generated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.images.tables.find_spec", lambda name: None)
    done = digitgan("train", "mlp", "--data", generated / "x.parquet", "--iterations", 1)
    assert done.exit_code == 3
    assert "a data set in Parquet files needs pyarrow; install it with: " in done.stderr


def test_one_missing_shard_is_refused(generated: Path, tmp_path: Path) -> None:
    shutil.copytree(generated / "shards", tmp_path / "shards")
    (tmp_path / "shards" / "train-00001-of-00004.parquet").unlink()
    refused(tmp_path / "shards", "1 of the 4 shards of 'train' are missing")


def test_data_sets_of_numbers_are_refused(tmp_path: Path) -> None:
    arguments = ("dataset", "numbers", "--pattern", "dd", "--count", 3)
    for name, match in (
        ("x.parquet", "has the columns 'image', 'text', 'seed', 'glyphs'; .*'label' .* is missing"),
        ("x.tar", "contains no images by class"),
        ("x.zip", "contains only one folder, 'images'"),
    ):
        assert digitgan(*arguments, "-o", tmp_path / name).exit_code == 0
        refused(tmp_path / name, match)


def test_first_form_that_a_folder_has_is_read_and_the_others_are_named(tmp_path: Path) -> None:
    write_idx_folder(tmp_path, n=30, n_test=9)
    np.save(tmp_path / "images.npy", bars(30)[0])
    (tmp_path / "sketches").mkdir()
    (tmp_path / ".DS_Store").write_bytes(b"")
    for name in ("README.md", "LICENSE", "SHA256SUMS", "dataset.json"):
        (tmp_path / name).write_text("{}")
    assert read_folder(tmp_path).notes == (
        f"{tmp_path}: 3 classes, 30 training images, 9 test images; passed over 2 beside the data (images.npy, "
        "sketches/), 1 hidden (.DS_Store)",
    )


def test_note_says_what_was_read_held_out_and_passed_over(tmp_path: Path) -> None:
    write_png_folder(tmp_path, n=42)
    (tmp_path / "train" / "low" / "._0000.png").write_bytes(b"\0")
    (tmp_path / "train" / "low" / "link.png").symlink_to("nowhere")
    (note,) = read_folder(tmp_path).notes
    assert note == (
        f"{tmp_path}: 3 classes, 36 training images, 6 test images; of them, one image of 7 of each class was held out "
        "for tests; passed over 1 hidden (train/low/._0000.png), 1 that are no files, such as links to nothing "
        "(train/low/link.png)"
    )


@pytest.mark.parametrize("form", ["train/CLASS", "CLASS"])
def test_hidden_files_are_counted_once(form: str, tmp_path: Path) -> None:
    write_png_folder(tmp_path, n=42)
    folder = tmp_path if form == "train/CLASS" else tmp_path / "train"
    for name in (".DS_Store", "._notes.txt"):
        (folder / name).write_bytes(b"")
    assert "; passed over 2 hidden (" in read_folder(folder).notes[0]


def test_shards_of_webdataset_have_train_and_test_parts(tmp_path: Path) -> None:
    for name, n in (("set-train-000.tar", 12), ("set-train-001.tar", 9), ("set-test-000.tar", 6)):
        files: dict[str, bytes] = {}
        for index, (image, label) in enumerate(zip(*bars(n), strict=True)):
            files |= {f"{index}.png": png(image), f"{index}.cls": str(label).encode()}
        write_tar(tmp_path / name, files)
    content = read_folder(tmp_path)
    assert (len(content.train.images), len(content.test.images)) == (21, 6)


def test_emnist_is_turned_upright_unless_the_folder_says_otherwise(tmp_path: Path) -> None:
    images, labels = bars(42)
    write_idx(tmp_path / "emnist-x-train-images-idx3-ubyte", images.transpose(0, 2, 1))
    write_idx(tmp_path / "emnist-x-train-labels-idx1-ubyte", labels + np.uint8(1))
    content = read_folder(tmp_path)
    assert {image.tobytes() for image in content.train.images} <= {image.tobytes() for image in images}
    assert "rows and columns exchanged, as EMNIST needs" in content.notes[0]
    (tmp_path / "dataset.json").write_text('{"transposed": false}')
    np.testing.assert_array_equal(read_folder(tmp_path).train.images, content.train.images.transpose(0, 2, 1))


def test_dark_ink_is_inverted_where_the_folder_says_so(tmp_path: Path) -> None:
    write_png_folder(tmp_path, n=42)
    upright = read_folder(tmp_path)
    for index, path in enumerate(sorted((tmp_path / "train").rglob("*.png"))):
        ink = Image.open(path)
        picture = Image.new("LA", (28, 28), 0)  # black on transparent ground
        picture.putalpha(ink)
        (picture if index % 2 else ImageOps.invert(ink)).save(path)
    (tmp_path / "dataset.json").write_text('{"inverted": true}')
    content = read_folder(tmp_path)
    assert "inverted" in content.notes[0]
    np.testing.assert_allclose(content.train.images.astype(int), upright.train.images, atol=1)


def test_only_black_images_are_refused_with_what_may_help(tmp_path: Path) -> None:
    write_png_folder(tmp_path, n=42)
    for path in (tmp_path / "train").rglob("*.png"):
        picture = Image.new("LA", (28, 28), 0)
        picture.putalpha(Image.open(path))
        picture.save(path)
    refused(tmp_path, 'nothing can be seen on the training images: all pixels are 0, .*put {"inverted": true} into')


def test_pipes_are_refused_unopened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    refused(tmp_path / "pipe", "pipe: must be a folder or a file")
