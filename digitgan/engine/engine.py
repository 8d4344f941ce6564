"""The engine: it finds a plan's model, checks and admits the plan, runs it in batches; and it encodes pictures."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.card import Card
from digitgan.contract.errors import CannotServe, InvalidPlan
from digitgan.contract.image_size import in_words
from digitgan.engine.admission import Admission
from digitgan.engine.backend import Backend, Images
from digitgan.engine.batcher import Batcher
from digitgan.engine.encoder import IMAGES_PER_PICTURE, PictureEncoder
from digitgan.engine.encoding_lanes import EncodingLanes
from digitgan.engine.observer import NO_OBSERVER, Observer
from digitgan.engine.plan import Plan
from digitgan.engine.selection import Tally, choose_aside
from digitgan.engine.settings import Weights
from digitgan.engine.source import Latents, Source
from digitgan.engine.split import Split, splits
from digitgan.engine.versions import Versions

# Largest run in the event loop. Handing a run to another thread and back takes about as long as the run of a lone
# request; eight images of the convolutional model block the loop for about two milliseconds.
_INLINE_IMAGES = 8
_WAITING_IMAGES = 16  # in the first chunk of a stream that waits: two milliseconds
_STREAMED_RUNS = 4  # in one chunk of a stream: few enough to hold in memory, enough for every run to be full


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """The images of a plan, or of a part of it.

    Attributes:
        card: card of the model version that made all of the images.
        source: the seeds or latents that they were made from, one for each image.
        images: the images, in the plan's order.
        queue_s: seconds until the first run.
        model_s: seconds in runs with rows of this plan.
        tally: how the images were chosen; None if they were taken as they came.
    """

    card: Card
    source: Source
    images: Images
    queue_s: float
    model_s: float
    tally: Tally | None = None

    def part(self, start: int, stop: int) -> "Generated":
        """Return images start to stop."""
        return replace(self, source=self.source.part(start, stop), images=self.images.part(start, stop))


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """The latents of N pictures.

    Attributes:
        encoder: card of the model version whose encoder found the latents: the one that drew, or one with its latents.
        labels: int64 (N,), the classes of the pictures.
        drawn: the latents, and the images that the model draws from them; its times include those of the encoder.
    """

    encoder: Card
    labels: NDArray[np.int64]
    drawn: Generated


@dataclass(frozen=True, slots=True)
class _Served:
    """A model version with its batcher; a request that holds one can finish even after it has left the table."""

    backend: Backend
    batcher: Batcher
    observer: Observer

    def n_admitted(self, plan: Plan) -> int:
        """Return as how many images a plan is admitted: large ones count more than once."""
        return plan.n_at_once * self.backend.card.image_weight


class Engine:
    """Generates images with the model versions that it was last given.

    Args:
        backends: one for each model version; at least one.
        default_model: the model of a plan that names no model.
        batch_images: maximum number of images in one model run; a chunk of a stream is four such runs.
        queue_images: maximum number of images admitted at a time.
        inline_images: maximum number of images in a run that happens in the event loop instead of a thread.
        threads: number of threads for runs, shared by all models, and as many for encoding.
        encoding_bytes: maximum memory that encoding images may take at a time; by default unlimited.
        observe: returns the observer of a model version.
        marks_all: whether every file says that a trained model generated it, whatever the request says.
        weights: how the versions of a model share the requests that name none; all go to the newest of a model without.

    Attributes:
        lanes: execute the encodings of images.
        marks_all: as given.
        default_model: as given.
        queue_images: as given.
        chunk_images: maximum number of images in one chunk of a stream.
        weight_problems: what is wrong with the weights for the versions that are served now, one sentence each.

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
        encoding_bytes: int = sys.maxsize,
        observe: Callable[[Card], Observer] = lambda _: NO_OBSERVER,
        marks_all: bool = False,
        weights: Weights | None = None,
    ) -> None:
        self.lanes = EncodingLanes(encoding_bytes, threads)
        self.marks_all = marks_all
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="model")
        self._batch_images = batch_images
        self._inline_images = inline_images
        self._threads = threads
        self._observe = observe
        self.default_model = default_model
        self._served: Versions[_Served] = Versions()
        self._weights = weights or {}
        self._splits: dict[str, Split[_Served]] = {}
        self.weight_problems: list[str] = []
        self.swap(backends)
        self._admission = Admission(queue_images)
        self.queue_images = queue_images
        self.chunk_images = _STREAMED_RUNS * batch_images

    @property
    def drained_after_s(self) -> int:
        """Estimated whole seconds until everything that waits now is answered."""
        return self._admission.drained_after_s()

    @property
    def admitted_images(self) -> int:
        """Images that wait or are in a run."""
        return self._admission.admitted

    @property
    def models(self) -> list[str]:
        """The names of all models."""
        return self._served.models

    @property
    def backends(self) -> list[Backend]:
        """All model versions, by name and from oldest to newest."""
        return [served.backend for served in self._served.items]

    @property
    def max_latent_size(self) -> int:
        """Number of components in a latent of the model version that has the most."""
        return self._max_latent_size

    def versions(self, model: str) -> list[str]:
        """Return the names of a model's versions, from oldest to newest.

        Raises:
            UnknownModel: there is no such model.
        """
        return self._served.versions(model)

    def find(self, model: str | None, version: str | None) -> Backend:
        """Return a model version; None stands for the default model and for its newest version.

        If versions have weights, the newest of those stands for all of them.

        Raises:
            UnknownModel: no such model or version.
        """
        if self._splits and (split := self._split(model, version)):
            return split.newest.backend
        return self._served.find(model or self.default_model, version).backend

    def shares(self, model: str) -> dict[str, float]:
        """Return the share of the requests without a version that each version of a model gets; together 1.

        Raises:
            UnknownModel: there is no such model.
        """
        versions = self.versions(model)
        if split := self._splits.get(model):
            names = [served.backend.card.version for served in split.items]
            return dict.fromkeys(versions, 0.0) | dict(zip(names, split.shares, strict=True))
        return dict.fromkeys(versions, 0.0) | {versions[-1]: 1.0}

    def swap(self, backends: Iterable[Backend]) -> None:
        """Serve exactly these model versions from now on; versions that stay keep their batchers.

        Call this in the event loop: a request finds its version and joins that version's queue in one turn of the
        loop, so it never sees two different tables. A removed version stays in memory until its last request ends.

        Raises:
            CannotServe: the default model is not among the backends; nothing has changed.
        """
        kept = {served.backend: served for served in self._served.items}
        served = Versions(
            (each.card.model, each.card.version, kept.get(each) or self._serve(each)) for each in backends
        )
        if self.default_model not in served.models:
            available = ", ".join(served.models) or "none"
            raise CannotServe(f"no default model {self.default_model!r}; available models: {available}")
        self._served = served
        self._splits, self.weight_problems = splits(self._weights, served, lambda each: each.backend.card)
        self._max_latent_size = max(each.backend.card.latent_size for each in served.items)

    def _serve(self, backend: Backend) -> _Served:
        observer = self._observe(backend.card)
        max_runs = self._threads if backend.is_parallel else 1
        batcher = Batcher(backend, self._executor, self._batch_images, self._inline_images, max_runs, observer)
        return _Served(backend, batcher, observer)

    def check(self, plan: Plan) -> Card:
        """Return the card of the model version that a plan names, or that the weights choose for it.

        Raises:
            UnknownModel: no such model or version.
            InvalidPlan: the model cannot make these images.
        """
        return self._choose(plan).backend.card

    def _split(self, model: str | None, version: str | None) -> Split[_Served] | None:
        """Return the versions that share the requests for a model; None if one version is named or gets all."""
        return self._splits.get(model or self.default_model) if version is None else None

    def _choose(self, plan: Plan) -> _Served:
        split = self._split(plan.model, plan.version) if self._splits else None
        served = split.choose(plan) if split else self._served.find(plan.model or self.default_model, plan.version)
        plan.check(served.backend.card)
        return served

    def _lease(self, plan: Plan) -> _Served:
        served = self._choose(plan)
        if self._splits and self._split(plan.model, plan.version):
            served.observer.chosen()
        return served

    async def generate(self, plan: Plan) -> Generated:
        """Return the plan's images, all of one model version.

        Raises:
            UnknownModel: no such model or version.
            InvalidPlan: the model cannot make these images.
            Overloaded: no room for this many images now.
            RunFailed: a model run failed.
        """
        async with self.generating(plan) as generated:
            return generated

    @asynccontextmanager
    async def generating(self, plan: Plan, *, waits: bool = False) -> AsyncIterator[Generated]:
        """Yield what `generate` returns; the images count as admitted until the block ends, which encodes them."""
        served = self._lease(plan)
        if waits:
            async with self._admission.admit_in_turn(served.n_admitted(plan)):
                yield await self._run(plan, served)
        else:  # the way of every lone image, so it enters nothing else
            with self._admission.admit(served.n_admitted(plan)):
                yield await self._run(plan, served)

    async def _run(self, plan: Plan, served: _Served) -> Generated:
        card = served.backend.card
        if plan.selection is None:
            run = await served.batcher.run(plan)
            return Generated(card=card, source=plan.source, images=run.images, queue_s=run.queue_s, model_s=run.model_s)
        made = await choose_aside(plan, served.batcher.run, self._executor, self._batch_images)
        if made.tally:
            served.observer.selected(made.tally)
        return Generated(card=card, **made._asdict())

    async def stream(self, plan: Plan, chunk_images: int = 0, *, waits: bool = False) -> AsyncIterator[Generated]:
        """Return the plan's images in its order, chunk by chunk, all of one model version.

        The first chunk is generated before this returns. Each later one is started when its predecessor is requested,
        waits for room instead of being refused, and holds room until it is generated. So at most two are in memory.

        Args:
            plan: the images.
            chunk_images: maximum number of images in a chunk; 0 for the engine's own `chunk_images`.
            waits: the first chunk waits for room instead of being refused, and is small, to be there soon.

        Raises:
            UnknownModel, InvalidPlan, Overloaded, RunFailed: as raised by `generate`, before anything is returned;
                later chunks can only raise RunFailed.
        """
        size, served = chunk_images or self.chunk_images, self._lease(plan)
        n_first = min(size, _WAITING_IMAGES if waits else size, len(plan))
        beginning = plan.part(0, n_first)
        async with self._admission.room(served.n_admitted(beginning), waits=waits):
            first = await self._run(beginning, served)

        async def make(start: int) -> Generated:
            part = plan.part(start, start + size)
            async with self._admission.admit_in_turn(served.n_admitted(part)):
                return await self._run(part, served)

        async def chunks() -> AsyncIterator[Generated]:
            made = first
            for start in range(n_first, len(plan), size):
                ahead = asyncio.create_task(make(start))
                try:
                    yield made
                    made = await ahead
                finally:
                    ahead.cancel()
            yield made

        return chunks()

    def encoder_of(self, model: str | None, version: str | None) -> tuple[Card, PictureEncoder]:
        """Return the card of a model version and the encoder of its latents; None stands for the same as in `find`.

        A version without an encoder of its own has the latents of the version that it was made from, or learned from,
        and so that one's encoder, if it is served.

        Raises:
            UnknownModel: no such model or version.
            InvalidPlan: there is no such encoder; the error names the models that have one.
        """
        backend = self.find(model, version)
        encoder = self._encoder_of(backend)
        if encoder is None:
            name = f"model {backend.card.model!r}"
            have = ", ".join(dict.fromkeys(each.card.model for each in self.backends if self._encoder_of(each)))
            raise InvalidPlan("model", f"{name} reads no pictures" + (f"; models that do: {have}" if have else ""))
        return backend.card, encoder

    def _encoder_of(self, backend: Backend) -> PictureEncoder | None:
        by_hash = {each.card.file.sha256: each for each in self.backends}
        found: Backend | None = backend
        while found and found.encoder is None:
            base = found.card.encoder_of
            found = by_hash.pop(base.sha256, None) if base else None  # at most once, whatever cards say
        return found.encoder if found else None

    async def encode(self, images: NDArray[np.uint8], model: str | None = None, version: str | None = None) -> Encoded:
        """Return the latents of pictures and what the model draws from them.

        Args:
            images: uint8 (N, H, W) of the model's size, 0 black background to 255 white ink; at least one.
            model: name, or None for the default model.
            version: version, or None for the model's newest.

        Raises:
            UnknownModel, InvalidPlan: as raised by `encoder_of`, or the images do not have the model's size.
            Overloaded: no room for this many pictures now.
            CannotServe: as raised by the encoder's first run.
            RunFailed: a run failed.
        """
        async with self.encoding(images, model, version) as encoded:
            return encoded

    @asynccontextmanager
    async def encoding(
        self, images: NDArray[np.uint8], model: str | None = None, version: str | None = None
    ) -> AsyncIterator[Encoded]:
        """Yield what `encode` returns; until the block ends, each picture counts as `IMAGES_PER_PICTURE` images."""
        card, encoder = self.encoder_of(model, version)
        served = self._served.find(card.model, card.version)
        if images.shape[1:] != card.image_shape:
            expected, given = in_words(card.image_shape), in_words(images.shape[1:])
            raise InvalidPlan("model", f"model {card.model!r} reads pictures of {expected} pixels, not {given}")
        joined = perf_counter()
        with self._admission.admit(len(images) * IMAGES_PER_PICTURE):
            runs = await encoder.run_aside(images, self._executor)
            source = Latents(np.concatenate([each.latents for each in runs]))
            drawn = await self._run(Plan(source=source), served)
            model_s = sum(each.ended - each.started for each in runs) + drawn.model_s
            yield Encoded(
                encoder=encoder.card,
                labels=np.concatenate([each.labels for each in runs]),
                drawn=replace(drawn, queue_s=runs[0].started - joined, model_s=model_s),
            )

    def close(self) -> None:
        """Wait for runs in progress, stop the threads and release the models; safe to call twice."""
        self.lanes.close()
        self._executor.shutdown()
        self._served, self._splits = Versions(), {}  # the caller may keep this engine alive for long
