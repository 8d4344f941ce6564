"""The permanent address of each picture: the path and query at which GET always returns the same PNG bytes.

Addresses have no host, since a gateway may add one; the job says what precedes their paths.
"""

from collections.abc import Callable

from digitgan.picture.job import Job
from digitgan.picture.picture import Picture

_PLAIN = Picture()

Addresses = Callable[[int, int | str | None], str]


def addresses(job: Job) -> Addresses:
    """Return a function from seed and content to the address, for all pictures of one answer.

    The content is the label of one digit, the digits of a number, or None for the seed's own class. Model and version
    are always named, so that the picture at an address never changes; other defaults are left out.
    """
    picture, truncation, root = job.picture, job.plan.truncation, job.root
    query = f".png?model={job.card.model}&version={job.card.version}"
    if truncation != 1.0:
        query += f"&truncation={truncation!r}"
    if picture.scale != _PLAIN.scale:
        query += f"&scale={picture.scale}"
    if picture.invert:
        query += "&invert=true"
    if picture.metadata:
        query += "&metadata=true"
    number_query = f"{query}&gap={picture.gap}" if picture.gap != _PLAIN.gap else query

    def address(seed: int, content: int | str | None) -> str:
        if content is None:
            return f"{root}/images/{seed}{query}"
        if isinstance(content, str):
            return f"{root}/numbers/{content}/{seed}{number_query}"
        return f"{root}/digits/{content}/{seed}{query}"

    return address


def address_of_one(job: Job) -> str | None:
    """Return the address of a job's only picture; None for several pictures or for one without a seed."""
    plan, numbers = job.plan, job.picture.numbers
    seed = plan.source.seed(0)
    if seed is None or len(numbers or plan) != 1:
        return None
    content = numbers[0] if numbers else plan.labels[0] if plan.labels else None
    return addresses(job)(seed, content)
