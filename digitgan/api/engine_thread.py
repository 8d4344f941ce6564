"""An engine in an event loop of its own, so that every thread can call it, even one whose event loop is running."""

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from contextlib import ExitStack, suppress
from typing import Any, TypeVar

from digitgan.engine.engine import Engine
from digitgan.engine.settings import EngineSettings

T = TypeVar("T")


class EngineThread:
    """A thread that runs an engine with one model version.

    Args:
        settings: the engine's settings.
        model: name of the model.
        version: its version.

    Raises:
        CannotServe: the models folder, the model, the provider or the runtime is not usable.
    """

    def __init__(self, settings: EngineSettings, model: str, version: str) -> None:
        from digitgan.engine.loading import open_engine  # loads onnxruntime, which may be missing

        opened = ExitStack()
        self.engine = opened.enter_context(open_engine(settings, model, version))
        self._process = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._calls = threading.Condition()
        self._n_calls = 0
        self._is_closed = False
        self._thread = threading.Thread(target=_run, args=(self._loop, opened), name="digitgan", daemon=True)
        self._thread.start()

    def call(self, function: Callable[[Engine], Coroutine[Any, Any, T]]) -> T:
        """Return what a coroutine function returns, called with the engine in its thread.

        Raises:
            ValueError: this is closed.
        """
        with self._calls:
            if self._is_closed:
                raise ValueError("the model is closed")
            self._n_calls += 1
        try:
            running = asyncio.run_coroutine_threadsafe(function(self.engine), self._loop)
            try:
                return running.result()
            finally:
                running.cancel()  # after Ctrl-C
        finally:
            with self._calls:
                self._n_calls -= 1
                self._calls.notify_all()

    def close(self) -> None:
        """Wait for calls in progress, release the model and end the thread; safe to call twice."""
        with self._calls:
            self._is_closed = True
            self._calls.wait_for(lambda: not self._n_calls)
        self.stop()
        self._thread.join()

    def stop(self) -> None:
        """Let the thread release the model and end, without waiting for it; nobody may be calling."""
        if os.getpid() == self._process:  # a fork has a copy of this object, but not of the thread
            with suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(self._loop.stop)


def _run(loop: asyncio.AbstractEventLoop, opened: ExitStack) -> None:
    with opened:
        loop.run_forever()
        loop.run_until_complete(_finish())
        loop.close()


async def _finish() -> None:
    """Wait for the model runs of callers that were interrupted."""
    await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()}, return_exceptions=True)
