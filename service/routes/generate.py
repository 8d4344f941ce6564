"""Knows ``POST /generate``: body in, plan, engine, one of the forms on offer out.

Does not know how images are made or rendered.
"""

import asyncio
from time import perf_counter
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response

from service.engine.engine import Engine
from service.render.forms import FORMS
from service.render.negotiate import negotiate
from service.routes.json_route import JsonRoute
from service.schemas import GenerateRequest, GenerateResponse

_FEW_IMAGES = 32  # rendered at once; more leave the event loop to others meanwhile

_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "model": GenerateResponse,
        "description": "The images, in the form that `Accept` asks for.",
        "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}},
    }
}


def router(engine: Engine, max_images: int) -> APIRouter:
    """Return the route that generates images.

    Args:
        engine: makes the images.
        max_images: most images in one request.
    """
    routes = APIRouter(tags=["digits"], route_class=JsonRoute)

    @routes.post("/generate", responses=_ANSWER, response_class=Response)
    async def generate(request: Request, body: GenerateRequest) -> Response:
        """Generate digits from seeds, latents, or a count of random seeds.

        The same seed, label and options give the same bytes each time. With `Accept: image/png` the answer is one
        digit, or a contact sheet of several.
        """
        media_type = negotiate(request.headers.get("accept"), list(FORMS))
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
