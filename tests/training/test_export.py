import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from PIL import Image

from digitgan.contract.card import Metric, read_card, read_model_file
from digitgan.contract.latents import seeds_to_latents
from tests.disks import full_disk
from training.errors import ExportRefused, RunRefused
from training.export import best_generator, export, staged
from training.graphs import parity
from training.graphs.sessions import GeneratorSession
from training.recipes import catalogue
from training.run import Run

pytestmark = pytest.mark.usefixtures("short_measurements")
ONE_IS_ENOUGH = pytest.mark.parametrize("trained", ["mlp"], indirect=True)


def test_card_describes_the_file_and_the_run(exported: Path, trained: Run) -> None:
    card = read_card(exported)
    model = onnx.load_from_string(read_model_file(exported, card))
    assert card.recipe and card.training and card.data and card.parity
    assert card.recipe.configuration == trained.read()["recipe"]
    assert (card.training.seed, card.training.iterations) == (7, 12)
    assert card.training.images == 12 * card.recipe.configuration["batch_size"]
    assert card.data.name == "sample"
    assert card.file.opset == model.opset_import[0].version
    assert card.n_parameters == sum(
        int(np.prod(weight.dims)) for weight in model.graph.initializer if weight.data_type == onnx.TensorProto.FLOAT
    ) - _constants(model)
    assert card.parity.max_float_difference <= 1e-5
    assert (card.precision, card.variant_of, card.teacher) == ("fp32", None, None)
    assert card.speed is not None and card.speed.microseconds[64] > 0


def _constants(model: onnx.ModelProto) -> int:
    """Constants of the graph that are not weights, such as the two that map tanh's range to grey levels."""
    return sum(weight.dims == [] for weight in model.graph.initializer if weight.data_type == onnx.TensorProto.FLOAT)


def test_golden_seeds_reproduce_the_golden_pixels(exported: Path) -> None:
    card = read_card(exported)
    generator = GeneratorSession(read_model_file(exported, card))
    assert len(card.golden) == (20 if card.is_conditional else 10)
    assert {golden.label for golden in card.golden} == ({None, *range(10)} if card.is_conditional else {None})
    for golden in card.golden:
        label = np.array([-1 if golden.label is None else golden.label])
        (image,) = generator.run(seeds_to_latents([golden.seed], card.latent_size), label)
        assert hashlib.sha256(image.tobytes()).hexdigest() == golden.pixels_sha256


def test_exported_folder_has_exactly_three_files(exported: Path) -> None:
    assert sorted(path.name for path in exported.iterdir()) == ["card.json", "model.onnx", "samples.png"]
    assert [path.name for path in exported.parent.iterdir()] == ["1"]
    with Image.open(exported / "samples.png") as picture:
        assert picture.size == (640, 640)


def test_existing_version_is_replaced_only_on_request(exported: Path, trained: Run) -> None:
    with pytest.raises(ExportRefused, match="already exists"):
        export(trained, exported.parents[1], "1", judge=None)


def test_repeated_export_gives_the_same_model_and_samples(exported: Path, trained: Run, tmp_path: Path) -> None:
    names = ("model.onnx", "samples.png")
    before = [(exported / name).read_bytes() for name in names]
    folder = shutil.copytree(exported.parents[1], tmp_path / "models") / exported.parent.name / "1"
    (folder / "model.onnx").unlink()
    again = export(trained, tmp_path / "models", "1", judge=None, replaces=True)
    assert again == folder
    assert [(again / name).read_bytes() for name in names] == before


@ONE_IS_ENOUGH
def test_metrics_of_the_judge_are_in_the_card(trained: Run, tmp_path: Path) -> None:
    def judge(path: Path) -> dict[str, Metric]:
        return {"bytes": Metric(value=path.stat().st_size, definition="size of the file")}

    card = read_card(export(trained, tmp_path, "1", judge=judge))
    assert card.metrics["bytes"].value == card.file.size_bytes


@ONE_IS_ENOUGH
def test_failing_judge_leaves_no_version(trained: Run, tmp_path: Path) -> None:
    def judge(path: Path) -> dict[str, Metric]:
        raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        export(trained, tmp_path, "1", judge=judge)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_graph_that_differs_is_refused_with_figures(trained: Run, exported: Path) -> None:
    model = onnx.load(exported / "model.onnx")
    generator = best_generator(trained)
    parity.check(model, generator)
    with torch.no_grad():
        next(generator.parameters()).mul_(1.1)
    with pytest.raises(ExportRefused, match=r"differs from its PyTorch module: .* grey levels"):
        parity.check(model, generator)


def test_run_of_a_recipe_that_has_changed_is_refused(trained: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    name = json.loads((trained.folder / "run.json").read_text())["recipe"]["name"]
    monkeypatch.setattr(catalogue.RECIPES.module(name), "RECIPE", replace(catalogue.RECIPES[name], batch_size=7))
    with pytest.raises(RunRefused, match="has changed since"):
        best_generator(trained)


@ONE_IS_ENOUGH
def test_run_without_a_checkpoint_is_refused(trained: Run, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text((trained.folder / "run.json").read_text())
    with pytest.raises(RunRefused, match="has no checkpoint yet"):
        export(Run(tmp_path), tmp_path / "models", "1", judge=None)


def test_full_disk_names_the_version_and_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "mine" / "1"
    with pytest.raises(OSError, match="File too large") as refused, staged(folder) as aside, full_disk(100):
        (aside / "model.onnx").write_bytes(bytes(200_000))
    assert refused.value.filename == str(folder)
    assert not list(tmp_path.iterdir())
