"""A model in this process: it draws digits from seeds or latents, and writes numbers."""

import os
import threading
import weakref
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

from digitgan.api.arguments import GenerateArguments, checked, named_errors
from digitgan.api.engine_thread import EngineThread
from digitgan.api.hand import Hand
from digitgan.api.writing import Writing, job_of
from digitgan.contract.card import Card
from digitgan.contract.latents import seeds_to_latents
from digitgan.engine.engine import Engine
from digitgan.engine.plan import OWN_CLASS, Plan, numbered, spread
from digitgan.engine.settings import EngineSettings
from digitgan.formats.numbers import NumberSpec
from digitgan.formats.registry import PNG
from digitgan.hands.reading import DigitReading, read_files
from digitgan.request.fields import source_of

_QUEUE_IMAGES = 1_000_000  # callers wait by themselves, so no call needs to be refused

Integers = SupportsIndex | Iterable[SupportsIndex] | NDArray[np.integer[Any]]


class Samples(NamedTuple):
    """Generated digits and their classes."""

    pixels: NDArray[np.uint8]
    """uint8 (N, height, width), 0 black to 255 white; 28 x 28 in the models that come with the package.

    A model in colour has uint8 (N, height, width, 3), RGB.
    """
    labels: NDArray[np.int64]
    """int64 (N,), the classes that were drawn; all -1 if the model has no classes."""


class Model:
    """A model version that draws digits, as `load` returns it.

    Its methods may be called from several threads at a time, which share batches. A process that was forked, or that
    got the model in a pickle, loads it again when it first uses it.
    """

    def __init__(self, settings: EngineSettings, card: Card) -> None:
        self._settings = settings.model_copy(update={"queue_images": _QUEUE_IMAGES})
        self._card = card
        self._is_closed = False
        self._prepare()

    def _prepare(self) -> None:
        self._lock = threading.Lock()
        self._started: EngineThread | None = None
        _models.add(self)

    @property
    def card(self) -> Card:
        """The model's card: its name, version, sizes, training and scores."""
        return self._card

    @property
    def provider(self) -> str:
        """The execution provider that is active, such as CPUExecutionProvider."""
        return self._engine().engine.find(None, None).provider

    def generate(
        self,
        *,
        seeds: Integers | None = None,
        hands: Hand | str | Iterable[Hand | str] | None = None,
        latents: ArrayLike | None = None,
        labels: Integers | str | Iterable[SupportsIndex | str] | None = None,
        truncation: float = 1.0,
    ) -> Samples:
        """Draw digits, in batches: as many as there are seeds, hands, latents or labels, in their order.

        Each digit depends on its own seed, hand or latent, label and truncation alone.

        Args:
            seeds: integers from 0 to 2**53 - 1; a single one is repeated for all labels.
            hands: hands or tokens, instead of seeds; they need labels.
            latents: float (N, L), where L is the card's latent_size, or one latent (L,); instead of seeds.
            labels: the class of each digit, its number or, as the card has them, its name, or one for all; by default
                each latent's own class.
            truncation: scales the style, 0 to 2: below 1 more typical, above 1 more varied.

        Returns:
            The pixels, uint8 (N, height, width) or, in colour, (N, height, width, 3), and the labels, int64 (N,).

        Raises:
            ValueError: an argument is not possible; the message names it. Or the model is closed.
            RunFailed: the runtime failed.
        """
        with named_errors():
            request = checked(
                GenerateArguments, seeds=seeds, hands=hands, latents=latents, labels=labels, truncation=truncation
            )
            source = source_of(request.seeds, request.hands, request.latents)
            source.check(self._card)
            classes: Sequence[int] | None = None
            if request.labels is not None:
                source, classes = spread(source, numbered(request.labels, self._card), "labels")
            plan = Plan(source=source, labels=classes, truncation=request.truncation)
            plan.check(self._card)
            return self._engine().call(lambda engine: _draw(engine, plan))

    def write(
        self,
        digits: str | Sequence[str],
        *,
        seed: int | None = None,
        hand: Hand | str | None = None,
        truncation: float = 1.0,
        ink: bool = False,
        height: int | None = None,
        scale: int = 1,
        padding: int = 2,
        layout: Literal["grid", "natural"] = "grid",
        gap: int = 0,
        animate: bool = False,
        invert: bool = False,
        color: str | None = None,
        background: str | None = None,
        metadata: bool = False,
    ) -> Writing:
        """Write a number in one hand, or several numbers, one below the other.

        Args:
            digits: a number of digits and the signs . , - / : + % ( ) and space, such as "2026", or several.
            seed: decides the hand, 0 to 2**53 - 1; without it, a random one, which the result tells.
            hand: the hand, or its token, in place of a seed.
            truncation: scales the style, 0 to 2: below 1 more typical, above 1 more varied.
            ink: smooth strokes of any height, instead of the model's pixels.
            height: height of a digit's square in ink, in pixels, 28 to 1,024; by default 112.
            scale: side of the square that each pixel becomes, 1 to 32; for ink, 1.
            padding: pixels between and around several numbers, before scaling, 0 to 64.
            layout: "grid" puts digits in equal squares, "natural" in ink as people write them.
            gap: pixels between digits in a grid, before scaling, 0 to 28.
            animate: files that can move show how the number is written, stroke by stroke.
            invert: black ink on white, or color and background exchanged.
            color: colour of the ink, such as "navy" or "#c00"; by default white.
            background: colour behind the ink, or "transparent"; by default black.
            metadata: say in a file that a model made it, and in a PNG what it was made from.

        Raises:
            ValueError: an argument is not possible; the message names it. Or the model is closed.
            RunFailed: the runtime failed.
        """
        with named_errors():
            optional = {"seed": seed, "hand": hand, "height": height}
            spec = checked(
                NumberSpec,
                digits=digits,
                **{name: value for name, value in optional.items() if value is not None},
                truncation=truncation,
                ink=ink,
                scale=scale,
                padding=padding,
                layout=layout,
                gap=gap,
                animate=animate,
                invert=invert,
                color=color,
                background=background,
                metadata=metadata,
            )
            spec = spec.model_copy(update={"metadata": spec.metadata or self._settings.marks_all})
            plan = spec.plan(self._settings.max_images)
            plan.check(self._card)
            job_of(spec, plan, self._card, PNG)  # too large a picture is refused before it is drawn
            return Writing(spec, plan, self._engine().call(lambda engine: engine.generate(plan)))

    def read(self, files: Sequence[bytes]) -> list[DigitReading]:
        """Return what pictures of digits say, such as the label and the latent; `Hand.from_image` says in whose hand.

        Args:
            files: PNG, JPEG or WebP files, at least one.

        Raises:
            ValueError: a picture shows no digit, the model reads no pictures, or it is closed.
            RunFailed: the runtime failed.
        """
        with named_errors():
            return self._engine().call(lambda engine: read_files(engine, files))

    def start(self) -> None:
        """Load the model in this process now, and not with the first call that needs it.

        Raises:
            CannotServe: the model or the provider is not usable, or no runtime is installed.
        """
        self._engine()

    def latents(self, seeds: Integers) -> NDArray[np.float32]:
        """Return the latent of each seed: float32 (N, L), where L is the card's latent_size.

        `generate` draws the same digit from a seed and from its latent.

        Raises:
            ValueError: a seed is not possible.
        """
        with named_errors():
            request = checked(GenerateArguments, seeds=seeds)
            return seeds_to_latents(request.seeds or [], self._card.latent_size)

    def close(self) -> None:
        """Wait for calls in progress in other threads, then release the model; safe to call twice."""
        with self._lock:
            self._is_closed = True
            started, self._started = self._started, None
        if started:
            started.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Model {self._card.model}/{self._card.version}{', closed' if self._is_closed else ''}>"

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("_settings", "_card", "_is_closed")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._prepare()

    def _engine(self) -> EngineThread:
        """Return the thread of this process; it is started by the first call."""
        with self._lock:
            if self._is_closed:
                raise ValueError("the model is closed")
            if self._started is None:
                self._started = EngineThread(self._settings, self._card.model, self._card.version)
                weakref.finalize(self, self._started.stop)
            return self._started


_models: "weakref.WeakSet[Model]" = weakref.WeakSet()


def _forget_threads() -> None:
    """Let models start threads of their own in a child process, which inherits none."""
    for model in list(_models):
        model._prepare()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_threads)


async def _draw(engine: Engine, plan: Plan) -> Samples:
    card, n, start = engine.find(None, None).card, len(plan), 0
    pixels = np.empty((n, *card.image_shape), np.uint8)
    labels = np.full(n, OWN_CLASS, np.int64)
    async for part in await engine.stream(plan):
        stop = start + len(part.source)
        pixels[start:stop] = part.images.pixels
        if part.images.labels is not None:
            labels[start:stop] = part.images.labels
        start = stop
    return Samples(pixels, labels)
