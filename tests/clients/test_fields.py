"""What the installed clients can send and read, compared with what the service reads, ignores and sends.

A new release of a client shows as a line of a list: decide whether the service reads the field (add it to the request),
ignores it (add it as ignored), or refuses it (add it here, with the reason).
"""

import inspect
import typing
from collections.abc import Collection, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import mcp_types.version as mcp_version
import pytest
from huggingface_hub import InferenceClient
from huggingface_hub import TextToImageParameters as HubParameters
from mcp import Client
from openai.resources.images import Images
from openai.resources.models import Models
from openai.types import (
    Image,
    ImageGenCompletedEvent,
    ImageGenPartialImageEvent,
    ImagesResponse,
    Model,
    image_generate_params,
)
from pydantic import BaseModel

from service.protocols import openai_edits, openai_schemas
from service.protocols.hugging_face import TextToImageParameters
from service.protocols.openai_models import ModelObject
from service.protocols.openai_schemas import ImagesRequest
from service.protocols.prompts import PromptLooks

PAGE = (Path(__file__).parents[2] / "docs" / "http.md").read_text(encoding="utf-8")

# Of each request and answer: the fields that only one side knows, and why.
_GIF, _SVG = "only for GIF, which is refused", "only for SVG, which is refused"
REFUSED_BY_GENERATE = {"frame_count": _GIF, "frame_duration_ms": _GIF, "svg": _SVG}
REFUSED_VALUES = {
    "background": set[str](),
    "output_format": {"jpeg", "gif", "svg"},
    "response_format": set[str](),
}
LEFT_OUT: dict[str, dict[str, str]] = {
    "ImagesResponse": {
        "quality": "means nothing here",
        "safety_identifier": "is not used",
        "svg_usage": _SVG,
    },
    "Image": {},
    "ImageGenCompletedEvent": {"safety_identifier": "is not used"},
    "ImageGenPartialImageEvent": {},
    "Model": {"shutdown_date": "no model has one"},
}
BEYOND = {
    "ImageGenCompletedEvent": {"partial_image_index"},  # of the other event
    "ImageGenPartialImageEvent": {"usage"},
    "Image": {"size"},  # natural numbers of several hands are not equally wide
}
LOOKS = {*PromptLooks.model_fields}
ADDED = {"seed", "hand", *LOOKS}  # to OpenAI's fields
NOT_OFFERED = {
    "complete": "there are no prompts",
    "get_prompt": "there are no prompts",
    "list_prompts": "there are no prompts",
    "list_resource_templates": "there are no resources",
    "list_resources": "there are no resources",
    "read_resource": "there are no resources",
    "subscribe_resource": "there are no resources",
    "unsubscribe_resource": "there are no resources",
    "listen": "the tools never change",
    "send_progress_notification": "no call is that long",
    "send_roots_list_changed": "no file of a client is read",
    "set_logging_level": "nothing is logged to clients",
}
OFFERED = {"call_tool", "list_tools", "send_ping"}
SPOKEN = {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"}


def differences(client: str, has: Collection[str], known: Collection[str], excused: Mapping[str, str]) -> list[str]:
    """Return a line for each field of a client that nobody has decided about, and for each decision without a field."""
    name = f"{client} {version(client.partition(' ')[0])}"
    new = [f"{name} has {field!r}" for field in sorted({*has} - {*known} - {*excused})]
    gone = [f"{name} no longer has {field!r}" for field in sorted(({*known} | {*excused}) - {*has})]
    return new + gone + [f"both known and left out: {field}" for field in sorted({*known} & {*excused})]


def parameters(function: Any) -> set[str]:
    common = {"self", "extra_headers", "extra_query", "extra_body", "timeout"}
    return {*inspect.signature(function).parameters} - common


def ignored(model: type[BaseModel]) -> set[str]:
    return {name for name, field in model.model_fields.items() if field.description == "accepted and ignored"}


def values(hint: Any) -> Iterator[str]:
    """Yield the texts that a type allows."""
    if typing.get_origin(hint) is Literal:
        yield from typing.get_args(hint)
    for inner in typing.get_args(hint):
        yield from values(inner) if not isinstance(inner, str) else ()


def test_openai_sends_only_fields_that_are_read_ignored_or_refused() -> None:
    known = {*ImagesRequest.model_fields} - ADDED
    assert differences("openai", parameters(Images.generate), known, REFUSED_BY_GENERATE) == []
    of_edits = known | openai_edits.IGNORED | {"image"}
    assert differences("openai", parameters(Images.edit), of_edits - {"moderation", "style"}, {}) == []
    assert parameters(Images.create_variation) <= {*openai_edits.VariationForm.model_fields}
    assert differences("openai", parameters(Models.retrieve), {"model"}, {}) == []
    assert differences("openai", parameters(Models.list), set(), {}) == []


@pytest.mark.parametrize("field", REFUSED_VALUES)
def test_openai_sends_only_values_that_are_accepted_or_refused(field: str) -> None:
    sent = typing.get_type_hints(image_generate_params.ImageGenerateParamsNonStreaming)[field]
    accepted = {*values(ImagesRequest.model_fields[field].annotation)}
    assert {*values(sent)} - accepted == REFUSED_VALUES[field]
    assert accepted <= {*values(sent)}


@pytest.mark.parametrize(
    ("reads", "sends"),
    [
        (ImagesResponse, openai_schemas.ImagesResponse),
        (Image, openai_schemas.ImageData),
        (ImageGenCompletedEvent, openai_schemas.ImageEvent),
        (ImageGenPartialImageEvent, openai_schemas.ImageEvent),
        (Model, ModelObject),
    ],
)
def test_openai_reads_what_is_sent(reads: type[Any], sends: type[BaseModel]) -> None:
    sent = {*sends.model_fields} - ADDED - BEYOND.get(reads.__name__, set())
    assert differences("openai", {*reads.model_fields}, sent, LEFT_OUT[reads.__name__]) == []


def test_huggingface_hub_sends_only_fields_that_are_read_or_ignored() -> None:
    known = {*TextToImageParameters.model_fields} - LOOKS - {"hand"}
    assert (
        differences("huggingface_hub", parameters(InferenceClient.text_to_image) - {"prompt", "model"}, known, {}) == []
    )
    assert differences("huggingface_hub", {*vars(HubParameters)["__dataclass_fields__"]}, known, {}) == []


def test_mcp_client_has_only_operations_that_are_offered_or_not() -> None:
    operations = {name for name, each in vars(Client).items() if name[0] != "_" and inspect.isroutine(each)}
    assert differences("mcp", operations, OFFERED, NOT_OFFERED) == []


def test_mcp_speaks_the_versions_that_are_documented() -> None:
    spoken = {*mcp_version.HANDSHAKE_PROTOCOL_VERSIONS, *mcp_version.MODERN_PROTOCOL_VERSIONS}
    assert differences("mcp", spoken, SPOKEN, {}) == []


@pytest.mark.parametrize("model", [ImagesRequest, TextToImageParameters])
def test_ignored_fields_are_documented(model: type[BaseModel]) -> None:
    lists = [sentence for sentence in " ".join(PAGE.split()).split(". ") if "accepted and ignored" in sentence]
    assert ignored(model)
    assert any(all(f"`{field}`" in sentence for field in ignored(model)) for sentence in lists)
