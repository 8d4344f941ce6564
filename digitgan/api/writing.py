"""A number that a model wrote: pixels, a picture in a notebook, or a file."""

import errno
import os
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitgan.api.arguments import named_errors
from digitgan.api.hand import Hand
from digitgan.contract.card import Card
from digitgan.contract.documents import shorten
from digitgan.contract.errors import InvalidPlan
from digitgan.engine.engine import Generated
from digitgan.engine.plan import Plan
from digitgan.formats import outputs
from digitgan.formats.encoding import encode_here, fit
from digitgan.formats.format import Format, Use
from digitgan.formats.numbers import NumberSpec
from digitgan.formats.registry import PNG, format_of_file, named
from digitgan.picture import drawing
from digitgan.picture.address import address_of_one
from digitgan.picture.job import Job


def job_of(spec: NumberSpec, plan: Plan, card: Card, format: Format) -> Job:
    """Return the job of numbers in a format.

    Args:
        spec: the numbers.
        plan: their plan.
        card: card of the model version.
        format: one that is for a `Use.FILE`.

    Raises:
        InvalidPlan: the format cannot show these numbers, or the picture is too large.
    """
    if "animate" in format.lacks:  # a notebook, too, shows the number as it is when it is written
        spec = spec.model_copy(update={"animate": False})
    in_format, picture, keys = spec.parts(plan, card, format)
    return fit(card, in_format, picture, format, keys=keys)


def _format(name: str) -> Format:
    if name not in (formats := named(Use.FILE)):
        raise InvalidPlan("format", f"must be one of {', '.join(formats)}, not {name!r}")
    return formats[name]


class Writing:
    """One or several numbers in one hand, as `write` returns them.

    A notebook shows it as a picture. It stays usable when its model is closed.
    """

    def __init__(self, spec: NumberSpec, plan: Plan, generated: Generated) -> None:
        self._spec = spec
        self._plan = plan
        self._generated = generated

    @property
    def digits(self) -> tuple[str, ...]:
        """The numbers, from top to bottom."""
        return tuple(self._spec.digits)

    @property
    def seed(self) -> int | None:
        """The seed that decided the hand: with it, the same call writes the same picture again; None for a hand."""
        return self._spec.seed if self._spec.hand is None else None

    @property
    def hand(self) -> Hand | None:
        """The hand that was given; None for a seed."""
        return None if self._spec.hand is None else Hand(self._spec.hand)

    @property
    def model(self) -> str:
        """The name of the model that wrote this."""
        return self._generated.card.model

    @property
    def version(self) -> str:
        """The version of the model."""
        return self._generated.card.version

    @property
    def address(self) -> str | None:
        """The path and query at which a service returns the same PNG; None for several numbers."""
        return address_of_one(self._job(PNG))

    @cached_property
    def pixels(self) -> NDArray[np.uint8]:
        """The picture: uint8 (height, width), 0 black to 255 white; with other colours, 0 background to 255 ink."""
        return drawing.page(self._job(PNG).picture, self._generated.images.pixels, self._generated.source)

    def encode(self, format: str = "png") -> bytes:
        """Return the bytes of a file, the same that the service and the command line make.

        Args:
            format: png, svg or webp, a picture; apng or gif, an animation that shows one digit after the other.

        Raises:
            ValueError: there is no such format, or it cannot show these numbers.
        """
        with named_errors():
            return self._encode(_format(format))

    def save(self, path: str | os.PathLike[str], format: str | None = None) -> None:
        """Write a file, which appears only when it is complete.

        Args:
            path: the file. Its suffix says the format: .png, .svg, .webp, .apng or .gif.
            format: name of the format, if the suffix does not say it; see `encode`.

        Raises:
            ValueError: the suffix and the format mean none or two, or the format cannot show these numbers.
            OSError: the file is not writable.
        """
        target = Path(path).absolute()
        with named_errors():
            if format is not None:
                _format(format)
            try:
                chosen = format_of_file(target, format)
            except ValueError as error:
                raise InvalidPlan("path", str(error)) from None
            content = self._encode(chosen)
        if not target.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, "the folder does not exist", str(target.parent))
        with outputs.to_file(target) as file:
            file.write(content)

    def _job(self, format: Format) -> Job:
        return job_of(self._spec, self._plan, self._generated.card, format)

    def _encode(self, format: Format) -> bytes:
        return encode_here(self._job(format), format, self._generated)

    def _repr_png_(self) -> bytes:
        return self.encode()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.pixels, dtype, copy=copy)

    def __repr__(self) -> str:
        height, width = self.pixels.shape
        hand = f"with seed {self.seed}" if self.hand is None else f"in hand {shorten(self.hand.token)}"
        return f"<Writing of {', '.join(self.digits)} {hand}: {width} x {height} pixels>"
