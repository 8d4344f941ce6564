"""Variants are models of their own that the service loads; a refused one leaves nothing behind."""

import shutil
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from digitgan.contract.card import Metric, read_card, read_model_file
from digitgan.engine.onnx_backend import OnnxBackend
from digitgan.engine.repository import Repository
from tests.cards import a_card, deploy
from training import variants
from training.errors import ExportRefused
from training.graphs import speed
from training.graphs.graph import BATCH, write_graph
from training.variants import write_variants

pytestmark = pytest.mark.long


def judge(path: Path) -> dict[str, Metric]:
    return {"bytes": Metric(value=path.stat().st_size, definition="size of the file")}


@pytest.fixture(scope="module")
def written(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the committed default model and both of its variants."""
    root = tmp_path_factory.mktemp("exported")
    shutil.copytree(models_dir / "digits" / "1", root / "digits" / "1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(speed, "_REPEATS", 1)
        made = write_variants(root / "digits" / "1", root, judge=judge)
    assert made == [root / "digits-fp16" / "1", root / "digits-int8" / "1"]
    return root


@pytest.mark.parametrize("precision", ["fp16", "int8"])
def test_variant_card_describes_its_file_and_its_original(precision: str, written: Path) -> None:
    folder = written / f"digits-{precision}" / "1"
    card, original = read_card(folder), read_card(written / "digits" / "1")
    assert (card.model, card.version, card.precision) == (f"digits-{precision}", "1", precision)
    assert card.variant_of is not None
    assert card.variant_of.model_dump() == {"model": "digits", "version": "1", "sha256": original.file.sha256}
    assert card.metrics["bytes"].value == card.file.size_bytes == len(read_model_file(folder, card))
    assert card.file.size_bytes < original.file.size_bytes * 0.54
    assert (card.recipe, card.training, card.data) == (original.recipe, original.training, original.data)
    assert [(each.seed, each.label) for each in card.golden] == [(each.seed, each.label) for each in original.golden]
    assert card.speed is not None and card.speed.fp32_microseconds is not None
    assert original.precision == "fp32" and original.variant_of is None


def test_variant_card_has_no_truncation_curve_and_no_encoder(written: Path) -> None:
    original = read_card(written / "digits" / "1")
    assert original.truncation_curve and original.encoder
    for folder in (written / "digits-fp16" / "1", written / "digits-int8" / "1"):
        card = read_card(folder)
        assert card.truncation_curve is None and card.encoder is None
        assert sorted(path.name for path in folder.iterdir()) == ["card.json", "model.onnx", "samples.png"]
    assert [path.name for path in written.glob(".*")] == [path.name for path in written.glob("*/.*")] == []


def test_variant_cards_state_their_difference_from_the_original(written: Path) -> None:
    half, integers = (read_card(written / f"digits-{each}" / "1").parity for each in ("fp16", "int8"))
    assert half and integers
    assert 0 < half.max_float_difference < variants.MAX_FP16_DIFFERENCE
    assert integers.max_grey_level_difference > half.max_grey_level_difference


def test_service_loads_variants_that_reproduce_their_cards(written: Path) -> None:
    loaded = Repository(
        written,
        lambda card, content: OnnxBackend(card, content, provider="cpu", threads=1, batch_images=64),
    ).load()
    assert [backend.card.model for backend in loaded] == ["digits", "digits-fp16", "digits-int8"]
    assert all(backend.reproduces_card for backend in loaded)


class TransposedGenerator(nn.Module):
    """A generator that begins with a transposed convolution, as DCGAN does, in the model contract."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.ConvTranspose2d(16, 64, 7, bias=False),
            nn.ReLU(),
            nn.ConvTranspose2d(64, 32, 4, 2, 1, bias=False),
            nn.ReLU(),
            nn.ConvTranspose2d(32, 1, 4, 2, 1, bias=False),
            nn.Tanh(),
            nn.Flatten(1, 2),
        )

    def forward(self, latent: Tensor, truncation: Tensor) -> Tensor:
        images: Tensor = self.layers((latent * truncation[:, None])[:, :, None, None])
        return ((images + 1) * 127.5).round().to(torch.uint8)


def test_generator_that_begins_with_a_transposed_convolution_has_variants(
    tmp_path: Path, short_measurements: None
) -> None:
    example = (torch.zeros(2, 16), torch.ones(2))
    graph = write_graph(TransposedGenerator(), example, ["latent", "truncation"], ["image"], ({0: BATCH}, {0: BATCH}))
    content = graph.SerializeToString(deterministic=True)
    card = a_card(content, model="adopted", style_size=16, image_height=28, image_width=28)
    made = write_variants(deploy(tmp_path, card, content), tmp_path, judge=None)
    for folder in made:
        variant = read_card(folder)
        assert variant.parity is not None
        assert variant.parity.max_grey_level_difference <= 3
        assert variant.file.size_bytes < len(content)


def test_existing_variants_are_replaced_only_on_request(written: Path) -> None:
    with pytest.raises(ExportRefused, match="digits-fp16/1: already exists"):
        write_variants(written / "digits" / "1", written, judge=None)


def test_variant_of_a_variant_is_refused(written: Path, tmp_path: Path) -> None:
    with pytest.raises(ExportRefused, match="is itself a variant, in int8"):
        write_variants(written / "digits-int8" / "1", tmp_path, judge=None)


def test_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportRefused, match="no model to make variants of"):
        write_variants(tmp_path, tmp_path, judge=None)


def test_variant_that_differs_too_much_leaves_nothing(
    models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(variants, "MAX_FP16_DIFFERENCE", 1e-9)
    with pytest.raises(ExportRefused, match="the fp16 graph differs from the fp32 one"):
        write_variants(models_dir / "mlp" / "1", tmp_path, judge=None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fails_at", ["fp16", "int8"])
def test_failing_judge_leaves_no_variant(
    models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: str
) -> None:
    monkeypatch.setattr(speed, "_REPEATS", 1)

    def failing(path: Path) -> dict[str, Metric]:
        if path.parts[-3].endswith(fails_at):
            raise RuntimeError("out of memory")
        return {}

    with pytest.raises(RuntimeError, match="out of memory"):
        write_variants(models_dir / "mlp" / "1", tmp_path, judge=failing)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
