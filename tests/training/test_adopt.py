"""Foreign forms of the committed models become versions that the service loads; a refused one leaves nothing behind."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from PIL import Image

import digitgan
from digitgan.contract.card import MODEL_FILE, SAMPLES_FILE, Metric, read_card
from digitgan.contract.latents import seeds_to_latents
from digitgan.engine.onnx_backend import OnnxBackend
from digitgan.engine.repository import Repository
from tests import commands
from tests.graphs import a_foreign_graph, a_graph, a_graph_of
from training.adopt import AdoptionFacts, AdoptionHints, adopt
from training.data import Dataset
from training.errors import AdoptionRefused, ExportRefused
from training.graphs import speed
from training.history_export import add_history
from training.run import Run
from training.variants import MAX_FP16_DIFFERENCE, write_variants

FLOAT = TensorProto.FLOAT
NOTHING = AdoptionFacts()
WEIGHT = np.random.default_rng(0).normal(0, 1, (16, 32 * 24)).astype(np.float32)


@pytest.fixture(autouse=True)
def quick_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "_REPEATS", 1)


def _judge(path: Path) -> dict[str, Metric]:
    return {"bytes": Metric(value=path.stat().st_size, definition="size of the file")}


@pytest.fixture(scope="module")
def digits(models_dir: Path) -> onnx.ModelProto:
    return onnx.load(models_dir / "digits-small" / "1" / MODEL_FILE)


def _linear(path: Path, *last: tuple[str, list[str]], rows: int | str = "n", **constants: Any) -> Path:
    """Write a generator: the noise times weights, ``h``, and then other operators, each of which makes ``h``."""
    nodes, value = [helper.make_node("MatMul", ["z", "weight"], ["value"])], "value"
    for place, (operator, inputs) in enumerate(last):
        names = [value if name == "h" else name for name in inputs]
        value = f"value.{place}"
        nodes.append(helper.make_node(operator, names, [value]))
    arrays = {"weight": WEIGHT, "size": np.array([-1, 32, 24]), "rows": np.array([0]), **constants}
    path.write_bytes(a_graph_of(nodes, inputs={"z": ([rows, 16], FLOAT)}, output=value, constants=arrays))
    return path


IMAGE = ("Tanh", ["h"]), ("Reshape", ["h", "size"])


@pytest.fixture(scope="module")
def adopted(digits: onnx.ModelProto, tmp_path_factory: pytest.TempPathFactory, sample: Dataset) -> Path:
    """A version that was adopted from a file with one-hot labels, whose background is light."""
    folder = tmp_path_factory.mktemp("adopted")
    (folder / "my.onnx").write_bytes(a_foreign_graph(digits, labels="one-hot", scale=(1, 0), axes=(28, 28, 1)))
    facts = AdoptionFacts(description="Mine.", licence="MIT", class_names=tuple("abcdefghij"), data=sample)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(speed, "_REPEATS", 1)
        adopt(folder / "my.onnx", folder / "models" / "mine" / "1", AdoptionHints(), facts, judge=_judge)
    return folder / "models" / "mine" / "1"


def test_adopted_model_is_served_and_draws_what_the_generator_drew(adopted: Path, models_dir: Path) -> None:
    assert sorted(path.name for path in adopted.iterdir()) == ["card.json", MODEL_FILE, SAMPLES_FILE]
    [backend] = Repository(
        adopted.parents[1],
        lambda card, content: OnnxBackend(card, content, provider="cpu", threads=1, batch_images=64),
    ).load()
    assert backend.reproduces_card
    with digitgan.load(adopted) as mine, digitgan.load(models_dir / "digits-small") as small:
        for labels in (None, 7):
            found, expected = (each.generate(seeds=range(20), labels=labels) for each in (mine, small))
            assert np.array_equal(found.pixels, expected.pixels)
            assert np.array_equal(found.labels, expected.labels)


def test_adopted_model_has_variants(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    narrow, wide = (random.normal(0, 0.05, shape).astype(np.float32) for shape in ((768, 64), (64, 768)))
    layers = [("Gemm", ["h", "narrow"]), ("Relu", ["h"]), ("Gemm", ["h", "wide"]), ("Relu", ["h"])]
    last = [*layers, ("Gemm", ["h", "narrow"]), ("Gemm", ["h", "wide"]), ("Sigmoid", ["h"]), ("Reshape", ["h", "size"])]
    path = _linear(tmp_path / "my.onnx", *last, narrow=narrow, wide=wide)
    card = adopt(path, tmp_path / "mine" / "1", AdoptionHints(scale=(0, 1)), NOTHING)
    half, integers = map(read_card, write_variants(tmp_path / "mine" / "1", tmp_path, judge=None))
    assert (half.model, integers.model, half.adoption) == ("mine-fp16", "mine-int8", card.adoption)
    assert half.parity and integers.parity
    assert 0 < half.parity.max_float_difference < MAX_FP16_DIFFERENCE
    assert half.parity.max_float_difference < integers.parity.max_float_difference < 0.2


@pytest.mark.parametrize(("layout", "axes"), [("NCHW", (3, 16, 16)), ("NHWC", (16, 16, 3))], ids=lambda each: str(each))
def test_generator_in_colour_is_adopted(tmp_path: Path, layout: str, axes: tuple[int, ...]) -> None:
    size = np.array([-1, *axes])
    path = _linear(tmp_path / "my.onnx", ("Tanh", ["h"]), ("Reshape", ["h", "size"]), size=size)
    card = adopt(path, tmp_path / "tints" / "1", AdoptionHints(scale=(-1, 1)), NOTHING)
    assert (card.image_channels, card.image_shape) == (3, (16, 16, 3))
    assert card.adoption is not None and card.adoption.pixels.startswith(f"16 x 16 RGB pixels in {layout} order")
    with digitgan.load(tmp_path / "tints") as model:
        found = model.generate(seeds=range(3)).pixels
    drawn = np.tanh(seeds_to_latents(range(3), 16) @ WEIGHT).reshape(3, *axes)
    expected = np.moveaxis(drawn, 1, -1) if layout == "NCHW" else drawn
    assert found.shape == (3, 16, 16, 3) and np.abs((expected + 1) * 127.5 - found).max() < 0.51
    with Image.open(tmp_path / "tints" / "1" / SAMPLES_FILE) as samples:
        assert samples.mode == "RGB"


def test_card_has_what_was_said_and_measured_and_nothing_else(adopted: Path, sample: Dataset) -> None:
    card = read_card(adopted)
    assert (card.model, card.version, card.description, card.licence) == ("mine", "1", "Mine.", "MIT")
    assert (card.style_size, card.n_classes, card.image_height, card.image_width) == (64, 10, 28, 28)
    assert card.class_names == list("abcdefghij")
    assert card.data is not None and card.data.sha256 == sample.sha256
    assert card.metrics["bytes"].value == card.file.size_bytes
    assert (len(card.golden), card.speed is not None, card.multiply_adds) == (20, True, 1_456_240)
    assert card.adoption is not None
    assert card.adoption.pixels == "28 x 28 grey pixels in NHWC order, black is 1 and white 0, inverted"
    assert (card.recipe, card.training, card.parity, card.history) == (None, None, None, None)


def test_nothing_but_the_graph_need_be_known_and_sizes_are_free(tmp_path: Path) -> None:
    path = _linear(tmp_path / "my.onnx", *IMAGE, rows=3, size=np.array([3, 32, 24]))
    card = adopt(path, tmp_path / "models" / "tall" / "2", AdoptionHints(noise="uniform"), NOTHING)
    assert read_card(tmp_path / "models" / "tall" / "2") == card
    assert (card.image_height, card.image_width, card.n_classes, card.latent_size) == (32, 24, 0, 16)
    assert (card.data, card.licence, card.metrics, card.description) == (None, None, {}, "Adopted from my.onnx.")
    assert card.adoption is not None and (card.adoption.batch, card.adoption.noise) == (3, "uniform")
    assert card.adoption.pixels.endswith("black is -1 and white 1, polarity not certain")
    with digitgan.load(tmp_path / "models" / "tall") as tall:
        assert tall.generate(seeds=range(5)).pixels.shape == (5, 32, 24)
    with pytest.raises(ExportRefused, match="tall/2: already exists"):
        adopt(path, tmp_path / "models" / "tall" / "2", AdoptionHints(), NOTHING)
    again = adopt(path, tmp_path / "again" / "tall" / "2", AdoptionHints(noise="uniform"), NOTHING)
    assert (again.file, again.golden) == (card.file, card.golden)
    adopt(path, tmp_path / "models" / "tall" / "2", AdoptionHints(scale=(1, -1)), NOTHING, replaces=True)
    with digitgan.load(tmp_path / "models" / "tall") as inverted:
        assert inverted.card.adoption and inverted.card.adoption.pixels.endswith("white -1, inverted")


@pytest.mark.parametrize(
    ("last", "given", "message"),
    [
        ([("Log", ["h"]), ("Reshape", ["h", "size"])], {}, "256 of 256 images have pixels that are NaN or infinite"),
        ([("ReduceSum", ["h", "rows"]), ("Add", ["h", "value"]), *IMAGE], {}, r"depends on its batch: .*model\.eval"),
        ([("Mul", ["h", "zero"]), ("Add", ["h", "row"]), *IMAGE], {}, "draws the same image for all noise"),
        (
            [("MatMul", ["z", "many"]), ("Tanh", ["h"]), ("Reshape", ["h", "colours"])],
            {"scale": (-1, 1)},
            "257 x 1 RGB pixels .* a side has at most 256",
        ),
        ([("Tanh", ["h"]), ("Slice", ["h", "rows", "most", "axis"])], {}, r"the output is \(256, 7\); allowed are"),
        ([("Tanh", ["h"]), ("Reshape", ["h", "one"])], {}, "its operator Reshape fails"),
        ([("Tanh", ["h"]), ("Transpose", ["h"])], {}, r"\(768, 64\) for 64 rows of noise; the first dimension"),
        (
            [("Tanh", ["h"]), ("Concat", ["h", "two"])],
            {"rows": 2},
            "for batches of 2, .* its operator Concat fails then",
        ),
        ([("ReduceSum", ["h", "rows"]), ("Add", ["h", "value"]), *IMAGE], {"rows": 2}, "an image alone is another one"),
        ([("Relu", ["h"]), ("Reshape", ["h", "size"])], {}, "fits none of the usual scales"),
        (IMAGE, {"scale": (0, 255)}, "that is not a scale from 0 to 255"),
        (IMAGE, {"class_names": ("a", "b")}, "2 names of classes, but it has 0 classes"),
    ],
)
def test_what_is_no_generator_of_images_is_refused(
    tmp_path: Path, last: list[tuple[str, list[str]]], given: dict[str, Any], message: str
) -> None:
    constants = {
        "zero": np.float32(0),
        "row": WEIGHT[:1],
        "colours": np.array([-1, 3, 257, 1]),
        "many": np.ones((16, 3 * 257), np.float32),
        "most": np.array([7]),
        "axis": np.array([1]),
        "one": np.array([32, 24]),
        "two": np.ones((2, 16), np.float32),
    }
    path = _linear(tmp_path / "my.onnx", *last, rows=given.pop("rows", "n"), **constants)
    if any(operator == "Concat" for operator, _ in last):
        model = onnx.load(path)
        model.graph.node[-1].attribute.append(helper.make_attribute("axis", 1))
        onnx.save(model, path)
    hints, facts = AdoptionHints(scale=given.get("scale")), replace(NOTHING, class_names=given.get("class_names"))
    with pytest.raises(AdoptionRefused, match=message) as refused:
        adopt(path, tmp_path / "models" / "mine" / "1", hints, facts)
    assert str(refused.value).startswith(f"{path}: ")
    assert not list(tmp_path.rglob("models/**/*"))


def test_graph_that_keeps_the_contract_is_taken_as_it_is(models_dir: Path, tmp_path: Path) -> None:
    original = read_card(models_dir / "digits-small" / "1")
    path = models_dir / "digits-small" / "1" / MODEL_FILE
    card = adopt(path, tmp_path / "again" / "1", AdoptionHints(), NOTHING)
    assert (card.file, card.golden) == (original.file, original.golden)
    assert (card.style_size, card.n_classes, card.n_parameters) == (64, 10, original.n_parameters)
    refusals: dict[str, tuple[Path, int | None]] = {"--classes 11, but input 'label' takes 10": (path, 11)}
    (tmp_path / "my.onnx").write_bytes(a_graph(image_type=FLOAT))
    refusals["but its image is float32 (2, 2, 3), not uint8"] = (tmp_path / "my.onnx", None)
    for message, (file, n_classes) in refusals.items():
        with pytest.raises(AdoptionRefused, match=re.escape(message)):
            adopt(file, tmp_path / "bad" / "1", AdoptionHints(n_classes=n_classes), NOTHING)
    assert not list(tmp_path.glob("bad/*"))


def test_facts_that_contradict_the_graph_are_refused(digits: onnx.ModelProto, tmp_path: Path, sample: Dataset) -> None:
    (tmp_path / "my.onnx").write_bytes(a_foreign_graph(digits, labels="integer"))
    with pytest.raises(AdoptionRefused, match="it has 9 classes, but the data 'sample' have 10"):
        adopt(tmp_path / "my.onnx", tmp_path / "m" / "1", AdoptionHints(n_classes=9), AdoptionFacts(data=sample))
    _linear(tmp_path / "tall.onnx", *IMAGE)
    with pytest.raises(AdoptionRefused, match=r"32 x 24 grey .*, but those of the data 'sample' are 28 x 28"):
        adopt(tmp_path / "tall.onnx", tmp_path / "m" / "1", AdoptionHints(), AdoptionFacts(data=sample))


def test_commands_that_need_what_is_unknown_say_so(tmp_path: Path) -> None:
    done = commands.digitgan("adopt", _linear(tmp_path / "my.onnx", *IMAGE), "--model", "tall", "--to", tmp_path)
    folder = tmp_path / "tall" / "1"
    assert (done.exit_code, done.stdout) == (0, f"{folder}\n")
    assert "unknown in its card: recipe, training, data, metrics, licence" in done.stderr
    assert f"digitgan serve --models-dir {tmp_path} --default-model tall" in done.stderr
    with pytest.raises(ExportRefused, match="its card names no training run"):
        add_history(folder, Run(tmp_path / "run"))
    done = commands.digitgan("adopt", tmp_path / "my.onnx", "--model", "tall", "--judge", tmp_path)
    assert (done.exit_code, done.stderr.startswith("digitgan: --judge needs --data")) == (2, True)
    done = commands.digitgan("truncation", folder, "--data", "sample")
    assert done.exit_code == 1
    assert "does not say which data it learned from; if you know them, adopt it again with --data" in done.stderr
