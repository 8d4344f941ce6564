"""Knows ``POST /generate``: body in, plan, engine, one of the forms on offer out.

Does not know how images are made or rendered.
"""

import asyncio
from email.message import Message
from time import perf_counter
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Response

from service.engine.engine import Engine
from service.render.forms import FORMS
from service.render.negotiate import negotiate
from service.schemas import GenerateRequest, GenerateResponse

_FEW_IMAGES = 32  # rendered at once; more leave the event loop to others meanwhile

_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "model": GenerateResponse,
        "description": "The images, in the form that `Accept` asks for.",
        "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}},
    }
}


def _require_json(content_type: Annotated[str, Header()] = "") -> None:
    """Refuse a body that is not declared as JSON."""
    declared = Message()
    declared["content-type"] = content_type
    if declared.get_content_type() != "application/json":
        raise HTTPException(
            415, f"the body is declared as {content_type or 'nothing'!r}; application/json is read here"
        )


def router(engine: Engine, max_images: int) -> APIRouter:
    """Return the route that generates images.

    Args:
        engine: makes the images.
        max_images: most images in one request.
    """
    routes = APIRouter(tags=["digits"])

    @routes.post("/generate", responses=_ANSWER, response_class=Response, dependencies=[Depends(_require_json)])
    async def generate(body: GenerateRequest, accept: Annotated[str | None, Header()] = None) -> Response:
        """Generate digits from seeds, latents, or a count of random seeds.

        The same seed, label and options give the same bytes each time. With `Accept: image/png` the answer is one
        digit, or a contact sheet of several.
        """
        media_type = negotiate(accept, list(FORMS))
        if media_type is None:
            raise HTTPException(406, f"the forms on offer are {', '.join(FORMS)}")
        plan, picture = body.plan(max_images), body.picture
        card = engine.check(plan)
        picture.check(len(plan), card.image_height, card.image_width)
        generated = await engine.generate(plan)
        started = perf_counter()
        if len(plan) <= _FEW_IMAGES:
            content = FORMS[media_type](generated, picture)
        else:
            content = await asyncio.to_thread(FORMS[media_type], generated, picture)
        timing = {"queue": generated.queue_s, "model": generated.model_s, "encode": perf_counter() - started}
        headers = {
            "Server-Timing": ", ".join(f"{name};dur={seconds * 1e3:.3f}" for name, seconds in timing.items()),
            "Vary": "Accept",
        }
        return Response(content, media_type=media_type, headers=headers)

    return routes
