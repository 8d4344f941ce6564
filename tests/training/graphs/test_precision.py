"""Variants in fewer bits keep the contract and reproducible bytes, and cost little quality."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from digitgan.contract.latents import seeds_to_latents
from training.graphs.parity import compare
from training.graphs.precision import in_fp16, in_int8
from training.graphs.sessions import GeneratorSession

ROOT = Path(__file__).parents[3]
MODELS = pytest.mark.parametrize(("model", "latent_size"), [("digits", 74), ("mlp", 100)])


def reference(model: str) -> onnx.ModelProto:
    return onnx.load(ROOT / "exported" / model / "1" / "model.onnx")


@pytest.fixture(scope="module")
def integers() -> onnx.ModelProto:
    return in_int8(reference("digits"))


def n_bytes(model: onnx.ModelProto) -> int:
    return len(model.SerializeToString())


@MODELS
def test_half_precision_halves_the_file_and_hardly_moves_a_pixel(model: str, latent_size: int) -> None:
    before = reference(model)
    after = in_fp16(before)
    parity = compare(after, before, latent_size)
    assert n_bytes(after) < 0.54 * n_bytes(before)
    assert 0 < parity.max_float_difference < 2 / 255
    assert parity.max_grey_level_difference <= 1


def test_fp16_halves_large_weights_only() -> None:
    weights = in_fp16(reference("digits")).graph.initializer
    halves = {weight.name for weight in weights if weight.data_type == onnx.TensorProto.FLOAT16}
    assert halves == {f"rest.{layer}.weight.half" for layer in (1, 4)}


def test_int8_takes_a_third_of_the_bytes_and_stays_close(integers: onnx.ModelProto) -> None:
    before = reference("digits")
    latent = seeds_to_latents(range(300), 74)
    (expected,) = GeneratorSession(before.SerializeToString()).run(latent)
    (found,) = GeneratorSession(integers.SerializeToString()).run(latent)
    assert n_bytes(integers) < n_bytes(before) / 3
    assert (
        np.abs(found.astype(int) - expected.astype(int)).mean() < 1.5
    )  # grey levels; with the last map in 7 bits: 3.5


def test_int8_works_for_the_textbook_model() -> None:
    before = reference("mlp")
    after = in_int8(before)
    latent = seeds_to_latents(range(100), 100)
    (expected,) = GeneratorSession(before.SerializeToString()).run(latent)
    (found,) = GeneratorSession(after.SerializeToString()).run(latent)
    assert n_bytes(after) < n_bytes(before) * 0.7  # the last map is half of the file
    assert np.abs(found.astype(int) - expected.astype(int)).mean() < 2


def test_int8_covers_every_linear_map_but_the_first_and_last(integers: onnx.ModelProto, tmp_path: Path) -> None:
    from training.graphs.sessions import onnxruntime

    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "as_run.onnx")
    onnxruntime.InferenceSession(integers.SerializeToString(), options, providers=["CPUExecutionProvider"])
    as_run = [node.op_type for node in onnx.load(tmp_path / "as_run.onnx").graph.node]
    assert [kind for kind in as_run if kind in ("Gemm", "QGemm", "Conv", "QLinearConv", "ConvTranspose")] == [
        "Gemm",
        "QGemm",
        *["QLinearConv"] * 3,
        "Conv",
    ]


def test_int8_image_does_not_depend_on_its_batch(integers: onnx.ModelProto) -> None:
    generator = GeneratorSession(integers.SerializeToString())
    latent = seeds_to_latents(range(256), 74)
    latent[::5] *= 2  # beyond the latents that gave the scales
    alone = np.concatenate([generator.run(row[None])[0] for row in latent])
    for size in (2, 3, 7, 16, 33, 64, 100, 256):
        apart = [generator.run(latent[start : start + size])[0] for start in range(0, 256, size)]
        np.testing.assert_array_equal(np.concatenate(apart), alone, err_msg=f"batches of {size}")


def test_int8_weights_leave_room_for_the_sum_of_two_products(integers: onnx.ModelProto) -> None:
    weights = [onnx.numpy_helper.to_array(each) for each in integers.graph.initializer if each.data_type == 3]
    assert max(int(np.abs(weight.astype(int)).max()) for weight in weights) <= 64
    assert 2 * 255 * 64 < 2**15


def test_variants_are_reproducible_across_processes(integers: onnx.ModelProto) -> None:
    program = (
        "import hashlib, onnx\n"
        "from training.graphs.precision import in_int8\n"
        "graph = in_int8(onnx.load('exported/digits/1/model.onnx'))\n"
        "print(hashlib.sha256(graph.SerializeToString(deterministic=True)).hexdigest())"
    )
    environment = os.environ | {"PYTHONHASHSEED": "12345"}
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == hashlib.sha256(integers.SerializeToString(deterministic=True)).hexdigest(), (
        done.stderr
    )
