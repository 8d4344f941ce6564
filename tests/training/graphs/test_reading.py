from pathlib import Path

import onnx
import pytest
import torch

from digitgan.contract.card import MODEL_FILE
from training.errors import ExportRefused
from training.graphs.folding import folded
from training.graphs.graph import ServedGenerator, to_onnx
from training.graphs.reading import generator_of
from training.recipes import digits, mlp


def test_generator_read_from_a_graph_draws_as_the_one_exported() -> None:
    torch.manual_seed(1)
    generator = digits.RECIPE.generator.build().eval()
    read = generator_of(to_onnx(ServedGenerator(folded(generator))), generator.style_size, generator.n_classes)
    style, label = torch.randn(100, 64), torch.arange(100) % 10
    torch.testing.assert_close(read(style, label), generator(style, label), atol=2e-5, rtol=0)
    assert not any(weight.requires_grad for weight in read.parameters())


def test_reading_refuses_an_operator_without_a_gradient(models_dir: Path) -> None:
    model = onnx.load(models_dir / "digits" / "1" / MODEL_FILE)
    next(node for node in model.graph.node if node.op_type == "Relu").op_type = "Softplus"
    with pytest.raises(ExportRefused, match="an operator Softplus, through which no gradient is known"):
        generator_of(model, 64, 10)


def test_reading_refuses_a_graph_that_computes_something_else(models_dir: Path) -> None:
    model = onnx.load(models_dir / "digits" / "1" / MODEL_FILE)
    (add,) = (node for node in model.graph.node if node.output[0] == model.graph.node[9].output[0])
    add.op_type = "Mul"
    with pytest.raises(ExportRefused, match="differs from its PyTorch module"):
        generator_of(model, 64, 10)


def test_reading_refuses_a_graph_without_classes() -> None:
    graph = to_onnx(ServedGenerator(folded(mlp.RECIPE.generator.build().eval())))
    with pytest.raises(ExportRefused, match=r"no weights 'classes\.weight'"):
        generator_of(graph, 100, 0)
