"""``POST /encode``: from pictures of handwritten digits to the hand that wrote them."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, NamedTuple, Self

import numpy as np
import orjson
import pybase64
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from digitgan.contract.documents import shorten
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.limits import MAX_PICTURES
from digitgan.engine.encoder import IMAGES_PER_PICTURE
from digitgan.engine.engine import Generated
from digitgan.engine.plan import Plan
from digitgan.engine.source import Latents
from digitgan.formats.encoding import prepare
from digitgan.formats.format import Use, whole
from digitgan.formats.items import items
from digitgan.formats.registry import JSON, offered
from digitgan.hands.reading import DigitReading, common_hand, prepare_files, readings_of
from digitgan.picture.job import Job
from digitgan.picture.looks import SheetLooks
from digitgan.picture.picture import Picture
from digitgan.request.fields import ModelName, ModelVersion, check_one_given

from ..http.accounting import charge
from ..http.addresses import prefix_of
from ..http.bodies import JSON_TYPE, convert, media_type_of, read, receive_body, unsupported_type
from ..http.forms import FORM, parse_form
from ..http.openapi import answer_of, binary, reference_to
from ..http.parameters import Texts, check_unrepeated
from ..http.pictures import IN_BASE64, File, check_n_files, fields_of_files, refused_by_field
from ..http.routing import create_router
from ..http.services import Services
from ..http.shape import shape_of
from ..http.validation import invalid_body

_PICTURES = ("image/png", "image/jpeg", "image/webp")
_TAKEN = f"{', '.join(_PICTURES)}, {JSON_TYPE} or {FORM}"
_SEVEN = (  # a picture, so that the example can be sent as it is
    "iVBORw0KGgoAAAANSUhEUgAAABgAAAAYAQAAAADIDABVAAAAN0lEQVR42mP4//8/AwTfZ/jAwA/E8gzf/8sz/P9nD8F/6iH4x38I/gjFj6H4OBT3"
    "Q7E8zDwwBgAThz2rRCp2FwAAAABJRU5ErkJggg=="
)
_EXAMPLE = {
    "model": "digits",
    "version": "1",
    "hand": "hAAEC...",
    "label": 7,
    "confidence": 0.9995,
    "latent": [0.5, -0.25],
    "error": 16.3,
    "png": "iVBORw0KGgo...",
}


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class _Reader(BaseModel):
    """Which model reads; a class of its own so that these fields come first."""

    model: ModelName = None
    version: ModelVersion = None


class _Files(BaseModel):
    """The pictures; a class of its own so that these fields come first."""

    image: Annotated[File | None, Field(description=f"one picture: {IN_BASE64}")] = None
    images: Annotated[
        Annotated[list[File], Field(fail_fast=True, min_length=1, max_length=MAX_PICTURES), BeforeValidator(_as_list)]
        | None,
        Field(description="several pictures of digits in one hand, in the same form"),
    ] = None


# In place, since generators of clients leave out the type of a form, but not the reference to it.
_UPLOADS = {
    "type": "object",
    "required": ["image"],
    "properties": {
        "image": {
            "type": "array",
            "items": {"type": "string", "format": "binary"},
            "minItems": 1,
            "maxItems": MAX_PICTURES,
            "description": "PNG, JPEG or WebP files; one or several",
        }
    },
    "description": "The other fields are those of the address, each as a text.",
}


class EncodeQuery(Texts, SheetLooks, _Reader):
    """Which model reads a picture, and how its reconstruction is shown."""


class EncodeRequest(SheetLooks, _Reader, _Files):
    """Pictures, from exactly one of `image` and `images`; which model reads them, and how they are drawn again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"image": _SEVEN}, {"images": [_SEVEN], "ink": True}]})

    @model_validator(mode="after")
    def _names_one_source(self) -> Self:
        check_one_given(self, "image", "images")
        return self


BODIES = (EncodeRequest,)  # described in OpenAPI, where FastAPI does not see them


class EncodedPicture(BaseModel):
    """What one picture says."""

    hand: str = Field(description="token of the hand; it stands for a seed wherever one can")
    label: int = Field(description="the digit that was read")
    class_name: str | None = Field(None, description="the name of the class; absent if classes have no names")
    confidence: float = Field(ge=0, le=1, description="probability of the label, as the encoder sees it")
    latent: list[float] = Field(description="of the model's latent size: the style, then a score for each class")
    error: float = Field(
        ge=0,
        le=255,
        description="root mean square difference between the picture, prepared as MNIST's digits were, and its "
        "reconstruction, in grey levels",
    )
    png: str = Field(description="the reconstruction, drawn from the latent: a PNG file in base64")


class EncodedHand(BaseModel):
    """The hand of one picture, with what that says; or of several, with the same of each as `images`."""

    model: str
    version: str
    hand: str = Field(description="token of the hand; of several pictures, of the mean of their styles")
    label: int | None = Field(None, description="as in `images`, of one picture; absent from several")
    class_name: str | None = Field(None, description="in the same way")
    confidence: float | None = Field(None, description="in the same way")
    latent: list[float] | None = Field(None, description="in the same way")
    error: float | None = Field(None, description="in the same way")
    png: str | None = Field(None, description="in the same way")
    spread: float | None = Field(
        None,
        ge=0,
        description="root mean square distance of a style's component from the mean, about 1 for unrelated hands; "
        "absent from one picture",
    )
    images: list[EncodedPicture] | None = Field(
        None, description="in the order of the request; absent from one picture"
    )


class _Sent(NamedTuple):
    """What a request has sent.

    Attributes:
        files: the pictures' files.
        names: the field of each.
        is_list: whether several pictures could be given, so that the answer is a list too.
        looks: the other fields.
    """

    files: Sequence[bytes]
    names: Sequence[str]
    is_list: bool
    looks: EncodeQuery | EncodeRequest


def router(services: Services) -> APIRouter:
    """Return the route that reads pictures."""
    answers, engine, use = services.answers, services.engine, Use.IMAGES
    routes = create_router(tags=["digits"])
    pictures = {each: binary("one picture; the other fields are parameters of the address") for each in _PICTURES}
    body = {
        "required": True,
        "content": {
            JSON_TYPE: {"schema": reference_to(EncodeRequest)},
            FORM: {"schema": _UPLOADS},
            **pictures,
        },
    }

    @routes.post(
        "/encode",
        responses=answer_of(offered(use).values(), EncodedHand, example=_EXAMPLE, is_tagged=False),
        response_class=Response,
        openapi_extra={"requestBody": body},
    )
    async def encode(request: Request, query: Annotated[EncodeQuery, Query()]) -> Response:
        """Read a picture of a handwritten digit, and return the hand that wrote it.

        The picture is a photograph, a scan or a drawing of one digit: the body itself, the file `image` of a form, or
        base64 in JSON. Up to 16 pictures of digits in one hand give one token. What is no digit is refused. Pictures
        are neither stored nor logged. By other media types than JSON, the answer is the reconstructions.
        """
        chosen = answers.choose(request, use)
        sent = await _receive(request, query)
        model, version = sent.looks.model, sent.looks.version
        card, _ = engine.encoder_of(model, version)
        unread = Latents(np.zeros((len(sent.files), card.latent_size), np.float32))
        plan = Plan(source=unread, model=model, version=version)
        job = prepare(engine, plan, Picture.of(sent.looks), chosen, root=prefix_of(request))  # refuses before any work
        with charge(request, len(plan) * IMAGES_PER_PICTURE), refused_by_field(sent.names):
            images = await prepare_files(engine, sent.files)
            async with engine.encoding(images, model, version) as encoded:
                readings = readings_of(images, encoded)
                if chosen is JSON:
                    render = partial(_render, readings=readings, is_list=sent.is_list)
                    chosen = replace(chosen, encode=whole(render))
                return await answers.answer_drawn(request, job, chosen, encoded.drawn)

    return routes


async def _receive(request: Request, query: EncodeQuery) -> _Sent:
    """Return what a request has sent.

    Raises:
        HTTPException: 411, there is no body; 415, it is of another type; 400, it is no form.
        NotJson: it is not JSON.
        InvalidRequest, InvalidPlan: it has other fields than these, or too many pictures.
    """
    content_type = request.headers.get("content-type", "")
    media_type = media_type_of(content_type)
    check_unrepeated([name for name, _ in request.query_params.multi_items()], "parameter")
    if media_type in _PICTURES:
        return _Sent([await receive_body(request)], ["image"], False, query)
    if media_type not in (JSON_TYPE, FORM):
        raise unsupported_type(content_type, _TAKEN)
    if elsewhere := next(iter(query.model_dump(exclude_defaults=True)), None):
        raise InvalidPlan(elsewhere, f"the address has {elsewhere}; with a body of {media_type}, give it there")
    content = await receive_body(request)
    if media_type == FORM:
        return await convert(len(content), _from_form, content, content_type)
    body = await read(content, EncodeRequest, shape_of(EncodeRequest, 0))
    if body.image is not None:
        return _Sent([body.image], ["image"], False, body)
    files = body.images or []
    return _Sent(files, [f"images/{i}" for i in range(len(files))], True, body)


def _from_form(content: bytes, content_type: str) -> _Sent:
    form = parse_form(content, content_type, {"image"})
    check_unrepeated([name for name, _ in form.texts], "field")
    if other := next((name for name, _ in form.files if name != "image"), None):
        raise InvalidPlan(other, f"the form has a file in the field {shorten(other)}; pictures are files in image")
    files = [file for _, file in form.files]
    n = len(files)
    check_n_files(n, MAX_PICTURES)
    try:
        looks = EncodeQuery.model_validate(dict(form.texts))
    except ValidationError as error:
        raise invalid_body(error, EncodeQuery) from error
    return _Sent(files, fields_of_files(n), n > 1, looks)


def _render(job: Job, drawn: Generated, readings: Sequence[DigitReading], *, is_list: bool) -> bytes:
    """Return the answer in JSON."""
    images = [
        {
            "hand": reading.hand,
            **reading.said,
            "confidence": round(reading.confidence, 4),
            "latent": reading.latent,
            "error": round(reading.error, 2),
            "png": pybase64.b64encode_as_string(item.png),
        }
        for reading, item in zip(readings, items(job, drawn), strict=True)
    ]
    answer: dict[str, Any] = {"model": drawn.card.model, "version": drawn.card.version}
    if is_list:
        hand = common_hand(readings)
        answer |= {"hand": hand.token, "spread": round(hand.spread, 4), "images": images}
    else:
        answer |= images[0]
    return orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY)
