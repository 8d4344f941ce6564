"""Knows what reloading brings into service, and what it says. Does not know signals."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from digitgan.contract.card import MODEL_FILE
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


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.005)


def test_it_looks_when_asked_and_says_what_is_wrong_each_time(
    parts: tuple[Repository, Engine], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    repository, engine = parts
    reloader = Reloader(repository, engine, every_s=0)

    async def test() -> None:
        async with reloader.running():
            deploy(tmp_path, a_card(version="2"))
            reloader.ask()
            await until(lambda: engine.versions("tiny") == ["1", "2"])
            deploy(tmp_path, a_card(version="3"), b"onnX")
            for n in (1, 2):
                reloader.ask()
                await until(lambda n=n: caplog.text.count("tiny/3/model.onnx: sha256") == n)  # type: ignore[misc]

    with caplog.at_level(logging.INFO):
        asyncio.run(test())
    assert "serving model tiny, version 2" in caplog.text
    assert engine.versions("tiny") == ["1", "2"]


def test_it_looks_every_so_often_and_says_what_is_wrong_once(
    parts: tuple[Repository, Engine], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    repository, engine = parts

    async def test() -> None:
        async with Reloader(repository, engine, every_s=0.005).running():
            folder = deploy(tmp_path, a_card(version="2"), b"onnX")
            await until(lambda: "tiny/2/model.onnx: sha256" in caplog.text)
            await asyncio.sleep(0.05)
            assert caplog.text.count("tiny/2/model.onnx: sha256") == 1
            (folder / MODEL_FILE).write_bytes(b"onnx")
            await until(lambda: engine.versions("tiny") == ["1", "2"])
            assert not repository.refused

    asyncio.run(test())


def test_a_folder_that_vanishes_is_named_and_what_was_served_is_served_on(
    parts: tuple[Repository, Engine], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    repository, engine = parts
    (tmp_path / "tiny").rename(tmp_path / ".aside")

    async def test() -> None:
        async with Reloader(repository, engine, every_s=0.005).running():
            await until(lambda: "holds no model" in caplog.text)

    asyncio.run(test())
    assert "what was served is served on" in caplog.text
    assert engine.versions("tiny") == ["1"]
