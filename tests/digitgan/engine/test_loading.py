"""From settings to an engine, with real onnxruntime sessions on a tiny model and on the committed ones."""

import asyncio
import logging
import shutil
from pathlib import Path

import numpy as np
import pytest

from digitgan.contract.card import Card
from digitgan.contract.errors import CannotServe, InvalidPlan, ModelRefused, UnknownModel
from digitgan.engine.loading import create_engine, create_repository, open_engine
from digitgan.engine.observer import Observer
from digitgan.engine.plan import Plan
from digitgan.engine.selection import Tally
from digitgan.engine.settings import EngineSettings
from digitgan.engine.source import Latents
from tests.backends import EchoBackend
from tests.cards import a_card, deploy
from tests.graphs import a_graph

GRAPH = a_graph()


def tiny(version: str = "1", model: str = "tiny") -> Card:
    return a_card(GRAPH, model=model, version=version)


@pytest.fixture
def settings(tmp_path: Path) -> EngineSettings:
    """Return settings for a folder with `tiny` in versions 1 and 2, and an invalid model `spoilt`."""
    for version in ("1", "2"):
        deploy(tmp_path, tiny(version), GRAPH)
    deploy(tmp_path, tiny(model="spoilt"), GRAPH[:-1])
    return EngineSettings(models_dir=tmp_path, default_model="tiny", provider="cpu", threads=1, batch_images=8)


def test_created_engine_serves_every_model_in_the_folder(models_dir: Path) -> None:
    engine = create_engine(EngineSettings(models_dir=models_dir, provider="cpu", threads=1, batch_images=8))
    folders = {(path.parent.parent.name, path.parent.name) for path in models_dir.glob("*/*/card.json")}
    assert {(each.card.model, each.card.version) for each in engine.backends} == folders
    assert (engine.default_model, engine.queue_images, engine.chunk_images) == ("digits", 4096, 32)
    engine.close()


def test_created_engine_runs_the_model(settings: EngineSettings) -> None:
    backend = create_repository(settings).load_version("tiny", "1")
    engine = create_engine(settings, [backend])
    plan = Plan(source=Latents(np.eye(4, dtype=np.float32)), truncation=0.5)
    generated = asyncio.run(engine.generate(plan))
    engine.close()
    assert generated.images.pixels[1].tolist() == [[3, 3, 4], [4, 5, 5]]  # half of 6 .. 11, cut to whole greys


def test_created_engine_refuses_a_folder_with_an_invalid_model(settings: EngineSettings) -> None:
    with pytest.raises(ModelRefused, match=r"spoilt/1/model\.onnx: .* bytes, but its card says"):
        create_engine(settings)


def test_weights_for_a_missing_version_are_refused_or_kept_as_problems() -> None:
    settings = EngineSettings(models_dir=Path("nowhere"), default_model="tiny")
    backends, weights = [EchoBackend(a_card())], {"tiny": {"1": 1, "2": 1}}
    said = "version_weights: model 'tiny' has no version '2'; available versions: 1"
    with pytest.raises(CannotServe, match=said):
        create_engine(settings, backends, weights=weights)
    engine = create_engine(settings, backends, weights=weights, is_strict=False)
    assert [said] == engine.weight_problems
    assert engine.shares("tiny") == {"1": 1.0}
    engine.close()


def test_created_engine_uses_the_given_backends_and_settings() -> None:
    observed: list[str] = []

    class Silent:
        def chosen(self) -> None: ...

        def waited(self, queue_s: float) -> None: ...

        def ran(self, n_images: int, model_s: float) -> None: ...

        def selected(self, tally: Tally) -> None: ...

    def observe(card: Card) -> Observer:
        observed.append(card.version)
        return Silent()

    settings = EngineSettings(models_dir=Path("nowhere"), default_model="tiny", batch_images=16, queue_images=99)
    engine = create_engine(settings, [EchoBackend(a_card(version="7"))], observe)
    assert (engine.default_model, engine.chunk_images, engine.queue_images) == ("tiny", 64, 99)
    assert observed == ["7"]
    engine.close()


def test_created_engine_needs_its_default_model() -> None:
    settings = EngineSettings(default_model="digits")
    with pytest.raises(CannotServe, match="no default model 'digits'; available models: tiny"):
        create_engine(settings, [EchoBackend()])


@pytest.mark.parametrize(("version", "opened"), [(None, "2"), ("1", "1")])
def test_opened_engine_has_one_version_even_when_another_model_is_invalid(
    settings: EngineSettings, version: str | None, opened: str
) -> None:
    with open_engine(settings, "tiny", version) as engine:
        assert [(each.card.model, each.card.version) for each in engine.backends] == [("tiny", opened)]
        assert engine.find(None, None).card.version == opened


def test_opened_engine_has_the_default_model_when_none_is_named(settings: EngineSettings) -> None:
    with open_engine(settings, None, None) as engine:
        assert engine.default_model == "tiny"


def test_opened_engine_has_the_named_model_as_its_default(settings: EngineSettings, tmp_path: Path) -> None:
    deploy(tmp_path, tiny(model="other"), GRAPH)
    with open_engine(settings, "other", None) as engine:
        assert engine.default_model == "other"
        assert engine.models == ["other"]


def test_opened_engine_is_closed_after_an_error(settings: EngineSettings) -> None:
    with pytest.raises(ZeroDivisionError), open_engine(settings, None, None) as engine:
        raise ZeroDivisionError
    assert engine.backends == []


@pytest.mark.parametrize(
    ("model", "version", "field", "message"),
    [
        ("letters", None, "model", "no model 'letters'; available models: spoilt, tiny"),
        (None, "3", "version", "model 'tiny' has no version '3'; available versions: 1, 2"),
    ],
)
def test_unknown_model_or_version_is_refused_with_the_available_ones(
    settings: EngineSettings, model: str | None, version: str | None, field: str, message: str
) -> None:
    with pytest.raises(UnknownModel, match=message) as refused, open_engine(settings, model, version):
        pass
    assert refused.value.field == field


def test_invalid_model_is_refused_when_it_is_the_one_to_open(settings: EngineSettings) -> None:
    with pytest.raises(ModelRefused, match=r"spoilt/1/model\.onnx"), open_engine(settings, "spoilt", None):
        pass


def test_loading_logs_provider_and_nodes(settings: EngineSettings, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        create_repository(settings).load_version("tiny", "2")
    assert "tiny 2 runs on CPUExecutionProvider, " in caplog.text


def test_version_that_is_opened_alone_reads_with_the_encoder_of_its_base(models_dir: Path, tmp_path: Path) -> None:
    found = EngineSettings(models_dir=models_dir, provider="cpu", threads=1)
    with open_engine(found, "digits-int8", None) as engine:
        card, encoder = engine.encoder_of(None, None)
        assert (card.model, encoder.card.model) == ("digits-int8", "digits")
    shutil.copytree(models_dir / "digits-int8", tmp_path / "digits-int8")  # without its base
    alone = found.model_copy(update={"models_dir": tmp_path})
    refused = pytest.raises(InvalidPlan, match=r"model 'digits-int8' reads no pictures$")
    with open_engine(alone, "digits-int8", None) as engine, refused:
        engine.encoder_of(None, None)
