"""The requests and answers of OpenAI's images.

Source: OpenAI, "API reference", Images. `seed`, `hand`, `ink`, `layout` and `color` are ours; their clients send them
as `extra_body`.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict, StringConstraints

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.limits import MAX_DIGITS
from digitgan.engine.encoder import IMAGES_PER_PICTURE
from digitgan.engine.plan import Plan, n_digits, number_plan
from digitgan.engine.source import Source
from digitgan.picture.colour import TRANSPARENT
from digitgan.picture.picture import Picture
from digitgan.request.fields import Hand, Seed, WholeNumber

from .prompts import PromptLooks

_MAX_PROMPT = 32_000  # characters, as in OpenAI's API
_MAX_PICTURES = 10  # as in OpenAI's API
_MAX_PARTIALS = 3  # as in OpenAI's API

FileFormat = Literal["png", "webp"]
_Ignored = Annotated[Any, Field(description="accepted and ignored")]
_Size = Annotated[str, Strict(), StringConstraints(pattern=r"^(auto|[1-9][0-9]{0,4}x[1-9][0-9]{0,4})$")]


class Prompt(BaseModel):
    """The text; a class of its own so that it comes first."""

    prompt: Annotated[
        str,
        Strict(),
        Field(
            max_length=_MAX_PROMPT,
            description=f"contains one number of up to {MAX_DIGITS} digits and signs, which is written, as in "
            "12/31/2026, 1,234.50 or (555) 123-4567; or, if there are no digits, English words up to 999,999",
        ),
    ]


class _Options(BaseModel):
    """The other fields of the protocol, and the seed; a class of its own so that they come before further ones."""

    n: Annotated[Annotated[int, WholeNumber(1, _MAX_PICTURES)] | None, Field(description="pictures; default: 1")] = None
    size: Annotated[
        _Size | None,
        Field(description="WxH or auto; each picture is the largest that fits in"),
    ] = None
    response_format: Annotated[
        Literal["url", "b64_json"] | None,
        Field(description="default: url if the name of the model begins with dall-e, otherwise b64_json"),
    ] = None
    seed: Annotated[
        Seed | None,
        Field(description="of the first picture, the others follow; default: drawn at random, or 0 near a hand"),
    ] = None
    output_format: Annotated[FileFormat | None, Field(description="of pictures in base64; default: png")] = None
    background: Annotated[
        Literal["transparent", "opaque", "auto"] | None, Field(description="transparent, or otherwise opaque")
    ] = None
    stream: Annotated[
        Annotated[bool, Strict()] | None, Field(description="answer with server-sent events, always in base64")
    ] = None
    partial_images: Annotated[
        Annotated[int, WholeNumber(0, _MAX_PARTIALS)] | None,
        Field(description="most events of a stream that show the first digits and signs of a number"),
    ] = None
    model: Annotated[
        str | None, Field(description="a model that this service serves; any other name stands for the default model")
    ] = None
    complexity: _Ignored = None
    moderation: _Ignored = None
    output_compression: _Ignored = None
    quality: _Ignored = None
    safety_identifier: _Ignored = None
    style: _Ignored = None
    user: _Ignored = None


class ImageOptions(PromptLooks, _Options):
    """How many pictures of a number there are, how they are drawn, and how they are returned."""

    @property
    def is_by_address(self) -> bool:
        """Whether the pictures are returned as addresses."""
        if self.stream:
            return False
        if self.response_format is None:
            return (self.model or "").startswith("dall-e")
        return self.response_format == "url"

    def plan_and_picture(self, number: str, hands: Source, card: Card, max_images: int) -> tuple[Plan, Picture]:
        """Return what to generate, and how to show one picture.

        Args:
            number: what each hand writes.
            hands: as many as there are pictures.
            card: card of the model that answers.
            max_images: maximum number of digits in an answer.

        Raises:
            InvalidPlan: the size is not possible, there are too many digits, or fields exclude each other.
        """
        n = len(hands)
        if n * n_digits(number) > max_images:
            raise InvalidPlan("n", f"{n} times {n_digits(number)} digits; at most {max_images:,} digits are allowed")
        plan = number_plan(hands, [number] * n, labels_field="prompt", model=card.model)
        across, _, down = (self.size or "auto").partition("x")
        width, height = (int(across), int(down)) if down else (None, None)
        background = TRANSPARENT if self.background == TRANSPARENT else None
        return plan, self.picture(card, number, width, height, "size", background)

    @property
    def shown_background(self) -> str:
        """The background of the pictures."""
        return TRANSPARENT if self.background == TRANSPARENT else "opaque"


class ImagesRequest(ImageOptions, Prompt):
    """A number to write, and in how many hands."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"model": "gpt-image-1", "prompt": "a handwritten 42", "n": 2, "seed": 7},
                {"prompt": "12/31/2026", "size": "1024x1024", "output_format": "webp", "background": "transparent"},
            ]
        },
    )

    hand: Annotated[
        Hand | None, Field(description="token of the hand of the first picture; the others are in hands near it")
    ] = None


IGNORED = frozenset(name for name, field in ImageOptions.model_fields.items() if field.annotation is Any)


class InputTokens(BaseModel):
    """What was read; tokens of a prompt are not counted."""

    image_tokens: Annotated[int, Field(description="of pictures, each as many as it counts as digits")] = 0
    text_tokens: int = 0


class OutputTokens(BaseModel):
    """What was generated."""

    image_tokens: Annotated[int, Field(description="digits")]
    text_tokens: int = 0


class Usage(BaseModel):
    """What the answer took, in the unit of this service's quotas: a token is one generated digit."""

    input_tokens: int = 0
    input_tokens_details: InputTokens = InputTokens()
    output_tokens: int
    output_tokens_details: OutputTokens
    total_tokens: int

    @classmethod
    def of(cls, n_digits: int, n_pictures: int = 0) -> "Usage":
        """Return the usage of an answer of this many digits, for which this many pictures were read."""
        n_read = n_pictures * IMAGES_PER_PICTURE
        return cls(
            input_tokens=n_read,
            input_tokens_details=InputTokens(image_tokens=n_read),
            output_tokens=n_digits,
            output_tokens_details=OutputTokens(image_tokens=n_digits),
            total_tokens=n_read + n_digits,
        )


class ShownImage(BaseModel):
    """How a picture is shown."""

    background: Literal["transparent", "opaque"]
    output_format: FileFormat
    size: Annotated[str | None, Field(description="WxH pixels; absent if pictures differ or are not made yet")] = None


class ImageData(BaseModel):
    """One picture."""

    url: Annotated[str | None, Field(description="its address")] = None
    b64_json: Annotated[str | None, Field(description="the file in base64")] = None
    revised_prompt: Annotated[str, Field(description="the number that is written")]
    seed: Annotated[
        int | None, Field(description="the same seed and prompt give the same picture; absent if there is a hand")
    ] = None
    hand: Annotated[str | None, Field(description="token of the hand; absent if there is a seed")] = None
    size: Annotated[str | None, Field(description="WxH pixels; absent if only its address can tell")] = None


class ImagesResponse(ShownImage):
    """Pictures, in the order of their seeds."""

    created: Annotated[int, Field(description="seconds since 1970")]
    data: list[ImageData]
    usage: Usage


class ImageEvent(ShownImage):
    """An event of a stream: a picture, or one that shows only the first digits and signs of the number."""

    type: Literal[
        "image_generation.partial_image",
        "image_generation.completed",
        "image_edit.partial_image",
        "image_edit.completed",
    ]
    b64_json: Annotated[str, Field(description="the file in base64")]
    created_at: Annotated[int, Field(description="seconds since 1970")]
    quality: Literal["auto"] = "auto"
    seed: int | None = None
    hand: str | None = None
    partial_image_index: Annotated[int | None, Field(description="from 0; only of a partial picture")] = None
    usage: Annotated[Usage | None, Field(description="only of a complete picture")] = None
