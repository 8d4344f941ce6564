from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from digitgan.contract.latents import seeds_to_latents
from tests.graphs import a_graph_of
from training.graphs.batches import with_any_batch
from training.graphs.foreign import read_foreign
from training.graphs.sessions import GeneratorSession
from training.graphs.wrapping import inner, wrap


def _fixed(path: Path, rows: int) -> Path:
    """Write what an exporter makes of an example of some rows: its shapes hold their number."""
    nodes = [
        helper.make_node("Expand", ["bias", "wide"], ["biases"]),
        helper.make_node("Add", ["z", "biases"], ["shifted"]),
        helper.make_node("Reshape", ["shifted", "square"], ["image"]),
        helper.make_node("Reshape", ["scale", "weight"], ["factor"]),  # a weight, which has one row for all
        helper.make_node("Mul", ["image", "factor"], ["scaled"]),
        helper.make_node("Tanh", ["scaled"], ["out"]),
    ]
    constants = {
        "bias": np.arange(4, dtype=np.float32)[None],
        "wide": np.array([rows, 4]),
        "square": np.array([rows, -1, 2, 2]),
        "scale": np.array([1, 2, 3, 4], np.float32),
        "weight": np.array([1, 1, 2, 2]),
    }
    inputs = {"z": ([rows, 4], TensorProto.FLOAT)}
    path.write_bytes(a_graph_of(nodes, inputs=inputs, output="out", constants=constants))
    return path


@pytest.mark.parametrize("rows", [1, 3])
def test_fixed_batch_becomes_dynamic_and_draws_the_same(tmp_path: Path, rows: int) -> None:
    fixed = read_foreign(_fixed(tmp_path / "my.onnx", rows))
    assert fixed.inputs.rows == fixed.exported_rows == rows
    free = with_any_batch(fixed)
    assert (free.inputs.rows, free.exported_rows) == (None, rows)
    latent = seeds_to_latents(range(6), 4)
    before, after = (GeneratorSession(wrap(each, "normal", None).SerializeToString()) for each in (fixed, free))
    name = (inner("out"),)
    expected = [before.run(part, outputs=name)[0] for part in np.split(latent, 6 // rows)]
    for n in (1, 2, 6):
        (found,) = after.run(latent[:n], outputs=name)
        assert found.shape == (n, 1, 2, 2)
        assert np.array_equal(found, np.concatenate(expected)[:n])
