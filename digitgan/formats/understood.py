"""Knows what must hold before a request is answered in a form: the model can do it, and what it makes can be shown.

Does not know HTTP, nor how requests are written.
"""

from collections.abc import Mapping
from typing import Any

from digitgan.engine.engine import Engine
from digitgan.engine.plan import Plan
from digitgan.formats.format import Form, Streamed
from digitgan.picture.job import Asked
from digitgan.picture.picture import Picture


def understand(
    engine: Engine,
    plan: Plan,
    picture: Picture,
    form: Form,
    *,
    keys: Mapping[str, Any] | None = None,
    is_random: bool = False,
) -> Asked:
    """Return what is asked, found possible; `Asked` says what keys are.

    Raises:
        UnknownModel, InvalidPlan: it is not; the field and what it allows are named.
    """
    card, n = engine.check(plan), len(plan)
    if isinstance(form, Streamed) and not picture.numbers:
        picture.check_stream(n, card.image_height, card.image_width)
        n = min(n, engine.chunk_images)
    picture.check(n, card.image_height, card.image_width)
    return Asked(card, plan, picture, keys, is_random)
