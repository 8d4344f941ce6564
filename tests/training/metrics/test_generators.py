from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from digitgan.contract.card import MODEL_FILE
from training.errors import NotScorable
from training.metrics.generators import ScorableGenerator
from training.metrics.judge import WEIGHTS_FOLDER


def _foreign(path: Path, *, rows: int | str = "batch", width: int | str = 784, side: int = 28) -> Path:
    """Write a foreign generator: the tanh of the latent, as one channel."""
    nodes = [
        helper.make_node("Tanh", ["z"], ["flat"]),
        helper.make_node("Reshape", ["flat", "shape"], ["out"]),
    ]
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


def test_range_of_a_foreign_generator_becomes_grey_levels(tmp_path: Path) -> None:
    images = ScorableGenerator(_foreign(tmp_path / "foreign.onnx")).draw(_seeds(20), np.zeros(20, np.int64))
    assert images.shape == (20, 28, 28)
    assert images.min() < 5
    assert images.max() > 250
    assert images.mean() == pytest.approx(127.5, abs=2)


def test_fixed_batch_is_padded_and_cut(tmp_path: Path) -> None:
    dynamic, fixed = (ScorableGenerator(_foreign(tmp_path / f"{rows}.onnx", rows=rows)) for rows in ("batch", 8))
    none = np.zeros(19, np.int64)
    assert np.array_equal(fixed.draw(_seeds(19), none), dynamic.draw(_seeds(19), none))


def test_latent_of_unknown_width_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotScorable, match="must be floats of known width"):
        ScorableGenerator(_foreign(tmp_path / "foreign.onnx", width="width"))


def test_images_of_another_size_are_refused(tmp_path: Path) -> None:
    generator = ScorableGenerator(_foreign(tmp_path / "foreign.onnx", width=1024, side=32))
    with pytest.raises(NotScorable, match="allowed are 28 x 28"):
        generator.draw(_seeds(3), np.zeros(3, np.int64))


def test_file_that_is_not_a_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(NotScorable, match="onnxruntime cannot load it"):
        ScorableGenerator(tmp_path / "model.onnx")


def test_judge_is_refused_as_a_generator() -> None:
    with pytest.raises(NotScorable, match="must be floats"):
        ScorableGenerator(WEIGHTS_FOLDER / "plain.onnx")
