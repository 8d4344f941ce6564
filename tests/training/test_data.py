import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.shapes import write_idx_folder, write_png_folder
from training import data
from training.data import SAMPLE_FOLDER, Dataset, load
from training.errors import DataRefused

needs_mnist = pytest.mark.skipif(not os.environ.get("MNIST_DIR"), reason="MNIST_DIR names no folder")


def test_sample_has_the_same_number_of_digits_per_class(sample: Dataset) -> None:
    assert sample.train_images.shape == (5000, 28, 28)
    assert np.bincount(sample.train_labels).tolist() == [500] * 10
    assert np.bincount(sample.test_labels).tolist() == [100] * 10


@needs_mnist
def test_sample_has_the_first_digits_of_each_class_of_mnist(sample: Dataset) -> None:
    mnist = load("mnist")
    chosen = np.sort(np.concatenate([np.flatnonzero(mnist.train_labels == label)[:500] for label in range(10)]))
    np.testing.assert_array_equal(sample.train_images, mnist.train_images[chosen])
    np.testing.assert_array_equal(sample.train_labels, mnist.train_labels[chosen])


@needs_mnist
def test_mnist_is_found_by_argument_and_by_environment() -> None:
    folder = Path(os.environ["MNIST_DIR"])
    assert load("mnist", folder).sha256 == load("mnist").sha256
    assert load("mnist").train_images.shape == (60000, 28, 28)


def test_file_of_another_data_set_is_refused_by_name(tmp_path: Path) -> None:
    shutil.copytree(SAMPLE_FOLDER, tmp_path / "folder")
    with pytest.raises(
        DataRefused, match=r"train-images-idx3-ubyte.gz: the decoded content has sha256 .* but MNIST's is"
    ):
        load("mnist", tmp_path / "folder")


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match=r"neither train-images-idx3-ubyte nor train-images-idx3-ubyte\.gz"):
        load("mnist", tmp_path)


def test_unknown_data_set_is_refused_with_the_known_ones() -> None:
    with pytest.raises(DataRefused, match="available: mnist, sample, or a folder"):
        load("cifar")


def test_data_set_is_named_after_its_file_or_the_beginning_of_its_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_png_folder(tmp_path / "clothes", n=42)
    write_idx_folder(tmp_path / "files", n=42)
    for path in (tmp_path / "files").iterdir():
        path.rename(path.parent / f"set-{path.name}")
    shutil.make_archive(str(tmp_path / "clothes"), "gztar", tmp_path / "clothes")
    shutil.make_archive(str(tmp_path / "clothes"), "zip", tmp_path / "clothes")
    for name in ("clothes", "clothes.tar.gz", "clothes.zip", "files/set"):
        dataset = load(str(tmp_path / name))
        assert (dataset.name, dataset.n_classes, len(dataset.train_images)) == (
            name.split("/")[-1].split(".")[0],
            3,
            36,
        )
        assert "3 classes, 36 training images, 6 test images" in capsys.readouterr().err
    assert load(str(tmp_path / "gone"), tmp_path / "clothes.zip").name == "gone"
    write_idx_folder(tmp_path / "files", n=21)
    moved = load(str(tmp_path / "gone" / "set"), tmp_path / "files")
    assert (moved.name, len(moved.train_images)) == ("set", 36)


def test_folder_whose_name_is_not_utf8_is_refused(tmp_path: Path) -> None:
    write_png_folder(tmp_path / "l\udcf6w", n=42)
    with pytest.raises(DataRefused, match=r"the name 'l\\xf6w' is not UTF-8; rename it"):
        load(str(tmp_path / "l\udcf6w"))


def test_what_looks_wrong_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_png_folder(tmp_path, n=42)
    for path in tmp_path.rglob("*.png"):
        ImageOps.invert(Image.open(path)).save(path)
    load(str(tmp_path))
    assert "digitgan: warning: the ground of the images is light" in capsys.readouterr().err


def test_fetch_without_a_network_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(data, "_MIRRORS", ("http://127.0.0.1:9/",))  # the discard port, on which nothing listens
    with pytest.raises(
        DataRefused, match=r"train-images-idx3-ubyte.gz could not be downloaded. .*--data-dir.*--data sample"
    ):
        data.fetch()


def test_fetched_file_with_a_wrong_checksum_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import threading
    from functools import partial
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(SAMPLE_FOLDER))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        monkeypatch.setattr(data, "_MIRRORS", (f"http://127.0.0.1:{server.server_port}/",))
        with pytest.raises(DataRefused, match="hash of downloaded file"):
            data.fetch()
        server.shutdown()


def test_images_have_a_size_and_channels() -> None:
    sample = load("sample")
    colour = replace(sample, train_images=np.zeros((4, 12, 20, 3), np.uint8))
    assert (sample.n_channels, *sample.size) == (1, 28, 28)
    assert (colour.n_channels, *colour.size) == (3, 12, 20)
