"""Knows the entity tag of an answer, before any image is made: what it hashes is all that the bytes depend on.

Does not know HTTP beyond these tags.
"""

from hashlib import blake2b

import orjson

from digitgan import __version__
from digitgan.formats.format import Form
from digitgan.picture.job import Asked


def etag(asked: Asked, form: Form, coding: str) -> str:
    """Return the strong tag of an answer, quoted.

    It covers the request, the model's bytes, the encoder's id, and this package's version, since a new one may lay out
    JSON or an archive in another way.

    Args:
        asked: what is asked.
        form: how it is answered.
        coding: the content coding, empty for none; each is a representation, and so a tag, of its own.

    Source: RFC 9110, section 8.8.3.
    """
    card, plan = asked.card, asked.plan
    said = (
        *(__version__, form.media_type, form.encoder, coding),
        *(card.model, card.version, card.file.sha256),
        *(repr(plan.seeds), repr(plan.labels), plan.truncation, asked.picture, asked.keys),
    )
    digest = blake2b(orjson.dumps(said), digest_size=16)
    if plan.latents is not None:
        digest.update(plan.latents.tobytes())
    return f'"{digest.hexdigest()}"'


def matches(condition: str | None, tag: str | None) -> bool:
    """Return whether an ``If-None-Match`` header names a tag, by the weak comparison that it asks for.

    Source: RFC 9110, sections 8.8.3.2 and 13.1.2.
    """
    if condition is None or tag is None:
        return False
    named = [each.strip().removeprefix("W/") for each in condition.split(",")]
    return tag in named or named == ["*"]
