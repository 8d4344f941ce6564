"""What the head of a document tells other sites: its address, its title, and the picture that shows a link to it."""

import re
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import quote, urlencode

from pydantic import ValidationError
from starlette.datastructures import QueryParams
from starlette.requests import Request

from digitgan.contract.errors import EngineError
from digitgan.engine.plan import number_plan
from digitgan.engine.source import source_of_one
from digitgan.formats.encoding import prepare
from digitgan.formats.registry import PNG
from digitgan.picture.address import address_of_one
from digitgan.picture.preview import HEIGHT, INK, WIDTH, preview_of
from digitgan.request.fields import ModelFields

from ..http.addresses import origin_of, prefix_of
from ..http.services import Services
from .documents import Documents
from .picture import USUAL_HAND, USUAL_NUMBER, Shown, given

# What a link to a view shows: the ten digits of a hand, thousands of hands, from one digit to another, two models, the
# images of MNIST, and the year in which GANs were published.
_NUMBERS = {
    "hand": "0123456789",
    "explore": "4096",
    "between": "3-8",
    "compare": "1:1",
    "data": "70,000",
    "learn": "2014",
}
_MODEL = re.compile(r"([^ ]+) ([^ ]+)").fullmatch  # and its version, as the page writes them
_COLOUR = re.compile(r"[0-9a-f]{6}").fullmatch
_TERRITORIES = {"en": "en_US", "zh-Hans": "zh_CN"}


@dataclass(frozen=True, slots=True)
class PreviewOptions:
    """How an address of the view Write draws its number, as far as a preview can show it.

    Attributes:
        fields: which model draws, and how freely.
        color: of the ink.
    """

    fields: ModelFields = field(default_factory=ModelFields)
    color: str = INK

    @classmethod
    def by(cls, query: QueryParams) -> "PreviewOptions":
        """Return what a query says; what is wrong there has its usual value."""
        fields = ModelFields()
        values = given(query)
        model = _MODEL(values.get("model", ""))
        choices: list[dict[str, Any]] = [{"model": model[1], "version": model[2]}] if model else []
        choices += [{"truncation": _number(values["truncation"])}] if "truncation" in values else []
        for some in choices:
            try:
                fields = ModelFields(**fields.model_dump() | some)
            except ValidationError:
                continue
        color = values.get("color", "")
        return cls(fields, color if _COLOUR(color) else INK)


def sharing(
    request: Request, services: Services, documents: Documents, view: str, language: str, shown: Shown | None
) -> str:
    """Return elements for the head of a document, as HTML.

    A preview is named only if every site may get it: not if keys are required, nor if the model writes no numbers.

    Args:
        request: for the document.
        services: make the preview.
        documents: have the words.
        view: which one the document shows.
        language: of the document.
        shown: the number and the hand of the view Write; None for another view.
    """
    root = origin_of(request) + prefix_of(request)
    title = documents.words(view, "title", language)
    if shown is None:
        address, drawn = f"/{view}", PreviewOptions()
    else:
        drawn = PreviewOptions.by(request.query_params)
        address = _address(shown, drawn)
        if shown.number != USUAL_NUMBER:
            title = documents.words("write", "shared", language, number=shown.number)
    written = shown or Shown(_NUMBERS[view], USUAL_HAND)
    properties = {
        "og:type": "website",
        "og:site_name": "digitgan",
        "og:locale": _TERRITORIES[language],
        "og:title": title,
        "og:description": documents.words(view, "description", language),
        "og:url": root + address,
    }
    names = {"twitter:card": "summary"}
    if preview := _preview(services, written, drawn):
        properties |= {
            "og:image": root + preview,
            "og:image:type": PNG.media_type,
            "og:image:width": str(WIDTH),
            "og:image:height": str(HEIGHT),
            "og:image:alt": documents.words("write", "picture", language, number=written.number, hand=written.hand),
        }
        names = {"twitter:card": "summary_large_image"}
    elements = [
        f'<link rel="canonical" href="{escape(root + address)}" />',
        *(f'<meta property="{name}" content="{escape(value)}" />' for name, value in properties.items()),
        *(f'<meta name="{name}" content="{escape(value)}" />' for name, value in names.items()),
    ]
    return "\n    ".join(elements)


def _address(shown: Shown, drawn: PreviewOptions) -> str:
    """Return the path and query of a number in a hand, as the page's script writes them."""
    fields = drawn.fields
    query = {
        "hand": shown.hand if shown.hand != USUAL_HAND else None,
        "model": f"{fields.model} {fields.version}" if fields.model else None,
        "truncation": f"{fields.truncation:g}" if fields.truncation != 1 else None,
        "color": drawn.color if drawn.color != INK else None,
    }
    text = urlencode({name: value for name, value in query.items() if value is not None})
    if shown.number == USUAL_NUMBER:
        return f"/write?{text}" if text else "/"
    return f"/write/{quote(shown.number, safe='')}" + (f"?{text}" if text else "")


def _preview(services: Services, shown: Shown, drawn: PreviewOptions) -> str | None:
    """Return the permanent address of a preview, relative to the service's root."""
    if services.settings.keys_file is not None:
        return None
    plan = number_plan(source_of_one(shown.hand), [shown.number], **drawn.fields.of_plan)
    try:
        job = prepare(services.engine, plan, preview_of(shown.number, drawn.color), PNG)
    except EngineError:
        return None if drawn == PreviewOptions() else _preview(services, shown, PreviewOptions())
    return None if job.card.names else address_of_one(job)  # whose classes are no digits


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
