import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from digitgan.contract.card import CARD_FILE, MODEL_FILE
from tests.graphs import a_graph_of
from training.graphs.cost import multiply_adds, n_parameters


@pytest.mark.parametrize("model", ["digits", "digits-small", "mlp"])
def test_cost_of_the_committed_models_is_that_of_their_cards(models_dir: Path, model: str) -> None:
    folder = models_dir / model / "1"
    card, graph = json.loads((folder / CARD_FILE).read_text()), onnx.load(folder / MODEL_FILE)
    assert (multiply_adds(graph), n_parameters(graph)) == (card["multiply_adds"], card["n_parameters"])


def _graph(operator: str, *shape: int | str) -> onnx.ModelProto:
    """Return a graph of one operator on (n, 4) and weights of (4, 5)."""
    node = helper.make_node(operator, ["z", "weight"], ["out"])
    inputs = {"z": (["n", *shape], TensorProto.FLOAT)}
    graph = a_graph_of([node], inputs=inputs, output="out", constants={"weight": np.ones((4, 5), np.float32)})
    return onnx.load_from_string(graph)


def test_products_of_matrices_are_counted_for_one_row() -> None:
    assert multiply_adds(_graph("MatMul", 4)) == 20
    assert multiply_adds(_graph("MatMul", 7, 4)) == 140
    assert multiply_adds(_graph("Add", 4, 5)) is None


@pytest.mark.parametrize(("operator", "shape"), [("MatMul", ("many", 4)), ("Einsum", (4,))])
def test_cost_that_the_graph_does_not_show_is_unknown(operator: str, shape: tuple[int | str, ...]) -> None:
    assert multiply_adds(_graph(operator, *shape)) is None


def test_weights_of_other_names_and_single_numbers_are_not_counted() -> None:
    graph = _graph("MatMul", 4)
    graph.graph.initializer.append(numpy_helper.from_array(np.array(2, np.float32), "weight.scale"))
    assert n_parameters(graph, "weight") == 20
    assert n_parameters(graph, "other") is None
