"""Knows the permanent address of each picture: the path and query at which GET gives the same PNG bytes, for good.

Does not know the host or any prefix that a gateway adds; an address is relative to the service's root.
"""

from collections.abc import Callable

from digitgan.picture.job import Asked
from digitgan.picture.picture import Picture

_PLAIN = Picture()

Addresses = Callable[[int, int | str | None], str]


def addresses(asked: Asked) -> Addresses:
    """Return a function of seed and content to address, for all pictures of one answer.

    The content is the label of one digit, the digits of a number, or None for whatever the seed's own latent shows.
    Model and version are always named, so that no address changes its picture; what is as usual is left out.
    """
    picture, truncation = asked.picture, asked.plan.truncation
    query = f".png?model={asked.card.model}&version={asked.card.version}"
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
            return f"/images/{seed}{query}"
        if isinstance(content, str):
            return f"/numbers/{content}/{seed}{number_query}"
        return f"/digits/{content}/{seed}{query}"

    return address


def address_of_one(asked: Asked) -> str | None:
    """Return the address of the only picture that is asked for; None if there are several, or one without a seed."""
    plan, numbers = asked.plan, asked.picture.numbers
    if plan.seeds is None or len(numbers or plan) != 1:
        return None
    content = numbers[0] if numbers else plan.labels[0] if plan.labels else None
    return addresses(asked)(plan.seeds[0], content)
