"""``POST /v1/images/edits`` and ``/v1/images/variations``: a number, or the same digit, in the hand of pictures.

Source: OpenAI, "API reference", Images, Create image edit and Create image variation.
"""

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, ValidationError, WithJsonSchema

from digitgan.contract.limits import MAX_PICTURES
from digitgan.engine.encoder import IMAGES_PER_PICTURE
from digitgan.engine.engine import Engine
from digitgan.hands.reading import DigitReading, common_hand, read_files

from ..http.accounting import charge
from ..http.bodies import convert, media_type_of, receive_body, unsupported_type
from ..http.forms import FORM, parse_form
from ..http.openapi import reference_to
from ..http.parameters import Texts
from ..http.pictures import Upload, check_n_files, fields_of_files, refused_by_field
from ..http.routing import create_router
from ..http.services import Services
from ..http.validation import invalid_body
from . import openai_schemas
from .errors import OPENAI_ERRORS
from .openai_images import answer_with_pictures, events_of, hands_near, served_model
from .openai_schemas import ImageOptions, ImagesResponse, Prompt
from .prompts import number_in

# Fields of edits alone, some of them with files. Objects come as several fields, such as svg[a] and svg[b].
IGNORED = {*openai_schemas.IGNORED, "frame_count", "frame_duration_ms", "input_fidelity", "markup", "mask", "svg"}


class _Pictures(BaseModel):
    """Pictures of one hand; a class of its own so that they come first.

    The description has one file, since generators for Go send no list of them.
    """

    image: Annotated[
        list[Upload],
        WithJsonSchema({"type": "string", "format": "binary"}),
        Field(
            min_length=1,
            max_length=MAX_PICTURES,
            description="a PNG, JPEG or WebP file of one digit; several of these fields are digits in one hand; the "
            "name `image[]` is as good",
        ),
    ]


class _Picture(BaseModel):
    """One picture; a class of its own so that it comes first."""

    image: Annotated[Upload, Field(description="a PNG, JPEG or WebP file of one digit")]


class EditForm(ImageOptions, Prompt, _Pictures):
    """Pictures whose hand writes the number in the prompt."""


class VariationForm(ImageOptions, _Picture):
    """A picture whose digit hands like its own write."""


BODIES = (EditForm, VariationForm)  # described in OpenAPI, where FastAPI does not see them


class _EditOptions(Texts, ImageOptions, Prompt):
    """The texts of an edit's form."""


class _VariationOptions(Texts, ImageOptions):
    """The texts of a variation's form."""


Options = TypeVar("Options", bound=ImageOptions)


def router(services: Services) -> APIRouter:
    """Return the routes that OpenAI's clients use for images like others."""
    engine = services.engine
    routes = create_router(prefix="/v1", tags=["openai"], responses=OPENAI_ERRORS)

    @routes.post(
        "/images/edits",
        response_model=ImagesResponse,
        responses=events_of("image_edit"),
        openapi_extra=_body(EditForm),
    )
    async def edits(request: Request) -> Response:
        """Write the number in the prompt in the hand of pictures.

        A picture is a photograph, a scan or a drawing of one digit, which decides nothing but the hand. With `n`, the
        pictures after the first are in hands near it. Pictures are neither stored nor logged.
        """
        options, files = await _receive(request, _EditOptions, MAX_PICTURES)
        number = number_in(options.prompt, "prompt")
        token = common_hand(await _read(engine, request, files, options.model)).token
        hands = hands_near(token, options.n or 1, options.seed)
        n_read = len(files)
        return await answer_with_pictures(services, request, options, number, hands, kind="image_edit", n_read=n_read)

    @routes.post("/images/variations", response_model=ImagesResponse, openapi_extra=_body(VariationForm))
    async def variations(request: Request) -> Response:
        """Write the digit of a picture again, in hands near that of the picture."""
        options, files = await _receive(request, _VariationOptions, 1)
        [reading] = await _read(engine, request, files, options.model)
        hands = hands_near(reading.hand, options.n or 1, options.seed, with_itself=False)
        number = str(reading.label)
        return await answer_with_pictures(services, request, options, number, hands, kind="image_edit", n_read=1)

    return routes


def _body(form: type[BaseModel]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {FORM: {"schema": reference_to(form)}}}}


async def _receive(request: Request, model: type[Options], most: int) -> tuple[Options, list[bytes]]:
    """Return the options and the pictures of a form.

    Args:
        request: the client's request.
        model: class of the options.
        most: maximum number of pictures.

    Raises:
        HTTPException: 411, there is no body; 415, it is of another type; 400, it is no form.
        InvalidRequest, InvalidPlan: an option is not possible, or there are too few or too many pictures.
    """
    content_type = request.headers.get("content-type", "")
    if media_type_of(content_type) != FORM:
        raise unsupported_type(content_type, FORM)
    content = await receive_body(request)
    return await convert(len(content), _parse, content, content_type, model, most)


def _parse(content: bytes, content_type: str, model: type[Options], most: int) -> tuple[Options, list[bytes]]:
    form = parse_form(content, content_type)
    texts = {name: text for name, text in form.texts if name.partition("[")[0] not in IGNORED}
    files = [file for name, file in form.files if name.partition("[")[0] == "image"]
    check_n_files(len(files), most)
    try:
        return model.model_validate(texts), files
    except ValidationError as error:
        raise invalid_body(error, model) from error


async def _read(engine: Engine, request: Request, files: Sequence[bytes], model: str | None) -> list[DigitReading]:
    """Return what pictures say.

    Raises:
        InvalidPlan: a picture is no digit, or the model reads none.
        Overloaded, QuotaExceeded, CannotServe, RunFailed: as raised by the engine and by `charge`.
    """
    with charge(request, len(files) * IMAGES_PER_PICTURE), refused_by_field(fields_of_files(len(files))):
        return await read_files(engine, files, served_model(model, engine))
