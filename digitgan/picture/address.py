"""The permanent address of each picture: the path and query at which GET always returns the same bytes.

Addresses have no host, since a gateway may add one; the job says what precedes their paths.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from digitgan.contract.class_names import in_addresses
from digitgan.picture.job import Job
from digitgan.picture.looks import Looks, WritingLooks, chosen
from digitgan.picture.preview import parameters_of

Addresses = Callable[[int | str, int | str | None], str]


def addresses(job: Job, suffix: str = ".png") -> Addresses:
    """Return a function from hand and content to the address, for all pictures of one answer.

    The hand is a seed or a token. The content is the label of one digit, a number, whose signs are percent-encoded, or
    None for the seed's own class. Model and version are always named, so that the picture at an address never changes;
    other defaults are left out.
    """
    picture, truncation, root = job.picture, job.plan.truncation, job.root
    query = f"{suffix}?model={job.card.model}&version={job.card.version}"
    if truncation != 1.0:
        query += _parameters({"truncation": truncation})
    is_preview = picture.canvas is not None
    query += _parameters(parameters_of(picture) if is_preview else chosen(picture, Looks))
    number_query = query if is_preview else query + _parameters(chosen(picture, WritingLooks, beyond=Looks))
    numbers = "previews" if is_preview else "numbers"

    labels = in_addresses(names) if (names := job.card.names) else None

    def address(hand: int | str, content: int | str | None) -> str:
        if content is None:
            return f"{root}/images/{hand}{query}"
        if isinstance(content, str):
            return f"{root}/{numbers}/{quote(content, safe='')}/{hand}{number_query}"
        return f"{root}/digits/{labels[content] if labels else content}/{hand}{query}"

    return address


def address_of_one(job: Job, suffix: str = ".png") -> str | None:
    """Return the address of a job's only picture.

    There is none for several pictures, nor for one of a latent, or whose height only `drawing.fitted` finds.
    """
    plan, numbers = job.plan, job.picture.numbers
    hand = plan.source.hand(0)
    if hand is None or len(numbers or plan) != 1 or job.picture.max_width is not None:
        return None
    content = numbers[0] if numbers else plan.labels[0] if plan.labels else None
    return addresses(job, suffix)(hand, content)


def spelling(value: Any) -> str:
    """Return the one way in which a value is written in an address."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value + 0.0 if isinstance(value, float) else value)  # -0.0 becomes 0.0, which is the same


def _parameters(fields: Mapping[str, Any]) -> str:
    return "".join(f"&{name}={spelling(value)}" for name, value in fields.items())
