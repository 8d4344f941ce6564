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
from training.latents import reconstruction
from training.latents.encoder_export import PICTURES_FILE, generator_of, latent_difference, to_onnx
from training.networks.encoder import EncoderNetwork
from training.run import Run

ON_DIGITS = pytest.mark.parametrize("trained", ["digits"], indirect=True)


@pytest.fixture(scope="module")
def version(trained: Run, exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A version's folder to which the command has added a barely trained encoder."""
    folder = tmp_path_factory.mktemp("models") / "digits" / "1"
    shutil.copytree(exported, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reconstruction, "N_GENERATED", 20)
        arguments = ["encoder", str(trained.folder), "--to", str(folder), "--iterations", "3"]
        result = digitgan(*arguments)
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
    assert card.encoder.file.size_bytes < 1_000_000
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
    alone, _ = encoder.run(sample.test_images[20:21])
    assert np.allclose(alone[0], latent[20], atol=1e-5)


def test_encoder_export_is_reproducible_and_contains_no_paths(sample: Dataset) -> None:
    torch.manual_seed(1)
    encoder = EncoderNetwork(style_size=64, n_classes=10).eval()
    first, again = (to_onnx(encoder).SerializeToString(deterministic=True) for _ in range(2))
    assert hashlib.sha256(first).digest() == hashlib.sha256(again).digest()
    assert all(trace not in first for trace in (b".py", b"site-packages", b"forward"))
    assert not onnx.load_from_string(first).metadata_props
    assert latent_difference(first, encoder, sample) < 1e-4
    with torch.no_grad():
        next(encoder.parameters()).mul_(1.1)
    with pytest.raises(ExportRefused, match="differs from its PyTorch module by"):
        latent_difference(first, encoder, sample)


@ON_DIGITS
def test_encoder_refuses_a_run_that_did_not_make_the_version(version: Path, trained: Run, tmp_path: Path) -> None:
    model = onnx.load(version / MODEL_FILE)
    weights = next(each for each in model.graph.initializer if each.name == "style.weight")
    weights.CopyFrom(onnx.numpy_helper.from_array(1.1 * onnx.numpy_helper.to_array(weights), weights.name))
    content = model.SerializeToString()
    file = ModelFile(
        sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content), opset=20, ir_version=model.ir_version
    )
    folder = deploy(tmp_path, read_card(version).model_copy(update={"file": file}), content)
    with pytest.raises(ExportRefused, match=r"was not exported from the current snapshot of"):
        generator_of(folder, trained)


@pytest.mark.parametrize("trained", ["mlp"], indirect=True)
def test_encoder_refuses_a_model_without_classes(exported: Path, trained: Run) -> None:
    with pytest.raises(ExportRefused, match="model 'mlp' has no classes"):
        generator_of(exported, trained)
