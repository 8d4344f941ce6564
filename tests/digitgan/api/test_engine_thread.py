"""An engine in a thread: results, errors and the end of its calls."""

import asyncio
from pathlib import Path

import pytest

from digitgan.api.engine_thread import EngineThread
from digitgan.engine.engine import Engine
from digitgan.engine.settings import EngineSettings


def test_calls_return_or_raise_what_the_coroutine_does(models_dir: Path) -> None:
    started = EngineThread(EngineSettings(models_dir=models_dir, threads=1), "mlp", "1")

    async def name(engine: Engine) -> str:
        await asyncio.sleep(0)
        return engine.default_model

    async def fail(engine: Engine) -> None:
        raise KeyError(engine.default_model)

    async def call_inside() -> str:
        return started.call(name)

    assert started.call(name) == "mlp"
    assert asyncio.run(call_inside()) == "mlp"
    with pytest.raises(KeyError, match="mlp"):
        started.call(fail)
    started.close()
    started.close()
    started.stop()
    with pytest.raises(ValueError, match=r"^the model is closed$"):
        started.call(name)


def test_close_waits_for_what_an_interrupted_call_leaves(models_dir: Path) -> None:
    started = EngineThread(EngineSettings(models_dir=models_dir, threads=1), "mlp", "1")
    left: list[asyncio.Task[str]] = []

    async def leave(engine: Engine) -> None:
        left.append(asyncio.create_task(asyncio.sleep(0.1, engine.default_model)))

    started.call(leave)
    started.close()
    assert left[0].result() == "mlp"
