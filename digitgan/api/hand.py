"""A hand: the style of one writer, by a token, or as it is read in pictures."""

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeAlias, Union

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.documents import shorten
from digitgan.contract.errors import InvalidPlan, PictureRefused
from digitgan.contract.hand import style_of, token_of, vary
from digitgan.contract.limits import MAX_SEED

if TYPE_CHECKING:
    from PIL.Image import Image

    from digitgan.api.model import Model
    from digitgan.hands.reading import DigitReading

Picture: TypeAlias = Union[str, "os.PathLike[str]", bytes, "Image", NDArray[np.uint8]]

_MOST_SIDE = 2_048  # of an array or an opened picture, which is made smaller: a digit needs 28


class Hand:
    """The style of one writer, from which a model draws any digit.

    Two hands are equal if their tokens are. ``str(hand)`` is the token.

    Args:
        token: text that begins with "h", as another hand, the command line or the service tells it.

    Raises:
        ValueError: the text is not a token.
    """

    def __init__(self, token: str) -> None:
        if not isinstance(token, str):
            raise InvalidPlan("token", f"token: must be text, not {shorten(repr(token))}")
        try:
            self._style = style_of(token)
        except ValueError as error:
            raise InvalidPlan("token", f"token: {shorten(token)!r} {error}") from None
        self._style.setflags(write=False)
        self._token = token
        self._readings: tuple[DigitReading, ...] = ()

    @classmethod
    def from_image(
        cls,
        picture: Picture | Sequence[Picture],
        *more: Picture,
        model: "Model | str | os.PathLike[str] | None" = None,
        version: str | None = None,
    ) -> Self:
        """Return the hand of the digit in a picture, or the mean of the hands in several pictures.

        A picture is a photograph, a scan or a drawing of one digit, dark on light or light on dark.

        Args:
            picture: path of a PNG, JPEG or WebP file, or its bytes; an image of Pillow; or an array, uint8 (H, W). Or
                several of them, in a list.
            more: further pictures of digits in the same hand.
            model: a loaded model, or a name or path as for `load`; without it, the default model.
            version: the model's version; without it, the newest.

        Raises:
            ValueError: a picture shows no digit, or what the model cannot draw, and the message says what was seen; or
                an argument is not possible.
            OSError: a file is not readable.
            CannotServe: as raised by `load`.
            RunFailed: the runtime failed.
        """
        from digitgan.api.arguments import named_errors
        from digitgan.api.loading import of_cache
        from digitgan.hands.reading import common_hand

        pictures: list[Any] = [*picture, *more] if isinstance(picture, list | tuple) else [picture, *more]
        if not pictures:
            raise InvalidPlan("picture", "picture: at least one is needed")
        contents = [_file(each, _name(each, i)) for i, each in enumerate(pictures)]
        with named_errors():
            if isinstance(model, str | os.PathLike | None):
                model = of_cache(model, version)
            elif version not in (None, model.card.version):
                raise InvalidPlan("version", f"the model is of version {model.card.version!r}, not {version!r}")
        try:
            readings = model.read(contents)
        except PictureRefused as error:
            position = error.position
            raise InvalidPlan("picture", f"{_name(pictures[position], position)}: {error}") from None
        hand = cls(common_hand(readings).token)
        hand._readings = tuple(readings)
        return hand

    @property
    def token(self) -> str:
        """The hand as a short text, which stands for a seed in addresses."""
        return self._token

    @property
    def style(self) -> NDArray[np.float32]:
        """The style part of latents: float32 (S,), in steps of 1/32."""
        return self._style

    @property
    def readings(self) -> "tuple[DigitReading, ...]":
        """What was read in each picture: label, confidence, latent, error and reconstruction; empty without one."""
        return self._readings

    @property
    def spread(self) -> float:
        """Root mean square distance of a component of the pictures' styles from their mean; 0 for less than two."""
        if not self._readings:
            return 0.0
        from digitgan.hands.reading import common_hand

        return common_hand(self._readings).spread

    def vary(self, amount: float, seed: int) -> "Hand":
        """Return a hand near this one.

        Args:
            amount: 0, which changes nothing, to 1, which leaves nothing of this hand.
            seed: decides the direction, 0 to 2**53 - 1.

        Raises:
            ValueError: an argument is out of range.
        """
        if not 0 <= amount <= 1:
            raise InvalidPlan("amount", f"amount: must be a number from 0 to 1, not {amount}")
        if not isinstance(seed, int | np.integer) or not 0 <= seed <= MAX_SEED:
            raise InvalidPlan("seed", f"seed: must be an integer from 0 to {MAX_SEED:,}, not {seed}")
        return Hand(token_of(vary(self._style, amount, [seed])[0]))

    def __str__(self) -> str:
        return self._token

    def __repr__(self) -> str:
        return f"Hand({self._token!r})"

    def __eq__(self, other: object) -> bool:
        return self._token == other._token if isinstance(other, Hand) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._token)


def _name(picture: Picture, position: int) -> str:
    """Return what errors call a picture: its path, or else its position among the arguments."""
    is_path = isinstance(picture, str | os.PathLike)
    return str(picture) if is_path else f"picture {position + 1}"


def _file(picture: Any, name: str) -> bytes:
    """Return a picture as the bytes of a file."""
    if isinstance(picture, str | os.PathLike):
        from digitgan.hands.picture_file import read_content

        with Path(picture).open("rb") as opened:
            try:
                return read_content(opened)
            except PictureRefused as error:
                raise InvalidPlan("picture", f"{name}: {error}") from None
    if isinstance(picture, bytes | bytearray | memoryview):
        return bytes(picture)
    from PIL import Image, ImageOps

    if isinstance(picture, Image.Image):
        image = ImageOps.exif_transpose(picture)  # a copy
    else:
        pixels = np.asarray(picture)
        if pixels.ndim != 2 or pixels.dtype != np.uint8 or not pixels.size:
            found = f"{pixels.dtype} {pixels.shape}" if hasattr(picture, "__array__") else shorten(repr(picture))
            raise InvalidPlan(
                name, f"{name}: must be a path, bytes, an image of Pillow or an array, uint8 (H, W), not {found}"
            )
        image = Image.fromarray(pixels)
    image.thumbnail((_MOST_SIDE, _MOST_SIDE))
    if image.mode not in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()
