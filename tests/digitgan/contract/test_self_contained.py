"""Knows models that would read other files, and that none passes. Does not know what else makes a good model."""

from pathlib import Path

import onnx
import pytest
from onnx import external_data_helper

from digitgan.contract.card import MODEL_FILE
from digitgan.contract.errors import ModelRefused
from digitgan.contract.self_contained import check_self_contained
from tests.graphs import a_graph


def with_external_data(location: str) -> bytes:
    """Return the tiny model, whose weights are said to lie at some place."""
    model = onnx.load_from_string(a_graph())
    weights = next(each for each in model.graph.initializer if each.name == "weights")
    external_data_helper.set_external_data(weights, location)
    weights.ClearField("raw_data")
    return bytes(model.SerializeToString())


@pytest.mark.parametrize("location", ["weights.bin", "../../secrets", "/etc/hostname", "*/_ORT_MEM_ADDR_/*"])
def test_data_outside_of_the_file_are_refused(location: str) -> None:
    with pytest.raises(ModelRefused, match="'location', by which ONNX names data outside of the file"):
        check_self_contained(with_external_data(location))


def test_data_outside_of_the_file_are_found_in_a_graph_inside_of_a_node() -> None:
    inner = onnx.load_from_string(with_external_data("weights.bin")).graph
    branch = onnx.helper.make_node("If", ["yes"], ["image"], then_branch=inner, else_branch=inner)
    outer = onnx.helper.make_model(onnx.helper.make_graph([branch], "outer", [], []))
    with pytest.raises(ModelRefused, match="self-contained"):
        check_self_contained(outer.SerializeToString())


def test_the_runtimes_own_format_is_refused() -> None:
    with pytest.raises(ModelRefused, match="onnxruntime's own format"):
        check_self_contained(b"\x20\0\0\0ORTM" + bytes(100))


def test_every_committed_model_passes(models_dir: Path) -> None:
    for path in models_dir.glob(f"*/*/{MODEL_FILE}"):
        check_self_contained(path.read_bytes())
    check_self_contained(a_graph())
