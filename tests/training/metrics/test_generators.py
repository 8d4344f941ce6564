import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from digitgan.contract.card import MODEL_FILE
from tests.graphs import a_foreign_graph
from training.data import Dataset
from training.errors import NotScorable
from training.metrics.generators import ForeignHints, ScorableGenerator
from training.metrics.judge import WEIGHTS_FOLDER

NOISY = {"steady": ["Tanh"], "noisy": ["RandomNormalLike", "Tanh"]}


def _foreign(
    path: Path, *, rows: int | str = "batch", width: int | str = 784, side: int = 28, last: Sequence[str] = ("Tanh",)
) -> Path:
    """Write a foreign generator: functions of the latent, by default its tanh, as one channel."""
    names = ["z", *(f"value.{place}" for place in range(len(last)))]
    nodes = [helper.make_node(kind, names[at : at + 1], names[at + 1 : at + 2]) for at, kind in enumerate(last)]
    nodes.append(helper.make_node("Reshape", [names[-1], "shape"], ["out"]))
    graph = helper.make_graph(
        nodes,
        "foreign",
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, [rows, width])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, [rows, 1, side, side])],
        [helper.make_tensor("shape", TensorProto.INT64, [4], [-1, 1, side, side])],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), path)
    return path


def _seeds(n: int, first: int = 0) -> np.ndarray:
    return np.arange(first, first + n, dtype=np.uint64)


def test_exported_model_draws_a_seed_alike_in_any_batch(exported: Path) -> None:
    generator = ScorableGenerator(exported / MODEL_FILE)
    labels = (np.arange(300) % 10).astype(np.int64)
    together = generator.draw(_seeds(300), labels)
    alone = generator.draw(_seeds(1, first=270), labels[270:271])
    assert together.shape == (300, 28, 28)
    assert together.dtype == np.uint8
    assert np.abs(together[270].astype(int) - alone[0]).max() <= 1


@pytest.fixture(scope="module")
def digits(models_dir: Path) -> Path:
    return models_dir / "digits" / "1" / MODEL_FILE


def _written(path: Path, graph: bytes) -> Path:
    path.write_bytes(graph)
    return path


@pytest.mark.parametrize(
    ("foreign", "read_as"),
    [
        ({}, "integer labels in 'y'; 28 x 28 grey pixels in NCHW order, black is -1 and white 1"),
        ({"scale": (0, 1), "labels": "one-hot"}, "one-hot labels in 'y'; .* black is 0 and white 1"),
        ({"scale": (0, 255), "axes": (28, 28)}, "in NHW order, black is 0 and white 255"),
        ({"scale": (1, -1), "axes": (784,)}, "in flat order, black is 1 and white -1, inverted"),
        ({"scale": (-0.4242, 2.8215), "axes": (28, 28, 1)}, "in NHWC order, black is -0.4242 and white 2.8215"),
        ({"scale": (0, 1), "number": TensorProto.FLOAT16, "label_name": "cls_id"}, r"normal noise \(64\) in 'z'"),
        ({"labels": "one-hot", "label_name": "digit", "rows": 7}, "one-hot labels in 'digit'"),
    ],
)
def test_foreign_generator_draws_what_the_same_generator_of_the_contract_draws(
    digits: Path, foreign: dict[str, object], read_as: str, tmp_path: Path
) -> None:
    ours = ScorableGenerator(digits)
    graph = a_foreign_graph(onnx.load(digits), **({"labels": "integer"} | foreign))  # type: ignore[arg-type]
    theirs = ScorableGenerator(_written(tmp_path / "foreign.onnx", graph))
    assert theirs.is_conditional
    assert ours.read_as is None
    assert re.search(read_as, str(theirs.read_as))
    seeds, labels = _seeds(40, first=1_000_000), np.arange(40) % 11 - 1  # every class, and the seeds' own
    difference = np.abs(theirs.draw(seeds, labels).astype(int) - ours.draw(seeds, labels))
    assert difference.mean() <= (0.5 if "number" in foreign else 0)  # half precision rounds the noise and the pixels


def test_foreign_generator_without_classes_ignores_labels(models_dir: Path, tmp_path: Path) -> None:
    model = models_dir / "mlp" / "1" / MODEL_FILE
    graph = a_foreign_graph(onnx.load(model), scale=(1, 0))
    theirs = ScorableGenerator(_written(tmp_path / "foreign.onnx", graph))
    assert not theirs.is_conditional
    labels = np.arange(20)
    assert np.array_equal(theirs.draw(_seeds(20), labels), ScorableGenerator(model).draw(_seeds(20), labels))


def test_scale_that_a_person_names_decides(digits: Path, tmp_path: Path) -> None:
    path = _written(tmp_path / "foreign.onnx", a_foreign_graph(onnx.load(digits), scale=(0, 4), labels="integer"))
    with pytest.raises(NotScorable, match=r"foreign\.onnx: .* name the values of black and white"):
        ScorableGenerator(path)
    named = ScorableGenerator(path, hints=ForeignHints(scale=(0, 4)))
    labels = np.arange(10)
    assert np.array_equal(named.draw(_seeds(10), labels), ScorableGenerator(digits).draw(_seeds(10), labels))


def test_labels_have_the_classes_of_the_data(digits: Path, sample: Dataset, tmp_path: Path) -> None:
    path = _written(tmp_path / "foreign.onnx", a_foreign_graph(onnx.load(digits), labels="one-hot"))
    few = replace(sample, train_labels=sample.train_labels % 3)
    with pytest.raises(NotScorable, match="labels of 10 classes, but the data have 3"):
        ScorableGenerator(path, few)


def test_noise_of_a_foreign_generator_keeps_its_range(tmp_path: Path) -> None:
    generator = ScorableGenerator(_foreign(tmp_path / "foreign.onnx"))
    images = generator.draw(_seeds(20), np.zeros(20, np.int64))
    assert images.shape == (20, 28, 28)
    assert images.min() < 5
    assert images.max() > 250
    assert images.mean() == pytest.approx(127.5, abs=2)
    assert "polarity not certain" in str(generator.read_as)


@pytest.mark.parametrize(
    ("last", "message"),
    [
        (["Sqrt", "Log"], "100 of 100 images have pixels that are NaN or infinite"),
        (["Cos", "Floor", "Relu", "Floor"], "all pixels have the value 0"),
    ],
)
def test_values_that_are_no_pictures_are_refused(last: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(NotScorable, match=message):
        ScorableGenerator(_foreign(tmp_path / "foreign.onnx", last=last))


def test_generator_whose_images_depend_on_chance_is_reported(tmp_path: Path) -> None:
    steady, noisy = (ScorableGenerator(_foreign(tmp_path / f"{each}.onnx", last=last)) for each, last in NOISY.items())
    assert "seeds do not repeat" not in str(steady.read_as)
    assert "seeds do not repeat" in str(noisy.read_as)


def test_fixed_batch_is_padded_and_cut(tmp_path: Path) -> None:
    dynamic, fixed = (ScorableGenerator(_foreign(tmp_path / f"{rows}.onnx", rows=rows)) for rows in ("batch", 8))
    none = np.zeros(19, np.int64)
    assert np.array_equal(fixed.draw(_seeds(19), none), dynamic.draw(_seeds(19), none))


def test_latent_of_unknown_width_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotScorable, match="must be floats of known width"):
        ScorableGenerator(_foreign(tmp_path / "foreign.onnx", width="width"))


def test_images_of_another_size_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotScorable, match="allowed are images of 28 x 28"):
        ScorableGenerator(_foreign(tmp_path / "foreign.onnx", width=1024, side=32))


def test_file_that_is_not_a_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(NotScorable, match="onnxruntime cannot load it"):
        ScorableGenerator(tmp_path / "model.onnx")
    os.mkfifo(tmp_path / "pipe.onnx")  # which would be read for good
    with pytest.raises(NotScorable, match="not a regular file"):
        ScorableGenerator(tmp_path / "pipe.onnx")


def test_judge_is_refused_as_a_generator() -> None:
    with pytest.raises(NotScorable, match="must be floats"):
        ScorableGenerator(WEIGHTS_FOLDER / "plain.onnx")
