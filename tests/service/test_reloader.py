"""What a reload brings into service, and what it logs."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from digitgan.contract.card import MODEL_FILE
from digitgan.engine.backend import Backend
from digitgan.engine.engine import Engine
from digitgan.engine.repository import Repository
from service.reloader import Reloader
from tests.backends import EchoBackend
from tests.cards import a_card, deploy


@pytest.fixture
def parts(tmp_path: Path) -> tuple[Repository, Engine]:
    deploy(tmp_path, a_card())
    repository = Repository(tmp_path, lambda card, content: EchoBackend(card))
    return repository, Engine(repository.load(), default_model="tiny", batch_images=8, queue_images=8)


async def wait_for(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 - no event marks the change
            await asyncio.sleep(0.005)


def test_reloader_logs_what_is_wrong_each_time_it_is_triggered(
    parts: tuple[Repository, Engine], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    repository, engine = parts
    outcomes: list[str] = []
    reloader = Reloader(repository, engine, every_s=0, record=outcomes.append)

    async def test() -> None:
        async with reloader.running():
            reloader.trigger()
            await wait_for(lambda: outcomes == ["unchanged"])
            deploy(tmp_path, a_card(version="2"))
            reloader.trigger()
            await wait_for(lambda: engine.versions("tiny") == ["1", "2"])
            deploy(tmp_path, a_card(version="3"), b"onnX")
            for n in (1, 2):
                reloader.trigger()
                await wait_for(lambda n=n: caplog.text.count("tiny/3/model.onnx: sha256") == n)  # type: ignore[misc]

    with caplog.at_level(logging.INFO):
        asyncio.run(test())
    assert "serving model tiny, version 2" in caplog.text
    assert engine.versions("tiny") == ["1", "2"]
    assert outcomes[1:3] == ["changed", "refused"]


def test_reloader_reports_a_look_that_finds_nothing_only_if_it_was_triggered(
    parts: tuple[Repository, Engine], caplog: pytest.LogCaptureFixture
) -> None:
    repository, engine = parts
    n_looks, look = 0, repository.look

    def count(keep: str, *, at_once: bool) -> list[Backend]:
        nonlocal n_looks
        n_looks += 1
        return look(keep, at_once=at_once)

    repository.look = count  # type: ignore[method-assign]
    reloader = Reloader(repository, engine, every_s=0.005)

    async def test() -> None:
        async with reloader.running():
            await wait_for(lambda: n_looks > 3)
            assert caplog.text == ""
            reloader.trigger()
            await wait_for(lambda: "looked for changed models: 0 served anew, 0 removed, 0 refused" in caplog.text)

    with caplog.at_level(logging.INFO):
        asyncio.run(test())


def test_reloader_reports_what_the_start_refused_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    deploy(tmp_path, a_card())
    deploy(tmp_path, a_card(version="2"), b"onnX")
    repository = Repository(tmp_path, lambda card, content: EchoBackend(card))
    engine = Engine(repository.load("tiny"), default_model="tiny", batch_images=8, queue_images=8)

    async def test() -> None:
        async with Reloader(repository, engine, every_s=0.005).running():
            deploy(tmp_path, a_card(version="3"))
            await wait_for(lambda: engine.versions("tiny") == ["1", "3"])

    with caplog.at_level(logging.INFO):
        asyncio.run(test())
    assert caplog.text.count("model tiny, version 2 is refused: ") == 1


def test_reloader_reports_weights_that_the_start_could_not_use_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    deploy(tmp_path, a_card())
    repository = Repository(tmp_path, lambda card, content: EchoBackend(card))
    limits = {"default_model": "tiny", "batch_images": 8, "queue_images": 8}
    engine = Engine(repository.load(), **limits, weights={"tiny": {"1": 1, "2": 1}})  # type: ignore[arg-type]

    async def test() -> None:
        async with Reloader(repository, engine, every_s=0.005).running():
            assert caplog.text.count("has no version '2'; available versions: 1; the other versions share") == 1
            deploy(tmp_path, a_card(model="other"))
            await wait_for(lambda: "serving model other" in caplog.text)

    with caplog.at_level(logging.INFO):
        asyncio.run(test())
    assert caplog.text.count("has no version '2'") == 1


def test_reloader_logs_what_is_wrong_once_when_it_looks_at_intervals(
    parts: tuple[Repository, Engine], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    repository, engine = parts

    async def test() -> None:
        async with Reloader(repository, engine, every_s=0.005).running():
            folder = deploy(tmp_path, a_card(version="2"), b"onnX")
            await wait_for(lambda: "tiny/2/model.onnx: sha256" in caplog.text)
            await asyncio.sleep(0.05)
            assert caplog.text.count("tiny/2/model.onnx: sha256") == 1
            (folder / MODEL_FILE).write_bytes(b"onnx")
            await wait_for(lambda: engine.versions("tiny") == ["1", "2"])
            assert not repository.refused

    asyncio.run(test())


def test_reloader_warns_once_of_weights_for_a_version_that_has_gone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = deploy(tmp_path, a_card())
    deploy(tmp_path, a_card(version="2"))
    repository = Repository(tmp_path, lambda card, content: EchoBackend(card))
    weights = {"tiny": {"1": 1, "2": 1}}
    engine = Engine(repository.load(), default_model="tiny", batch_images=8, queue_images=8, weights=weights)
    said = "model 'tiny' has no version '1'; available versions: 2; the other versions share its requests"

    async def test() -> None:
        async with Reloader(repository, engine, every_s=0.005).running():
            folder.rename(tmp_path / "tiny" / ".aside")
            await wait_for(lambda: said in caplog.text)
            deploy(tmp_path, a_card(version="3"))
            await wait_for(lambda: engine.versions("tiny") == ["2", "3"])

    asyncio.run(test())
    assert caplog.text.count(said) == 1
    assert engine.shares("tiny") == {"2": 1.0, "3": 0.0}


def test_reloader_warns_of_unused_weights_at_the_start(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    deploy(tmp_path, a_card())
    repository = Repository(tmp_path, lambda card, content: EchoBackend(card))
    weights = {"tiny": {"1": 1, "2": 1}}
    engine = Engine(repository.load(), default_model="tiny", batch_images=8, queue_images=8, weights=weights)

    async def test() -> None:
        async with Reloader(repository, engine, every_s=0.005).running():
            await asyncio.sleep(0.05)

    asyncio.run(test())
    said = "model 'tiny' has no version '2'; available versions: 1; the other versions share its requests"
    assert caplog.text.count(said) == 1


def test_vanished_folder_is_named_and_its_models_stay_in_service(
    parts: tuple[Repository, Engine], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    repository, engine = parts
    (tmp_path / "tiny").rename(tmp_path / ".aside")

    async def test() -> None:
        async with Reloader(repository, engine, every_s=0.005).running():
            await wait_for(lambda: "holds no model" in caplog.text)

    asyncio.run(test())
    assert "the models loaded before stay in service" in caplog.text
    assert engine.versions("tiny") == ["1"]
