"""Knows OpenAI's request for images, and how it turns into a plan: the prompt's one number is what gets written.

Does not know HTTP, nor how images are made.

Source: OpenAI, "API reference", Images, Create image. `seed` is ours; their clients send it as `extra_body`.
"""

import re
import secrets
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, StringConstraints

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.latents import MAX_SEED
from digitgan.engine.plan import Plan
from digitgan.picture.picture import Picture
from service.requests.fields import MAX_DIGITS, Seed, Whole

_MAX_SCALE = 32
_AUTO_SCALE = 8
_MAX_PROMPT = 32_000  # characters, as theirs

_Ignored = Annotated[Any, Field(description="accepted, and without meaning here")]
_Size = Annotated[str, Strict(), StringConstraints(pattern=r"^(auto|[1-9][0-9]{0,4}x[1-9][0-9]{0,4})$")]


def _in_one_piece(streams: bool) -> bool:
    """Return False, and refuse True: `Literal[False]` would take a 0, which the schema does not."""
    if streams:
        raise ValueError("an answer comes in one piece: false is allowed, or nothing")
    return streams


class ImagesRequest(BaseModel):
    """What to write, and how often."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {"prompt": "a handwritten 42", "n": 2, "seed": 7},
                {"prompt": "2026", "size": "1024x1024", "response_format": "b64_json"},
            ]
        },
    )

    prompt: Annotated[
        str,
        Strict(),
        Field(
            max_length=_MAX_PROMPT,
            description=f"holds one number of up to {MAX_DIGITS} digits, which is written",
            json_schema_extra={"pattern": rf"^[^0-9]*[0-9]{{1,{MAX_DIGITS}}}[^0-9]*$"},  # told, but checked by `digits`
        ),
    ]
    n: Annotated[Annotated[int, Whole(1, 10)] | None, Field(description="pictures; default: 1")] = None
    size: Annotated[
        _Size | None,
        Field(description="WxH or auto; the picture is the largest of whole pixels of a digit that fits in"),
    ] = None
    response_format: Annotated[Literal["url", "b64_json"] | None, Field(description="default: url")] = None
    seed: Annotated[
        Seed | None, Field(description="of the first picture, the others follow; default: drawn at random")
    ] = None
    output_format: Annotated[Literal["png"] | None, Field(description="png is all there is")] = None
    stream: Annotated[
        Annotated[bool, Strict(), AfterValidator(_in_one_piece), Field(json_schema_extra={"const": False})] | None,
        Field(description="an answer comes in one piece"),
    ] = None
    model: Annotated[str | None, Field(description="one that is served; any other stands for the default")] = None
    quality: _Ignored = None
    style: _Ignored = None
    user: _Ignored = None
    background: _Ignored = None
    moderation: _Ignored = None
    output_compression: _Ignored = None
    partial_images: _Ignored = None

    @property
    def digits(self) -> str:
        """The number that the prompt holds.

        Raises:
            InvalidPlan: it holds none, several, or one that is too long.
        """
        numbers = re.findall(r"[0-9]+", self.prompt)
        if len(numbers) != 1 or len(numbers[0]) > MAX_DIGITS:
            what = f"{len(numbers)} numbers" if len(numbers) != 1 else f"one of {len(numbers[0])} digits"
            raise InvalidPlan(
                "prompt",
                f"digits are all that is drawn here: the prompt must hold one number of 1 to {MAX_DIGITS} digits, "
                f'as in "a handwritten 42"; it holds {what}',
            )
        return str(numbers[0])

    def plan_and_picture(self, card: Card, max_images: int) -> tuple[Plan, Picture]:
        """Return what is asked and how it is shown: a digit, or a strip of them in one hand, for each seed.

        Args:
            card: of the model that answers.
            max_images: most digits in an answer.

        Raises:
            InvalidPlan: the prompt, the size or the seed cannot be had.
        """
        digits, n = self.digits, self.n or 1
        if n * len(digits) > max_images:
            raise InvalidPlan("n", f"{n} times {len(digits)} digits asked for; at most {max_images}")
        first = secrets.randbelow(MAX_SEED - n) if self.seed is None else self.seed
        if first + n - 1 > MAX_SEED:
            raise InvalidPlan("seed", f"{n} seeds from here on go beyond {MAX_SEED}")
        seeds = [seed for seed in range(first, first + n) for _ in digits]
        labels = [int(digit) for digit in digits] * n
        plan = Plan(seeds, None, labels, model=card.model, version=card.version, labels_field="prompt")
        numbers = (digits,) * n if len(digits) > 1 else ()
        return plan, Picture(self._scale(len(digits) * card.image_width, card.image_height), numbers=numbers)

    def _scale(self, width: int, height: int) -> int:
        """Return the largest whole factor at which a picture fits the size asked for."""
        if self.size is None or self.size == "auto":
            return _AUTO_SCALE
        across, _, down = self.size.partition("x")
        scale = min(int(across) // width, int(down) // height, _MAX_SCALE)
        if scale < 1:
            raise InvalidPlan(
                "size", f"the picture has {width}x{height} pixels at least, so it needs a size from there"
            )
        return scale


class ImageData(BaseModel):
    """One picture."""

    url: Annotated[str | None, Field(description="its permanent address")] = None
    b64_json: Annotated[str | None, Field(description="PNG file in base64")] = None
    seed: Annotated[int, Field(description="the same seed and prompt give the same picture")]


class ImagesResponse(BaseModel):
    """Pictures, in the order of their seeds."""

    created: Annotated[int, Field(description="seconds since 1970")]
    data: list[ImageData]
    output_format: str = "png"
    size: Annotated[str, Field(description="of each picture, WxH pixels")]


class ErrorDetail(BaseModel):
    """What is wrong."""

    message: str
    type: str
    param: Annotated[str | None, Field(description="the field at fault")]
    code: str


class ErrorBody(BaseModel):
    """An error."""

    error: ErrorDetail
