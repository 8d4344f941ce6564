"""Foreign forms of the committed models draw the same images once they are wrapped."""

import math
from pathlib import Path
from typing import Literal

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from digitgan.contract.card import MODEL_FILE
from digitgan.contract.latents import seeds_to_latents
from digitgan.contract.self_contained import check_self_contained
from tests.graphs import a_foreign_graph, a_graph_of
from training.choices import Noise
from training.graphs.foreign import read_foreign
from training.graphs.pixels import PixelFormat
from training.graphs.sessions import GeneratorSession
from training.graphs.wrapping import inner, wrap

Labels = Literal["integer", "one-hot"]
GREY = PixelFormat("NHW", 28, 28, 1, -1.0, 1.0, is_certain=True)


def _graph(models_dir: Path, name: str) -> onnx.ModelProto:
    return onnx.load(models_dir / name / "1" / MODEL_FILE)


@pytest.mark.parametrize(
    ("labels", "scale", "axes", "number", "most"),
    [
        ("integer", (-1, 1), (1, 28, 28), TensorProto.FLOAT, 0),
        ("one-hot", (0, 1), (28, 28, 1), TensorProto.FLOAT, 0),
        ("integer", (255, 0), (28, 28), TensorProto.DOUBLE, 0),
        ("one-hot", (1, -1), (784,), TensorProto.FLOAT16, 3),
    ],
)
def test_wrapped_generator_draws_what_the_model_draws(
    models_dir: Path,
    tmp_path: Path,
    labels: Labels,
    scale: tuple[float, float],
    axes: tuple[int, ...],
    number: int,
    most: int,
) -> None:
    digits = _graph(models_dir, "digits-small")
    (tmp_path / "my.onnx").write_bytes(a_foreign_graph(digits, labels=labels, scale=scale, axes=axes, number=number))
    foreign = read_foreign(tmp_path / "my.onnx", n_classes=10)
    assert (foreign.style_size, foreign.n_classes) == (64, 10)
    pixels = PixelFormat("NHW", 28, 28, 1, *scale, is_certain=True)
    graph = wrap(foreign, "normal", pixels).SerializeToString(deterministic=True)
    wrapped, original = GeneratorSession(graph), GeneratorSession(digits.SerializeToString())
    latent, label = seeds_to_latents(range(20), 74), np.arange(20) % 11 - 1
    for truncation in (1.0, 0.5):
        found, classes = wrapped.run(latent, label, truncation, outputs=("image", "class"))
        expected, asked = original.run(latent, label, truncation, outputs=("image", "class"))
        assert np.abs(found.astype(int) - expected).max() <= most
        assert np.array_equal(classes, asked)
    with pytest.raises(Exception, match="indices element out of data bounds"):
        wrapped.run(latent, label + 10)


def _square(path: Path, *, name: str = "z", n: int = 4) -> Path:
    """Write a generator whose output is its input, in rows of two pixels."""
    nodes = [
        helper.make_node("Reshape", [name, "location.shape"], ["out"]),
        helper.make_node("Mul", [name, "unused.weight"], ["unused"]),
    ]
    constants = {"location.shape": np.array([-1, n // 2, 2]), "unused.weight": np.zeros(n, np.float32)}
    inputs: dict[str, tuple[list[int | str], int]] = {name: (["n", n], TensorProto.FLOAT)}
    path.write_bytes(a_graph_of(nodes, inputs=inputs, output="out", constants=constants))
    return path


@pytest.mark.parametrize("noise", ["normal", "uniform", "unit"])
def test_noise_has_the_distribution_that_the_generator_takes(tmp_path: Path, noise: Noise) -> None:
    foreign = read_foreign(_square(tmp_path / "my.onnx"))
    session = GeneratorSession(wrap(foreign, noise, None).SerializeToString())
    latent = seeds_to_latents(range(500), 4)
    (values,) = session.run(latent, outputs=(inner("out"),))
    uniform = np.vectorize(math.erf)(latent / math.sqrt(2))
    expected = {"normal": latent, "uniform": uniform, "unit": (uniform + 1) / 2}[noise]
    assert np.allclose(values.reshape(-1, 4), expected, atol=1e-6)


def test_one_hot_label_at_the_end_of_the_only_input_is_fed(tmp_path: Path) -> None:
    foreign = read_foreign(_square(tmp_path / "my.onnx", n=6), n_classes=4)
    assert (foreign.style_size, foreign.latent_size) == (2, 6)
    session = GeneratorSession(wrap(foreign, "normal", None).SerializeToString())
    values, classes = session.run(seeds_to_latents(range(3), 6), np.array([0, 3, -1]), outputs=(inner("out"), "class"))
    assert np.array_equal(values.reshape(-1, 6)[:, 2:], np.eye(4)[classes])
    assert classes[:2].tolist() == [0, 3]


@pytest.mark.parametrize("name", ["latent", "truncation", "image", "location", "values"])
def test_names_of_the_generator_do_not_meet_those_of_the_contract(tmp_path: Path, name: str) -> None:
    graph = wrap(read_foreign(_square(tmp_path / "my.onnx", name=name)), "normal", GREY)
    onnx.checker.check_model(graph, full_check=True)
    check_self_contained(graph.SerializeToString())


def test_what_no_output_depends_on_is_left_out(tmp_path: Path) -> None:
    graph = wrap(read_foreign(_square(tmp_path / "my.onnx")), "normal", GREY).graph
    assert inner("unused") not in [name for node in graph.node for name in node.output]
    assert inner("unused.weight") not in [each.name for each in graph.initializer]
