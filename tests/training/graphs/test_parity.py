"""Comparison of a graph with another graph, and of its rows with each other.

`test_export` tests the comparison with a PyTorch module.
"""

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


def test_graph_matches_itself_exactly(textbook: onnx.ModelProto) -> None:
    parity = compare(textbook, textbook, 100)
    assert (parity.max_float_difference, parity.differing_pixels_share, parity.max_grey_level_difference) == (0, 0, 0)


def test_check_rows_accepts_a_graph_with_independent_rows(textbook: onnx.ModelProto) -> None:
    check_rows(GeneratorSession(textbook.SerializeToString()), 100)


def test_check_rows_refuses_a_graph_that_mixes_rows(textbook: onnx.ModelProto) -> None:
    mean = helper.make_node("ReduceMean", ["latent", "rows"], ["mean"], keepdims=1)
    centred = helper.make_node("Sub", ["latent", "mean"], ["centred"])
    textbook.graph.initializer.append(onnx.numpy_helper.from_array(np.array([0]), "rows"))
    for node in textbook.graph.node:
        node.input[:] = ["centred" if name == "latent" else name for name in node.input]
    textbook.graph.node.insert(0, centred)
    textbook.graph.node.insert(0, mean)
    with pytest.raises(ExportRefused, match="depends on its batch: in a batch of 2 rows"):
        check_rows(GeneratorSession(textbook.SerializeToString()), 100)
