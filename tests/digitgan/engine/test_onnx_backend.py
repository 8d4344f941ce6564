"""What a backend guarantees of its images, with the committed models, and how it refuses invalid graphs."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto

from digitgan.contract.card import Golden, read_card, read_model_file
from digitgan.contract.errors import ModelRefused
from digitgan.contract.latents import seeds_to_latents
from digitgan.engine import onnx_backend
from digitgan.engine.backend import Rows
from digitgan.engine.onnx_backend import OnnxBackend
from digitgan.engine.plan import OWN_CLASS
from tests.cards import GOLDEN, a_card
from tests.graphs import a_graph

MODELS = ["digits", "mlp"]
LARGEST = 256


def backend(models_dir: Path, model: str, threads: int = 1, batch_images: int = LARGEST) -> OnnxBackend:
    folder = models_dir / model / "1"
    card = read_card(folder)
    content = read_model_file(folder, card)
    return OnnxBackend(card, content, provider="cpu", threads=threads, batch_images=batch_images)


@pytest.fixture(scope="module", params=MODELS)
def committed(request: pytest.FixtureRequest, models_dir: Path) -> OnnxBackend:
    return backend(models_dir, request.param)


def tiny(content: bytes | None = None, golden: Golden | None = None) -> OnnxBackend:
    card = a_card(golden=[golden or GOLDEN])
    return OnnxBackend(card, content or a_graph(), provider="cpu", threads=1, batch_images=8)


def rows(backend: OnnxBackend, seeds: range, truncation: float = 1.0, label: int | None = None) -> Rows:
    n, n_classes = len(seeds), backend.card.n_classes
    labels = np.full(n, label) if label is not None else np.arange(n) % (n_classes + 1) + OWN_CLASS
    latents = seeds_to_latents(seeds, backend.card.latent_size)
    return Rows(latents, labels, np.full(n, truncation, np.float32))


def test_every_batch_size_gives_the_same_pixels_as_single_rows(committed: OnnxBackend) -> None:
    everything = rows(committed, range(LARGEST))
    alone = np.concatenate([committed.run(everything.part(i, i + 1)).pixels for i in range(LARGEST)])
    for size in range(1, LARGEST + 1):
        start = (size * 37) % (LARGEST - size + 1)  # so that a row has another position each time
        together = committed.run(everything.part(start, start + size)).pixels
        assert np.array_equal(together, alone[start : start + size]), f"batch of {size} from row {start}"


@pytest.mark.parametrize("model", MODELS)
def test_pixels_do_not_depend_on_the_number_of_threads(models_dir: Path, model: str) -> None:
    hashes = set()
    for threads in (1, 2, 3, 4):
        each = backend(models_dir, model, threads)
        hashes.add(hashlib.sha256(each.run(rows(each, range(64))).pixels.tobytes()).hexdigest())
    assert len(hashes) == 1


def test_committed_models_reproduce_their_cards(committed: OnnxBackend) -> None:
    assert committed.card.golden
    assert committed.reproduces_card
    assert committed.provider == "CPUExecutionProvider"


@pytest.mark.parametrize("model", MODELS)
def test_backend_with_device_buffers_gives_the_same_images(
    models_dir: Path, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = backend(models_dir, model, batch_images=8)
    monkeypatch.setattr(onnx_backend, "device_of", lambda _: "cpu")  # as if the processor were a GPU
    buffered = backend(models_dir, model, batch_images=8)
    assert buffered.reproduces_card
    for n in (1, 5, 8):
        ours, theirs = buffered.run(rows(buffered, range(n))), plain.run(rows(plain, range(n)))
        assert np.array_equal(ours.pixels, theirs.pixels)
        assert (ours.labels is None) == (theirs.labels is None)
        assert ours.labels is None or theirs.labels is None or np.array_equal(ours.labels, theirs.labels)


def test_class_is_the_label_or_else_the_argmax_of_the_class_scores(models_dir: Path) -> None:
    digits = backend(models_dir, "digits")
    own = digits.run(rows(digits, range(50), label=OWN_CLASS)).labels
    assert own is not None
    scores = seeds_to_latents(range(50), digits.card.latent_size)[:, digits.card.style_size :]
    assert np.array_equal(own, scores.argmax(axis=1))
    for label in range(digits.card.n_classes):
        used = digits.run(rows(digits, range(3), label=label)).labels
        assert used is not None and used.tolist() == [label] * 3


def test_all_seeds_of_a_class_look_the_same_at_truncation_0(committed: OnnxBackend) -> None:
    label = 3 if committed.card.is_conditional else OWN_CLASS
    pixels = committed.run(rows(committed, range(5), truncation=0, label=label)).pixels
    assert (pixels == pixels[0]).all()


def test_different_seeds_give_different_images(committed: OnnxBackend) -> None:
    label = 3 if committed.card.is_conditional else OWN_CLASS
    pixels = committed.run(rows(committed, range(100), label=label)).pixels
    assert len({image.tobytes() for image in pixels}) == 100


def test_graph_that_meets_the_contract_is_accepted() -> None:
    images = tiny().run(Rows(np.eye(4, dtype=np.float32), np.full(4, OWN_CLASS), np.full(4, 0.5, np.float32)))
    assert images.pixels[1].tolist() == [[3, 3, 4], [4, 5, 5]]  # half of 6 .. 11, cut to whole greys
    assert images.labels is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (a_graph(image_type=TensorProto.FLOAT), r"has outputs .*tensor\(float\).*requires .*tensor\(uint8\)"),
        (a_graph(latent_name="z"), "has inputs .*'z'.*requires .*'latent'"),
        (a_graph(latent_size=5), r"has inputs .*\[5\].*requires .*\[4\]"),
        (a_graph(width=4), r"has outputs .*\[2, 4\].*requires .*\[2, 3\]"),
        (a_graph(batch=1, rows=1), "the batch dimension of .*latent.* is not dynamic"),
        (a_graph(rows=1), "the batch dimension of image is not dynamic"),
        (a_graph(rows=8), "the batch dimension of image is not dynamic"),
        (a_graph(shares="statistics"), "row otherwise alone than in a batch: 6 of 6 pixels differ, .* evaluation mode"),
        (
            a_graph(shares="truncation"),
            r"row otherwise alone than in a batch: \d of 6 pixels differ, by up to \d+ grey",
        ),
    ],
)
def test_graph_that_breaks_the_contract_is_refused_with_the_difference(content: bytes, reason: str) -> None:
    with pytest.raises(ModelRefused, match=reason):
        tiny(content)


def test_conditional_card_requires_a_conditional_graph() -> None:
    with pytest.raises(ModelRefused, match=r"requires .*'label'"):
        OnnxBackend(a_card(n_classes=2, style_size=2), a_graph(), provider="cpu", threads=1, batch_images=8)


def test_different_golden_pixels_are_reported_but_not_refused() -> None:
    assert not tiny(golden=Golden(seed=1, label=None, pixels_sha256="0" * 64)).reproduces_card


def test_equal_golden_pixels_are_reported() -> None:
    one = tiny()
    pixels = one.run(rows(one, range(1, 2), label=OWN_CLASS)).pixels
    digest = hashlib.sha256(pixels.tobytes()).hexdigest()
    assert tiny(golden=Golden(seed=1, label=None, pixels_sha256=digest)).reproduces_card
