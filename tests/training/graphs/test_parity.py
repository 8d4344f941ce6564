"""Knows how a graph is compared with another one, and its rows with themselves. The comparison with a module is
`test_export`'s."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from training.errors import ExportRefused
from training.graphs.parity import check_rows, compare
from training.graphs.sessions import GeneratorSession


@pytest.fixture
def textbook(models_dir: Path) -> onnx.ModelProto:
    return onnx.load(models_dir / "mlp" / "1" / "model.onnx")


def test_graph_is_like_itself(textbook: onnx.ModelProto) -> None:
    parity = compare(textbook, textbook, 100)
    assert (parity.max_float_difference, parity.differing_pixels_share, parity.max_grey_level_difference) == (0, 0, 0)


def test_graph_whose_rows_depend_on_nothing_else_passes(textbook: onnx.ModelProto) -> None:
    check_rows(GeneratorSession(textbook.SerializeToString()), 100)


def test_graph_whose_rows_depend_on_their_batch_is_refused(textbook: onnx.ModelProto) -> None:
    mean = helper.make_node("ReduceMean", ["latent", "rows"], ["mean"], keepdims=1)
    centred = helper.make_node("Sub", ["latent", "mean"], ["centred"])
    textbook.graph.initializer.append(onnx.numpy_helper.from_array(np.array([0]), "rows"))
    for node in textbook.graph.node:
        node.input[:] = ["centred" if name == "latent" else name for name in node.input]
    textbook.graph.node.insert(0, centred)
    textbook.graph.node.insert(0, mean)
    with pytest.raises(ExportRefused, match="depends on its batch: in one of 2 rows"):
        check_rows(GeneratorSession(textbook.SerializeToString()), 100)
