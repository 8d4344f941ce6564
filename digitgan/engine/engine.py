"""Knows the way of a plan through the engine: model, check, admission, batcher, images with durations.

Does not know HTTP, PNG or onnxruntime; it runs the backends that it is handed, at first and later.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.card import Card
from digitgan.contract.errors import CannotServe
from digitgan.engine.admission import Admission
from digitgan.engine.backend import Backend, Images
from digitgan.engine.batcher import Batcher
from digitgan.engine.models import Models, Served
from digitgan.engine.observer import NOBODY, Observer
from digitgan.engine.plan import Plan

# Largest run in the event loop. Handing a run to the model's thread and back costs a lone request about as much as the
# run itself; eight images of the convolutional model keep the loop from others for some two milliseconds.
_INLINE_IMAGES = 8
_STREAMED_RUNS = 4  # of which a chunk of a stream is made: few enough to hold, enough for every run to be full


@dataclass(frozen=True, slots=True)
class Generated:
    """What came of a plan.

    Attributes:
        card: of the model version that made all of the images.
        seeds: one an image, or None where latents were given.
        images: in the plan's order.
        queue_s: seconds until the first rows were run.
        model_s: seconds in the runs that held rows of this plan.
        latents: one an image, float32 (N, latent size), or None where seeds were given.
    """

    card: Card
    seeds: Sequence[int] | None
    images: Images
    queue_s: float
    model_s: float
    latents: NDArray[np.float32] | None = None


class Engine:
    """Generates images with the model versions it was given.

    Args:
        backends: one for each model version; at least one.
        default_model: the model meant by a plan that names none.
        batch_images: most images a model run; a stream comes in chunks of four such runs.
        queue_images: most images admitted at a time.
        inline_images: most images of a run that happens in the event loop rather than in a thread for runs.
        threads: threads for runs, which all models share.
        observe: gives the observer of a model version.

    Raises:
        CannotServe: the default model is not among the backends.
    """

    def __init__(
        self,
        backends: Iterable[Backend],
        *,
        default_model: str,
        batch_images: int,
        queue_images: int,
        inline_images: int = _INLINE_IMAGES,
        threads: int = 1,
        observe: Callable[[Card], Observer] = lambda _: NOBODY,
    ) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="model")
        self._batch_images = batch_images
        self._inline_images = inline_images
        self._threads = threads
        self._observe = observe
        self._default_model = default_model
        self._models = Models()
        self.swap(backends)
        self._admission = Admission(queue_images)
        self._queue_images = queue_images
        self._chunk_images = _STREAMED_RUNS * batch_images

    @property
    def chunk_images(self) -> int:
        """Most images in one chunk of a stream."""
        return self._chunk_images

    @property
    def drained_after_s(self) -> int:
        """Whole seconds after which what waits now will be answered, as far as can be told."""
        return self._admission.drained_after_s()

    @property
    def admitted_images(self) -> int:
        """Images that wait or are being made."""
        return self._admission.admitted

    @property
    def queue_images(self) -> int:
        """Most images admitted at a time."""
        return self._queue_images

    @property
    def default_model(self) -> str:
        """The model meant by a plan that names none."""
        return self._default_model

    @property
    def models(self) -> list[str]:
        """The names of all models."""
        return self._models.names

    @property
    def backends(self) -> list[Backend]:
        """All model versions, by name and from oldest to newest."""
        return [served.backend for served in self._models.served]

    def versions(self, model: str) -> list[str]:
        """Return the names of a model's versions, from oldest to newest.

        Raises:
            UnknownModel: there is no such model.
        """
        return self._models.versions(model)

    def find(self, model: str | None, version: str | None) -> Backend:
        """Return a model version; None stands for the default model and for its newest version.

        Raises:
            UnknownModel: no such model or version.
        """
        return self._models.find(model or self._default_model, version).backend

    def swap(self, backends: Iterable[Backend]) -> None:
        """Serve these model versions from now on, all at once; those that are served already keep their lines.

        To be called in the event loop: a request finds its version and joins that version's line in one turn of the
        loop, so it sees one table. A version that is no longer here lives until the last request that holds it ends.

        Raises:
            CannotServe: the default model is not among the backends; what was served is served on.
        """
        lines = {served.backend: served.batcher for served in self._models.served}
        models = Models(Served(each, lines.get(each) or self._line(each)) for each in backends)
        if self._default_model not in models.names:
            raise CannotServe(f"the default model {self._default_model!r} is not among {models.names}")
        self._models = models

    def _line(self, backend: Backend) -> Batcher:
        return Batcher(
            backend,
            self._executor,
            self._batch_images,
            self._inline_images,
            self._threads if backend.is_parallel else 1,
            self._observe(backend.card),
        )

    def check(self, plan: Plan) -> Card:
        """Return the card of the model version that a plan means, if it can do what is asked.

        Raises:
            UnknownModel: no such model or version.
            InvalidPlan: the model cannot do what is asked.
        """
        return self._lease(plan).backend.card

    def _lease(self, plan: Plan) -> Served:
        served = self._models.find(plan.model or self._default_model, plan.version)
        plan.check(served.backend.card)
        return served

    async def generate(self, plan: Plan) -> Generated:
        """Return the plan's images, all of one model version.

        Raises:
            UnknownModel: no such model or version.
            InvalidPlan: the model cannot do what is asked.
            Overloaded: no room for this many images now.
            RunFailed: a model run failed.
        """
        return await self._generate(plan, self._lease(plan))

    async def _generate(self, plan: Plan, served: Served) -> Generated:
        with self._admission.admit(len(plan)):
            return await self._run(plan, served)

    async def _run(self, plan: Plan, served: Served) -> Generated:
        batched = await served.batcher.run(plan)
        return Generated(
            served.backend.card, plan.seeds, batched.images, batched.queue_s, batched.model_s, plan.latents
        )

    async def stream(self, plan: Plan) -> AsyncIterator[Generated]:
        """Return the plan's images in its order, chunk by chunk, all of one model version.

        The first chunk is there when this returns; each other is begun when the one before it is asked for, waits for
        room instead of being refused, and holds room only until it is made. So two chunks at most are in memory.

        Raises:
            UnknownModel, InvalidPlan, Overloaded, RunFailed: as `generate`, before anything is returned; afterwards
                only a failed run ends the chunks early.
        """
        served = self._lease(plan)
        first = await self._generate(plan.part(0, self._chunk_images), served)

        async def make(start: int) -> Generated:
            part = plan.part(start, start + self._chunk_images)
            async with self._admission.admit_in_turn(len(part)):
                return await self._run(part, served)

        async def chunks() -> AsyncIterator[Generated]:
            made = first
            for start in range(self._chunk_images, len(plan), self._chunk_images):
                ahead = asyncio.create_task(make(start))
                try:
                    yield made
                    made = await ahead
                finally:
                    ahead.cancel()
            yield made

        return chunks()

    def close(self) -> None:
        """Wait for the run in progress, stop the model thread and let go of the models; safe to call twice."""
        self._executor.shutdown()
        self._models = Models()  # the web framework's caches keep routes, and so this engine, alive long after
