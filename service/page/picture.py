"""The first picture of the view Write, which comes inside its document: seen at once, and without scripts."""

import asyncio
import re
from dataclasses import dataclass
from html import escape
from typing import Any

from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import QueryParams
from starlette.requests import Request

from digitgan.contract.errors import EngineError
from digitgan.engine.plan import number_plan
from digitgan.engine.source import source_of_one
from digitgan.formats.encoding import encode, prepare
from digitgan.formats.registry import SVG
from digitgan.picture.job import Job
from digitgan.picture.picture import Picture
from digitgan.request.fields import Number, SeedOrHand

from ..access.quota import REQUESTS, Quota, QuotaExceeded
from ..http.accounting import charge
from ..http.services import Services

USUAL_NUMBER, USUAL_HAND = "2026", 23  # also in views/write/write.js
_OTHER_CHOICES = frozenset(("model", "truncation", "drawn", "layout", "color"))  # what else changes the picture there
_TITLE = re.compile(r"<title>[^<]*</title><desc>")  # of an SVG document
_PATIENCE_S = 2.0  # the page comes without a picture that takes longer
_SEED = re.compile(r"[0-9]{1,16}").fullmatch
_NUMBER: TypeAdapter[str] = TypeAdapter(Number)
_HAND: TypeAdapter[int | str] = TypeAdapter(SeedOrHand)


@dataclass(frozen=True, slots=True)
class Shown:
    """What an address of the view Write shows.

    Attributes:
        number: a number with signs.
        hand: a seed or a token.
        is_plain: whether the address leaves the rest at its usual values.
    """

    number: str
    hand: int | str
    is_plain: bool = True

    @classmethod
    def by(cls, number: str, query: QueryParams) -> "Shown":
        """Return what an address shows; a number or a hand that is none is the usual one, as in the page's script."""
        hand = given(query).get("hand", "")
        return cls(
            _valid(_NUMBER, number, USUAL_NUMBER),
            _valid(_HAND, int(hand) if _SEED(hand) else hand, USUAL_HAND),
            _OTHER_CHOICES.isdisjoint(query.keys()),
        )


def given(query: QueryParams) -> dict[str, str]:
    """Return the fields of a query by name: of several with one name the first, as in browsers."""
    return dict(reversed(query.multi_items()))


def first_job(services: Services, shown: Shown) -> Job | None:
    """Return the job of a number that writes itself, as SVG, which costs nothing yet.

    Returns:
        The job; None if keys are required, if the number is too long or the model cannot write it, or if the address
        has more choices than number and hand. The page's script then asks for the picture, and shows what is wrong.
    """
    settings = services.settings
    if settings.keys_file is not None or not shown.is_plain or len(shown.number) > settings.max_images:
        return None
    picture = Picture(numbers=(shown.number,), ink=True, layout="natural", animate=True)
    try:
        return prepare(services.engine, number_plan(source_of_one(shown.hand), [shown.number]), picture, SVG)
    except EngineError:
        return None


async def first_picture(request: Request, services: Services, job: Job, name: str) -> str:
    """Return the picture of a job, as an element of a page; nothing if its client may not have it, or not soon.

    It counts for the client's quota as a request of its own would.

    Args:
        request: for the page.
        services: make the picture.
        job: of the picture.
        name: of the picture in the page's language, where its own file has an English one.
    """
    quota: Quota | None = request.scope["state"].get("quota")
    try:
        if quota is not None:
            quota.take(REQUESTS, 1)
        with charge(request, job.plan.n_made):
            async with asyncio.timeout(_PATIENCE_S):
                encoding = await encode(services.engine, job, SVG)
    except (EngineError, QuotaExceeded, TimeoutError):
        return ""
    title = f'<title>{escape(name)}</title><desc lang="en">'
    return _TITLE.sub(lambda _: title, (encoding.content or b"").decode(), count=1)


def _valid(kind: TypeAdapter[Any], given: Any, usual: Any) -> Any:
    try:
        return kind.validate_python(given)
    except ValidationError:
        return usual
