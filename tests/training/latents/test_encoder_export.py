import hashlib
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from PIL import Image

from digitgan.contract.card import ENCODER_FILE, MODEL_FILE, ModelFile, read_card, read_encoder_file
from digitgan.engine.onnx_backend import OnnxBackend
from digitgan.engine.repository import Repository
from tests.cards import deploy
from tests.commands import digitgan
from training.data import Dataset
from training.errors import ExportRefused
from training.graphs.sessions import EncoderSession, onnxruntime
from training.latents import encoder as encoders
from training.latents import reconstruction
from training.latents.encoder_export import PICTURES_FILE, generator_of, latent_difference, to_onnx
from training.latents.inversion import MAX_NORM, EncoderNetwork

pytestmark = pytest.mark.long

ON_DIGITS = pytest.mark.parametrize("trained", ["digits"], indirect=True)


@pytest.fixture(scope="module")
def version(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A version's folder to which the command has added a barely trained encoder."""
    folder = tmp_path_factory.mktemp("models") / "digits" / "1"
    shutil.copytree(exported, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reconstruction, "N_GENERATED", 20)
        patch.setattr(encoders, "N_STEPS", 2)
        result = digitgan("encoder", str(folder), "--data", "sample", "--iterations", "3")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[-1] == str(folder / ENCODER_FILE)
    return folder


@ON_DIGITS
def test_encoder_folder_matches_its_card(version: Path, exported: Path, sample: Dataset) -> None:
    card = read_card(version)
    assert card.encoder is not None
    assert read_encoder_file(version, card) == (version / ENCODER_FILE).read_bytes()
    assert card.encoder.training.iterations == 3
    assert card.encoder.n_images == len(sample.test_images)
    assert card.encoder.reconstruction.root_mean_square_error > 0
    assert card.encoder.file.size_bytes < 6_000_000
    assert 0 < card.encoder.most_error < 255
    assert 0 < card.encoder.least_confidence < 1
    assert card.model_copy(update={"encoder": None}) == read_card(exported)
    assert (version / MODEL_FILE).read_bytes() == (exported / MODEL_FILE).read_bytes()
    with Image.open(version / PICTURES_FILE) as picture:
        assert picture.size == (640, 8 * 64)
    assert [path.name for path in version.parent.iterdir()] == ["1"]


@ON_DIGITS
def test_service_loads_a_version_with_an_encoder(version: Path) -> None:
    (loaded,) = Repository(
        version.parents[1],
        lambda card, content: OnnxBackend(card, content, provider="cpu", threads=1, batch_images=2),
    ).load()
    assert loaded.reproduces_card


@ON_DIGITS
def test_encoder_graph_follows_the_contract(version: Path, sample: Dataset) -> None:
    card = read_card(version)
    session = onnxruntime.InferenceSession(version / ENCODER_FILE, providers=["CPUExecutionProvider"])
    described = {value.name: (value.type, value.shape) for value in [*session.get_inputs(), *session.get_outputs()]}
    assert described == {
        "image": ("tensor(uint8)", ["batch", 28, 28]),
        "latent": ("tensor(float)", ["batch", card.latent_size]),
        "class": ("tensor(int64)", ["batch"]),
    }
    encoder = EncoderSession((version / ENCODER_FILE).read_bytes())
    latent, label = encoder.run(sample.test_images[:37])
    assert np.array_equal(latent[:, card.style_size :].argmax(axis=1), label)
    assert np.linalg.norm(latent[:, : card.style_size], axis=1).max() <= MAX_NORM + 1e-5
    alone, _ = encoder.run(sample.test_images[20:21])
    assert np.array_equal(alone[0], latent[20])


def test_encoder_export_is_reproducible_and_contains_no_paths(models_dir: Path, sample: Dataset) -> None:
    torch.manual_seed(1)
    encoder = EncoderNetwork(generator_of(models_dir / "digits" / "1"), n_steps=2).eval()
    first, again = (to_onnx(encoder).SerializeToString(deterministic=True) for _ in range(2))
    assert hashlib.sha256(first).digest() == hashlib.sha256(again).digest()
    assert all(trace not in first for trace in (b".py", b"site-packages", b"forward"))
    assert not onnx.load_from_string(first).metadata_props
    assert latent_difference(first, encoder, sample) >= 0
    with torch.no_grad():
        encoder.guess.style.weight.mul_(1.1)
    with pytest.raises(ExportRefused, match=r"differs from its PyTorch module by .* for half of the digits"):
        latent_difference(first, encoder, sample)


@ON_DIGITS
def test_encoder_refuses_a_generator_that_has_no_known_gradient(version: Path, tmp_path: Path) -> None:
    model = onnx.load(version / MODEL_FILE)
    next(node for node in model.graph.node if node.op_type == "Relu").op_type = "Softplus"
    content = model.SerializeToString()
    file = ModelFile(
        sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content), opset=20, ir_version=model.ir_version
    )
    folder = deploy(tmp_path, read_card(version).model_copy(update={"file": file}), content)
    with pytest.raises(ExportRefused, match=r"digits/1: the graph has an operator Softplus"):
        generator_of(folder)


@pytest.mark.parametrize("trained", ["mlp"], indirect=True)
def test_encoder_refuses_a_model_without_classes(exported: Path) -> None:
    with pytest.raises(ExportRefused, match="model 'mlp' has no classes"):
        generator_of(exported)
