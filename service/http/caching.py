"""What an answer says about its reuse: its entity tag, which is known before any image is made, and for how long."""

from hashlib import blake2b

import orjson
from starlette.requests import Request

from digitgan import __version__
from digitgan.contract.card import Card
from digitgan.formats.format import Format, Use
from digitgan.picture.address import address_of_one
from digitgan.picture.job import Job
from digitgan.picture.looks import chosen
from digitgan.picture.picture import Picture
from digitgan.png.encoder import ENCODER_ID

from .negotiation import field_value

IMMUTABLE = "public, max-age=31536000, immutable"  # RFC 8246; a year stands for ever, RFC 9111


def etag(job: Job, format: Format, coding: str) -> str:
    """Return the strong entity tag of an answer, quoted.

    It covers the request, the model's bytes, the encoder's version, and this package's version, since a new one may
    lay out JSON or an archive in another way.

    Args:
        job: the request.
        format: format of the answer.
        coding: the content coding, empty for none; each coding is a representation with a tag of its own.

    Source: RFC 9110, section 8.8.3.
    """
    card, plan = job.card, job.plan
    content = (
        *(__version__, format.media_type, format.encoders(job.picture), coding),
        *(card.model, card.version, card.file.sha256),
        *(plan.source.field, plan.contents, plan.truncation, chosen(job.picture, Picture), job.keys),
    )
    root = (job.root,) if job.root else ()  # which is part of the addresses in an answer
    names = (card.names,) if card.names else ()
    chosen_by = (plan.selection.describe(),) if plan.selection else ()
    digest = blake2b(orjson.dumps((*content, *root, *names, *chosen_by)), digest_size=16)
    digest.update(plan.source.fingerprint())
    return f'"{digest.hexdigest()}"'


def etag_of_file(card: Card, *content: str | bool) -> str:
    """Return the strong entity tag of a file whose bytes follow from its address, quoted.

    Args:
        card: card of the model version that the address names.
        content: the address, and whatever else the bytes depend on.
    """
    model = (card.model, card.version, card.file.sha256, *card.names)
    return f'"{blake2b(orjson.dumps((__version__, ENCODER_ID, *model, *content)), digest_size=16).hexdigest()}"'


def caching_headers(job: Job, format: Format, coding: str) -> dict[str, str]:
    """Return the header fields that tell a client and its caches how to reuse an answer.

    Args:
        job: the request.
        format: format of the answer.
        coding: the content coding, empty for none.
    """
    if job.is_random:
        return {"Cache-Control": "no-store"}
    # Under another setting the same address gives a file without the mark; the one in Content-Location never does.
    is_fixed = job.plan.model is not None and job.plan.version is not None and not job.is_marked_by_setting
    headers = {"ETag": etag(job, format, coding), "Cache-Control": IMMUTABLE if is_fixed else "no-cache"}
    if Use.ADDRESS in format.uses and (address := address_of_one(job, format.suffix)):
        headers["Content-Location"] = address
    return headers


def is_current(request: Request, tag: str | None) -> bool:
    """Return whether a client has an answer already: its ``If-None-Match`` names the answer's tag."""
    return tag is not None and matches(field_value(request, "if-none-match"), tag)


def matches(condition: str | None, tag: str) -> bool:
    """Return whether the value of ``If-None-Match`` names a tag, by weak comparison.

    Source: RFC 9110, sections 8.8.3.2 and 13.1.2.
    """
    if condition is None:
        return False
    tags = [each.strip().removeprefix("W/") for each in condition.split(",")]
    return tag in tags or tags == ["*"]
