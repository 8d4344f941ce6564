"""Models that would read other files are refused, and self-contained ones accepted."""

from pathlib import Path

import onnx
import pytest
from onnx import external_data_helper

from digitgan.contract.card import MODEL_FILE
from digitgan.contract.errors import ModelRefused
from digitgan.contract.self_contained import check_self_contained
from tests.graphs import a_graph


def with_external_data(location: str) -> bytes:
    """Return the tiny model with its weights stored at a location outside the file."""
    model = onnx.load_from_string(a_graph())
    weights = next(each for each in model.graph.initializer if each.name == "weights")
    external_data_helper.set_external_data(weights, location)
    weights.ClearField("raw_data")
    return bytes(model.SerializeToString())


@pytest.mark.parametrize("location", ["weights.bin", "../../secrets", "/etc/hostname", "*/_ORT_MEM_ADDR_/*"])
def test_external_data_are_refused(location: str) -> None:
    with pytest.raises(ModelRefused, match="'location', which ONNX uses to refer to external data"):
        check_self_contained(with_external_data(location))


def test_external_data_are_refused_in_a_graph_nested_in_a_node() -> None:
    inner = onnx.load_from_string(with_external_data("weights.bin")).graph
    branch = onnx.helper.make_node("If", ["condition"], ["image"], then_branch=inner, else_branch=inner)
    outer = onnx.helper.make_model(onnx.helper.make_graph([branch], "outer", [], []))
    with pytest.raises(ModelRefused, match="self-contained"):
        check_self_contained(outer.SerializeToString())


def test_onnxruntimes_own_format_is_refused() -> None:
    with pytest.raises(ModelRefused, match="onnxruntime's own format"):
        check_self_contained(b"\x20\0\0\0ORTM" + bytes(100))


def test_every_committed_model_is_accepted(models_dir: Path) -> None:
    for path in models_dir.glob(f"*/*/{MODEL_FILE}"):
        check_self_contained(path.read_bytes())
    check_self_contained(a_graph())
