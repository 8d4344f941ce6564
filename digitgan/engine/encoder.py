"""The encoder of a model version: a graph that finds the latents of pictures, so that the model draws them again."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from threading import Lock
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.card import Card
from digitgan.contract.errors import EngineError, ModelRefused, RunFailed
from digitgan.engine.backend import ProviderName

if TYPE_CHECKING:
    from digitgan.engine.runtime import onnxruntime

# What a picture counts for where images are counted: finding its latent takes some 25 ms, and drawing an image 0.2 ms.
IMAGES_PER_PICTURE = 128
_RUN_PICTURES = 4  # in one run, so that it takes a thread for a tenth of a second and not for half of one


class EncoderRun(NamedTuple):
    """The latents and classes of some pictures, and when their run started and ended, in seconds."""

    latents: NDArray[np.float32]
    labels: NDArray[np.int64]
    started: float
    ended: float


class PictureEncoder:
    """The encoder of one model version.

    It is read, opened and checked at the first run: that takes 70 ms and 16 MB, and most processes never need it.

    Args:
        card: the card of its model version.
        read: returns its ONNX file, verified against the card.
        provider: the execution provider.
        threads: number of processors for runs; on the processor itself each run uses one of them.
    """

    def __init__(self, card: Card, read: Callable[[], bytes | None], *, provider: ProviderName, threads: int) -> None:
        self._card = card
        self._read = read
        self._provider = provider
        self._threads = threads
        self._opening = Lock()
        self._session: onnxruntime.InferenceSession | None = None

    @property
    def card(self) -> Card:
        """The card of its model version."""
        return self._card

    def run(self, images: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return the latents of pictures, float32 (N, L), and their classes, int64 (N,); callable from any thread.

        Args:
            images: uint8 (N, H, W) of the model's size, 0 black background to 255 white ink.

        Raises:
            ModelRefused: the file is not the one that the card describes, or breaks the contract of encoders.
            ProviderInactive: the named provider did not become active.
        """
        with self._opening:
            session = self._session = self._session or self._open()
        latents, labels = session.run(["latent", "class"], {"image": images})
        return latents, labels

    async def run_aside(self, images: NDArray[np.uint8], executor: Executor) -> list["EncoderRun"]:
        """Return what `run` returns, from several runs of some pictures each in the threads of an executor.

        Args:
            images: uint8 (N, H, W) of the model's size, at least one.
            executor: its threads are free for others between two runs.

        Raises:
            CannotServe: as raised by `run`.
            RunFailed: a run failed.
        """
        loop, parts = asyncio.get_running_loop(), range(0, len(images), _RUN_PICTURES)
        return [
            await loop.run_in_executor(executor, self._timed, images[start : start + _RUN_PICTURES]) for start in parts
        ]

    def _timed(self, images: NDArray[np.uint8]) -> "EncoderRun":
        started = perf_counter()
        try:
            latents, labels = self.run(images)
        except EngineError:
            raise
        except Exception as error:  # onnxruntime's exceptions share no narrower public base
            raise RunFailed("the run of the encoder failed; the log says why") from error
        return EncoderRun(latents, labels, started, perf_counter())

    def _open(self) -> "onnxruntime.InferenceSession":
        from digitgan.engine.providers import check_contract, open_session  # needs the runtime, which engines do not

        card, content = self._card, self._read()
        name = f"the encoder of model {card.model!r}"
        if content is None:
            raise ModelRefused(f"{name} is not in its card")
        session = open_session(content, self._provider, self._threads)
        check_contract(
            session,
            name,
            {"image": ("tensor(uint8)", [card.image_height, card.image_width])},
            {"latent": ("tensor(float)", [card.latent_size]), "class": ("tensor(int64)", [])},
        )
        return session
